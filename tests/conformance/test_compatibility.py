"""The comparison of two checkouts names every kind of difference, and calls it breaking or not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest

from conformance.compatibility.__main__ import main
from conformance.compatibility.checkout import CheckoutError, described
from conformance.compatibility.comparison import AREAS, compared
from conformance.compatibility.decoding import decoded
from conformance.compatibility.description.annotations import alternatives, hints
from conformance.compatibility.description.api import described as described_value
from conformance.compatibility.description.confinement import Finder
from conformance.compatibility.description.failures import ABSENT
from conformance.compatibility.description.parts import PARTS
from conformance.compatibility.differences import Difference
from conformance.compatibility.schemas import distinct, schemas
from conformance.compatibility.withdrawal import withdrawn

ROOT = Path(__file__).parents[2]
Description = dict[str, Any]
Edit = Callable[[Description], Any]


@cache
def here() -> Description:
    """The description of this checkout, which takes seconds."""
    return described(ROOT)


def found(edit: Edit) -> set[tuple[str, str, str]]:
    """What is said of a checkout that is this one but for an edit."""
    return {(str(one.change), f"{one.area} {one.name}", one.sentence) for one in compared(here(), altered(edit))}


def altered(edit: Edit) -> Description:
    """The description of this checkout after an edit. Of the vectors, which are many, only the edited one is copied."""
    other = {area: dict(part) if area == "vectors" else deepcopy(part) for area, part in here().items()}
    other["vectors"]["text-raw-named.misc"] = deepcopy(other["vectors"]["text-raw-named.misc"])
    edit(other)
    return other


def put(*path: str | int, value: Any = None) -> Edit:
    """An edit that sets the value at a path of keys; None takes it away."""

    def edit(description: Description) -> None:
        place: Any = description
        for key in path[:-1]:
            place = place[key]
        if value is None:
            del place[path[-1]]
        else:
            place[path[-1]] = value

    return edit


def move(*path: str | int, to: str) -> Edit:
    """An edit that gives what stands at a path another name."""

    def edit(description: Description) -> None:
        place: Any = description
        for key in path[:-1]:
            place = place[key]
        place[to] = place.pop(path[-1])

    return edit


def renumbered(description: Description) -> None:
    """An edit that gives a method another number."""
    move(*ROW, to="image 14")(description)
    description["registry"]["METHODS"]["image 14"]["id"] = 14


def columns_swapped(description: Description) -> None:
    """An edit that puts a column behind the others."""
    columns = description["reports"]["misc_format.table"]["columns"]
    columns.append(columns.pop(columns.index("bpp")))


VECTOR = ("vectors", "text-raw-named.misc")
GOLDEN = "tests/golden/0.2/codes-uniform-digits.misc"
CODEC = ("codecs", "perco-sd")
FORM = "form file"
RESULT = "result of `decode` and `validate`"
ROW = ("registry", "METHODS", "image 9")
SCHEMA_PATH = "misc_format/schemas/validation-report.schema.json"
REPORT = ("schemas", SCHEMA_PATH, "items")
READ = ("api", "misc_format", "read")
TEXT = ("api", "misc_format", "Text")
BPP = ("commands", "misc bpp")
NEW = {"name": "new", "kind": "positional or keyword", "type": ["int"], "default": None}
OPTION = {
    "type": "int",
    "choices": [],
    "least": None,
    "most": None,
    "required": True,
    "several": False,
    "default": "None",
}
SCHEMA = f"schema {SCHEMA_PATH}"

CASES: dict[str, tuple[Edit, tuple[str, str, str]]] = {
    "the version": (put("versions", "format", value="9.9"), ("breaking", "version format", "is 9.9; it was 0.2")),
    "a vector is gone": (put(*VECTOR), ("breaking", "vector text-raw-named.misc", "is removed")),
    "a vector is new": (
        lambda one: one["vectors"].update({"new.misc": {"sha256": "00"}}), ("addition", "vector new.misc", "is added"),
    ),
    "bytes": (put(*VECTOR, "sha256", value="00"), ("breaking", "vector text-raw-named.misc", "the file has other bytes")),
    "a verdict": (put(*VECTOR, "verdict", value="non-conforming"), ("breaking", "vector text-raw-named.misc", "the verdict is another")),
    "content": (
        put(*VECTOR, "symbols", "width", value=3), ("breaking", "vector text-raw-named.misc", "the content is another: /width is 3"),
    ),
    "a bit": (put(*VECTOR, "bits", "header", value=65), ("breaking", "vector text-raw-named.misc", "/header is 65; it was 64")),
    "a note of a vector": (put(*VECTOR, "requirements", value=[]), ("other", "vector text-raw-named.misc", "requirements is empty")),
    "a rule is gone": (put("rules", "MISC-CON-001"), ("breaking", "rule MISC-CON-001", "is removed")),
    "a severity": (put("rules", "MISC-CON-001", "severity", value="warning"), ("breaking", "rule MISC-CON-001", "severity is warning")),
    "what a rule requires": (
        put("rules", "MISC-CON-001", "requirement", value="x"), ("breaking", "rule MISC-CON-001", "requirement is x; it was A file begins"),
    ),
    "another id of a rule": (
        move("rules", "MISC-CON-001", to="MISC-CON-099"),
        ("breaking", "rule MISC-CON-001", "is removed; MISC-CON-099, which is new, is the same under another number"),
    ),
    "the words of a rule": (put("rules", "MISC-CON-001", "hint", value="x"), ("other", "rule MISC-CON-001", "hint is x")),
    "a number": (put(*ROW), ("breaking", "registry METHODS image 9", "is removed")),
    "another number": (
        renumbered, ("breaking", "registry METHODS image 9", "is removed; image 14, which is new, is the same under another number"),
    ),
    "a name": (put(*ROW, "name", value="x"), ("breaking", "registry METHODS image 9", "name is x; it was codes-graded")),
    "a meaning": (put(*ROW, "meaning", value="x"), ("breaking", "registry METHODS image 9", "meaning is x")),
    "deprecation": (
        put(*ROW, "deprecated", value="0.3"), ("other", "registry METHODS image 9", "deprecated is 0.3; it was empty"),
    ),
    "deprecation in words": (
        lambda one: one["registry"]["ROLES"]["2"].update(meaning=f"{one['registry']['ROLES']['2']['meaning']}; deprecated since 1.2"),
        ("other", "registry ROLES 2", "deprecated since 1.2"),
    ),
    "not for everyone": (put(*ROW, "everywhere", value=False), ("breaking", "registry METHODS image 9", "everywhere is False")),
    "a table of the registry": (put("registry", "ROLES"), ("breaking", "registry ROLES", "is removed")),
    "a profile": (put("profiles", "sedic", "rate", value=9), ("breaking", "profile sedic", "rate is 9; it was 500")),
    "a limit": (put("limits", "MAX_SIDE", "value", value=9), ("breaking", "limit MAX_SIDE", "value is 9; it was 65535")),
    "why a limit": (put("limits", "MAX_SIDE", "reason", value="x"), ("other", "limit MAX_SIDE", "reason is x")),
    "a table": (put("tables", "latents-1.bin", "file", value="00"), ("breaking", "table latents-1.bin", "file is 00")),
    "a golden file": (put("files", GOLDEN, "bytes", value="00"), ("breaking", f"file {GOLDEN}: bytes", "is 00")),
    "no golden file": (put("files", GOLDEN), ("breaking", f"file {GOLDEN}", "is removed")),
    "an example": (
        put("files", "spec/examples/sets.json", "codeword", value="00"), ("breaking", "file spec/examples/sets.json: codeword", "is 00"),
    ),
    "more of an example": (
        put("files", "spec/examples/sets.json", "more", value="00"), ("addition", "file spec/examples/sets.json: more", "is added"),
    ),
    "a model of the vectors": (put("files", "conformance/tiny-table.bin"), ("breaking", "file conformance/tiny-table.bin", "is removed")),
    "a codec": (put("codecs", "perco-sd"), ("breaking", "codec perco-sd", "is removed")),
    "a setting of a codec": (
        move(*CODEC, "setting seed", to="setting start"),
        ("breaking", "codec perco-sd setting seed", "is removed; perco-sd setting start, which is new, is the same under another name"),
    ),
    "a range of a setting": (put(*CODEC, "setting seed", "most", value=9), ("breaking", "codec perco-sd setting seed", "most is 9")),
    "a form of a codec": (put(*CODEC, FORM), ("breaking", f"codec perco-sd {FORM}", "is removed")),
    "a needed part": (
        put(*CODEC, "part x", value={"field": "x", "needed": True}), ("breaking", "codec perco-sd part x", "is added, and needed"),
    ),
    "the words about a codec": (put(*CODEC, "itself", "title", value="x"), ("other", "codec perco-sd itself", "title is x")),
    "the protocol": (put("harness", "PROTOCOL", "value", value=2), ("breaking", "harness PROTOCOL", "value is 2; it was 1")),
    "a claim": (put("harness", "claim bits"), ("breaking", "harness claim bits", "is removed")),
    "another claim": (put("harness", "claim x", value={}), ("addition", "harness claim x", "is added")),
    "a key of a reply": (
        move("harness", f"{RESULT}: verdict", to=f"{RESULT}: judgement"), ("breaking", f"harness {RESULT}: verdict", "is removed"),
    ),
    "a required key of a reply": (
        put("harness", f"{RESULT}: x", value={"form": "text", "required": True}),
        ("breaking", f"harness {RESULT}: x", "is added, and required"),
    ),
    "a program": (put("programs", "scripts misc"), ("breaking", "program scripts misc", "is removed")),
    "a call": (
        put("calls", "misc bpp coffee.misc --group folder", value=2),
        ("breaking", "call misc bpp coffee.misc --group folder", "ends with exit code 2; it was 0"),
    ),
    "a report that fails": (
        put("reports", "misc bpp --json", value="CommandError: x"),
        ("breaking", "report misc bpp --json", "cannot be described: CommandError: x"),
    ),
    "a module that fails": (
        put("api", "misc_format.codecs", value=f"{ABSENT}misc_format.codecs"),
        ("breaking", "api misc_format.codecs", "cannot be described: there is no module misc_format.codecs"),
    ),
    "a part that fails": (put("commands", value="x"), ("breaking", "part commands", "cannot be described: x")),
    "a key of a schema": (put(*REPORT, "properties", "sha256"), ("breaking", f"{SCHEMA}/items/sha256", "is removed")),
    "a renamed key": (
        move(*REPORT, "properties", "sha256", to="digest"), ("breaking", f"{SCHEMA}/items/sha256", "is the same under another name"),
    ),
    "a narrowed type": (
        put(*REPORT, "properties", "sha256", "type", value="string"),
        ("breaking", f"{SCHEMA}/items/sha256", "the type is narrowed: string; it was string or null"),
    ),
    "a required key": (
        put(*REPORT, "required", value=["file", "verdict", "issues", "truncated", "sha256", "file_bytes", "format_version",
                                        "self_declared", "tool", "overrides"]),
        ("breaking", f"{SCHEMA}/items/overrides", "is now required"),
    ),
    "a printed key": (put("reports", "misc bpp --json", "[]/bpp"), ("breaking", "report misc bpp --json: []/bpp", "is no longer printed")),
    "a printed type": (
        put("reports", "misc bpp --json", "[]/bpp", value=["str"]),
        ("breaking", "report misc bpp --json: []/bpp", "has the type str; it had float"),
    ),
    "another printed key": (
        put("reports", "misc bpp --json", "[]/x", value=["int"]), ("addition", "report misc bpp --json: []/x", "is printed, too"),
    ),
    "a public name": (put(*READ), ("breaking", "api misc_format.read", "is removed")),
    "a parameter": (put(*READ, "parameters", 0), ("breaking", "api misc_format.read", "parameter source is removed")),
    "a parameter more": (
        lambda one: one["api"]["misc_format"]["read"]["parameters"].append(NEW),
        ("breaking", "api misc_format.read", "parameter new is added, and has no default"),
    ),
    "a parameter with a default": (
        lambda one: one["api"]["misc_format"]["read"]["parameters"].append({**NEW, "default": "1"}),
        ("addition", "api misc_format.read", "parameter new is added"),
    ),
    "a parameter before": (
        lambda one: one["api"]["misc_format"]["read"]["parameters"].insert(0, {**NEW, "default": "1"}),
        ("breaking", "api misc_format.read", "the order of parameters is new, source; it was source"),
    ),
    "only by keyword": (
        put(*READ, "parameters", 0, "kind", value="keyword only"), ("breaking", "api misc_format.read", "parameter source is keyword only"),
    ),
    "no annotation": (
        put(*READ, "parameters", 0, "type", value=[]), ("other", "api misc_format.read", "parameter source has the annotation none"),
    ),
    "a type less": (
        lambda one: one["api"]["misc_format"]["read"]["parameters"][0]["type"].remove("str"),
        ("breaking", "api misc_format.read", "parameter source no longer takes str"),
    ),
    "a type more": (
        lambda one: one["api"]["misc_format"]["read"]["parameters"][0]["type"].append("int"),
        ("addition", "api misc_format.read", "parameter source also takes int"),
    ),
    "an alias": (
        lambda one: one["api"]["misc_format"]["Source"]["type"].remove("str"),
        ("breaking", "api misc_format.Source", "no longer takes str"),
    ),
    "a result": (put(*READ, "returns", value=["dict"]), ("breaking", "api misc_format.read", "may be dict")),
    "a property": (
        put("api", "misc_format", "Account", "members", "bpp", "returns", value=["str"]),
        ("breaking", "api misc_format.Account.bpp", "may be str"),
    ),
    "a literal": (
        lambda one: one["api"]["misc_format"]["Part"]["fields"][4]["type"].remove("'not decoded'"),
        ("breaking", "api misc_format.Part", "field status no longer takes 'not decoded'"),
    ),
    "a constant": (
        put("api", "misc_format.codecs", "ARRAYS", "value", value="x"), ("breaking", "api misc_format.codecs.ARRAYS", "value is x"),
    ),
    "an attribute": (
        move("api", "misc_format", "MiscError", "attributes", "message", to="text"),
        ("breaking", "api misc_format.MiscError.message", "is removed"),
    ),
    "a protocol": (put(*TEXT, "protocols", value=[]), ("breaking", "api misc_format.Text", "no longer has __hash__")),
    "not frozen": (put(*TEXT, "frozen", value=False), ("breaking", "api misc_format.Text", "is no longer frozen")),
    "a field only by keyword": (
        put(*TEXT, "fields", 1, "kind", value="keyword only"), ("breaking", "api misc_format.Text", "field items is keyword only"),
    ),
    "a field that nobody sets": (
        put(*TEXT, "fields", 1, "kind", value="set by the class"), ("breaking", "api misc_format.Text", "field items is set by the class"),
    ),
    "a field": (put(*TEXT, "fields", 1), ("breaking", "api misc_format.Text", "field items is removed")),
    "a default": (put(*TEXT, "fields", 1, "default", value="1"), ("breaking", "api misc_format.Text", "field items has the default 1")),
    "a base": (put(*TEXT, "bases", value=[]), ("breaking", "api misc_format.Text", "is no longer a Content")),
    "another kind": (put(*READ, "kind", value="class"), ("breaking", "api misc_format.read", "is a class; it was a function")),
    "a method": (put("api", "misc_format", "Document", "members", "stream"), ("breaking", "api misc_format.Document.stream", "is removed")),
    "a command": (put(*BPP), ("breaking", "command misc bpp", "is removed")),
    "an option": (put(*BPP, "--deep"), ("breaking", "command misc bpp --deep", "is removed")),
    "a required option": (put(*BPP, "--x", value=OPTION), ("breaking", "command misc bpp --x", "is added, and required")),
    "another option": (put(*BPP, "--x", value={**OPTION, "required": False}), ("addition", "command misc bpp --x", "is added")),
    "a default of an option": (put(*BPP, "--deep", "default", value="True"), ("breaking", "command misc bpp --deep", "default is True")),
    "a choice": (
        put("commands", "misc validate", "--format", "choices", value=["table", "json", "sarif"]),
        ("breaking", "command misc validate --format", "the choice junit is removed"),
    ),
    "a narrower range": (put(*BPP, "--digits", "most", value=8), ("breaking", "command misc bpp --digits", "most is 8; it was 9")),
    "a wider range": (put(*BPP, "--digits", "least", value=0), ("addition", "command misc bpp --digits", "least is 0; it was 1")),
    "the exit code of a problem": (
        put("exit codes", "of a problem of kind limit", value=3), ("breaking", "exit code of a problem of kind limit", "is 3; it was 5"),
    ),
    "a column": (
        columns_swapped, ("breaking", "report misc_format.table: bpp", "is no longer in its place"),
    ),
    "an exit code": (put("exit codes", "LIMIT", value=6), ("breaking", "exit code LIMIT", "is 6; it was 5")),
    "a variable": (put("environment", "MISC_TRACEBACK"), ("breaking", "environment variable MISC_TRACEBACK", "is removed")),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_difference_is_named(name: str) -> None:
    edit, (change, about, sentence) = CASES[name]
    differences = found(edit)
    assert any(one[:2] == (change, about) and sentence in one[2] for one in differences), differences


def test_nothing_is_said_of_the_same_checkout() -> None:
    assert compared(here(), here()) == []


def test_every_area_is_compared_and_is_described_of_something() -> None:
    assert list(AREAS) == list(PARTS) == list(here())
    assert all(here()[area] for area in AREAS)
    assert all(shape.keys() > {"/"} for shape in here()["reports"].values())  # every command has printed JSON
    assert "[]/issues[]/bit_offset" in here()["reports"]["misc validate --json"]
    with pytest.raises(ValueError, match="areas"):
        compared(here(), here() | {"colours": {}})


SCHEMAS = {
    "a loosened bound": ({"maximum": 3}, {"maximum": 4}, "addition"),
    "a tighter bound": ({"minLength": 3}, {"minLength": 4}, "breaking"),
    "a bound where there was none": ({}, {"maximum": 4}, "breaking"),
    "a widened type": ({"type": "string"}, {"type": ["string", "null"]}, "breaking"),
    "a value more": ({"enum": [1]}, {"enum": [1, 2]}, "addition"),
    "a value less": ({"enum": [1, 2]}, {"enum": [2]}, "breaking"),
    "a constant": ({"const": 1}, {"const": 2}, "addition breaking"),
    "other words": ({"title": "a"}, {"title": "b"}, "other"),
    "a requirement more": ({"allOf": [{"maximum": 3}]}, {"allOf": [{"required": ["a"]}, {"maximum": 3}]}, "breaking"),
    "a member more": (
        {"prefixItems": [{"type": "string"}]},
        {"prefixItems": [{"type": "string"}, {"type": "null"}]},
        "breaking",
    ),
    "a condition": ({"if": {"enum": [1]}}, {"if": {"enum": [1, 2]}}, "breaking"),
    "what is not": ({"not": {"maximum": 3}}, {"not": {"maximum": 4}}, "breaking"),
    "a branch more": ({"oneOf": [{"type": "string"}]}, {"oneOf": [{"type": "string"}, {"type": "null"}]}, "addition"),
    "a branch less": ({"oneOf": [{"type": "string"}, {"type": "null"}]}, {"oneOf": [{"type": "null"}]}, "breaking"),
    "no other keys": ({}, {"additionalProperties": False}, "breaking"),
    "other keys": ({"additionalProperties": False}, {}, "addition"),
    "members": ({"items": {"type": "string"}}, {"items": {"type": "integer"}}, "breaking"),
    "no longer sure": ({"required": ["a"]}, {}, "breaking"),
    "a definition": ({"$defs": {"a": {"enum": [1]}}}, {"$defs": {"a": {"enum": [2, 1]}}}, "addition"),
    "a reference": ({"$ref": "#/a"}, {"$ref": "#/b"}, "breaking"),
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_change_of_a_schema_has_a_class(name: str) -> None:
    old, new, change = SCHEMAS[name]
    assert {str(one.change) for one in schemas("x", old, new)} == set(change.split())


def test_copies_of_a_schema_are_named_once() -> None:
    old, new = {"type": "string"}, {"type": "null"}
    both = {"a/x.schema.json": old, "spec/x.schema.json": old}
    assert list(distinct(both, {"a/x.schema.json": new, "spec/x.schema.json": new})[0]) == ["a/x.schema.json"]
    assert list(distinct(both, {"a/x.schema.json": old, "spec/x.schema.json": new})[1]) == [
        "a/x.schema.json",
        "spec/x.schema.json",
    ]


def test_a_class_that_two_modules_offer_differs_once() -> None:
    def changed(description: Description) -> None:
        for module in ("misc_format", "misc_format.components"):
            description["api"][module]["Text"]["frozen"] = False

    assert found(changed) == {("breaking", "api misc_format.Text", "is no longer frozen")}


def test_a_number_that_is_registered_withdraws_the_vectors_that_show_it_as_reserved() -> None:
    def registered(description: Description) -> None:
        description["registry"]["ROLES"]["16"] = {"id": 16, "name": "normals", "meaning": "surface normals"}
        del description["vectors"]["bad-parts-role-16.misc"], description["vectors"]["bad-parts-role-30.misc"]

    assert found(registered) == {
        ("addition", "registry ROLES 16", "is added"),
        ("addition", "vector bad-parts-role-16.misc", "is withdrawn: ROLES 16, which was reserved, is registered"),
        ("breaking", "vector bad-parts-role-30.misc", "is removed"),
    }
    assert withdrawn(here(), altered(registered)) == {"bad-parts-role-16.misc": "ROLES 16"}


@pytest.mark.parametrize(
    ("vector", "number"),
    [
        ("bad-parts-second-role-17.misc", ["ROLES", "17"]), ("bad-container-method-image-14.misc", ["METHODS", "image 14"]),
        ("bad-image-architecture-12.misc", ["ARCHITECTURES", "12"]), ("bad-container-critical-3.misc", ["ANCILLARY_TYPES", "3"]),
    ],
)  # fmt: skip
def test_the_number_that_a_vector_shows_as_reserved_is_read_from_its_file(vector: str, number: list[str]) -> None:
    assert here()["vectors"][vector]["reserved"] == number


def test_what_the_older_checkout_does_not_have_is_an_addition_and_what_fails_there_is_not_passed_over() -> None:
    def of(reason: str) -> list[str]:
        return [str(one.change) for one in compared(altered(put("codecs", value=reason)), here())]

    assert of(f"{ABSENT}misc_format.codecs") == ["addition"]
    assert of("ValueError: x") == ["breaking"]


@dataclass(frozen=True)
class _Fields:
    first: int | None
    second: Literal["a", "b"] = field(default="a", kw_only=True)
    third: int = field(default=0, init=False)


class _Row(NamedTuple):
    first: int = 1


class _FaultError(ValueError):
    said: str

    def __init__(self) -> None:
        self.place = 0

    def __len__(self) -> int:
        return 0

    @property
    def half(self) -> float:
        return 0.5


def test_a_class_is_described_with_all_that_its_users_rely_on() -> None:
    fields = described_value(_Fields)
    assert fields["frozen"] and fields["protocols"] == ["__eq__", "__hash__"]
    assert [(one["kind"], one["type"]) for one in fields["fields"]] == [
        ("field", ["None", "int"]), ("keyword only", ["'a'", "'b'"]), ("set by the class", ["int"]),
    ]  # fmt: skip
    assert described_value(_Row)["fields"] == [{"name": "first", "kind": "field", "type": ["int"], "default": "1"}]
    mistake = described_value(_FaultError)
    assert mistake["attributes"] == {"said": ["str"], "place": ["Any"]}
    assert mistake["protocols"] == ["__hash__", "__len__"]
    assert mistake["members"] == {"half": {"kind": "property", "returns": ["float"]}}


def test_annotations_are_lists_of_alternatives_whatever_they_are_written_as() -> None:
    assert alternatives("Grid | Literal['a', 'b'] | None") == ["'a'", "'b'", "Grid", "None"]
    assert alternatives(Callable[[int], list[str | None]]) == ["Callable[[int], list[None | str]]"]
    assert alternatives(hints(copied)["return"]) == ["Path"]


def test_only_the_checkout_supplies_modules_of_the_packages(tmp_path: Path) -> None:
    finder = Finder([str(tmp_path)])
    assert finder.find_spec("json") is None  # of another package: the other finders answer
    with pytest.raises(ModuleNotFoundError, match=ABSENT):
        finder.find_spec("misc_format")
    (tmp_path / "misc_format.py").write_text("", encoding="utf-8")
    spec = finder.find_spec("misc_format")
    assert spec is not None and spec.origin == str(tmp_path / "misc_format.py")


def test_a_package_that_is_gone_is_not_imported_from_an_installation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = copied(tmp_path / "copy")
    shutil.rmtree(copy / "misc_format" / "codecs")
    (copy / "conformance/vectors/size-1x1.misc").unlink()
    edited(copy / "misc_format/__init__.py", "def table(", "def rows(")
    edited(copy / "misc_format/__init__.py", '"table",', '"rows",')
    assert main([str(ROOT), str(copy)]) == 1
    lines = capsys.readouterr().out.splitlines()
    absent = "cannot be described: there is no module misc_format.codecs"
    assert f"breaking: part codecs: {absent}" in lines and f"breaking: api misc_format.codecs: {absent}" in lines
    assert any(line.startswith("breaking: vector size-1x1.misc: the file has other bytes") for line in lines)
    assert any(
        line.startswith("breaking: report misc_format.table: cannot be described: AttributeError") for line in lines
    )
    assert (
        "breaking: api misc_format.table: is removed; misc_format.rows, which is new, is the same under another name"
        in lines
    )


def copied(folder: Path) -> Path:
    """A checkout with what is described of this one."""
    for name in ("misc_format", "reference_codec", "conformance"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "mutants", "fuzzing"))
    for name in ("tests/golden", "spec/examples"):
        shutil.copytree(ROOT / name, folder / name)
    schemas_of_spec = [path.relative_to(ROOT) for path in (ROOT / "spec").glob("*.schema.json")]
    for name in ("examples/coffee.misc", "docs/api.md", "pyproject.toml", *schemas_of_spec):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def edited(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_changed_copy_is_run_and_its_changes_are_all_that_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = copied(tmp_path / "copy")
    edited(copy / "misc_format/cli/outcome.py", "LIMIT = 5", "LIMIT = 6")
    edited(copy / "misc_format/limits.py", "MAX_ITEMS = 16", "MAX_ITEMS = 15")
    edited(copy / "misc_format/__init__.py", '"read", ', "")
    edited(copy / "pyproject.toml", 'budget = "reference_codec.budget.command:budget"\n', "")
    (copy / "conformance/vectors/size-1x1.misc").write_bytes(b"")
    assert main([str(ROOT), str(copy), "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    named = {f"{one['area']} {one['name']}" for one in document["differences"]}
    commands = {name for name in named if name.startswith("command misc budget")}
    assert commands and named - commands == {
        "exit code LIMIT", "exit code of a problem of kind limit", "limit MAX_ITEMS", "api misc_format.read", "vector size-1x1.misc",
    }  # fmt: skip
    assert document["counts"] == {"breaking": len(named), "addition": 0, "other": 0}


def test_the_text_says_what_breaks_first_and_the_exit_code_follows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def compared_with(edit: Edit) -> int:
        answers = iter((here(), altered(edit)))
        monkeypatch.setattr("conformance.compatibility.__main__.described", lambda _: next(answers))
        return main(["old", "new"])

    assert compared_with(put(*BPP, "--x", value={**OPTION, "required": False})) == 0
    assert capsys.readouterr().out == "addition: command misc bpp --x: is added\n0 breaking, 1 addition, 0 other\n"
    assert compared_with(put("exit codes", "LIMIT", value=6)) == 1
    assert capsys.readouterr().out.startswith("breaking: exit code LIMIT: is 6; it was 5\n")


def test_a_folder_that_is_no_checkout_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), str(ROOT)]) == 3
    assert "is no checkout of the project" in capsys.readouterr().err
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with pytest.raises(CheckoutError, match="cannot be described"):
        described(tmp_path)


def test_the_newer_decoder_is_given_the_older_vectors(tmp_path: Path) -> None:
    name = "text-raw-named"
    old = tmp_path / "conformance" / "vectors"
    old.mkdir(parents=True)
    for model in ("tiny-language.bin", "tiny-table.bin"):
        shutil.copy(ROOT / "conformance" / model, tmp_path / "conformance")
    shutil.copy(ROOT / "conformance/vectors" / f"{name}.misc", old)
    entry = deepcopy(here()["vectors"][f"{name}.misc"])

    def differences() -> list[Difference]:
        (old / "manifest.json").write_text(json.dumps([entry]), encoding="utf-8")
        return list(decoded(tmp_path, ROOT))

    assert differences() == []
    entry["symbols"]["width"] += 1
    [one] = differences()
    assert (str(one.change), one.area, one.name) == ("breaking", "decoding", name) and "width" in one.sentence
