"""The command that runs a system of the papers from pictures to metrics."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reference_codec.evaluation import datasets, published, reproduce
from reference_codec.evaluation.metrics import METRICS
from tests.needs import extra, needs, require
from tests.reference_codec import tiny_diffusion as tiny

PHOTO = Image.open(Path(__file__).parents[2] / "examples" / "coffee.png").convert("RGB")


@pytest.mark.parametrize("name", published.SYSTEMS)
def test_published_rows_name_what_is_there(name: str) -> None:
    for row in published.SYSTEMS[name].rows:
        assert set(row.values) <= set(METRICS) and row.dataset in datasets.DATASETS
        assert row.has_maps <= row.has_text and all(np.isfinite(value) for value in row.values.values())


def test_the_table_has_a_line_for_each_metric_of_either_side() -> None:
    row = published.SYSTEMS["sedic"].rows[0]
    measured = reproduce.Measured(row, 3, 0.05, {"psnr": 20.0, "ssim": 0.5}, {})
    lines = {line[1]: line[2:5] for line in reproduce.table([measured])}
    assert lines["bpp"] == ("0.0500", "0.0457", "+0.0043 (+9.4 %)")
    assert lines["PSNR, dB"] == ("20.0000", "21.8300", "-1.8300 (-8.4 %)")
    assert lines["SSIM"] == ("0.5000", "-", "") and lines["DISTS"] == ("-", "0.1012", "")


@needs(extra("models"))
@needs(extra("eval"))
def test_a_system_runs_from_pictures_to_the_table_and_does_nothing_twice(tmp_path: Path, seeing: Path) -> None:
    """With tiny models in place of the paper's: SEDIC as released, with one object."""
    require(extra("batch"))
    (tmp_path / "photos").mkdir()
    for index in range(2):
        PHOTO.resize((60 + index, 40)).save(tmp_path / "photos" / f"{index}.png")
    model = tiny.pipeline(tmp_path / "model", "1.5")
    tiny.latent_control(tmp_path / "v2.pth", "1.5")
    maker = f"clip-surgery={seeing / 'clip'}"
    arguments = [
        "sedic", tmp_path / "photos", "-o", tmp_path / "out", "--rows", "sedic-1", "--as-released", "--device", "cpu",
        "--describer", f"local={seeing / 'qwen'}", "--map-maker", maker, "--metrics", "psnr,ssim",
        "--encode-options", "--image-method grid --items 2",
        "--decode-options", f"--model {model} --controlnet {tmp_path / 'v2.pth'} --long-side 64",
    ]  # fmt: skip
    command = [sys.executable, "-m", "reference_codec.evaluation.reproduce", *map(str, arguments)]
    first = subprocess.run(command, capture_output=True, text=True, check=False)
    assert first.returncode == 0, first.stderr
    assert "sedic-1" in first.stdout and "PSNR" in first.stdout and "0.0304" in first.stdout
    results = tmp_path / "out" / "sedic-1-released" / "results.json"
    mean = json.loads(results.read_text(encoding="utf-8"))["means"][0]
    assert mean["pictures"] == 2 and mean["complete"] and mean["bpp"] > 0
    written = results.stat().st_mtime_ns
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 0 and again.stdout == first.stdout and results.stat().st_mtime_ns == written
    PHOTO.resize((50, 40)).save(tmp_path / "photos" / "2.png")  # the files of a finished run do not change
    more = subprocess.run(command, capture_output=True, text=True, check=False)
    assert more.returncode == 1 and "sedic-1: 2 of 3 pictures were measured" in more.stderr
