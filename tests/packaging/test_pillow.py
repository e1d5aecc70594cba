"""Pillow and imageio open `.misc` files: size and info without decoding, pixels as the reference decoder paints them."""

from __future__ import annotations

import statistics
import time
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

import misc_format
import misc_format.pillow
import reference_codec
from misc_format import painting
from misc_format.coders import Coder
from reference_codec.decoders import embedded

EXAMPLE = Path(__file__).parents[2] / "examples" / "coffee.misc"


@pytest.fixture(autouse=True)
def painter(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reference decoder, whether or not the package's entry points are installed."""
    monkeypatch.setattr(painting, "_painter", lambda: embedded.paint)


def test_the_entry_point_names_the_reference_decoder() -> None:
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert (
        f'[project.entry-points."{painting.GROUP}"]\nembedded = "{embedded.__name__}:{embedded.paint.__name__}"'
        in project
    )


def test_opening_says_everything_that_takes_no_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Coder, "open", None)
    with Image.open(EXAMPLE) as picture:
        assert (picture.format, picture.size, picture.mode) == ("MISC", (600, 400), "RGB")
        assert picture.get_format_mimetype() == "image/x-misc"
        data = EXAMPLE.read_bytes()
        assert picture.info["profile"] == "misc-1" and picture.info["bpp"] == misc_format.account(data).bpp
        assert sum(picture.info["bits"].values()) == 8 * len(data)
        assert picture.info["methods"] == {"text": "language", "maps": "context", "image": "latents"}


def test_opening_takes_a_millisecond_at_most() -> None:
    times = []
    for _ in range(200):
        start = time.process_time()
        Image.open(EXAMPLE).close()
        times.append(time.process_time() - start)
    assert statistics.median(times) <= 0.001


@pytest.mark.parametrize("source", ["path", "stream"])
def test_loading_is_the_reference_decode(source: str) -> None:
    expected = np.asarray(reference_codec.decode(EXAMPLE.read_bytes()))
    with Image.open(EXAMPLE if source == "path" else BytesIO(EXAMPLE.read_bytes())) as picture:
        assert np.array_equal(np.asarray(picture), expected)
        assert picture.getpixel((599, 399)) == tuple(expected[-1, -1])
        assert np.array_equal(np.asarray(picture.copy().crop((10, 10, 20, 20))), expected[10:20, 10:20])


def test_a_grey_picture_is_rgb_as_was_said() -> None:
    grid = misc_format.Grid(np.arange(12, dtype=np.uint8).reshape(3, 4))
    data = misc_format.write(misc_format.Stream(40, 30, image=grid))
    with Image.open(BytesIO(data)) as picture:
        assert picture.mode == "RGB" and np.asarray(picture).shape == (30, 40, 3)


def test_broken_files_are_an_error_that_names_the_rule() -> None:
    data = EXAMPLE.read_bytes()
    with pytest.raises(OSError, match="MISC-CON-00"):
        Image.open(BytesIO(data[:20]))
    with pytest.raises(UnidentifiedImageError):
        Image.open(BytesIO(b"MSC" + data[3:]))
    with Image.open(BytesIO(data + b"\0")) as picture, pytest.raises(OSError, match="MISC-"):
        picture.load()


def test_without_a_decoder_loading_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> None:
        raise painting.NoPainterError("no decoder to pixels is installed; reference_codec is one")

    monkeypatch.setattr(painting, "_painter", none)
    with Image.open(EXAMPLE) as picture, pytest.raises(OSError, match="no decoder"):
        picture.load()


def test_imageio_reads_through_it() -> None:
    import imageio.v3 as iio

    expected = np.asarray(reference_codec.decode(EXAMPLE.read_bytes()))
    assert np.array_equal(iio.imread(EXAMPLE, plugin="pillow"), expected)
    assert np.array_equal(iio.imread(EXAMPLE), expected)
