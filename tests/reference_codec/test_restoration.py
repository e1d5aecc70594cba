"""The restoration of pictures that VVC or AV1 coded at a half or a third of the size, with the network that ships."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from misc_format import Stream, write
from misc_format.cli.app import app
from misc_format.components import Codestream, Samples, Size
from reference_codec.decoder import Decoder, Options
from reference_codec.images import restoration, tiles
from reference_codec.images.conventional import coding
from reference_codec.images.conventional.coding import Settings

PHOTO = Path(__file__).parents[2] / "examples" / "coffee.png"
PICTURE: Samples = np.asarray(Image.open(PHOTO).convert("RGB"))[:300, :390]
SIZE = Size(390, 300)


def squared_error(decoded: Samples) -> float:
    return float(((decoded.astype(float) - PICTURE) ** 2).mean())


@pytest.fixture(scope="module", params=[("av1", 58, 2), ("vvc-perceptual", 42, 2), ("vvc", 40, 3)])
def coded(request: pytest.FixtureRequest) -> Codestream:
    name, quality, reduction = request.param
    return coding.make(PICTURE, Settings(name, quality, reduction))


def test_a_restored_picture_is_nearer_to_the_original(coded: Codestream) -> None:
    enlarged = coding.paint(coded, SIZE)
    restored, notes = restoration.paint(coded, SIZE)
    assert restored.shape == PICTURE.shape
    assert squared_error(restored) < 0.97 * squared_error(enlarged)
    assert notes == (restoration.NOTE,)


def test_other_pictures_stay_as_they_are() -> None:
    for content in (coding.make(PICTURE, Settings("av1", 50)), coding.make(PICTURE, Settings("webp", 5, 2))):
        painted, notes = restoration.paint(content, SIZE)
        assert np.array_equal(painted, coding.paint(content, SIZE))
        assert notes == ()
    grey = coding.make(PICTURE[..., 0], Settings("av1", 50, 2))
    painted, notes = restoration.paint(grey, SIZE)
    assert np.array_equal(painted, coding.paint(grey, SIZE))
    assert notes == ()


def test_without_onnxruntime_the_picture_is_the_enlarged_one(monkeypatch: pytest.MonkeyPatch) -> None:
    content = coding.make(PICTURE, Settings("av1", 58, 2))
    monkeypatch.setattr(restoration, "find_spec", lambda name: None)
    painted, notes = restoration.paint(content, SIZE)
    assert np.array_equal(painted, coding.paint(content, SIZE))
    assert notes == ()


def test_tiles_make_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = restoration.restored(PICTURE)
    monkeypatch.setattr(tiles, "TILE", 128)
    monkeypatch.setattr(tiles, "MARGIN", 80)
    finished = []
    parts = restoration.restored(PICTURE, lambda done, count: finished.append((done, count)))
    assert np.abs(parts.astype(int) - whole).max() <= 1
    assert finished[-1] == (12, 12)


def test_patches_are_squares_of_the_picture() -> None:
    pixels = np.arange(8 * 12 * 3, dtype=np.float32).reshape(8, 12, 3)
    found = restoration.patches(pixels)
    assert found.shape == (48, 2, 3)
    channel, down, across = 2, 1, 3
    assert found[channel * 16 + down * 4 + across, 1, 2] == pixels[4 + down, 8 + across, channel]


def test_the_network_is_small() -> None:
    weights = files("reference_codec") / "weights"
    sizes = [len(weights.joinpath(f"{restoration.NAME}.{ending}").read_bytes()) for ending in ("onnx", "safetensors")]
    assert sum(sizes) <= 2_000_000


def test_the_command_restores_unless_told_not_to(tmp_path: Path, coded: Codestream) -> None:
    path = tmp_path / "a.misc"
    path.write_bytes(write(Stream(*SIZE, "free", image=coded)))
    restored = CliRunner().invoke(app, ["decode", str(path), "-o", str(tmp_path / "restored.png")])
    plain = CliRunner().invoke(app, ["decode", str(path), "-o", str(tmp_path / "plain.png"), "--no-restore"])
    assert (restored.exit_code, plain.exit_code) == (0, 0)
    assert restoration.NOTE in " ".join(restored.stderr.split())
    assert "restored" not in plain.stderr
    pictures = [np.asarray(Image.open(tmp_path / f"{name}.png")) for name in ("restored", "plain")]
    assert np.array_equal(pictures[0], restoration.paint(coded, SIZE)[0])
    assert np.array_equal(pictures[1], coding.paint(coded, SIZE))


def test_generative_decoders_have_no_such_option(tmp_path: Path) -> None:
    found = CliRunner().invoke(app, ["decode", "a.misc", "--decoder", "misc", "--no-restore"])
    assert found.exit_code == 2
    assert "--no-restore" in found.output


def test_a_decoder_in_python_restores_too(coded: Codestream) -> None:
    stream = Stream(*SIZE, "free", image=coded)
    assert np.array_equal(Decoder(Options()).paint(stream), restoration.paint(coded, SIZE)[0])
    assert np.array_equal(Decoder(Options(restore=False)).paint(stream), coding.paint(coded, SIZE))
