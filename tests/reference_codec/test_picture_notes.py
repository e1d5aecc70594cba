"""What is said about pictures that were converted: by the commands, in JSON, and in rows; and ICC profiles that are kept."""

from __future__ import annotations

import csv
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

import misc_format
import misc_format.pillow
import reference_codec
from misc_format.cli.app import app
from misc_format.pictures import colour, from_bytes, icc_of, load, profiles
from misc_format.pictures.layouts import NOTE_ALPHA
from reference_codec.encoder import description
from reference_codec.encoder.choices import MapChoices
from reference_codec.pictures.files import NOTE_NO_ICC
from tests.misc_format.small_pictures import png
from tests.needs import LITTLECMS, needs

pytestmark = needs(LITTLECMS)

RGB = np.random.default_rng(1).integers(0, 256, (40, 60, 3)).astype(np.uint8)
WIDE = profiles.profile("wide", profiles.PRIMARIES[12], profiles.SRGB_CURVE)
CONVERTED, KEPT = (note.format('the profile "wide"') for note in (colour.NOTE_CONVERTED, colour.NOTE_KEPT))
GRID = ("--profile", "cmc-pixel", "--block", 1, "--depth", 8)


def misc(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    path = tmp_path / "wide.png"
    path.write_bytes(png(RGB, 8, 2, (b"iCCP", b"a\0\0" + zlib.compress(WIDE))))
    return path


def test_encode_says_that_it_converted_colours(wide: Path) -> None:
    result = misc("encode", wide, *GRID)
    assert result.exit_code == 0
    assert f"note: {CONVERTED}" in result.stderr
    made = wide.with_suffix(".misc")
    assert json.loads(misc("encode", wide, *GRID, "--json").stdout)["notes"] == [CONVERTED]
    assert misc_format.read(made).ancillary == ()
    np.testing.assert_array_equal(np.asarray(reference_codec.decode(made.read_bytes())), load(wide).samples)
    notes: list[str] = []
    reference_codec.encode(wide, "cmc-pixel", note=notes.append)
    assert notes == [CONVERTED]


@pytest.mark.parametrize("ending", [".png", ".tif", ".webp", ".jpg"])
def test_a_profile_that_is_kept_comes_back(ending: str, wide: Path) -> None:
    made, back = wide.with_suffix(".misc"), wide.with_name(f"back{ending}")
    result = misc("encode", wide, *GRID, "--keep-icc", "--json")
    assert json.loads(result.stdout)["notes"] == [KEPT]
    assert icc_of(misc_format.read(made)) == WIDE
    assert misc("validate", made).exit_code == 0
    assert misc("decode", made, "-o", back).exit_code == 0
    with Image.open(back) as picture:
        assert picture.info["icc_profile"] == WIDE
        if ending != ".jpg":
            np.testing.assert_array_equal(np.asarray(picture), RGB)
    assert reference_codec.decode(made.read_bytes()).info["icc_profile"] == WIDE
    with Image.open(made) as opened:
        opened.load()
        assert opened.info["icc_profile"] == WIDE


def test_a_format_without_profiles_is_named(wide: Path) -> None:
    misc("encode", wide, *GRID, "--keep-icc")
    result = misc("decode", wide.with_suffix(".misc"), "-o", wide.with_name("back.ppm"), "--json")
    assert json.loads(result.stdout)["notes"] == [NOTE_NO_ICC.format(".ppm")]


def test_a_comparison_is_in_srgb_on_both_sides(wide: Path) -> None:
    misc("encode", wide, *GRID, "--keep-icc")
    result = misc("decode", wide.with_suffix(".misc"), "-o", wide.with_name("back.png"), "--compare", wide, "--json")
    document = json.loads(result.stdout)
    assert document["notes"] == [CONVERTED]
    sheet = np.asarray(Image.open(document["comparison"]))[22:]
    width = (sheet.shape[1] - 8) // 2
    np.testing.assert_array_equal(sheet[:, :width], sheet[:, width + 8 :])


def test_rows_of_a_batch_have_the_notes(wide: Path, tmp_path: Path) -> None:
    result = misc("batch", "encode", wide, "-o", tmp_path / "out", "--workers", 0, *GRID)
    assert result.exit_code == 0
    [row] = pq.read_table(tmp_path / "out" / "report.parquet").to_pylist()
    assert row["notes"] == [CONVERTED]


def test_a_batch_keeps_profiles_in_both_directions(wide: Path, tmp_path: Path) -> None:
    assert misc("batch", "encode", wide, "-o", tmp_path / "out", "--workers", 0, "--keep-icc", *GRID).exit_code == 0
    assert misc("batch", "decode", tmp_path / "out", "-o", tmp_path / "back", "--workers", 0).exit_code == 0
    [path] = (tmp_path / "back").rglob("*.png")
    with Image.open(path) as picture:
        assert picture.info["icc_profile"] == WIDE


def test_evaluation_measures_in_srgb_and_says_so(wide: Path, tmp_path: Path) -> None:
    for name, options in (("plain", ()), ("kept", ("--keep-icc",))):
        (tmp_path / name).mkdir()
        assert misc("encode", wide, "-o", tmp_path / name / "wide.misc", *GRID, *options).exit_code == 0
    places = (tmp_path / "plain", tmp_path / "kept")
    arguments = ("--metrics", "psnr", "--workers", 1)
    document = json.loads(misc("eval", wide, *places, *arguments, "--json").stdout)
    plain, kept = document["pictures"]
    equal = "PSNR, dB: no value: the pictures are equal, so it is infinite"
    assert plain["notes"] == [f"original: {CONVERTED}", equal]
    assert kept["notes"] == [f"original: {CONVERTED}", f"decoded: {CONVERTED}", equal]
    assert plain["values"]["psnr"] is None and kept["values"]["psnr"] is None  # both are equal to the original
    result = misc("eval", wide, *places, *arguments, "-o", tmp_path / "report")
    assert f"note: MISC, plain, wide: original: {CONVERTED}" in result.stderr
    with (tmp_path / "report" / "pictures.csv").open() as stream:
        assert [row["notes"] for row in csv.DictReader(stream)] == [" ".join(row["notes"]) for row in (plain, kept)]


def packed(folder: Path, *arguments: object) -> Any:
    result = misc("pack", folder, "-o", folder.with_suffix(".misc"), "--json", *arguments)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_pack_says_what_it_converted(wide: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "maps").mkdir(parents=True)
    (folder / "manifest.json").write_text('{"width": 60, "height": 40}')
    (folder / "image.png").write_bytes(wide.read_bytes())
    Image.fromarray(np.eye(8, dtype=np.uint8)).save(folder / "maps" / "0.png")
    notes = packed(folder)["notes"]
    assert notes[1] == f"image.png: {CONVERTED}"
    assert notes[0].startswith("0.png: the values are 0 and 1")
    result = misc("pack", folder, "-o", tmp_path / "again.misc")
    assert f"note: image.png: {CONVERTED}" in result.stderr
    np.testing.assert_array_equal(misc_format.read(tmp_path / "folder.misc").image.samples, load(wide).samples)
    # A folder with the profile keeps the picture's colours.
    (folder / "profile.icc").write_bytes(WIDE)
    assert packed(folder)["notes"] == notes[:1]
    np.testing.assert_array_equal(misc_format.read(tmp_path / "folder.misc").image.samples, RGB)


@pytest.mark.parametrize(
    ("data", "mode"),
    [
        (png(RGB.astype(int) * 257, 16, 2), "16-bit RGB"),
        (png(RGB, 8, 2, (b"tRNS", bytes(6))), "RGB with a transparent value"),
        (png(RGB[..., 0], 8, 0, (b"tRNS", bytes(2))), "L with a transparent value"),
    ],
)
def test_a_grid_of_another_layout_is_refused_by_name(data: bytes, mode: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"width": 60, "height": 40}')
    (tmp_path / "image.png").write_bytes(data)
    with pytest.raises(misc_format.MiscError, match=f"not {mode}$"):
        misc_format.pack(tmp_path)


def test_maps_of_ones_own_are_noted(tmp_path: Path) -> None:
    picture, maps, text = tmp_path / "photo.png", tmp_path / "labels.png", tmp_path / "text.json"
    Image.fromarray(RGB).save(picture)
    labels = np.random.default_rng(2).choice([0, 1, 2], (40, 60))
    maps.write_bytes(png(labels, 8, 0))
    text.write_text('{"overall": "", "items": [{"name": "a", "detail": ""}, {"name": "b", "detail": ""}]}')
    made = tmp_path / "a.misc"
    result = misc(
        "encode", picture, "-o", made, "--profile", "free", "--text", text, "--maps", maps, "--block", 8, "--json"
    )
    assert result.exit_code == 0, result.output
    assert any("labels 1, 2 became 2 maps" in note for note in json.loads(result.stdout)["notes"])
    found = misc_format.read(made).maps.maps
    np.testing.assert_array_equal(found[1], labels == 2)


def test_maps_of_the_python_interface_are_taken_as_arrays_of_numbers() -> None:
    assert MapChoices(maps=(np.eye(4, dtype=np.uint8) * 255,)).maps[0].dtype == np.bool_
    with pytest.raises(misc_format.MiscError, match="numbers 0 and 1, or 0 and 255"):
        MapChoices(maps=(np.arange(4).reshape(2, 2),))


def test_a_picture_that_is_too_long_is_refused_before_it_is_described(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(description, "describe", lambda _: pytest.fail("it was described"))
    for picture in (np.zeros((1, 65_536), np.uint8), Image.new("L", (65_536, 1))):
        with pytest.raises(misc_format.MiscError, match="65,536 x 1 pixels has a side outside 1 to 65,535") as error:
            reference_codec.encode(picture)
        assert error.value.rule == "MISC-CON-019"


def test_several_notes_of_one_picture_keep_their_order() -> None:
    data = png(np.dstack([RGB, RGB[..., :1]]), 8, 6, (b"iCCP", b"a\0\0" + zlib.compress(WIDE)))
    assert from_bytes(data, "a").notes == (CONVERTED, NOTE_ALPHA)


def test_the_name_of_a_file_in_a_note_cannot_control_a_terminal(wide: Path, tmp_path: Path) -> None:
    maps, text = tmp_path / "a\x1b[2J.png", tmp_path / "text.json"
    Image.fromarray(np.eye(8, dtype=np.uint8)).save(maps)
    text.write_text('{"overall": "", "items": [{"name": "a", "detail": ""}]}')
    result = misc("encode", wide, "--profile", "free", "--text", text, "--maps", maps, "--block", 8)
    assert result.exit_code == 0
    assert "note: a\\x1b[2J.png: the values are 0 and 1" in result.stderr
    assert "\x1b[2J" not in result.stderr
