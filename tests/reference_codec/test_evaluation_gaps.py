"""Every file and every original of an evaluation has a result or a reason: nothing is dropped, merged or exchanged in silence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

import misc_format
from misc_format.cli.app import app
from reference_codec.evaluation import sets
from reference_codec.evaluation.measure import Row
from reference_codec.evaluation.recount import recount
from reference_codec.evaluation.results import Results, summary
from reference_codec.images import grid

SIDES = (24, 16)


def misc(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two originals; two sets of pictures of one folder name; two folders of files for them."""
    for number, name in enumerate("ab"):
        picture = Image.fromarray(np.full((*SIDES[::-1], 3), 40 * number + 9, np.uint8))
        for place in ("originals", "q1/dec", "q2/dec"):
            (tmp_path / place).mkdir(parents=True, exist_ok=True)
            picture.save(tmp_path / place / f"{name}.png")
        for place, size in (("f1", 10), ("f2", 20)):
            (tmp_path / place).mkdir(exist_ok=True)
            (tmp_path / place / f"{name}.bin").write_bytes(bytes(size))
    return tmp_path


def read(folder: Path, texts: list[str], *files: str) -> sets.Reading:
    return sets.read_all(
        [text.replace("@", f"{folder}/") for text in texts],
        [text.replace("@", f"{folder}/") for text in files],
        sets.originals(folder / "originals"),
    )


def files_of(reading: sets.Reading) -> list[set[str]]:
    return [{file.parent.name for one in each.counterparts.values() for file in one.files} for each in reading.sets]


PAIR = ["t=@q1/dec", "t=@q2/dec"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["@f1", "@f2"], [{"f1"}, {"f2"}]),
        (["@f1"], [{"f1"}, {"f1"}]),
        (["q2/dec=@f1", "t/q1/dec=@f2"], [{"f2"}, {"f1"}]),
        (["q2/dec=@f1"], [set(), {"f1"}]),
        ([], [set(), set()]),
    ],
)
def test_each_set_has_the_files_of_its_own_folder(folder: Path, files: list[str], expected: list[set[str]]) -> None:
    assert files_of(read(folder, PAIR, *files)) == expected


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (["@f1", "@f2", "@f1"], "3 folders of files for 2 sets"),
        (["t=@f1"], "2 sets have the name t; the sets are t/q1/dec, t/q2/dec"),
        (["other=@f1"], "0 sets have the name other"),
        (["q1/dec=@f1", "@f2"], "does not say which set it is for"),
        (["=@f1"], "has an empty side"),
    ],
)
def test_a_folder_of_files_for_no_certain_set_is_refused(folder: Path, files: list[str], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read(folder, PAIR, *files)


def test_a_name_in_two_folders_of_one_set_is_refused_with_both(folder: Path) -> None:
    with pytest.raises(FileExistsError, match=r"f1/a\.bin and .*f2/a\.bin are both for a"):
        read(folder, ["@q1/dec"], "@f1", "@f2")


def test_all_files_of_a_picture_count_and_are_published(folder: Path) -> None:
    (folder / "f1" / "a.txt").write_bytes(bytes(7))
    (folder / "f1" / "c.bin").write_bytes(b"?")
    options = ("--files", folder / "f1", "--metrics", "ssim", "--workers", 1, "--publish", folder / "board", "--json")
    result = misc("eval", folder / "originals", folder / "q1" / "dec", *options)
    assert result.exit_code == 0, result.output
    document = json.loads((folder / "board" / "results.json").read_text(encoding="utf-8"))
    rows = {row["picture"]: row for row in document["pictures"]}
    assert {name: row["bits"] for name, row in rows.items()} == {"a": 8 * 17, "b": 8 * 10}
    assert [file["path"].rpartition("/")[2] for file in rows["a"]["files"]] == ["a.bin", "a.txt"]
    assert [(each["label"], each["name"], each["kind"]) for each in document["unmeasured"]] == [
        ("--files", "c.bin", "file")
    ]
    assert recount(folder / "board").differences == []


def test_an_extra_decoded_picture_in_the_folder_of_files_is_not_counted(folder: Path) -> None:
    for name in "ab":
        (folder / "q1" / "dec" / f"{name}.bin").write_bytes(bytes(5))
    [found] = read(folder, ["@q1/dec"], "@q1/dec").sets
    assert [[file.name for file in each.files] for each in found.counterparts.values()] == [["a.bin"], ["b.bin"]]
    assert found.strangers == {}


def test_every_file_that_is_not_taken_is_named(folder: Path) -> None:
    for place in ("originals", "q1/dec"):
        for name in ("photo.heic", "plain", "notes.txt", ".png"):
            (folder / place / name).write_bytes(b"?")
    (folder / "q1" / "dec" / "A.png").write_bytes(b"?")
    named = sets.originals_not_taken(folder / "originals")
    assert [each.name for each in named] == [".png", "notes.txt", "photo.heic", "plain"]
    [found] = read(folder, ["@q1/dec"]).sets
    assert list(found.strangers) == [".png", "A.png", "notes.txt", "photo.heic", "plain"]
    assert found.strangers["A.png"] == "no original has this name; a differs in letter case or Unicode form"


def test_a_file_without_a_decoded_picture_is_a_problem_and_not_painted(folder: Path) -> None:
    data = misc_format.write(misc_format.Stream(*SIDES, image=grid.make(np.zeros((*SIDES[::-1], 3), np.uint8), 8, 6)))
    for name in "ab":
        (folder / "q1" / "dec" / f"{name}.misc").write_bytes(data)
        (folder / "q2" / "dec" / f"{name}.misc").write_bytes(data)
        (folder / "q2" / "dec" / f"{name}.png").unlink()
    (folder / "q1" / "dec" / "b.png").unlink()
    options = ("--metrics", "ssim", "--workers", 1, "--json")
    result = misc("eval", folder / "originals", folder / "q1" / "dec", folder / "q2" / "dec", *options)
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    rows = {(row["set"], row["picture"]): row for row in document["pictures"]}
    assert rows["q1/dec", "b"]["problem"].startswith("no decoded picture") and rows["q1/dec", "b"]["values"] == {}
    assert not rows["q1/dec", "a"]["painted"] and rows["q2/dec", "a"]["painted"] and rows["q2/dec", "b"]["painted"]
    texts = {each["set"]: each["text"] for each in document["remarks"]}
    assert "1 of 2 originals are measured" in texts["q1/dec"] and "painted from its files here" in texts["q2/dec"]


def test_a_single_file_belongs_to_the_original_of_its_name(folder: Path) -> None:
    [found] = read(folder, ["@q1/dec/b.png"], "@f1").sets
    assert list(found.counterparts) == ["b"]
    (folder / "q1" / "dec" / "b.png").rename(folder / "c.png")
    with pytest.raises(FileNotFoundError, match="no original has this name"):
        read(folder, ["@c.png"])


@pytest.mark.parametrize(
    ("text", "reason"), [("=@f1", "an empty label"), (" =@f1", "an empty label"), ("x=", "has no path")]
)
def test_empty_labels_and_paths_are_refused(folder: Path, text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read(folder, [text])


def test_a_set_named_by_a_dot_has_the_name_of_its_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder / "q1" / "dec")
    assert [each.name for each in read(folder, ["."]).sets] == ["dec"]
    assert [each.name for each in read(folder, ["../dec/../../q2/dec"]).sets] == ["dec"]


def test_names_that_would_merge_are_refused(folder: Path) -> None:
    options = ("--metrics", "ssim", "--workers", 1)
    for arguments in (
        (f"JPEG={folder / 'q1' / 'dec'}", "--against", "jpeg"),
        (folder / "q1" / "dec", "--against", "jpeg,jpeg"),
        (folder / "q1" / "dec", folder / "q1" / "dec"),
    ):
        assert misc("eval", folder / "originals", *arguments, *options).exit_code == 2
    assert misc("eval", folder / "originals", folder / "q1" / "dec", "--metrics", "ssim,ssim").exit_code == 2


# Means


def row(
    label: str, name: str, picture: str, bits: int | None = 64, psnr: float | None = 20.0, problem: str | None = None
) -> Row:
    return Row(label, name, picture, 8, 8, bits, {}, {"psnr": psnr}, problem)


def means_of(*rows: Row) -> Results:
    return summary(list(rows), ["psnr"], 2, lambda *_: None)


def test_a_set_of_any_label_is_in_the_tables() -> None:
    found = means_of(row("original", "original", "a"), row("original", "original", "b"))
    assert [mean.label for mean in found.means] == ["original"] and len(found.as_dict()["pictures"]) == 2
    assert list(found.curves("psnr")) == ["original"]


def test_a_set_that_lacks_an_original_is_in_no_curve() -> None:
    found = means_of(*(row("x", "whole", name) for name in "ab"), row("x", "half", "a"), row("y", "cut", "a"),
                     row("y", "cut", "b", problem="cut"))  # fmt: skip
    assert [(mean.set, mean.pictures, mean.complete) for mean in found.means] == [
        ("whole", 2, True), ("half", 1, False), ("cut", 1, False),
    ]  # fmt: skip
    assert {label: len(points) for label, points in found.curves("psnr").items()} == {"x": 1}
    assert [each.set for each in found.remarks if "1 of 2 originals" in each.text] == ["half", "cut"]


def test_no_mean_leaves_a_picture_out() -> None:
    found = means_of(
        row("x", "infinite", "a", psnr=None),
        row("x", "infinite", "b"),
        row("x", "bare", "a", None),
        row("x", "bare", "b"),
    )
    infinite, bare = found.means
    assert infinite.values["psnr"] is None and infinite.bpp == 1.0
    assert bare.values["psnr"] == 20.0 and bare.bpp is None and bare.parts == {}
    assert [(each.set, each.text.partition(":")[0]) for each in found.remarks] == [
        ("infinite", "PSNR, dB has no mean"), ("bare", "1 of 2 measured pictures have a file"),
    ]  # fmt: skip
