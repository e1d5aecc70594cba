"""Data sets: the rows agree with themselves, and a folder's every difference from its data set has a reason and an exit code."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

import misc_format
from misc_format.cli.app import app
from misc_format.components import Size
from reference_codec.evaluation import dataset_check, datasets
from reference_codec.evaluation.datasets import DATASETS, Dataset, Expected
from reference_codec.images import grid


def misc(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.parametrize("row", DATASETS.values(), ids=str)
def test_a_row_agrees_with_itself(row: Dataset) -> None:
    assert DATASETS[row.name] is row
    assert len(row.expected) == (row.pictures if row.files else 0)
    assert set(row.known) <= set(row.expected)
    for digest in [*(known.sha256 for known in row.known.values()), *(archive.sha256 for archive in row.archives)]:
        assert digest is None or re.fullmatch("[0-9a-f]{64}", digest)
    assert row.title and row.licence and row.source and row.use


def test_the_digests_of_kodak_are_those_of_another_publisher_of_them() -> None:
    rows = DATASETS["kodak"].expected
    printed = "".join(f"{row.sha256}  {name}\n" for name, row in rows.items())
    digest = "3eaa5bd52eb8c894d351cf607028f5d3d80e778fd0267eeff8c73d66539a25d5"
    assert hashlib.sha256(printed.encode()).hexdigest() == digest
    assert sum(row.size == Size(512, 768) for row in rows.values()) == 6


def test_the_parts_of_cmc_bench_are_the_whole() -> None:
    parts = [name for kind in ("nsi", "sci", "aigi") for name in DATASETS[f"cmc-bench-{kind}"].expected]
    assert sorted(parts) == sorted(DATASETS["cmc-bench"].expected) and len(parts) == 1000
    assert {"NSI_pgc_000.png", "NSI_ugc_199.png", "SCI_screen_099.png", "AIGI_DALLE3_049.png"} <= set(parts)


SMALL = Dataset("small", "Small", 4, "none", "here", "nobody", ("a{1..4}.png",), size=Size(8, 6))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all of a data set of four pictures; of the first, the digest is known."""
    (tmp_path / "originals" / "deep").mkdir(parents=True)
    for number in range(1, 5):
        samples = np.random.default_rng(number).integers(0, 256, (6, 8, 3), np.uint8)
        Image.fromarray(samples).save(tmp_path / "originals" / ("deep" if number == 4 else ".") / f"a{number}.png")
    digest = hashlib.sha256((tmp_path / "originals" / "a1.png").read_bytes()).hexdigest()
    row = SMALL._replace(known={"a1.png": Expected(Size(8, 6), digest)})
    monkeypatch.setitem(datasets.DATASETS, "small", row)
    return tmp_path / "originals"


def findings(dataset: str, folder: Path) -> dict[tuple[str, str], str]:
    """The reasons that the command gives, by file and kind."""
    result = misc("eval", "--dataset", dataset, folder, "--json")
    found = json.loads(result.stdout)["dataset"]
    assert result.exit_code == (0 if found["complete"] else 1) and found["complete"] is (not found["findings"])
    assert found["name"] == dataset and found["pictures"] == DATASETS[dataset].pictures
    return {(finding["file"], finding["kind"]): finding["reason"] for finding in found["findings"]}


def test_a_complete_folder_is_so(folder: Path) -> None:
    assert findings("small", folder) == {}
    result = misc("eval", "--dataset", "small", folder)
    assert result.exit_code == 0 and "Small: complete, 4 of 4 pictures" in result.stdout and not result.stderr
    assert "number, names, sizes, SHA-256" in result.stdout


def test_each_difference_has_its_reason(folder: Path) -> None:
    Image.new("RGB", (8, 6)).save(folder / "a1.png")
    Image.new("RGB", (8, 7)).save(folder / "a2.png")
    (folder / "a3.png").rename(folder / "a3.bmp")
    Image.new("RGB", (8, 6)).save(folder / "new.png")
    (folder / "deep" / "a4.png").rename(folder / "a5.png")
    (folder / "notes.txt").write_text("no picture")
    found = findings("small", folder)
    assert list(found) == [
        ("a1.png", "other"),
        ("a2.png", "other"),
        ("a3.bmp", "other"),
        ("a5.png", "extra"),
        ("new.png", "extra"),
        ("a4.png", "missing"),
    ]
    assert "SHA-256" in found["a1.png", "other"] and "8x7 pixels" in found["a2.png", "other"]
    assert found["a3.bmp", "other"].endswith("a3.png")
    checked = dataset_check.check(DATASETS["small"], folder)
    assert checked.right == 0 and "0 of 4" in checked.summary
    remarks = misc("eval", "--dataset", "small", folder).stderr.replace("\n", " ")
    assert all(f"{file} ({kind})" in remarks for file, kind in found)


def test_a_second_copy_is_extra_and_a_damaged_picture_is_other(folder: Path) -> None:
    (folder / "deep" / "a2.png").write_bytes((folder / "a2.png").read_bytes())
    (folder / "a2.jpg").write_bytes(b"")
    (folder / "a3.png").write_bytes((folder / "a3.png").read_bytes()[:20])
    found = findings("small", folder)
    assert set(found) == {("deep/a2.png", "extra"), ("a2.jpg", "extra"), ("a3.png", "other")}
    assert found["deep/a2.png", "extra"] == found["a2.jpg", "extra"] == "a2.png is this picture already"
    assert "damaged" in found["a3.png", "other"]


def test_without_names_the_number_and_the_sizes_count(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(datasets.DATASETS, "small", SMALL._replace(files=(), size=None, max_side=8))
    assert findings("small", folder) == {}
    Image.new("RGB", (2, 9)).save(folder / "b.png")
    found = findings("small", folder)
    assert set(found) == {("b.png", "other"), (str(folder), "extra")}
    assert "no side of the data set's pictures has more than 8" in found["b.png", "other"]
    for name in ("a1.png", "a2.png", "b.png"):
        (folder / name).unlink()
    assert "2 pictures, and the data set 4" in findings("small", folder)[str(folder), "missing"]


def test_an_evaluation_says_what_its_originals_are(folder: Path, tmp_path: Path) -> None:
    for name in ("a1", "a2", "a3", "deep/a4"):
        picture = np.asarray(Image.open(folder / f"{name}.png"))
        target = tmp_path / "files" / f"{name}.misc"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(misc_format.write(misc_format.Stream(8, 6, image=grid.make(picture, 4, 6))))
    options = ("--metrics", "psnr", "--workers", 1, "--dataset", "small", "-o", tmp_path / "out", "--json")
    result = misc("eval", folder, tmp_path / "files", *options)
    document = json.loads(result.stdout)
    assert result.exit_code == 0 and document["dataset"]["complete"] and document["dataset"]["right"] == 4
    (folder / "a3.png").unlink()
    result = misc("eval", folder, tmp_path / "files", *options)
    assert result.exit_code == 1
    document = json.loads((tmp_path / "out" / "results.json").read_text())
    assert [finding["file"] for finding in document["dataset"]["findings"]] == ["a3.png"]
    assert len(document["pictures"]) == 3
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "3 of 4 pictures are right" in page and "a3.png (missing): the folder has no picture" in page
    plain = json.loads(misc("eval", folder, tmp_path / "files", "--metrics", "psnr", "--workers", 1, "--json").stdout)
    assert plain["dataset"] is None


def test_all_data_sets_are_shown() -> None:
    rows = json.loads(misc("eval", "--datasets", "--json").stdout)
    assert [row["name"] for row in rows] == list(DATASETS)
    assert rows[0]["checks"] == ["number", "names", "sizes", "SHA-256"]
    shown = misc("eval", "--datasets")
    assert shown.exit_code == 0 and all(name in shown.stdout for name in DATASETS)


@pytest.mark.parametrize(
    "arguments, code",
    [
        ((), 2),
        (("x",), 2),
        (("--dataset", "unknown", "."), 2),
        (("--dataset", "kodak"), 2),
        (("--dataset", "kodak", ".", "--metrics", "psnr"), 2),
        (("--dataset", "kodak", ".", "-o", "out"), 2),
        (("--dataset", "kodak", "nowhere"), 3),
    ],
)
def test_wrong_usage_is_refused(
    arguments: tuple[str, ...], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert misc("eval", *arguments).exit_code == code
