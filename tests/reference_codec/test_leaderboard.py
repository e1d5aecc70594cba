"""A published evaluation: the folder is whole, its figures are those of its files, and whatever was changed in it is named."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

import misc_format
from misc_format.cli.app import app
from misc_format.system.names import folded, is_device, portable
from reference_codec.evaluation import publish
from reference_codec.evaluation.leaderboard import schema_text
from reference_codec.evaluation.recount import recount
from reference_codec.images import grid
from tests.needs import extra, needs, program, require

pytestmark = needs(extra("reports"))

COFFEE = Path(__file__).parents[2] / "examples" / "coffee.png"
SIDES = (96, 80)
NAMES = ("a", "deep/b", "con")


def misc(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Originals; two sets of files under one label; a set of pictures with the files of another codec, and one of pictures alone."""
    made = tmp_path_factory.mktemp("source")
    photo = Image.open(COFFEE).convert("RGB")
    for index, name in enumerate(NAMES):
        picture = photo.crop((150 * index, 100, 150 * index + SIDES[0], 100 + SIDES[1]))
        places = {each: made / each / name for each in ("originals", "q1", "q2", "painted", "bare", "theirs")}
        for place in places.values():
            place.parent.mkdir(parents=True, exist_ok=True)
        for place in ("originals", "painted", "bare"):
            picture.save(f"{places[place]}.png")
        Path(f"{places['theirs']}.bin").write_bytes(bytes(300 + index))
        for place, block in (("q1", 20), ("q2", 8)):
            stream = misc_format.Stream(
                *SIDES, text=misc_format.Text("coffee"), image=grid.make(np.asarray(picture), block, 6)
            )
            Path(f"{places[place]}.misc").write_bytes(misc_format.write(stream))
    (made / "q1" / "con.misc").write_bytes(b"cut")
    (made / "q2" / "con.misc").unlink()
    (made / "q2" / "stranger.misc").write_bytes(b"?")
    return made


@pytest.fixture(scope="module")
def published(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder, with the data set check and a codec beside."""
    folder = tmp_path_factory.mktemp("published") / "board"
    sets = [f"ours={source / 'q1'}", f"ours={source / 'q2'}", f"Ours={source / 'painted'}"]
    options = [
        "--files",
        source / "theirs",
        "--metrics",
        "psnr,ssim",
        "--against",
        "jpeg",
        "--dataset",
        "kodak",
        "--workers",
        1,
    ]
    result = misc("eval", source / "originals", *sets, *options, "--publish", folder, "--title", "<b>Coffee</b>")
    assert result.exit_code == 1, result.output  # a file is cut, and it is not Kodak's data set
    return folder


@pytest.fixture
def copy(published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published, tmp_path / "board"))


def document_of(folder: Path) -> Any:
    return json.loads((folder / "results.json").read_text(encoding="utf-8"))


def differences(folder: Path) -> list[str]:
    return [str(each) for each in recount(folder).differences]


def signed(folder: Path) -> None:
    """Write SHA256SUMS anew, as who changes a folder on purpose would."""
    (folder / "SHA256SUMS").write_text(publish.sums(folder), encoding="utf-8")


def test_the_folder_is_complete_and_agrees_with_itself(published: Path, source: Path) -> None:
    document = document_of(published)
    jsonschema.Draft202012Validator(json.loads(schema_text())).validate(document)
    assert json.loads((published / "results.schema.json").read_text(encoding="utf-8")) == json.loads(schema_text())
    rows = [row for row in document["pictures"] if not row["anchor"]]
    assert [(row["label"], row["set"], row["picture"]) for row in rows if row["label"] == "ours"] == [
        ("ours", "q1", "a"), ("ours", "q2", "a"), ("ours", "q1", "con"), ("ours", "q1", "deep/b"), ("ours", "q2", "deep/b"),
    ]  # fmt: skip
    assert [(each["set"], each["name"]) for each in document["unmeasured"]] == [("q2", "con"), ("q2", "stranger.misc")]
    for row in rows:
        own = row["label"] == "ours"
        data = (
            source / (row["set"] if own else "theirs") / f"{row['picture']}.{'misc' if own else 'bin'}"
        ).read_bytes()
        [file] = row["files"]
        assert (published / file["path"]).read_bytes() == data
        assert file["sha256"] == hashlib.sha256(data).hexdigest() and file["bytes"] == len(data)
        assert sum(row["parts"].values()) == (8 * len(data) if own and row["problem"] is None else 0)
    assert all(
        row["files"] == [] and "only its size" in row["file_note"] for row in document["pictures"] if row["anchor"]
    )
    assert recount(published).differences == []
    result = misc("eval", "--recount", published, "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 0 and "values of metrics" in found.pop("unchecked")[0]
    assert found == {"files": len(rows), "rows": len(document["pictures"]), "differences": []}


def test_the_means_by_component_add_up_to_the_rate(published: Path) -> None:
    for mean in document_of(published)["means"]:
        if mean["label"] == "ours":
            assert sum(mean["bpp_parts"].values()) == pytest.approx(mean["bpp"]) and set(mean["bpp_parts"]) > {
                "text",
                "image",
            }


def test_names_are_those_that_every_system_takes(published: Path) -> None:
    paths = [path.relative_to(published).as_posix() for path in (published / "files").rglob("*") if path.is_file()]
    assert (
        "files/ours/q1/_con.misc" in paths
        and "files/ours/q1/deep_b.misc" in paths
        and "files/Ours~2/painted/_con.bin" in paths
    )
    assert len({folded(path) for path in paths}) == len(paths)
    assert all(portable(part) == part for path in paths for part in path.split("/"))


def test_sha256sum_accepts_the_digests(published: Path) -> None:
    require(program("sha256sum"))
    done = subprocess.run(
        ["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=published, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    listed = {line.partition("  ")[2] for line in (published / "SHA256SUMS").read_text(encoding="utf-8").splitlines()}
    files = {path.relative_to(published).as_posix() for path in published.rglob("*") if path.is_file()}
    assert listed == files - {"SHA256SUMS"}


def test_the_page_says_everything(published: Path) -> None:
    text = (published / "index.html").read_text(encoding="utf-8")
    document = document_of(published)
    assert (
        "&lt;b&gt;Coffee&lt;/b&gt;" in text and "0 of 24 pictures are right" in text and "kodim01.png (missing)" in text
    )
    for row in document["pictures"]:
        for file in row["files"]:
            assert file["sha256"] in text and f'href="{file["path"]}"' in text
    assert "no original has this name" in text and "only its size is kept" in text and "file of another codec" in text


def test_readme_has_the_commands(published: Path) -> None:
    text = (published / "README.md").read_text(encoding="utf-8")
    assert "misc eval --recount ." in text and "sha256sum -c SHA256SUMS" in text and misc_format.__version__ in text


def a_file(folder: Path) -> None:
    path = folder / "files" / "ours" / "q1" / "a.misc"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def in_results(change: Callable[[Any], None]) -> Callable[[Path], None]:
    def tamper(folder: Path) -> None:
        document = document_of(folder)
        change(document)
        (folder / "results.json").write_text(json.dumps(document), encoding="utf-8")

    return tamper


def row_of(document: Any) -> Any:
    return next(
        row for row in document["pictures"] if (row["label"], row["set"], row["picture"]) == ("ours", "q1", "a")
    )


def in_page(old: str, new: str) -> Callable[[Path], None]:
    def tamper(folder: Path) -> None:
        text = (folder / "index.html").read_text(encoding="utf-8")
        (folder / "index.html").write_text(text.replace(old, new), encoding="utf-8")

    return tamper


def twice(folder: Path) -> None:
    text = (folder / "results.json").read_text(encoding="utf-8")
    (folder / "results.json").write_text(text.replace("{", '{"title": "Tea", ', 1), encoding="utf-8")


ROW = "results.json, ours, q1, a"
OUTSIDE = "../../etc/passwd"
TAMPERED: list[tuple[Callable[[Path], None], str]] = [
    (a_file, f"{ROW}: it says SHA-256"),
    (lambda folder: (folder / "files/ours/q1/a.misc").unlink(), f"{ROW}: files/ours/q1/a.misc: there is no such file"),
    (lambda folder: (folder / "more.txt").write_text("x"), "more.txt: no row of results.json has it"),
    (in_results(lambda document: row_of(document).update(bits=8)), f"{ROW}: it says 8 bits, and files/ours/q1/a.misc has"),
    (in_results(lambda document: row_of(document)["parts"].update(text=1)), f"{ROW}: it says 1 bits of text, and"),
    (in_results(lambda document: row_of(document)["files"][0].update(sha256="0" * 64)), f"{ROW}: it says SHA-256 000"),
    (in_results(lambda document: row_of(document).update(width=9600)), f"{ROW}: files/ours/q1/a.misc cannot be counted"),
    (in_results(lambda document: row_of(document).update(bpp=0.001)), "results.json, ours, q1, a, bpp: it says 0.001"),
    (in_results(lambda document: row_of(document)["values"].update(psnr=99.0)), "results.json, mean, ours, q1, values, psnr: it says"),
    (in_results(lambda document: row_of(document)["files"][0].update(path=OUTSIDE)), f"{ROW}: {OUTSIDE}: there is no such file"),
    (in_results(lambda document: row_of(document)["files"][0].update(path="files/ours/q2/a.misc")), "it has the same file as"),
    (in_results(lambda document: document["means"][0].update(bpp=0.5)), "results.json, mean, ours, q1, bpp: it says 0.5"),
    (in_results(lambda document: document["means"].pop()), "results.json, mean, JPEG"),
    (in_results(lambda document: document["bd_rate"].update(ours={})), "results.json, bd_rate, ours, "),
    (in_results(lambda document: document["pictures"].pop(0)), "files/ours/q1/a.misc: no row of results.json has it"),
    (in_results(lambda document: document.pop("means")), "results.json: it is not as results.schema.json says"),
    (in_results(lambda document: row_of(document).update(bits="many")), "results.json: it is not as results.schema.json says"),
    (lambda folder: (folder / "results.json").write_text("[" * 100_000), "results.json: it is no JSON"),
    (in_page('class="number">64</td>', 'class="number">63</td>'), "header, bits: it says 63, and results.json gives 64"),
    (lambda folder: (folder / "index.html").unlink(), "index.html: there is no such file"),
    (in_results(lambda document: document.update(originals=4)), "results.json: it says 4 originals, and its rows are of 3"),
    (in_results(lambda document: document.update(unmeasured=[])), "results.json, ours, q2, con: it has 0 rows and reasons, not 1"),
    (in_results(lambda document: document["pictures"].pop()), "JPEG, painted, deep/b: it has 0 rows and reasons, not 1"),
    (in_results(lambda document: document.update(title="Tea")), "index.html, line "),
    (in_results(lambda document: document["metric_details"]["psnr"].update(source="x")), "metric_details, psnr, source: it says x"),
    (in_results(lambda document: document.update(more=None)), "results.json, more: it says None, and the recount is nothing"),
    (in_results(lambda document: row_of(document).update(more=1)), "results.json, ours, q1, a, more: it says 1"),
    (in_results(lambda document: document["remarks"].pop()), "results.json, remarks: it says"),
    (twice, "results.json: it is no JSON: the key 'title' is there twice in one object"),
    (in_page(" bpp</span></li>", "0 bpp</span></li>"), "index.html, line "),
    (in_page("3 originals,", "30 originals,"), "index.html, line "),
    (in_page("<h2>Files</h2>", "<p>Best of all.</p>\n<h2>Files</h2>"), "index.html, line "),
    (lambda folder: (folder / "README.md").write_text("x"), "README.md, line 1: it says x, and"),
    (lambda folder: (folder / "results.schema.json").write_text("{}"), "results.schema.json: it is not the schema"),
]  # fmt: skip


@pytest.mark.parametrize(("tamper", "named"), TAMPERED, ids=[named for _, named in TAMPERED])
def test_what_was_changed_is_named_even_with_new_digests(
    copy: Path, tamper: Callable[[Path], None], named: str
) -> None:
    tamper(copy)
    before = differences(copy)
    assert any("SHA-256" in each or "SHA256SUMS" in each for each in before), before
    signed(copy)
    assert any(named in each for each in differences(copy)), differences(copy)
    assert misc("eval", "--recount", copy).exit_code == 1


def test_a_changed_line_of_the_digests_is_named(copy: Path) -> None:
    lines = (copy / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    name = lines[0].partition("  ")[2]
    changed = ["0" * 64 + lines[0][64:], *lines[2:], "no digest", f"{'1' * 64}  /etc/passwd"]
    (copy / "SHA256SUMS").write_text("\n".join(changed), encoding="utf-8")
    found = differences(copy)
    assert len(found) == 4 and any(each.startswith(f"{name}: its SHA-256 is") for each in found)
    assert any("does not list it" in each for each in found) and any(
        "not a digest and a name" in each for each in found
    )
    assert any("/etc/passwd: there is no such file" in each for each in found)


def test_a_link_out_of_the_folder_is_not_followed(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes((copy / "files/ours/q1/a.misc").read_bytes())
    (copy / "files/ours/q1/a.misc").unlink()
    (copy / "files/ours/q1/a.misc").symlink_to(tmp_path / "secret")
    assert any("a link that leads out of the folder" in each for each in differences(copy))


def test_pictures_alone_say_that_they_have_no_file(source: Path, tmp_path: Path) -> None:
    options = ("--metrics", "psnr", "--workers", 1, "--publish", tmp_path / "board", "--json")
    result = misc("eval", source / "originals", source / "bare", *options)
    assert result.exit_code == 0, result.output
    rows = document_of(tmp_path / "board")["pictures"]
    assert [(row["files"], row["bits"], row["file_note"]) for row in rows] == [
        ([], None, "no file: the set has the decoded picture alone")
    ] * 3
    assert differences(tmp_path / "board") == []
    assert "the decoded picture alone" in (tmp_path / "board" / "index.html").read_text(encoding="utf-8")


def test_nothing_is_written_where_something_is_and_it_is_said_before_the_work(source: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    result = misc("eval", source / "originals", source / "q1", "--metrics", "psnr", "--publish", tmp_path)
    assert result.exit_code == 3 and "not an empty folder" in result.stderr and "means" not in result.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert misc("eval", source / "originals", "--recount", tmp_path).exit_code == 2
    assert misc("eval", "--recount", tmp_path / "nowhere").exit_code == 3


def test_a_file_that_changed_since_it_was_measured_is_not_published(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "q"
    shutil.copytree(source / "q1", folder)
    whole = publish.publish

    def late(*arguments: Any) -> Any:
        (folder / "a.misc").write_bytes(b"other")
        return whole(*arguments)

    monkeypatch.setattr(publish, "publish", late)
    result = misc(
        "eval", source / "originals", folder, "--metrics", "psnr", "--workers", 1, "--publish", tmp_path / "board"
    )
    assert (
        result.exit_code == 3 and "changed after it was measured" in result.stderr and not (tmp_path / "board").exists()
    )


def test_two_sets_that_would_have_the_same_rows_are_refused(source: Path) -> None:
    result = misc("eval", source / "originals", source / "q1", source / "painted" / ".." / "q1", "--metrics", "psnr")
    assert result.exit_code == 2 and "give one another label" in " ".join(result.output.replace("│", "").split())


def test_sets_of_one_name_under_several_labels_are_apart(source: Path, tmp_path: Path) -> None:
    """Another codec has the rates of each."""
    shutil.copytree(source / "q2", tmp_path / "q2")
    sets = (f"one={source / 'q2'}", f"two={tmp_path / 'q2'}")
    result = misc(
        "eval", source / "originals", *sets, "--metrics", "psnr", "--against", "jpeg", "--workers", 1, "--json"
    )
    means = json.loads(result.stdout)["means"]
    assert [(mean["label"], mean["set"]) for mean in means] == [
        ("one", "q2"),
        ("two", "q2"),
        ("JPEG", "one, q2"),
        ("JPEG", "two, q2"),
    ]
    assert [(mean["pictures"], mean["complete"]) for mean in means] == [(2, False)] * 4  # one original is in neither


def test_files_that_share_a_name_are_named(source: Path, tmp_path: Path) -> None:
    for folder in ("originals", "painted"):
        shutil.copytree(source / folder, tmp_path / folder)
    shutil.copy(tmp_path / "painted" / "a.png", tmp_path / "painted" / "a.decoded.png")
    result = misc("eval", tmp_path / "originals", tmp_path / "painted", "--metrics", "psnr", "--workers", 1, "--json")
    assert json.loads(result.stdout)["unmeasured"] == [
        {
            "label": "MISC",
            "set": "painted",
            "name": "a.decoded.png",
            "reason": "a.png is taken for this original",
            "kind": "file",
        }
    ]
    shutil.copy(tmp_path / "originals" / "a.png", tmp_path / "originals" / "a.webp")
    result = misc("eval", tmp_path / "originals", tmp_path / "painted", "--metrics", "psnr")
    assert result.exit_code == 3 and "differ in their endings only" in result.stderr


def test_files_of_its_own_come_before_those_of_other_folders(source: Path) -> None:
    sets = (f"one={source / 'q1'}", f"two={source / 'q2'}")
    result = misc(
        "eval", source / "originals", *sets, "--files", source / "q1", "--metrics", "psnr", "--workers", 1, "--json"
    )
    rows = {(row["label"], row["picture"]): row["bits"] for row in json.loads(result.stdout)["pictures"]}
    assert rows["two", "a"] == 8 * (source / "q2" / "a.misc").stat().st_size != rows["one", "a"]


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("a", "a"), ("CON", "_CON"), ("aux.png", "_aux.png"), ("com1", "_com1"), ("com10", "com10"), ("a:b", "a_b"), ("a/b\\c", "a_b_c"),
        ("dot.", "dot_"), ("space ", "space_"), (".hidden", "_.hidden"), ("..", "__"), ("", "_"), ("\udce9", "_"), ("é", "é"),
        ("a\nb", "a_b"), ("-rf", "_-rf"), ("x" * 300, "x" * 100),
    ],
)  # fmt: skip
def test_portable_names(name: str, taken: str) -> None:
    assert portable(name) == taken and not is_device(taken)
