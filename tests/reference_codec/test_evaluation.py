"""Evaluation: bits are those of files, metrics are those of their libraries, and what cannot be had is said."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from typer.testing import CliRunner, Result

import misc_format
from misc_format.cli.app import app
from misc_format.components import Size
from reference_codec.decoder import decode
from reference_codec.evaluation import anchors, measure, metrics, sets
from reference_codec.evaluation.curves import Point, bd_rate
from reference_codec.evaluation.metric_libraries import MissingError, Where, patches
from reference_codec.evaluation.metrics import METRICS
from reference_codec.images import grid
from tests.needs import LINUX, extra, needs, program
from tests.reference_codec.fatal import FatalWorker

COFFEE = Path(__file__).parents[2] / "examples" / "coffee.png"
BLOCKS = (32, 20, 12, 8)
SIDES = (96, 80)


def misc(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three small pictures, and their files with grids of four sizes."""
    made = tmp_path_factory.mktemp("evaluation")
    photo = Image.open(COFFEE).convert("RGB")
    for index in range(3):
        name = ("a", "deep/b", "deep/c")[index]
        (made / "originals" / name).parent.mkdir(parents=True, exist_ok=True)
        picture = photo.crop((150 * index, 100, 150 * index + 2 * SIDES[0], 100 + 2 * SIDES[1])).resize(SIDES)
        picture.save(made / "originals" / f"{name}.png")
        for block in BLOCKS:
            target = made / f"block{block:02d}" / f"{name}.misc"
            target.parent.mkdir(parents=True, exist_ok=True)
            image = grid.make(np.asarray(picture), block, 6)
            target.write_bytes(misc_format.write(misc_format.Stream(*SIDES, image=image)))
    return made


@pytest.fixture(scope="module")
def evaluated(folder: Path) -> tuple[dict[str, Any], Path]:
    """The results of all four, against two codecs."""
    places = [folder / f"block{block:02d}" for block in BLOCKS]
    chosen = ["--metrics", "psnr,ssim", "--against", "jpeg,webp", "--workers", 1]
    result = misc("eval", folder / "originals", *places, *chosen, "-o", folder / "out", "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout), folder / "out"


def test_bits_are_those_of_the_files_and_of_their_parts(folder: Path, evaluated: tuple[dict[str, Any], Path]) -> None:
    rows = [row for row in evaluated[0]["pictures"] if not row["anchor"]]
    assert len(rows) == 3 * len(BLOCKS)
    for row in rows:
        data = (folder / row["set"] / f"{row['picture']}.misc").read_bytes()
        assert row["bits"] == 8 * len(data) == sum(row["parts"].values())
        assert row["bpp"] == row["bits"] / (SIDES[0] * SIDES[1])


def test_values_are_those_of_the_decoded_pictures(folder: Path, evaluated: tuple[dict[str, Any], Path]) -> None:
    for row in evaluated[0]["pictures"]:
        if row["anchor"] or row["set"] != "block12":
            continue
        original = np.asarray(Image.open(folder / "originals" / f"{row['picture']}.png"), np.float64)
        decoded = np.asarray(decode((folder / row["set"] / f"{row['picture']}.misc").read_bytes()), np.float64)
        error = ((original - decoded) ** 2).mean()
        assert row["values"]["psnr"] == pytest.approx(20 * np.log10(255 / np.sqrt(error)))
    means = {mean["set"]: mean["values"] for mean in evaluated[0]["means"] if not mean["anchor"]}
    assert [means[f"block{block:02d}"]["ssim"] for block in BLOCKS] == sorted(
        values["ssim"] for values in means.values()
    )


def test_anchors_stay_within_the_bits_of_the_file_beside_them(evaluated: tuple[dict[str, Any], Path]) -> None:
    rows = evaluated[0]["pictures"]
    bits = {(row["set"], row["picture"]): row["bits"] for row in rows if not row["anchor"]}
    coded = [row for row in rows if row["anchor"]]
    assert {row["label"] for row in coded} == {"JPEG", "WebP"} and len(coded) == 2 * len(bits)
    for row in coded:
        if row["problem"] is None:
            assert row["bits"] <= bits[row["set"], row["picture"]] and row["values"]["psnr"] > 5
        else:
            assert "at its lowest quality" in row["problem"] and row["bits"] is None
    assert any(row["problem"] is None for row in coded)


def test_the_page_needs_nothing_beside_itself_and_shows_all(evaluated: tuple[dict[str, Any], Path]) -> None:
    document, output = evaluated
    text = (output / "report.html").read_text(encoding="utf-8")
    assert (
        not re.findall(r'(?:src|href)="(?!data:|#)', text)
        and "@import" not in text
        and "url(" not in text.replace("url(#", "")
    )
    assert text.count("<svg") == 2 and text.count("data:image/webp;base64,") >= 3 * (1 + len(BLOCKS))
    for mean in document["means"]:
        if mean["bpp"] is not None:
            assert f"{mean['bpp']:.5f}" in text
    with (output / "pictures.csv").open() as stream:
        assert len(list(csv.DictReader(stream))) == len(document["pictures"])
    assert json.loads((output / "results.json").read_text()) == document


def test_what_cannot_be_measured_is_a_row_with_its_reason(folder: Path, tmp_path: Path) -> None:
    for name, picture in (("a", Image.new("RGB", SIDES)), ("deep/b", Image.new("RGB", (9, 9)))):
        (tmp_path / "back" / name).parent.mkdir(parents=True, exist_ok=True)
        picture.save(tmp_path / "back" / f"{name}.decoded.png")
    (tmp_path / "back" / "deep" / "c.misc").write_bytes(b"cut")
    result = misc("eval", folder / "originals", f"x={tmp_path / 'back'}", "--metrics", "psnr", "--workers", 1, "--json")
    assert result.exit_code == 1
    rows = {row["picture"]: row for row in json.loads(result.stdout)["pictures"]}
    assert rows["a"]["problem"] is None and rows["a"]["bits"] is None and rows["a"]["values"]["psnr"] > 0
    assert rows["deep/b"]["problem"] == "the picture has 9x9 pixels and its original 96x80"
    assert "MISC-CON" in rows["deep/c"]["problem"]
    for arguments in (
        ["nowhere", folder],
        [folder / "originals", tmp_path / "nowhere"],
        [folder / "originals", tmp_path],
    ):
        assert misc("eval", *arguments, "--metrics", "psnr").exit_code == 3
    assert misc("eval", folder / "originals", folder / "block08", "--metrics", "beauty").exit_code == 2
    assert (
        misc("eval", folder / "originals", folder / "block08", "--metrics", "psnr", "--against", "gif").exit_code == 2
    )


def test_a_picture_that_ends_its_process_is_a_row_with_its_reason(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "Worker", FatalWorker)
    sets = [folder / "block08", folder / "block20"]
    result = misc("eval", folder / "originals", *sets, "--metrics", "psnr", "--workers", 2, "--json")
    assert result.exit_code == 1, result.output
    rows = json.loads(result.stdout)["pictures"]
    assert [row["picture"] for row in rows] == ["a", "a", "deep/b", "deep/b", "deep/c", "deep/c"]
    assert [row["set"] for row in rows if "SIGKILL" in (row["problem"] or "")] == ["block08", "block20"]
    assert [row["values"].get("psnr", 0) > 0 for row in rows] == [row["picture"] != "deep/b" for row in rows]


def test_an_original_that_cannot_be_read_is_a_row_with_its_reason(folder: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "originals").mkdir(exist_ok=True)
        shutil.copy(folder / "originals" / "a.png", tmp_path / "originals" / f"{name}.png")
        (tmp_path / "set").mkdir(exist_ok=True)
        shutil.copy(folder / "block08" / "a.misc", tmp_path / "set" / f"{name}.misc")
    (tmp_path / "originals" / "a.png").write_bytes(b"no picture")
    options = ("--metrics", "psnr", "--workers", 1, "-o", tmp_path / "out")
    result = misc("eval", tmp_path / "originals", tmp_path / "set", *options)
    assert result.exit_code == 1 and "a.png" in result.stderr
    rows = json.loads((tmp_path / "out" / "results.json").read_text())["pictures"]
    assert [(row["picture"], row["problem"] is None) for row in rows] == [("a", False), ("b", True)]


def test_a_metric_of_whole_sets_that_fails_takes_no_other_with_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> float:
        raise ValueError("no square root")

    monkeypatch.setitem(METRICS, "fid", METRICS["fid"]._replace(load=lambda _: fail))
    result = misc("eval", folder / "originals", folder / "block08", "--metrics", "psnr,fid", "--workers", 1, "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == 0 and document["missing"] == {"fid": "it failed: no square root"}
    assert document["means"][0]["values"]["psnr"] > 0 and document["means"][0]["values"]["fid"] is None


def test_bits_of_any_codecs_files_beside_pictures(folder: Path, tmp_path: Path) -> None:
    names = sets.originals(folder / "originals")
    (tmp_path / "painted").mkdir()
    (tmp_path / "files").mkdir()
    Image.new("RGB", SIDES).save(tmp_path / "painted" / "a.png")
    (tmp_path / "files" / "a.bin").write_bytes(bytes(77))
    [found] = sets.read_all([f"mine={tmp_path / 'painted'}"], [str(tmp_path / "files")], names).sets
    assert found.label == "mine" and found.counterparts == {
        "a": sets.Counterpart(tmp_path / "painted" / "a.png", (tmp_path / "files" / "a.bin",))
    }
    assert measure.bits_of("a.bin", bytes(77), Size(*SIDES)) == (8 * 77, {})
    single = sets.originals(folder / "originals" / "a.png")
    [one] = sets.read_all([str(folder / "block08" / "a.misc")], [], single).sets
    assert one.counterparts == {"a": sets.Counterpart(None, (folder / "block08" / "a.misc",))}


# Delta rates

CURVE = [Point(0.01, 20.0), Point(0.02, 23.0), Point(0.04, 25.0), Point(0.08, 28.0)]


@given(st.floats(0.2, 5.0))
def test_a_curve_that_takes_so_many_times_the_rate_has_that_delta(factor: float) -> None:
    other = [Point(factor * point.rate, point.quality) for point in CURVE]
    assert bd_rate(CURVE, other) == pytest.approx(100 * (factor - 1), abs=1e-6)


def test_a_delta_rate_worked_out_by_hand() -> None:
    # Two points each: straight lines of log rate over quality. Test is 1x the rate at 20 dB and 2x at 30: mean log ratio log(2) / 2.
    found = bd_rate([Point(0.1, 20.0), Point(1.0, 30.0)], [Point(0.1, 20.0), Point(2.0, 30.0)])
    assert found == pytest.approx(100 * (2**0.5 - 1))


def test_there_is_no_delta_rate_without_curves_that_meet() -> None:
    assert bd_rate(CURVE, CURVE[:1]) is None
    assert bd_rate(CURVE, [Point(0.01, 40.0), Point(0.02, 50.0)]) is None
    assert bd_rate(CURVE, [Point(0.01, 22.0), Point(0.02, 21.0)]) is None


# Metrics


@needs(extra("torch"))
def test_what_a_metric_needs_is_said() -> None:
    for name in ("clipsim", "fid", "kid"):
        with pytest.raises(MissingError, match="--models DIR"):
            METRICS[name].load(Where())
    found, missing = metrics.load(["psnr", "fid"], Where(Path("nowhere")))
    assert list(found) == ["psnr"] and list(missing) == ["fid"]


@pytest.mark.parametrize(
    "name, least",
    [
        ("ssim", 11),
        pytest.param("ms_ssim", 161, marks=needs(extra("eval"))),
        ("ssimulacra2", 8),
        pytest.param("butteraugli", 1, marks=needs(program("butteraugli_main"))),
    ],
)
def test_the_same_picture_is_best_and_a_worse_one_is_worse(name: str, least: int) -> None:
    measured = METRICS[name].load(Where())
    photo = np.asarray(Image.open(COFFEE).convert("RGB").resize((200, 180)))
    noise = np.random.default_rng(1).normal(size=photo.shape)
    values = [measured(photo, np.clip(photo + strength * noise, 0, 255).astype(np.uint8)) for strength in (0, 8, 40)]
    assert values == sorted(values, reverse=METRICS[name].higher) and len(set(values)) == 3
    if least > 1:
        assert measured(photo[: least - 1], photo[: least - 1]) is None


@needs(extra("torch"))
def test_metrics_of_pyiqa_are_given_tensors_in_its_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import torch

    stand_in = ModuleType("pyiqa")

    class Network:
        def __init__(self, mode: str) -> None:
            self.metric_mode = mode

        def __call__(self, *pictures: Any) -> Any:
            assert all(picture.shape == (1, 3, 5, 4) and picture.dtype == torch.float32 for picture in pictures)
            return pictures[0].mean() - (pictures[1].mean() if self.metric_mode == "FR" else 0)

    def create_metric(name: str, device: Any) -> Network:
        if name == "dists":
            torch.hub.download_url_to_file("https://example.org/dists.pth", "x")
        return Network("NR" if name == "niqe" else "FR")

    stand_in.create_metric = create_metric  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pyiqa", stand_in)
    original, decoded = np.zeros((5, 4, 3), np.uint8), np.full((5, 4, 3), 51, np.uint8)
    before = torch.hub.download_url_to_file
    assert METRICS["lpips"].load(Where())(original, decoded) == pytest.approx(0.2)
    assert METRICS["niqe"].load(Where())(decoded, original) == 0
    with pytest.raises(MissingError, match=r"dists\.pth.*--fetch"):
        METRICS["dists"].load(Where())
    assert torch.hub.download_url_to_file is before


@needs(extra("models"))
def test_clipsim_with_a_tiny_model(tmp_path: Path) -> None:
    import torch
    import transformers

    torch.manual_seed(0)
    small = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = transformers.CLIPConfig(
        text_config={**small, "vocab_size": 99},
        vision_config={**small, "image_size": 32, "patch_size": 8},
        projection_dim=12,
    )
    transformers.CLIPModel(config).save_pretrained(tmp_path / "clip")
    size = {"height": 32, "width": 32}
    transformers.CLIPImageProcessor(size=size, crop_size=size).save_pretrained(tmp_path / "clip")
    measured = METRICS["clipsim"].load(Where(tmp_path))
    photo = np.asarray(Image.open(COFFEE).convert("RGB").resize((64, 48)))
    assert measured(photo, photo) == pytest.approx(1.0, abs=1e-5)
    assert -1 <= measured(photo, 255 - photo) < 0.9999


def test_the_average_of_misc_scales_each_over_the_rows() -> None:
    best = {"lpips": 0.1, "clipsim": 0.9, "niqe": 3.0, "clipiqa": 0.7}
    worst = {"lpips": 0.5, "clipsim": 0.5, "niqe": 9.0, "clipiqa": 0.3}
    middle = {name: (best[name] + worst[name]) / 2 for name in best}
    assert metrics.misc_average([best, worst, middle]) == pytest.approx([4, -4, 0])
    assert metrics.misc_average([best, {**worst, "niqe": None}]) == [None, None]


def test_patches_are_whole_and_those_half_further() -> None:
    assert [part.shape for part in patches(np.zeros((512, 700, 3), np.uint8))] == [(256, 256, 3)] * (4 + 2)
    assert list(patches(np.zeros((100, 700, 3), np.uint8))) == []


def test_anchors_are_named_or_explained() -> None:
    assert anchors.parse("vvc").title == "VVC"
    model = anchors.parse("compressai=cheng2020-attn:w/mine.safetensors:3")
    assert (model.architecture, model.weights, model.quality) == ("cheng2020-attn", "w/mine.safetensors", 3)
    for text in ("gif", "vvc=3", "compressai", "compressai=a:b:c"):
        with pytest.raises(ValueError, match="is none of"):
            anchors.parse(text)


def test_the_busiest_window_is_where_the_edges_are() -> None:
    samples = np.zeros((300, 400, 3), np.uint8)
    samples[60:200:2, 150:300] = 255
    left, top = measure.busiest(samples)
    assert top <= 60 and top + measure.CROP >= 200 and left <= 150 and left + measure.CROP >= 300
    assert measure.busiest(np.zeros((10, 20, 3), np.uint8)) == (0, 0)


@needs(LINUX)  # other systems' file systems may take UTF-8 names alone
def test_a_name_that_is_not_utf8_is_written_with_escapes(folder: Path, tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9")
    for place in ("originals", "back"):
        (tmp_path / place).mkdir()
        Image.new("RGB", SIDES).save(tmp_path / place / f"{name}.png")
    result = misc(
        "eval", tmp_path / "originals", tmp_path / "back", "--metrics", "ssim", "--workers", 1, "-o", tmp_path / "out"
    )
    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))["pictures"][0]["picture"] == name
    for file in ("pictures.csv", "report.html"):
        assert r"caf\udce9" in (tmp_path / "out" / file).read_text(encoding="utf-8")


def test_pictures_may_be_links_to_a_data_set(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "data.png")
    (tmp_path / "originals").mkdir()
    (tmp_path / "originals" / "a.png").symlink_to("../data.png")
    assert list(sets.originals(tmp_path / "originals")) == ["a"]
