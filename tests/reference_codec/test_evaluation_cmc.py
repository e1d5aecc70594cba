"""The metrics of CMC-Bench: its weights, its order of pictures, its overall scores."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from misc_format.cli.app import app
from reference_codec.evaluation import cmc_metrics
from reference_codec.evaluation.cmc_metrics import FR, NR, overall
from reference_codec.evaluation.metric_libraries import MissingError, Where
from reference_codec.evaluation.metrics import METRICS
from tests.needs import PYIQA, extra, needs

ORIGINAL, DECODED = np.zeros((5, 4, 3), np.uint8), np.full((5, 4, 3), 51, np.uint8)

# The leaderboards of CMC-Bench's README: Full, Image, Pixel, Text, each FR and NR; the overall score.
DECODERS = {
    "DiffBIR": ([2.9194, 2.5803, 2.863, 1.7342], 2.6466),
    "PASD": ([2.727, 2.2256, 2.6378, 2.0101], 2.4942),
    "PG25": ([2.0716, 2.9194, 1.9612, 2.9935, 1.7418, 3.626, 1.7382, 3.7299], 2.3579),
    "RealVis": ([2.5646, 2.0415, 2.5033, 1.8098, 1.9878, 2.7815, 1.7805, 3.4802], 2.3155),
    "PG20": ([2.3603, 2.3695, 2.2476, 2.2071, 1.8883, 2.6875, 1.718, 3.7438], 2.2864),
    "SSD-1B": ([2.4939, 2.0803, 2.4147, 1.9308, 1.9611, 2.4828, 1.7753, 3.4796], 2.2720),
    "StableSR": ([2.6232, 1.4368, 2.6088, 1.4293], 2.2217),
    "Dreamlike": ([2.5071, 1.7892, 2.4226, 1.5131, 1.9545, 2.3038, 1.709, 3.1588], 2.1626),
    "Animate": ([2.2985, 1.8469, 2.2522, 1.6148, 1.8246, 2.4324, 1.6983, 3.4979], 2.1283),
    "SDXL": ([2.4184, 1.6837, 2.3482, 1.5586, 1.9103, 1.9724, 1.7471, 3.4225], 2.1238),
    "SD15": ([2.4895, 1.7733, 2.4163, 1.5574, 1.9422, 2.1444, 1.6832, 2.5318], 2.0891),
    "InstructPix": ([2.1519, 1.7191, 2.3457, 1.2219], 1.9894),
}
# Full, Pixel and Text, since a describer has no part in Image.
DESCRIBERS = {
    "GPT-4o": ([2.5646, 2.0415, 1.9878, 2.7815, 1.7805, 3.4802], 2.4394),
    "ShareGPT": ([2.5597, 2.065, 1.9872, 2.7618, 1.794, 3.4221], 2.4316),
    "Qwen": ([2.553, 2.0031, 1.9917, 2.6748, 1.7832, 3.3679], 2.3956),
    "MPlugOwl-2": ([2.5556, 2.0003, 1.9902, 2.6413, 1.7891, 3.3299], 2.3844),
    "LLAVA": ([2.5484, 1.9747, 1.9815, 2.6373, 1.7766, 3.3695], 2.3813),
    "InstructBLIP": ([2.5489, 1.9153, 1.9858, 2.5593, 1.7796, 3.2888], 2.3463),
}


def modes(values: list[float]) -> list[dict[str, float | None]]:
    return [{FR: fr, NR: nr} for fr, nr in zip(values[::2], values[1::2], strict=True)]


@pytest.mark.parametrize("name", DECODERS)
def test_the_table_of_decoders_is_reproduced(name: str) -> None:
    values, published = DECODERS[name]
    scores = overall(modes(values))
    assert scores is not None and scores.decoders == pytest.approx(published, abs=1.01e-4)


@pytest.mark.parametrize("name", DESCRIBERS)
def test_the_table_of_describers_is_reproduced(name: str) -> None:
    values, published = DESCRIBERS[name]
    scores = overall(modes(values))
    assert scores is not None and scores.describers == pytest.approx(published, abs=1.01e-4)


def test_a_mode_without_a_score_leaves_no_overall_score() -> None:
    assert overall([]) is None
    assert overall([{FR: 2.0, NR: 1.0}, {FR: 2.0}]) is None
    assert overall([{FR: 2.0, NR: None}]) is None


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder with weights in pyiqa's own form, and a stand-in of the library with small networks."""
    import torch

    class Network(torch.nn.Module):
        """A score that depends on the order of the pictures."""

        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(2))

        def forward(self, *pictures: Any) -> Any:
            means = torch.stack([picture.mean() for picture in pictures])
            return (self.weight[: len(means)] * means).sum()

    class Metric:
        def __init__(self, mode: str) -> None:
            self.net, self.metric_mode = Network(), mode

        def __call__(self, *pictures: Any) -> Any:
            assert all(picture.shape == (1, 3, 5, 4) and picture.dtype == torch.float32 for picture in pictures)
            return self.net(*pictures)

    def create_metric(name: str, device: Any, pretrained: bool, backbone_pretrain: bool) -> Metric:
        assert not pretrained and not backbone_pretrain
        print("Loading, says the library")
        return Metric({"topiq_fr": "FR", "topiq_nr": "NR"}[name])

    stand_in = ModuleType("pyiqa")
    stand_in.create_metric = create_metric  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pyiqa", stand_in)
    monkeypatch.setattr(torch.hub, "set_dir", lambda folder: None)
    torch.save({"params": {"module.weight": torch.tensor([1.0, 10.0])}}, tmp_path / "topiq-fr.pth")
    torch.save({"params": {"weight": torch.tensor([5.0, 0.0])}}, tmp_path / "topiq-nr.pth")
    return tmp_path


@needs(extra("torch"))
def test_the_original_goes_first_as_in_the_script(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert METRICS[FR].load(Where(models))(ORIGINAL, DECODED) == pytest.approx(2.0)  # 0 + 10 x 0.2
    assert METRICS[FR].load(Where(models))(DECODED, ORIGINAL) == pytest.approx(0.2)
    assert METRICS[NR].load(Where(models))(ORIGINAL, DECODED) == pytest.approx(1.0)
    assert capsys.readouterr().out == ""  # a JSON document may be there


@needs(extra("torch"))
def test_other_weights_are_refused_and_no_code_of_theirs_runs(models: Path) -> None:
    import torch

    with pytest.raises(MissingError, match="--models DIR"):
        METRICS[FR].load(Where())
    for content, reason in (
        ({"params": {"weight": torch.zeros(3)}}, "holds no weights of this network"),
        ({"params": {}}, "holds no weights of this network"),
        ({"params": {"weight": torch.zeros(2), "more": torch.zeros(1)}}, "holds no weights of this network"),
        ({"params": [1]}, "holds no tensors by name"),
        ({"params": {"weight": Path("x")}}, "is no file of weights"),
    ):
        torch.save(content, models / "topiq-fr.pth")
        with pytest.raises(MissingError, match=reason):
            METRICS[FR].load(Where(models))
    (models / "topiq-fr.pth").unlink()
    with pytest.raises(MissingError, match=r"topiq-fr\.pth is not there"):
        METRICS[FR].load(Where(models))


@needs(extra("torch"))
def test_each_set_of_a_label_is_a_mode(models: Path, tmp_path: Path) -> None:
    for folder, value in (("gt", 0), ("full", 51), ("text", 102)):  # one picture, which is measured in this process
        (tmp_path / folder).mkdir()
        Image.new("RGB", (4, 5), (value,) * 3).save(tmp_path / folder / "a.png")
    places = [f"ours={tmp_path / folder}" for folder in ("full", "text")]
    options = ("--metrics", f"{FR},{NR}", "--models", models, "-o", tmp_path / "out", "--json")

    def run() -> tuple[int, dict[str, Any]]:
        result = CliRunner().invoke(app, [str(argument) for argument in ("eval", tmp_path / "gt", *places, *options)])
        return result.exit_code, json.loads(result.stdout)["cmc_bench"]

    # FR: 10 x 0.2 and 10 x 0.4; NR: 5 x 0.2 and 5 x 0.4.
    assert run() == (0, {"ours": {"decoders": pytest.approx(2.5), "describers": pytest.approx(2.25)}})
    assert "2.5000" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    Image.new("RGB", (4, 4)).save(tmp_path / "text" / "a.png")
    assert run() == (1, {})


@needs(extra("torch"))
def test_the_distance_to_faces_sees_the_decoded_pictures_alone(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def distance(folder: str, **options: Any) -> float:
        asked.append(options)
        print("Found 2 images, says the library")
        return float(sum(np.asarray(Image.open(path)).mean() for path in Path(folder).iterdir()))

    monkeypatch.setattr(sys.modules["pyiqa"], "create_metric", lambda name, device: distance)
    with pytest.raises(MissingError, match=r"ffhq_clean_trainval70k_1024\.npz is not there"):
        METRICS["cmc_fid"].load(Where(models))
    for name in (cmc_metrics.FFHQ_STATISTICS, cmc_metrics.FID_INCEPTION):
        (models / name).parent.mkdir(parents=True, exist_ok=True)
        (models / name).touch()
    measure = METRICS["cmc_fid"].load(Where(models))
    assert measure([ORIGINAL] * 2, [DECODED] * 2) == 102 and measure([ORIGINAL], [DECODED]) is None
    assert asked[0]["dataset_name"] == "FFHQ" and asked[0]["dataset_split"] == "trainval70k" and len(asked) == 1


@needs(PYIQA)
@pytest.mark.parametrize("kind", ["fr", "nr"])
def test_the_library_itself_gives_the_same_score(kind: str, tmp_path: Path) -> None:
    """Its network with random weights: as CMC-Bench's script calls it, and as this project does."""
    import pyiqa
    import torch

    torch.manual_seed(0)
    options = {"device": torch.device("cpu"), "backbone_pretrain": False}
    path = tmp_path / f"topiq-{kind}.pth"
    torch.save({"params": pyiqa.create_metric(f"topiq_{kind}", pretrained=False, **options).net.state_dict()}, path)
    theirs = pyiqa.create_metric(f"topiq_{kind}", pretrained_model_path=str(path), **options)
    samples = [np.random.default_rng(seed).integers(0, 256, (96, 128, 3), np.uint8) for seed in range(2)]
    files = [str(tmp_path / f"{index}.png") for index in range(2)]
    for file, picture in zip(files, samples, strict=True):
        Image.fromarray(picture).save(file)
    expected = float(theirs(*files) if kind == "fr" else theirs(files[1]))
    found = METRICS[f"cmc_topiq_{kind}"].load(Where(tmp_path))(*samples)
    assert found == pytest.approx(expected, abs=1e-5)
    if kind == "fr":
        assert float(theirs(*files[::-1])) != pytest.approx(expected, abs=1e-5)
