"""A new coding method takes one module and one row of the registry: the toy of docs/add-a-method.md goes through every command."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import misc_format
from conformance.authoring.coverage import syntaxes
from conformance.authoring.expected import outcome
from misc_format import Stream, Text
from misc_format.cli.app import app
from misc_format.registry import METHODS, Method

PAGE = Path(__file__).parents[2] / "docs" / "add-a-method.md"
# The module that the page builds, step by step.
MODULE = "\n\n".join(re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE))
ROW = Method("image", 14, "colour", "toy_method", "99", "the picture as one colour")


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stream]:
    folder = tmp_path_factory.mktemp("modules")
    (folder / "toy_method.py").write_text(MODULE)
    with pytest.MonkeyPatch.context() as patch, METHODS.including(ROW):
        patch.syspath_prepend(str(folder))
        toy = import_module("toy_method")
        yield Stream(40, 30, text=Text("A red wall."), image=toy.Colour([7, 1, np.int64(0)], 3))


def test_a_method_is_one_module_and_one_row(stream: Stream, tmp_path: Path) -> None:
    data = misc_format.write(stream)
    assert misc_format.read(data).core() == stream.core()
    assert misc_format.read(data).methods["image"] == "colour"
    assert misc_format.write(misc_format.read(data)) == data
    assert misc_format.validate(data).issues == ()
    bits = {part.path: part.bits for part in misc_format.account(data, deep=True).components}
    assert (bits["image/header"], bits["image/red"], bits["image/green"], bits["image/blue"]) == (8, 3, 3, 3)
    assert sum(bits.values()) == 8 * len(data)
    leaves = {leaf.path: leaf for leaf in misc_format.inspect(data)}
    assert leaves["image/depth_minus_1"].value == 2 and leaves["image/red"].clause == "99"
    assert sum(leaf.bit_length for leaf in leaves.values()) == 8 * len(data)


def test_the_validator_finds_its_faults(stream: Stream) -> None:
    data = misc_format.write(stream)
    start = misc_format.Document(data).components[-1].place.start >> 3
    reserved = data[:start] + bytes((data[start] | 0x80,)) + data[start + 1 :]
    assert [issue.id for issue in misc_format.validate(reserved).issues] == ["MISC-CON-011"]
    assert [issue.id for issue in misc_format.validate(data + b"\0").issues] == ["MISC-CON-016"]
    assert [issue.id for issue in misc_format.validate(data[:-2]).issues] == ["MISC-CON-007"]


def test_it_packs_and_unpacks(stream: Stream, tmp_path: Path) -> None:
    data = misc_format.write(stream)
    misc_format.unpack(data, tmp_path / "folder")
    assert json.loads((tmp_path / "folder" / "image.colour.json").read_text()) == [7, 1, 0]
    assert json.loads((tmp_path / "folder" / "manifest.json").read_text())["colour"] == {"depth": 3}
    assert misc_format.pack(tmp_path / "folder") == data
    (tmp_path / "folder" / "image.png").write_bytes(b"")
    with pytest.raises(misc_format.MiscError, match=r"also has image\.colour\.json"):
        misc_format.pack(tmp_path / "folder")


def test_the_suite_and_the_specification_have_it(stream: Stream) -> None:
    entry = outcome(misc_format.write(stream))
    assert entry["symbols"]["image"] == {"levels": [7, 1, 0], "depth": 3}
    assert "one_colour" in [table.name for table in syntaxes()]
    generate = import_module("spec.generate")
    assert "colour | 99 | the picture as one colour" in generate.methods("")
    assert "`colour` | object | how to interpret the levels" in generate.BLOCKS["manifest"]("")
    assert "`depth` | 1 to 8 | bits" in generate.section("colour")


def test_the_commands_take_it(stream: Stream, tmp_path: Path) -> None:
    file = tmp_path / "wall.misc"
    file.write_bytes(misc_format.write(stream))
    run = CliRunner().invoke
    for arguments in (
        ["inspect", str(file), "--html", str(tmp_path / "wall.html")],
        ["bpp", str(file), "--deep", "-o", str(tmp_path / "report.csv")],
        ["validate", str(file)],
    ):
        result = run(app, arguments)
        assert result.exit_code == 0, result.output
    assert "image/red" in (tmp_path / "wall.html").read_text()
    assert "image" in (tmp_path / "report.csv").read_text()


def test_the_embedded_decoder_paints_it(stream: Stream) -> None:
    from reference_codec.decoders import embedded

    samples, _ = embedded.paint(stream)
    assert samples.shape == (30, 40, 3) and samples[0, 0].tolist() == [255, 36, 0]


def test_a_number_or_name_that_is_taken_is_refused() -> None:
    with pytest.raises(ValueError, match="is taken"), METHODS.including(ROW._replace(id=0)):
        pass
