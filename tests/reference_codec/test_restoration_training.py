"""The command that trains the restoration of pictures, on tiny runs."""

from __future__ import annotations

import csv
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from misc_format.pictures import load
from tests.needs import extra, needs

PHOTO = Path(__file__).parents[2] / "examples" / "coffee.png"
pytestmark = needs(extra("training"), extra("conventional"))
if extra("training").met() and extra("conventional").met():
    import torch
    from typer import Typer
    from typer.testing import CliRunner

    from reference_codec.models.onnx_session import open_session
    from reference_codec.training import picture_restoration as command
    from reference_codec.training.latents import photos
    from reference_codec.training.restoration import export, pairs
    from reference_codec.training.restoration.network import Restoration

    HELD_OUT = next(name for name in map(str, range(100)) if photos.is_held_out(name))
    NAMES = [name for name in map(str, range(100)) if not photos.is_held_out(name)][:2]
    app = Typer()
    app.command()(command.main)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two photos to learn from, and one held out."""
    path = tmp_path_factory.mktemp("photos")
    photo = Image.fromarray(load(PHOTO).samples).resize((620, 512))
    for name in (*NAMES, HELD_OUT):
        photo.save(path / f"{name}.png")
    return path


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Squares that a test can afford."""
    monkeypatch.setattr(pairs, "SIDE", 192)
    monkeypatch.setattr(command, "MEASURE_EVERY", 2)


@pytest.fixture
def train(folder):
    def call(output, *options):
        arguments = [str(folder), "-o", str(output), "--pairs", "3", "--batch", "1", "--threads", "1", *options]
        found = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert found.exit_code == 0, found.output
        return found.output

    return call


def weights(output):
    return torch.load(output / "checkpoint.pt", weights_only=True)["net"]


def test_training_can_be_interrupted_and_exports(tmp_path, train, monkeypatch):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert "3 training pairs, 1 held out" in train(whole, "--steps", "4")
    advance = command.Run.advance
    with monkeypatch.context() as patch:

        def interrupted(run, training):
            if run.step == 2:
                os.kill(os.getpid(), signal.SIGTERM)
            return advance(run, training)

        patch.setattr(command.Run, "advance", interrupted)
        assert "stopped at step 3" in train(parts, "--steps", "4")
    assert not (parts / f"{export.NAME}.onnx").exists()
    train(parts, "--steps", "4")
    for name, values in weights(whole).items():
        assert torch.equal(values, weights(parts)[name]), name
    card = (parts / f"{export.NAME}.md").read_text(encoding="utf-8")
    assert "4 steps of 1 squares" in card
    assert "1 held-out pairs" in card
    with (parts / "log.csv").open(encoding="utf-8") as file:
        assert [row["step"] for row in csv.DictReader(file)] == ["2", "4"]
    exported = open_session(parts / f"{export.NAME}.onnx")
    net = Restoration()
    net.load_state_dict(torch.load(parts / "checkpoint.pt", weights_only=True)["average"])
    squares = torch.rand(1, 3, 16, 24, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = net(squares)
    assert torch.allclose(torch.from_numpy(exported.run(None, {"enlarged": squares.numpy()})[0]), expected, atol=1e-3)
    assert not torch.equal(expected, squares)  # it has learnt something


def test_pairs_depend_on_seed_and_number_alone(tmp_path, folder):
    pictures = photos.split(photos.read([folder])).training
    first, second = tmp_path / "first", tmp_path / "second"
    made = pairs.make(pictures, first, 4, seed=1, workers=2)
    next(made)
    made.close()  # an interruption
    list(pairs.make(pictures, first, 4, seed=1, workers=1))
    list(pairs.make(pictures, second, 4, seed=1, workers=2))
    assert [path.name for path in sorted(first.iterdir())] == [path.name for path in sorted(second.iterdir())]
    assert len(list(first.iterdir())) == 4
    for one, other in zip(pairs.read(first, 4), pairs.read(second, 4), strict=True):
        assert np.array_equal(one.original, other.original)
        assert np.array_equal(one.enlarged, other.enlarged)
        error = np.mean((one.original.astype(float) - one.enlarged) ** 2)
        assert 0 < error < 4000
    assert len(pairs.read(first, 3)) == 3


def test_a_batch_turns_both_parts_alike(tmp_path):
    original = np.random.default_rng(0).integers(0, 256, (192, 192, 3), np.uint8)
    drawn = [pairs.batch([pairs.Pair(original, original)], 2, 64, 1, step) for step in range(8)]
    assert all(np.array_equal(*pair) for pair in drawn)
    assert not np.array_equal(drawn[0].original, drawn[1].original)


def test_photos_that_are_too_small_are_refused(tmp_path):
    with pytest.raises(ValueError, match="no photo has 154 pixels on each side"):
        next(pairs.make([Image.new("RGB", (100, 100))], tmp_path, 1, 1, 1))
