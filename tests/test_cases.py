"""The files of `tests/cases`, through the commands that people use: each is done right, or refused with its reason."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from misc_format.cli.app import app
from misc_format.folder.maskfiles import read_masks
from misc_format.pictures import load

CASES = Path(__file__).parent / "cases"


def misc(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def rows(output: Path) -> list[dict[str, object]]:
    table: list[dict[str, object]] = pq.read_table(output / "report.parquet").to_pylist()
    return table


def files(folder: Path) -> list[str]:
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(str(path) for path in paths if path.parts[0] != "_batch" and path.name != "report.parquet")


def test_three_pictures_of_colliding_names_have_three_outputs(tmp_path: Path) -> None:
    done = misc("batch", "encode", CASES / "names", "-o", tmp_path, "--profile", "cmc-pixel", "--workers", 1)
    assert done.exit_code == 0
    assert sorted(str(row["file"]) for row in rows(tmp_path)) == ["a.jpg", "a.jpg.png", "a.png"]
    assert len(set(files(tmp_path))) == 3
    assert sorted(str(row["output"]) for row in rows(tmp_path)) == files(tmp_path)


@pytest.mark.parametrize(
    "name, done, reasons",
    [
        ("cut-in-second-header", ["a.misc"], ["no header at byte 1,024"]),
        ("no-end-mark", ["a.misc", "b.misc"], ["without an end mark"]),
        ("two-archives-in-a-row", ["a.misc", "b.misc", "c.misc", "d.misc"], ["members follow"]),
        ("hard-link", ["a.misc"], ["hard link to a.misc"]),
        ("one-name-three-times", ["x.misc", "x.misc", "x.misc"], []),
    ],
)
def test_each_member_of_a_shard_is_counted_or_has_a_row(
    tmp_path: Path, name: str, done: list[str], reasons: list[str]
) -> None:
    misc("batch", "bpp", CASES / "shards" / f"{name}.tar", "-o", tmp_path, "--workers", 1)
    good = [Path(str(row["file"])).name for row in rows(tmp_path) if not row["error"]]
    bad = [str(row["error"]) for row in rows(tmp_path) if row["error"]]
    assert Counter(good) == Counter(done)
    assert len(bad) == len(reasons)
    assert all(reason in text for reason, text in zip(reasons, bad, strict=True))


def test_members_of_one_name_have_outputs_of_different_names(tmp_path: Path) -> None:
    misc(
        "batch", "decode", CASES / "shards" / "one-name-three-times.tar", "-o", tmp_path, "--workers", 1, "--shards", 0
    )
    outputs = [row["output"] for row in rows(tmp_path) if not row["error"]]
    assert len(set(outputs)) == len(outputs)
    assert len(rows(tmp_path)) == 3


def test_shards_of_one_stem_have_outputs_of_their_own(tmp_path: Path) -> None:
    done = misc("batch", "decode", CASES / "shards" / "same-stem", "-o", tmp_path, "--workers", 1)
    assert len(rows(tmp_path)) == 4
    failed = sum(bool(row["error"]) for row in rows(tmp_path))
    assert len(files(tmp_path)) == 2 or failed
    assert done.exit_code == (1 if failed else 0)


@pytest.mark.parametrize("name, kind", [("sound.eps", "EPS"), ("sound.h5", "HDF5")])
def test_a_sound_picture_of_a_format_that_is_not_read_is_not_called_damaged(
    tmp_path: Path, name: str, kind: str
) -> None:
    done = misc("encode", CASES / "pictures" / name, "-o", tmp_path / "a.misc", "--profile", "cmc-pixel")
    assert done.exit_code != 0
    assert kind in done.stderr and "PNG" in done.stderr and "damaged" not in done.stderr
    assert not (tmp_path / "a.misc").exists()


@pytest.mark.parametrize(
    "name, first_row, notes",
    [
        ("white-is-zero-16-bit.tif", [255 - round(255 * x / 63) for x in range(64)], 1),
        ("text-chunk-of-more-than-a-mebibyte.png", [round(255 * x / 63) for x in range(64)], 0),
    ],
)
def test_a_picture_shows_what_other_programs_show(name: str, first_row: list[int], notes: int) -> None:
    picture = load(CASES / "pictures" / name)
    row = picture.samples[0] if picture.samples.ndim == 2 else picture.samples[0, :, 0]
    assert np.abs(row.astype(int) - first_row).max() <= 1
    assert len(picture.notes) == notes


def test_a_transparent_level_is_laid_over_white() -> None:
    picture = load(CASES / "pictures" / "grey-4-bit-transparent-level.png")
    with Image.open(CASES / "pictures" / "grey-4-bit-transparent-level.png") as image:
        transparent = image.info["transparency"]
        levels = np.asarray(image) // 17 if np.asarray(image).max() > 15 else np.asarray(image)
    assert (picture.samples[levels == transparent] == 255).all()
    assert (picture.samples[levels == 0] == 0).all()
    assert len(picture.notes) == 1


def test_colours_of_a_profile_are_converted() -> None:
    samples = load(CASES / "colour" / "adobe-rgb-like.png").samples.astype(int)
    assert np.abs(samples - load(CASES / "colour" / "adobe-rgb-like.srgb.png").samples).max() <= 2


@pytest.mark.parametrize(
    "name, ones, notes",
    [
        ("shape-in-alpha.png", 256, 1),
        ("shape-in-palette-alpha.png", 256, 1),
        ("values-0-and-1.png", 256, 0),
        ("anti-aliased.png", None, 1),
    ],
)
def test_a_mask_is_the_shape_that_a_person_sees(name: str, ones: int | None, notes: int) -> None:
    said: list[str] = []
    [mask] = read_masks(CASES / "masks" / name, said.append)
    assert 0 < mask.sum() < mask.size
    assert ones is None or mask.sum() == ones
    assert len(said) == notes
