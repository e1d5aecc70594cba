"""The commands as a user runs them: output, JSON, exit codes, nothing half-written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

import misc_format
from misc_format.cli.app import app
from misc_format.rules import DUTIES, RULES

EXAMPLES = Path(__file__).parents[2] / "examples"
PHOTO, FILE = EXAMPLES / "coffee.png", EXAMPLES / "coffee.misc"


def misc(*arguments: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    rng = np.random.default_rng(5)
    Image.fromarray(rng.integers(0, 256, (40, 60, 3), np.uint8)).save(path)
    return path


@pytest.mark.parametrize(
    "profile", ["free", "misc-1", "misc-2", "misc-3", "sedic", "cmc-text", "cmc-pixel", "cmc-image", "cmc-full"]
)
def test_every_profile_encodes_validates_and_decodes_to_the_original_size(profile: str, tmp_path: Path) -> None:
    made, back = tmp_path / "a.misc", tmp_path / "a.png"
    assert misc("encode", PHOTO, "-o", made, "--profile", profile).exit_code == 0
    report = json.loads(misc("validate", made, "--json").stdout)
    assert [entry["verdict"] for entry in report] == ["conforming"]
    [counted] = json.loads(misc("bpp", made, "--json").stdout)
    assert sum(part["bits"] for part in counted["components"]) == counted["file_bits"] == 8 * made.stat().st_size
    assert counted["bpp"] == counted["file_bits"] / (600 * 400)
    assert misc("decode", made, "-o", back).exit_code == 0
    assert Image.open(back).size == (600, 400)


def test_encode_prints_a_table_whose_parts_add_up(picture: Path, tmp_path: Path) -> None:
    result = misc("encode", picture)
    made = picture.with_suffix(".misc")
    assert result.exit_code == 0 and made.exists()
    rows = [line.split("│") for line in result.stdout.splitlines() if line.startswith("│")]
    bits = {row[1].strip(): int(row[2].replace(",", "")) for row in rows}
    total = bits.pop("file")
    assert sum(bits.values()) == total == 8 * made.stat().st_size


def test_encode_takes_the_users_text_and_maps(picture: Path, tmp_path: Path) -> None:
    (tmp_path / "maps").mkdir()
    for index in range(2):
        Image.fromarray(np.arange(64).reshape(8, 8) % (index + 2) == 0).save(tmp_path / "maps" / f"{index}.png")
    items = [{"name": f"thing {index}", "detail": "grüner Fleck"} for index in range(2)]
    (tmp_path / "text.json").write_text(json.dumps({"overall": "Kaffee ☕", "items": items}), encoding="utf-8")
    made = tmp_path / "a.misc"
    result = misc("encode", picture, "-o", made, "--text", tmp_path / "text.json", "--maps", tmp_path / "maps")
    assert result.exit_code == 0, result.output
    stream = misc_format.read(made)
    assert isinstance(stream.text, misc_format.Text) and isinstance(stream.maps, misc_format.Maps)
    assert stream.text.overall == "Kaffee ☕" and [item.name for item in stream.text.items] == ["thing 0", "thing 1"]
    assert np.array_equal(stream.maps.maps[1], np.arange(64).reshape(8, 8) % 3 == 0)


def test_encode_with_text_alone_says_that_the_maps_are_not_matched(picture: Path, tmp_path: Path) -> None:
    (tmp_path / "text.json").write_text('{"overall": "x", "items": [{"name": "a", "detail": "b"}]}')
    result = misc("encode", picture, "--text", tmp_path / "text.json")
    assert result.exit_code == 0
    assert "most salient regions" in result.stderr
    assert misc_format.validate(picture.with_suffix(".misc").read_bytes()).verdict == "conforming"


def test_options_of_grid_maps_and_methods_reach_the_file(picture: Path) -> None:
    chosen = ["--grid", "5x3", "--depth", "4", "--map-size", "9", "--text-method", "raw", "--maps-method", "packed"]
    more = ["--comment", "hello", "--checksum", "--profile", "free"]
    assert misc("encode", picture, *chosen, *more).exit_code == 0
    stream = misc_format.read(picture.with_suffix(".misc"))
    assert stream.methods["text"] == "raw" and stream.methods["maps"] == "packed"
    assert isinstance(stream.image, misc_format.Grid) and isinstance(stream.maps, misc_format.Maps)
    assert stream.image.samples.shape == (3, 5, 3) and stream.image.depth == 4
    assert stream.maps.maps[0].shape == (9, 9)
    assert [member.type for member in stream.ancillary] == [6, 15]


def test_mask_iou_is_reached_and_reported(picture: Path) -> None:
    exact = json.loads(misc("encode", picture, "--map-size", "80", "--profile", "free", "--json").stdout)
    result = misc("encode", picture, "--map-size", "80", "--profile", "free", "--mask-iou", "0.9", "--json")
    document = json.loads(result.stdout)
    overlaps = [float(note.split("union ")[1].split()[0]) for note in document["notes"] if "union" in note]
    assert len(overlaps) >= 1 and min(overlaps) >= 0.9
    assert document["file_bits"] <= exact["file_bits"]
    assert misc("encode", picture, "--mask-iou", "1.5").exit_code == 2


def test_decode_puts_original_and_decoded_side_by_side(tmp_path: Path) -> None:
    back = tmp_path / "back.png"
    result = misc("decode", FILE, "-o", back, "--compare", PHOTO, "--json")
    document = json.loads(result.stdout)
    assert document["comparison"] == str(tmp_path / "back-comparison.png")
    width, height = Image.open(document["comparison"]).size
    assert width > 1200 and height > 400


def test_decode_does_not_write_over_the_original(picture: Path) -> None:
    before = picture.read_bytes()
    assert misc("encode", picture).exit_code == 0
    assert misc("decode", picture.with_suffix(".misc")).exit_code == 0
    assert picture.read_bytes() == before
    assert picture.with_suffix(".decoded.png").exists()


def test_inspect_gives_every_bit_once() -> None:
    leaves = json.loads(misc("inspect", FILE, "--json").stdout)
    assert set(leaves[0]) == {"path", "bit_offset", "bit_length", "value", "clause"}
    position = 0
    for leaf in leaves:
        assert leaf["bit_offset"] == position
        position += leaf["bit_length"]
    assert position == 8 * FILE.stat().st_size
    assert "text/overall" in misc("inspect", FILE).stdout


def test_bpp_of_many_files_goes_on_after_a_bad_one(tmp_path: Path) -> None:
    broken, missing = tmp_path / "broken.misc", tmp_path / "missing.misc"
    broken.write_bytes(FILE.read_bytes()[:6])
    result = misc("bpp", FILE, broken, FILE, "--json")
    documents = json.loads(result.stdout)
    assert result.exit_code == 1
    assert [("error" in entry) for entry in documents] == [False, True, False]
    assert documents[1]["error"]["id"] == "MISC-CON-007"
    assert misc("bpp", missing).exit_code == 3
    assert misc("bpp", FILE, FILE).stdout.count(str(8 * FILE.stat().st_size)[:1]) > 0


def test_standard_input() -> None:
    assert (
        json.loads(misc("bpp", "-", "--json", stdin=FILE.read_bytes()).stdout)[0]["file_bits"]
        == 8 * FILE.stat().st_size
    )


def test_pack_and_unpack_give_the_same_bytes(tmp_path: Path) -> None:
    assert misc("unpack", FILE, "-o", tmp_path / "folder").exit_code == 0
    assert misc("pack", tmp_path / "folder", "-o", tmp_path / "again.misc").exit_code == 0
    assert (tmp_path / "again.misc").read_bytes() == FILE.read_bytes()
    assert misc("unpack", FILE, "-o", tmp_path / "folder").exit_code == 3  # it is there already
    assert names(tmp_path) == ["again.misc", "folder"]


def test_unpack_writes_jbig2_files_where_asked(tmp_path: Path) -> None:
    assert misc("unpack", FILE, "-o", tmp_path / "folder", "--jbig2").exit_code == 0
    assert names(tmp_path / "folder" / "maps") == ["0.jb2", "0.png", "1.jb2", "1.png", "2.jb2", "2.png"]
    assert misc("pack", tmp_path / "folder", "-o", tmp_path / "again.misc").exit_code == 0
    assert (tmp_path / "again.misc").read_bytes() == FILE.read_bytes()


def test_validate_explains_and_tells_verdicts_apart(tmp_path: Path) -> None:
    broken = tmp_path / "broken.misc"
    broken.write_bytes(FILE.read_bytes()[:-1] + bytes(8))
    result = misc("validate", FILE, broken, tmp_path / "missing.misc", "--json")
    documents = json.loads(result.stdout)
    assert [entry["verdict"] for entry in documents] == ["conforming", "non-conforming", "error"]
    assert set(documents[1]["issues"][0]) == {"id", "severity", "clause", "bit_offset", "path", "message"}
    assert set(documents[2]["issues"][0]) == set(documents[1]["issues"][0])
    assert result.exit_code == 1
    assert misc("validate", FILE).exit_code == 0
    assert misc("validate", tmp_path / "missing.misc").exit_code == 3
    assert "MISC-" in misc("validate", broken).stdout


def test_validate_reports_in_other_formats_and_as_wished(tmp_path: Path) -> None:
    broken = tmp_path / "broken.misc"
    broken.write_bytes(FILE.read_bytes()[:-1] + bytes(8))
    sarif = json.loads(misc("validate", FILE, broken, "--format", "sarif").stdout)
    assert [result["ruleId"] for result in sarif["runs"][0]["results"]] == ["MISC-CON-018"]
    assert misc("validate", broken, "--format", "junit").stdout.startswith("<?xml")
    assert misc("validate", broken, "--ignore", "MISC-CON-018").exit_code == 0
    assert misc("validate", broken, "--severity", "MISC-CON=warning").exit_code == 0
    [document] = json.loads(misc("validate", broken, "--json", "--max-issues", "0").stdout)
    assert document["truncated"] and document["issues"] == [] and document["verdict"] == "non-conforming"
    [document] = json.loads(misc("validate", "-", "--json", stdin=FILE.read_bytes()).stdout)
    assert (document["file"], document["verdict"], document["file_bytes"]) == ("-", "conforming", FILE.stat().st_size)
    for wrong in (
        ["--ignore", "X"],
        ["--severity", "MISC-CON"],
        ["--explain", "X"],
        ["--format", "xml"],
        ["--max-memory", "0"],
    ):
        assert misc("validate", FILE, *wrong).exit_code == 2
    assert misc("validate").exit_code == 2


def test_validate_explains_rules() -> None:
    explained = misc("validate", "--explain", "MISC-CON-009").stdout
    assert "clause: 3.3" in explained and "rationale: " in explained
    listed = json.loads(misc("validate", "--list", "--json").stdout)
    assert [row["id"] for row in listed] == [*RULES, *DUTIES]


def test_a_timeout_is_no_verdict() -> None:
    result = misc("validate", FILE, "--timeout", "0.001", "--json")
    [document] = json.loads(result.stdout)
    assert (document["verdict"], document["issues"][0]["id"], result.exit_code) == ("error", "MISC-RES-003", 5)


@pytest.mark.parametrize("length", [0, 3, 7, 9, 30, 60])
@pytest.mark.parametrize("command", ["inspect", "decode", "unpack"])
def test_a_cut_file_is_one_sentence_and_leaves_nothing(command: str, length: int, tmp_path: Path) -> None:
    (tmp_path / "cut.misc").write_bytes(FILE.read_bytes()[:length])
    output = [] if command == "inspect" else ["-o", tmp_path / "out.png"]
    result = misc(command, tmp_path / "cut.misc", *output)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("misc: MISC-") and ", bit " in result.stderr
    assert names(tmp_path) == ["cut.misc"]


@pytest.mark.parametrize(
    "content",
    [None, b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + bytes(30)],
    ids=["missing", "empty", "text", "damaged"],
)
def test_a_picture_that_cannot_be_read_is_exit_code_3(content: bytes | None, tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    if content is not None:
        picture.write_bytes(content)
    result = misc("encode", picture)
    assert result.exit_code == 3
    assert str(picture) in result.stderr and result.stderr.count("\n") == 1
    assert not picture.with_suffix(".misc").exists()


@pytest.mark.parametrize(
    "document, rule",
    [
        ("[]", "MISC-PCK-003"),
        ("{", "MISC-PCK-003"),
        ('{"overal": "x"}', "MISC-PCK-003"),
        ('{"overall": 3}', "MISC-PCK-003"),
        ('{"items": [{"name": "a"}]}', "MISC-PCK-003"),
        (json.dumps({"overall": "word " * 61}), "MISC-PRO-004"),
        ('{"overall": "\\ud800"}', "MISC-TXT-001"),
    ],
)
def test_a_description_that_does_not_fit_is_explained(document: str, rule: str, picture: Path, tmp_path: Path) -> None:
    (tmp_path / "text.json").write_text(document)
    result = misc("encode", picture, "--text", tmp_path / "text.json")
    assert result.exit_code == 1
    assert rule in result.stderr
    assert not picture.with_suffix(".misc").exists()


def test_wrong_usage_is_exit_code_2(picture: Path) -> None:
    for arguments in (
        ["encode"],
        ["frobnicate"],
        ["encode", picture, "--profile", "x"],
        ["encode", picture, "--grid", "5"],
    ):
        assert misc(*arguments).exit_code == 2
    assert misc("encode", picture, "--text-method", "zip").exit_code == 2


def test_a_missing_extra_is_named(picture: Path) -> None:
    script = "import sys; sys.modules['skimage'] = None; from misc_format.cli.app import app; app()"
    command = [sys.executable, "-c", script, "encode", str(picture)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'misc-bitstream[codec]'" in done.stderr
    assert subprocess.run([*command, "--profile", "cmc-image"], capture_output=True, check=False).returncode == 0


def test_a_missing_extra_is_named_before_anything_is_decoded(tmp_path: Path) -> None:
    script = (
        "import atexit, sys; sys.modules['onnxruntime'] = None; atexit.register(lambda: print('numba' in sys.modules));"
        "from misc_format.cli.app import app; app()"
    )
    command = [sys.executable, "-c", script, "decode", str(FILE), "-o", str(tmp_path / "a.png")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "pip install 'misc-bitstream[codec]'" in done.stderr
    assert done.stdout == "False\n"  # no function of a coder was loaded


def test_a_picture_larger_than_allowed_is_exit_code_5(tmp_path: Path) -> None:
    result = misc("decode", FILE, "-o", tmp_path / "a.png", "--max-pixels", "1000")
    assert result.exit_code == 5
    assert "--max-pixels" in result.stderr and names(tmp_path) == []


def test_an_output_that_cannot_be_written_is_exit_code_3(picture: Path, tmp_path: Path) -> None:
    for arguments in (
        ["encode", picture, "-o", tmp_path / "no" / "a.misc"],
        ["decode", FILE, "-o", tmp_path / "no" / "a.png"],
    ):
        result = misc(*arguments)
        assert result.exit_code == 3
        assert str(tmp_path / "no") in result.stderr


@pytest.mark.parametrize("command", ["", "encode", "decode", "inspect", "bpp", "validate", "pack", "unpack"])
def test_help_is_there_and_needs_no_torch_or_scikit_image(command: str) -> None:
    script = (
        "import sys; from misc_format.cli.app import app\n"
        f"try:\n    app({[command, '--help'] if command else ['--help']!r})\n"
        "except SystemExit as end:\n    code = end.code\n"
        "assert not {'torch', 'skimage', 'constriction', 'numba', 'jinja2'} & sys.modules.keys()\n"
        "sys.exit(code)"
    )
    environment = {**os.environ, "COLUMNS": "100"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert "--help" in done.stdout


def test_text_of_a_file_cannot_steer_the_terminal(tmp_path: Path) -> None:
    hostile = tmp_path / "hostile.misc"
    text = misc_format.Text("\x1b[31mred\x07", (misc_format.Item("[bold]", "\r\x9b"),))
    hostile.write_bytes(misc_format.write(misc_format.Stream(4, 4, text=text)))
    for command in (["decode", hostile, "-o", tmp_path / "a.png"], ["inspect", hostile]):
        shown = misc(*command).stdout
        assert not {"\x1b", "\x07", "\r", "\x9b"} & set(shown)
        assert "\\x1b[31mred\\x07" in shown and "[bold]" in shown


def test_the_output_is_never_the_input(picture: Path, tmp_path: Path) -> None:
    before = picture.read_bytes()
    made = tmp_path / "a.misc"
    assert misc("encode", picture, "-o", made).exit_code == 0
    for arguments in (
        ["encode", picture, "-o", picture],
        ["decode", made, "-o", picture, "--compare", picture],
        ["decode", made, "-o", made],
    ):
        result = misc(*arguments)
        said = " ".join(result.stderr.replace("│", " ").split())  # the box breaks lines where the path is long
        assert result.exit_code == 2 and "is the input" in said
    assert picture.read_bytes() == before and misc_format.validate(made.read_bytes()).verdict == "conforming"


def test_a_link_is_followed_a_mode_kept_and_a_pipe_written_to(picture: Path, tmp_path: Path) -> None:
    real, link, pipe = tmp_path / "real.misc", tmp_path / "link.misc", tmp_path / "pipe.misc"
    real.write_bytes(b"")
    real.chmod(0o600)
    link.symlink_to(real)
    assert misc("encode", picture, "-o", link).exit_code == 0
    assert link.is_symlink() and real.stat().st_size > 0 and real.stat().st_mode & 0o777 == 0o600
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        assert misc("encode", picture, "-o", pipe).exit_code == 0
        assert reader.communicate(timeout=20)[0] == real.read_bytes()
    assert pipe.is_fifo()


def test_errors_of_a_command_with_json_are_json_too(tmp_path: Path) -> None:
    (tmp_path / "cut.misc").write_bytes(FILE.read_bytes()[:7])
    for command in (["inspect"], ["decode", "-o", tmp_path / "a.png"], ["unpack", "-o", tmp_path / "a"]):
        result = misc(*command, tmp_path / "cut.misc", "--json")
        assert result.exit_code == 1
        assert json.loads(result.stdout)["error"]["id"] == "MISC-CON-007"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_an_output_that_cannot_take_all_of_unicode(encoding: str, tmp_path: Path) -> None:
    made = tmp_path / "a.misc"
    made.write_bytes(misc_format.write(misc_format.Stream(4, 4, text=misc_format.Text("☕ 🏠"))))
    for arguments in (
        ["bpp", str(FILE)],
        ["inspect", str(made), "--json"],
        ["decode", str(made), "-o", str(tmp_path / "a.png")],
    ):
        command = [sys.executable, "-c", "from misc_format.cli.app import app; app()", *arguments]
        environment = {**os.environ, "PYTHONIOENCODING": encoding}
        done = subprocess.run(command, capture_output=True, env=environment, check=False)
        assert done.returncode == 0, done.stderr
        if "--json" in arguments:
            assert "☕ 🏠" in [leaf["value"] for leaf in json.loads(done.stdout)]
