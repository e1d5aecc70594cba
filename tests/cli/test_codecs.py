"""`misc import` and `misc export` as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import misc_format
from misc_format.cli.app import app
from misc_format.codecs import CODECS
from tests.misc_format.codec_sources import CASES, HEIGHT, WIDTH


def misc(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


SIZE = ("--width", WIDTH, "--height", HEIGHT)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "kodim01.pkl"
    path.write_bytes(CASES["perco 8 1024"].files["a.pkl"])
    return path


def test_a_file_is_imported_counted_and_exported(source: Path, tmp_path: Path) -> None:
    made, back = tmp_path / "a.misc", tmp_path / "b.pkl"
    result = misc("import", "perco-sd", source, "-o", made, *SIZE, "--set", "steps=20", "--set", "guidance=3.0")
    assert result.exit_code == 0, result.output
    assert "cause" in result.stdout and "own bpp" in result.stdout and "file, bpp" in result.stdout
    assert f"{8 * made.stat().st_size / (WIDTH * HEIGHT):.5f}" in result.stdout
    assert "torchac, uniform" in result.stdout and "total" in result.stdout and "leaves out the pickle" in result.stdout
    generation = misc_format.read(made).generation
    assert isinstance(generation, misc_format.Generation)
    assert (generation.model, generation.steps, generation.guidance) == ("perco-sd", 20, 30)
    assert misc("export", "perco-sd", made, "-o", back).exit_code == 0
    assert back.read_bytes() == source.read_bytes()


def test_the_json_document_has_both_counts(source: Path, tmp_path: Path) -> None:
    made = tmp_path / "a.misc"
    result = misc("import", "perco-sd", source, "-o", made, *SIZE, "--json")
    document = json.loads(result.stdout)
    assert document["file_bits"] == document["own"]["file_bits"] == 8 * made.stat().st_size
    assert document["own"]["bits"] == sum(line["own_bits"] for line in document["own"]["components"])
    assert document["own"]["bpp"] == document["own"]["bits"] / 512**2 and document["own"]["pixels"] == 512**2
    assert document["own"]["file_bpp"] == document["file_bits"] / (WIDTH * HEIGHT)
    assert sum(line["file_bpp"] for line in document["own"]["components"]) == pytest.approx(document["own"]["file_bpp"])
    exported = json.loads(misc("export", "perco-sd", made, "-o", tmp_path / "b.pkl", "--json").stdout)
    assert exported == {"codec": "perco-sd", "files": {str(tmp_path / "b.pkl"): source.stat().st_size}}


def test_several_files_go_into_a_folder(tmp_path: Path) -> None:
    case = CASES["control-gic mode 0"]
    folder, counts = tmp_path / "in", tmp_path / "counts.npy"
    folder.mkdir()
    for name, data in case.files.items():
        (folder / name).write_bytes(data)
    assert case.settings_file is not None
    counts.write_bytes(case.settings_file)
    size = ("--width", case.options["width"], "--height", case.options["height"])
    made = tmp_path / "a.misc"
    result = misc("import", "control-gic", folder, "-o", made, *size, "--set", "mode=0", "--settings", counts)
    assert result.exit_code == 0, result.output
    result = misc("export", "control-gic", made, "-o", tmp_path / "out", "--settings", counts)
    assert result.exit_code == 0, result.output
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == case.files
    result = misc("export", "control-gic", made, "-o", tmp_path / "none")
    assert result.exit_code == 2 and "give the .npy file of the counts" in result.stderr
    assert not (tmp_path / "none").exists()


def test_what_a_form_does_not_carry_stands_beside_it(tmp_path: Path) -> None:
    case = CASES["stablecodec"]
    (tmp_path / "a").write_bytes(case.files["a"])
    np.save(tmp_path / "color_fix.npy", np.arange(6) * 9_000)
    made = tmp_path / "a.misc"
    result = misc(
        "import", "stablecodec", tmp_path / "a", tmp_path / "color_fix.npy", "-o", made, *SIZE, "--caption", "sharp"
    )
    assert result.exit_code == 0, result.output
    assert misc("export", "stablecodec", made, "-o", tmp_path / "out").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["caption.txt", "image", "image.npz"]
    again = tmp_path / "b.misc"
    assert misc("import", "stablecodec", tmp_path / "out", "-o", again, *SIZE).exit_code == 0
    assert again.read_bytes() == made.read_bytes()


def test_the_list_shows_every_codec() -> None:
    shown = misc("import", "--list")
    assert shown.exit_code == 0
    rows = json.loads(misc("import", "--list", "--json").stdout)
    assert [row["name"] for row in rows] == list(CODECS)
    assert all(name in shown.stdout for name in CODECS)
    for name, codec in CODECS.items():
        details = misc("import", "--list", name).stdout
        assert all(setting.key in details for setting in codec.settings), name


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("perco", "kodim01.pkl", "-o", "a.misc"), 2, "'perco' is no codec"),
        (("perco-sd", "kodim01.pkl", "-o", "a.misc"), 2, "give --width"),
        (("perco-sd", "kodim01.pkl", "-o", "a.misc", "--set", "steps"), 2, "'steps' is not KEY=VALUE"),
        (("perco-sd", "kodim01.pkl", "-o", "a.misc", "--set", "steps=2", "--set", "steps=2"), 2, "steps is given twice"),
        (("perco-sd", "kodim01.pkl", "-o", "a.misc", "--set", "step=2"), 2, "no setting of PerCo"),
        (("perco-sd", "kodim01.pkl", "-o", "a.misc", *SIZE, "--set", "steps=-1"), 2, "not a whole number from 0 to 4,294,967,295"),
        (("perco-sd", "kodim01.pkl", "-o", "a.misc", *SIZE, "--set", "alphabet=64"), 2, "the source says 1024, and 64 is given"),
        (("perco-sd", "missing.pkl", "-o", "a.misc"), 3, "No such file"),
        (("perco-sd", "kodim01.pkl", "-o", "kodim01.pkl"), 2, "name another file"),
        (("perco-sd", "kodim01.pkl"), 2, "or ask for --list"),
        (("diffeic", "kodim01.pkl", "-o", "a.misc", *SIZE), 1, "MISC-IMP-001 at kodim01.pkl"),
        (("glc", "kodim01.pkl", "-o", "a.misc", *SIZE), 2, "has no files of its own"),
        (("perco-sd", "kodim01.pkl", "-o", "a.misc", *SIZE, "--as", "yaml"), 2, "no form of PerCo"),
        (("perco-sd", "kodim01.pkl", "-o", "a.misc", "--width", 70_000, "--height", 1), 2, "not 1 to 65,535"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_written(
    arguments: tuple[object, ...], code: int, reason: str, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(source.parent)
    before = source.read_bytes()
    result = misc("import", *arguments)
    assert result.exit_code == code, result.output
    assert reason in " ".join(result.stderr.replace("│", " ").split())
    assert [path.name for path in source.parent.iterdir()] == ["kodim01.pkl"]
    assert source.read_bytes() == before
