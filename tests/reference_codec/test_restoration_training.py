"""The command that trains the restoration network, on tiny crops."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.needs import extra, needs

PHOTO = Path(__file__).parents[2] / "examples" / "coffee.png"
pytestmark = [needs(extra("training")), needs(extra("conventional"))]
if extra("training").met() and extra("conventional").met():  # without them, no test here runs
    import torch
    from typer import Typer
    from typer.testing import CliRunner

    from reference_codec.images import restoration
    from reference_codec.training import picture_restoration as command
    from reference_codec.training.latents import photos
    from reference_codec.training.restoration import pairs
    from reference_codec.training.restoration.network import Restoration

    HELD_OUT = next(name for name in map(str, range(100)) if photos.is_held_out(name))
    OTHER = next(name for name in map(str, range(100)) if not photos.is_held_out(name))
    app = Typer()
    app.command()(command.main)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One photo to learn from, and one held out."""
    path = tmp_path_factory.mktemp("photos")
    picture = Image.open(PHOTO).convert("RGB")
    picture.crop((0, 0, 272, 256)).save(path / f"{OTHER}.png")
    picture.crop((64, 0, 320, 256)).save(path / f"{HELD_OUT}.png")
    return path


def train(folder: Path, output: Path, *options: str) -> str:
    common = ["--threads", "1", "--pairs", "4", "--steps", "4", "--batch", "1"]
    found = CliRunner().invoke(app, [str(folder), "-o", str(output), *common, *options], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.output


def test_training_is_interrupted_goes_on_and_exports(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train(folder, tmp_path / "whole")
    assert "2 training crops, 2 held out" in whole
    advance = command.Run.advance

    def interrupted(run: command.Run, *batch: torch.Tensor) -> None:
        advance(run, *batch)
        if run.step == 2:
            os.kill(os.getpid(), signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(command.Run, "advance", interrupted)
        assert "stopped at step 2" in train(folder, tmp_path / "parts")
    assert not (tmp_path / "parts" / "restoration-1.onnx").exists()
    train(folder, tmp_path / "parts")
    states = [torch.load(tmp_path / name / "checkpoint.pt", weights_only=True) for name in ("whole", "parts")]
    assert [state["step"] for state in states] == [4, 4]
    assert all(torch.equal(values, states[1]["average"][name]) for name, values in states[0]["average"].items())
    assert "4 steps of 1 squares" in (tmp_path / "parts" / "restoration-1.md").read_text()


def test_the_graph_computes_what_the_network_does(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = Restoration()
    torch.nn.init.normal_(network.layers[-2].weight, std=0.02)
    network.half().float()
    command.export(network, tmp_path)
    samples = np.random.default_rng(0).integers(0, 256, (32, 48, 3), np.uint8)
    with torch.inference_mode():
        expected = network(torch.from_numpy(samples)[None].permute(0, 3, 1, 2).float() / 255)[0].permute(1, 2, 0)
    pixels = samples.astype(np.float32) / np.float32(255)
    found = pixels + restoration.Network(tmp_path / "restoration-1.onnx").residual(pixels)
    assert np.abs(found - expected.numpy()).max() < 1e-4
    restored = restoration.restored(samples, network=restoration.Network(tmp_path / "restoration-1.onnx"))
    assert not np.array_equal(restored, samples)


def test_an_untrained_network_changes_nothing() -> None:
    pictures = torch.rand(1, 3, 16, 8)
    assert torch.equal(Restoration()(pictures), pictures)


def test_pairs_are_kept_and_tell_who_is_held_out(tmp_path: Path, folder: Path) -> None:
    read = photos.read([folder])
    assert list(pairs.make(read, tmp_path, 3, 7, 1)) == [1, 2, 3]
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert sum("heldout" in name for name in before) in {1, 2}
    next(tmp_path.glob("00001*")).unlink()
    list(pairs.make(read, tmp_path, 3, 7, 1))
    assert {
        path.name: path.read_bytes() for path in tmp_path.iterdir()
    } == before  # one pair depends on its number alone
    training, held_out = pairs.read(tmp_path)
    assert len(training) + len(held_out) == 3
    for original, decoded in training + held_out:
        assert original.shape == decoded.shape == (256, original.shape[1], 3)
        assert 0 < np.abs(original.astype(int) - decoded).mean() < 40


def test_no_crop_large_enough_is_one_plain_error() -> None:
    with pytest.raises(ValueError, match="256"):
        command.batch_of([np.zeros((2, 240, 300, 3), np.uint8)], 1, 0, 0)
