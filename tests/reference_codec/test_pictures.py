"""Pictures: what is loaded from each kind of file, what the user is told, what is saved, and what goes wrong how."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from misc_format.pictures import conversion, layouts, load
from reference_codec.errors import PictureError
from reference_codec.pictures import files
from reference_codec.pictures.files import save
from reference_codec.pictures.samples import rgb, shrink

GRADIENT = np.arange(6 * 4, dtype=np.uint8).reshape(4, 6) * 10
COLOUR = np.random.default_rng(1).integers(0, 256, (4, 6, 3), dtype=np.uint8)


def written(folder: Path, image: Image.Image, name: str = "a.png", **options: Any) -> Path:
    path = folder / name
    image.save(path, **options)
    return path


def sentence(error: pytest.ExceptionInfo[PictureError], path: Path) -> str:
    """The message, once it is seen to be one plain sentence about `path`."""
    text = str(error.value)
    assert str(path) in text
    rest = text.replace(str(path), "")
    assert rest.endswith(".") and ". " not in rest and "\n" not in rest
    return rest


@pytest.mark.parametrize("samples", [GRADIENT, COLOUR], ids=["grey", "rgb"])
def test_plain_pictures_arrive_unchanged_and_without_notes(tmp_path: Path, samples: Any) -> None:
    picture = load(written(tmp_path, Image.fromarray(samples)))
    assert picture.notes == ()
    assert picture.samples.dtype == np.uint8
    np.testing.assert_array_equal(picture.samples, samples)


def test_exif_orientation_is_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter to the right
    picture = load(written(tmp_path, Image.fromarray(COLOUR), exif=exif))
    np.testing.assert_array_equal(picture.samples, np.rot90(COLOUR, -1))


@pytest.mark.parametrize(("samples", "mode"), [(GRADIENT, "LA"), (COLOUR, "RGBA")])
def test_alpha_is_laid_over_white_and_noted(tmp_path: Path, samples: Any, mode: str) -> None:
    alpha = np.full((4, 6), 255, np.uint8)
    alpha[0, 0], alpha[1, 1] = 0, 100
    image = Image.fromarray(samples).convert(mode)
    image.putalpha(Image.fromarray(alpha))
    picture = load(written(tmp_path, image))
    assert picture.notes == (layouts.NOTE_ALPHA,)
    cover = alpha.reshape(alpha.shape + (1,) * (samples.ndim - 2)) / 255
    expected = np.floor(samples * cover + 255 * (1 - cover) + 0.5)
    assert picture.samples.shape == samples.shape
    assert np.abs(picture.samples - expected).max() <= 1e-9


@pytest.mark.parametrize(("samples", "mode"), [(GRADIENT, "LA"), (COLOUR, "RGBA")])
def test_an_opaque_alpha_needs_no_note(tmp_path: Path, samples: Any, mode: str) -> None:
    picture = load(written(tmp_path, Image.fromarray(samples).convert(mode)))
    assert picture.notes == ()
    np.testing.assert_array_equal(picture.samples, samples)


def test_a_palette_becomes_rgb_and_its_transparent_entry_white(tmp_path: Path) -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([200, 0, 0, 0, 0, 200])
    image.putdata([0, 1])
    np.testing.assert_array_equal(load(written(tmp_path, image)).samples, [[[200, 0, 0], [0, 0, 200]]])
    picture = load(written(tmp_path, image, transparency=1))
    np.testing.assert_array_equal(picture.samples, [[[200, 0, 0], [255, 255, 255]]])
    assert picture.notes == (layouts.NOTE_ALPHA,)


@pytest.mark.parametrize(("mode", "shape"), [("1", (1, 2)), ("L", (1, 2)), ("RGB", (1, 2, 3))])
def test_a_transparent_value_in_a_png_is_honoured(tmp_path: Path, mode: str, shape: tuple[int, ...]) -> None:
    image = Image.new(mode, (2, 1), "black")
    image.putpixel((1, 0), 255 if mode != "RGB" else (255, 255, 255))
    picture = load(written(tmp_path, image, transparency=0 if mode != "RGB" else (0, 0, 0)))
    np.testing.assert_array_equal(picture.samples, np.full(shape, 255))
    assert picture.notes == (layouts.NOTE_ALPHA,)


def test_one_bit_becomes_grey(tmp_path: Path) -> None:
    picture = load(written(tmp_path, Image.fromarray(np.array([[True, False]]))))
    np.testing.assert_array_equal(picture.samples, [[255, 0]])
    assert picture.notes == ()


def test_cmyk_becomes_rgb_with_a_note(tmp_path: Path) -> None:
    picture = load(written(tmp_path, Image.new("CMYK", (2, 2), (0, 255, 255, 0)), "a.tif"))
    np.testing.assert_array_equal(picture.samples[0, 0], [255, 0, 0])
    assert picture.notes == (layouts.NOTE_CMYK,)


def test_sixteen_bits_are_scaled_not_cut(tmp_path: Path) -> None:
    values = np.array([[0, 128, 129, 257, 32768, 65535]], np.uint16)
    picture = load(written(tmp_path, Image.fromarray(values)))
    np.testing.assert_array_equal(picture.samples, [[0, 0, 1, 1, 128, 255]])
    assert picture.notes == (layouts.NOTE_16_BIT,)


@pytest.mark.parametrize(
    ("values", "expected", "note"),
    [
        (np.array([[0.0, 0.5, 1.0]], np.float32), [[0, 128, 255]], conversion.NOTE_WIDE_UNIT),
        (np.array([[0.0, 1.0, 1.0]], np.float32), [[0, 255, 255]], conversion.NOTE_WIDE_UNIT),
        (np.array([[0.0, 99.6, 255.0]], np.float32), [[0, 100, 255]], conversion.NOTE_WIDE_KEPT),
        (np.array([[0, 0, 0]], np.float32), [[0, 0, 0]], conversion.NOTE_WIDE_KEPT),
        (np.array([[-1.0, 0.0, 1.0]], np.float32), [[0, 128, 255]], conversion.NOTE_WIDE_STRETCHED),
        (np.array([[np.nan, np.inf, 0.5]], np.float32), [[128, 128, 128]], conversion.NOTE_WIDE_UNIT),
        (np.array([[-3e38, 0.0, 3e38]], np.float32), [[0, 128, 255]], conversion.NOTE_WIDE_STRETCHED),
        (np.array([[0, 257, 65535]], np.int32), [[0, 1, 255]], layouts.NOTE_16_BIT),
        (np.array([[0, 7, 255]], np.int32), [[0, 7, 255]], conversion.NOTE_WIDE_KEPT),
        (np.array([[-100, 0, 100]], np.int32), [[0, 128, 255]], conversion.NOTE_WIDE_STRETCHED),
    ],
)
def test_wide_samples_are_brought_to_eight_bits(tmp_path: Path, values: Any, expected: Any, note: str) -> None:
    picture = load(written(tmp_path, Image.fromarray(values), "a.tif"))
    np.testing.assert_array_equal(picture.samples, expected)
    assert picture.notes == (note,)


def test_of_an_animation_the_first_frame_is_taken(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (3, 3), colour) for colour in ("red", "blue")]
    picture = load(written(tmp_path, frames[0], save_all=True, append_images=frames[1:]))
    np.testing.assert_array_equal(picture.samples[1, 1], [255, 0, 0])
    assert picture.notes == (conversion.NOTE_FRAME,)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(PictureError) as error:
        load(tmp_path / "none.png")
    assert "does not exist" in sentence(error, tmp_path / "none.png")
    assert isinstance(error.value, OSError)


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(PictureError) as error:
        load(tmp_path)
    assert "is a folder" in sentence(error, tmp_path)


def test_a_pipe_is_refused_rather_than_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(PictureError) as error:
        load(tmp_path / "pipe.png")
    sentence(error, tmp_path / "pipe.png")


@pytest.mark.parametrize("content", [b"", b"just some text", b"\x89PNG\r\n\x1a\n"])
def test_not_a_picture(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(PictureError) as error:
        load(path)
    sentence(error, path)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.gif", "a.tif", "a.webp", "a.bmp"])
def test_a_file_cut_anywhere_or_damaged_is_a_picture_or_one_plain_error(tmp_path: Path, name: str) -> None:
    whole = written(tmp_path, Image.fromarray(COLOUR.repeat(9, 0).repeat(9, 1)), name).read_bytes()
    path = tmp_path / f"hurt-{name}"
    rng = np.random.default_rng(7)
    failures = 0
    for _ in range(60):
        data = bytearray(whole[: int(rng.integers(0, len(whole)))])
        if data:
            data[int(rng.integers(0, len(data)))] ^= int(rng.integers(1, 256))
        path.write_bytes(data)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                assert load(path).samples.dtype == np.uint8
            except PictureError as error:
                failures += 1
                assert str(path) in str(error) and str(error).endswith(".")
    assert failures > 0


def test_a_picture_cut_short(tmp_path: Path) -> None:
    noise = np.random.default_rng(2).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    path = written(tmp_path, Image.fromarray(noise))
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(PictureError) as error:
        load(path)
    assert "damaged or cut short" in sentence(error, path)


def test_too_many_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, Image.fromarray(COLOUR))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 11)  # 24 pixels: more than twice as many
    with pytest.raises(PictureError) as error:
        load(path)
    assert "too many pixels" in sentence(error, path)


def test_a_picture_that_pillow_only_warns_of_is_read_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    path = written(tmp_path, Image.fromarray(COLOUR))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20)
    np.testing.assert_array_equal(load(path).samples, COLOUR)
    assert len(recwarn) == 0


def test_rgb_repeats_grey_and_keeps_colour() -> None:
    assert rgb(COLOUR) is COLOUR
    np.testing.assert_array_equal(rgb(GRADIENT)[..., 1], GRADIENT)


@pytest.mark.parametrize("shape", [(0, 3), (3,), (2, 2, 4), (2, 2, 1)])
def test_rgb_refuses_other_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="uint8"):
        rgb(np.zeros(shape, np.uint8))


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 100))
def test_shrink_keeps_the_long_side_and_never_enlarges(height: int, width: int, side: int) -> None:
    small = shrink(np.full((height, width), 77, np.uint8), side)
    assert max(small.shape) == min(side, max(height, width))
    assert min(small.shape) >= 1
    assert (small == 77).all()


@pytest.mark.parametrize("extension", [e for e in files.FORMATS if e not in {".jpg", ".jpeg"}])
@pytest.mark.parametrize("samples", [GRADIENT, COLOUR], ids=["grey", "rgb"])
def test_what_is_saved_is_loaded_again(tmp_path: Path, samples: Any, extension: str) -> None:
    path = tmp_path / f"a{extension.upper()}"
    save(samples, path)
    np.testing.assert_array_equal(rgb(load(path).samples), rgb(samples))
    assert os.listdir(tmp_path) == [path.name]


def test_jpeg_is_saved_too(tmp_path: Path) -> None:
    save(np.full((8, 8, 3), 90, np.uint8), tmp_path / "a.jpg")
    assert np.abs(load(tmp_path / "a.jpg").samples.astype(int) - 90).max() <= 2


@pytest.mark.parametrize("name", ["a.xyz", "a", "a.gif", ".png"])
def test_an_unknown_extension_writes_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(PictureError) as error:
        save(GRADIENT, tmp_path / name)
    assert ".png" in str(error.value) and str(error.value).endswith(".")
    assert os.listdir(tmp_path) == []


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    save(GRADIENT, path)
    before = path.read_bytes()

    def fails(self: Image.Image, stream: Any, **options: Any) -> None:
        stream.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", fails)
    with pytest.raises(PictureError) as error:
        save(COLOUR, path)
    assert "No space left" in sentence(error, path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.png"]


def test_saving_where_a_folder_is_missing_or_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "a.png").mkdir()
    for path in (tmp_path / "a.png", tmp_path / "none" / "b.png"):
        with pytest.raises(PictureError) as error:
            save(GRADIENT, path)
        sentence(error, path)
    assert os.listdir(tmp_path) == ["a.png"]


def test_a_picture_too_large_for_the_format_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(PictureError):
        save(np.zeros((1, 20000), np.uint8), tmp_path / "a.webp")
    assert os.listdir(tmp_path) == []


def test_a_long_name_is_saved_too(tmp_path: Path) -> None:
    save(GRADIENT, tmp_path / f"{'a' * 240}.png")
    assert os.listdir(tmp_path) == [f"{'a' * 240}.png"]


def test_a_saved_file_has_the_usual_mode(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    save(GRADIENT, tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_mode == (tmp_path / "plain").stat().st_mode
