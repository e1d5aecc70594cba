"""The command that trains the learned codec, on tiny stages."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from misc_format.coders.image import latents as image_latents
from misc_format.coders.image.latentmodel.model import Model
from misc_format.pictures import load
from tests.needs import extra, needs

ROOT = Path(__file__).parents[2]
PHOTO = ROOT / "examples" / "coffee.png"
pytestmark = needs(extra("training"))
if extra("training").met():  # without it, no test here runs
    import torch
    from typer import Typer
    from typer.testing import CliRunner

    from reference_codec.images.latents import codec as latents
    from reference_codec.images.latents import transforms as runtime
    from reference_codec.images.latents.networks import Networks, enlarged
    from reference_codec.training import image_latents as command
    from reference_codec.training.latents import compact, export, exported, pack, photos
    from reference_codec.training.latents import run as runs
    from reference_codec.training.latents.run import Run
    from reference_codec.training.latents.stages import DEFAULTS, Recipe, Stage

    HELD_OUT = next(name for name in map(str, range(100)) if photos.is_held_out(name))
    OTHERS = [name for name in map(str, range(100)) if not photos.is_held_out(name)]
    TINY = Recipe((Stage(3, 1, 256), Stage(2, 1, 384)), 1e-3, 5)
    app = Typer()
    app.command()(command.main)


@pytest.fixture(scope="module")
def photo():
    return load(PHOTO).samples


@pytest.fixture(scope="module")
def folder(tmp_path_factory, photo):
    """One photo to learn from, and one held out."""
    path = tmp_path_factory.mktemp("photos")
    Image.fromarray(photo[:320, :320]).save(path / f"{OTHERS[0]}.png")
    Image.fromarray(photo[:320, 64:384]).save(path / f"{HELD_OUT}.png")
    (path / "note.txt").write_text("no picture")
    return path


@pytest.fixture(autouse=True)
def few_squares(monkeypatch):
    monkeypatch.setattr(command, "SQUARES", 640)


@pytest.fixture
def train(folder):
    def call(output, *options):
        common = ["--threads", "1", "--device", "cpu", "--precision", "float32"]
        found = CliRunner().invoke(app, [str(folder), "-o", str(output), *common, *options], catch_exceptions=False)
        assert found.exit_code == 0, found.output
        return found.output

    return call


def state(output):
    return torch.load(output / "checkpoint.pt", weights_only=True)


def rows(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def small_run(seed=5):
    run = Run(Recipe(TINY.stages, TINY.rate, seed))
    run.begin(np.random.default_rng(0).integers(0, 256, (256, 32, 32, 3), np.uint8))
    return run


def test_training_begins_goes_on_and_exports(tmp_path, train, photo):
    output = tmp_path / "out"
    assert "1 training photos, 1 held out" in train(output, "--stage", "1x1x256", "--export", "never")
    train(output, "--stage", "1x1x256", "--stage", "1x1x384", "--measure-every", "1")
    codec = latents.Codec(runtime.Transforms(output), Model.parse((output / "latents-1.bin").read_bytes()))
    own = latents.Encoder(photo[:100, :90], codec=codec)
    content = own.at(64)
    payload = image_latents.encode_under(content, own.picture, codec.model)
    assert image_latents.decode_under(reader(payload), own.picture, codec.model) == content
    assert latents.paint(content, own.picture, codec=codec).shape == (100, 90, 3)
    card = (output / "latents-1.md").read_text()
    assert "1 steps of 1 squares of 384 x 384 pixels" in card
    assert "1 photos (photos" in card
    assert "Trained for 2 steps" in card
    assert len([line for line in card.splitlines() if line.startswith("| 64 |")]) == 1
    figures = rows(output / "heldout.csv")
    assert [row["step"] for row in figures] == ["1", "2"]
    assert {"loss", "bpp_64", "psnr_64", "ms_ssim_64"} < set(figures[0])


def reader(data):
    from misc_format.structure.bits import BitReader

    return BitReader(data)


def test_the_best_average_is_exported_not_the_last(tmp_path, train, monkeypatch):
    losses = iter([2.0, 1.0, 3.0])
    monkeypatch.setattr(runs, "held_out_figures", lambda *_: {"loss": next(losses)})
    train(tmp_path, "--stage", "3x1x256", "--measure-every", "1", "--rate", "0.1", "--export", "never")
    found = state(tmp_path)
    assert (found["step"], found["best_step"], found["best_loss"]) == (3, 2, 1.0)
    best = torch.load(tmp_path / "best.pt", weights_only=True)
    run = Run(TINY)
    run.load(found, best)
    assert all(torch.equal(values, best[name]) for name, values in run.exported().state_dict().items())
    assert not all(torch.equal(values, best[name]) for name, values in run.average.state_dict().items())


def test_training_stops_when_the_last_stage_gets_no_better(tmp_path, train, monkeypatch):
    losses = iter([1.0, 2.0, 3.0, 4.0, 5.0])
    monkeypatch.setattr(runs, "held_out_figures", lambda *_: {"loss": next(losses)})
    options = [
        "--stage",
        "2x1x256",
        "--stage",
        "9x1x256",
        "--measure-every",
        "1",
        "--patience",
        "2",
        "--export",
        "never",
    ]
    train(tmp_path, *options)
    assert state(tmp_path)["step"] == 4  # two of the last stage; those before do not count


def test_an_interrupted_run_goes_on_exactly(tmp_path, train, monkeypatch):
    options = ["--stage", "3x1x256", "--stage", "2x1x384", "--measure-every", "2", "--export", "never"]
    train(tmp_path / "whole", *options)
    advance = Run.advance

    def interrupted(run, batch):
        advance(run, batch)
        if run.step == 3:
            os.kill(os.getpid(), signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "advance", interrupted)
        assert "stopped at step 3 by a signal" in train(tmp_path / "parts", *options)
    assert state(tmp_path / "parts")["step"] == 3
    with (tmp_path / "parts" / "heldout.csv").open("a", encoding="utf-8") as file:
        file.write("4,0,lost\n")  # of a run that was killed before it saved
    train(tmp_path / "parts", "--export", "never", "--measure-every", "2")  # the checkpoint has the stages
    whole, parts = state(tmp_path / "whole"), state(tmp_path / "parts")
    assert parts["step"] == whole["step"] == 5
    for net in ("codec", "average"):
        assert all(torch.equal(values, parts[net][name]) for name, values in whole[net].items())
    losses = [[row["loss"] for row in rows(tmp_path / name / "heldout.csv")] for name in ("whole", "parts")]
    assert len(losses[0]) == 3
    assert losses[0] == losses[1]


def test_the_time_limit_saves_and_ends(tmp_path, train):
    output = train(tmp_path, "--stage", "50x1x256", "--seconds", "0")
    assert "stopped at step 1 by the time limit" in output
    assert state(tmp_path)["step"] == 1
    assert not (tmp_path / "latents-1.bin").exists()
    train(tmp_path, "--export", "now")
    assert state(tmp_path)["step"] == 1
    assert (tmp_path / "latents-1.bin").exists()


def test_weights_that_are_not_finite_are_never_kept(tmp_path):
    run = small_run()
    run.save(tmp_path / "checkpoint.pt")
    kept = (tmp_path / "checkpoint.pt").read_bytes()
    next(run.codec.parameters()).data.fill_(float("nan"))
    with pytest.raises(FloatingPointError, match="after step 0"):
        run.save(tmp_path / "checkpoint.pt")
    assert (tmp_path / "checkpoint.pt").read_bytes() == kept


def test_the_script_for_a_gpu_leaves_a_compact_checkpoint_to_go_on_from(tmp_path, folder, train):
    zipped = tmp_path / "photos.zip"
    zipped.write_bytes(pack.pack(photos.read([folder]), 1_000_000)[0])
    out = tmp_path / "out"
    environment = {**os.environ, "OUT": str(out), "WORK": str(tmp_path / "work"), "PYTHON": sys.executable}
    script = ROOT / "reference_codec" / "training" / "train_on_gpu.sh"
    options = ["--device", "cpu", "--threads", "1", "--precision", "float32", "--stage", "9x1x256", "--seconds", "0"]
    subprocess.run([script, zipped, *options], check=True, cwd=ROOT, env=environment, capture_output=True)
    manifest = json.loads((out / "compact.json").read_text())
    assert manifest["step"] == 1
    assert len(list(out.iterdir())) <= 8
    assert all(path.stat().st_size <= compact.MAX_PART for path in out.iterdir())
    output = train(tmp_path / "here", "--resume-from", str(out), "--stage", "2x1x256", "--export", "never")
    assert "step 1, float32 on cpu" in output
    assert state(tmp_path / "here")["step"] == 2


def test_a_compact_checkpoint_has_the_weights_in_half_precision(tmp_path, monkeypatch):
    monkeypatch.setattr(compact, "MAX_PART", 4 << 20)
    run = small_run()
    run.step, run.seconds, run.best_step, run.best_loss = 2, 60.4, 1, 3.5
    run.best = {name: values + 1 for name, values in run.average.state_dict().items()}
    (tmp_path / "log.csv").write_text("step\n1\n")
    compact.write(run, tmp_path, tmp_path / "compact")
    parts = sorted((tmp_path / "compact").glob("*.bin"))
    assert len(parts) > 9
    assert (tmp_path / "compact" / "log.csv").read_text() == "step\n1\n"
    other = small_run(seed=6)
    compact.resume(other, *compact.read(tmp_path / "compact"))
    assert (other.step, other.seconds, other.best_step, other.best_loss) == (2, 60, 1, 3.5)
    assert other.warm_from == 2
    for net in ("codec", "average"):
        theirs = getattr(other, net).state_dict()
        ours = getattr(run, net).state_dict()
        assert all(torch.equal(values.half().float(), theirs[name]) for name, values in ours.items())
    assert all(torch.equal(values.half().float(), other.best[name]) for name, values in run.best.items())
    run.step = 3
    compact.write(run, tmp_path, tmp_path / "compact")
    assert not any(part.exists() for part in parts)
    part = next((tmp_path / "compact").glob("*-0.bin"))
    part.write_bytes(part.read_bytes()[:-1])
    with pytest.raises(ValueError, match="does not match its digest"):
        compact.read(tmp_path / "compact")


def test_stages_follow_one_another():
    assert Stage.parse("30000x8x256") == DEFAULTS["cpu"].stages[0]
    assert [TINY.stage(step).side for step in range(TINY.steps)] == [256, 256, 256, 384, 384]
    assert TINY.last_begins == 3
    assert Recipe.of(TINY.plain()) == TINY


@pytest.mark.parametrize("text", ["5x8", "5x0x256", "5x1x300", "5x1x128", "-5x1x256"])
def test_what_is_no_stage_is_refused(tmp_path, folder, text):
    found = CliRunner().invoke(app, [str(folder), "-o", str(tmp_path / "out"), f"--stage={text}"])
    assert found.exit_code == 2
    assert "--stage" in found.output


def test_a_batch_depends_on_seed_and_step_alone(folder):
    pictures = photos.split(photos.read([folder])).training
    all_steps = list(photos.batches(pictures, TINY, 0, workers=2))
    assert [batch.shape for batch in all_steps] == [(1, 256, 256, 3)] * 3 + [(1, 384, 384, 3)] * 2
    assert all(map(np.array_equal, photos.batches(pictures, TINY, 2), all_steps[2:]))
    other = Recipe(TINY.stages, TINY.rate, 6)
    assert not np.array_equal(next(photos.batches(pictures, other, 0)), all_steps[0])


def test_photos_too_small_for_a_stage_are_refused(folder):
    large = Recipe((Stage(1, 1, 512),), 1.0, 1)
    with pytest.raises(ValueError, match="no photo has 410 pixels on each side"):
        next(photos.batches(photos.split(photos.read([folder])).training, large, 0))


def test_half_of_the_squares_have_other_colours(monkeypatch):
    grey = Image.new("RGB", (256, 256), (100, 120, 140))
    squares = [photos.square(grey, 256, np.random.default_rng(seed)) for seed in range(60)]
    means = np.array([square.mean((0, 1)) for square in squares])
    changed = (means != (100, 120, 140)).any(1)
    assert 15 < changed.sum() < 45
    assert np.abs(means - (100, 120, 140)).max() < 50


def test_a_tenth_of_the_photos_is_held_out_by_name():
    names = [f"photo_{number}" for number in range(3000)]
    held_out = [name for name in names if photos.is_held_out(name)]
    assert 250 < len(held_out) < 350
    assert held_out[:3] == ["photo_19", "photo_29", "photo_42"]  # on every machine


def test_crops_of_held_out_photos_are_fixed(folder):
    pictures = photos.split(photos.read([folder])).held_out
    found = photos.crops(3 * pictures)
    assert found.shape == (3, 256, 256, 3)
    assert np.array_equal(found, photos.crops(3 * pictures))
    assert not np.array_equal(found[0], found[1])  # of another scale


def test_a_pack_fits_and_has_the_photos(tmp_path, folder, photo):
    Image.fromarray(photo).save(tmp_path / f"{OTHERS[1]}.jpg")
    found = photos.read([folder, tmp_path], longest=300)
    large, quality = pack.pack(found, 1_000_000)
    assert quality == pack.MAX_QUALITY
    small, lower = pack.pack(found, len(large) // 2)
    assert len(small) <= len(large) // 2
    assert lower < quality
    (tmp_path / "photos.zip").write_bytes(small)
    back = photos.read([tmp_path / "photos.zip"])
    assert [one.name for one in back] == [one.name for one in found]
    assert [one.picture.size for one in back] == [one.picture.size for one in found]
    assert max(max(one.picture.size) for one in back) == 300
    with pytest.raises(ValueError, match="do not fit into 100 bytes"):
        pack.pack(found, 100)


def test_enlarging_is_bicubic_interpolation():
    values = torch.rand(2, 3, 20, 12)
    expected = torch.nn.functional.interpolate(values, scale_factor=2, mode="bicubic", align_corners=False)
    assert torch.allclose(enlarged(values), expected, atol=1e-5)


def test_training_starts_from_the_weights_that_ship(tmp_path, train, photo):
    train(tmp_path, "--start-from", "shipped", "--stage", "1x1x256", "--rate", "1e-9", "--export", "never")
    found = state(tmp_path)
    assert found["origin"] == "the shipped weights"
    assert found["recipe"]["is_settled"]
    shipped = exported.read("shipped")
    assert all(torch.allclose(values, found["codec"][name], atol=1e-6) for name, values in shipped.items())
    codec = Networks()
    codec.load_state_dict(shipped)
    quantised, expected = export.integer_model(codec), Model.shipped("latents-1.bin")
    for name, values in expected.arrays.items():
        if name != "frequencies":  # those are counted
            fitted = name in {"hyper_means", "hyper_scales"}  # to the anchors between qualities
            assert np.abs(quantised.arrays[name].astype(int) - values).max() <= fitted, name


def test_training_starts_from_an_export(tmp_path, train):
    train(tmp_path / "one", "--stage", "1x1x256")
    train(tmp_path / "two", "--start-from", str(tmp_path / "one"), "--stage", "1x1x256", "--export", "never")
    assert state(tmp_path / "two")["origin"] == f"the {tmp_path / 'one'} weights"
