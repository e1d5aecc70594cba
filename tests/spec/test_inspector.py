"""The inspector reads by the data of `misc spec --json` what the package reads by its code: on every vector, and on damaged files."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import misc_format
from conformance.authoring import users_files
from conformance.authoring.users_files import available
from conformance.fuzzing import fuzz, inspector
from conformance.fuzzing.campaign import PropertyError
from conformance.fuzzing.inspector import Reader, issues
from conformance.suite import Vector, vectors
from misc_format.accounting import account
from misc_format.document import Document
from misc_format.formatdata import document
from misc_format.structure.container import read_structure
from misc_format.testing.mutate import mutated
from tests.needs import needs, program
from tests.sweeps import PARTS, Part

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "spec" / "inspector.html"
ALL = list(vectors())
FORMAT = document()
# Without a model, so that damaged files are decoded in milliseconds.
PLAIN = (
    "text-raw",
    "text-huffman",
    "maps-packed",
    "maps-runlength",
    "maps-jbig2",
    "codes-uniform",
    "codes-adaptive",
    "codes-context",
    "codes-graded",
    "sets",
    "integers",
    "generation-",
    "ancillary-",
    "parts-",
    "private-",
    "container-",
)

ARRAYS = ("codes-uniform", "codes-adaptive", "codes-context", "codes-graded", "sets", "integers")

pytestmark = needs(program("node"))


def read(files: Sequence[bytes]) -> list[dict[str, Any]]:
    """What the inspector finds in files. The page is the one that is committed."""
    reader = Reader(PAGE.read_text(encoding="utf-8"))
    found = [reader.read(data) for data in files]
    reader.close()
    assert not [each["failed"] for each in found if "failed" in each]
    return found


@cache
def of_vectors() -> dict[str, dict[str, Any]]:
    """What the inspector finds in the vectors, by name."""
    return dict(zip((vector.name for vector in ALL), read([vector.data for vector in ALL]), strict=True))


def fields(found: dict[str, Any]) -> Iterator[list[Any]]:
    """The fields that the inspector can read: without opaque codewords."""
    paths = {each["path"] for each in found["opaque"].values()}
    return (field for field in found["fields"] if field[0] not in paths)


@pytest.mark.parametrize("vector", [each for each in ALL if each.conforming], ids=lambda vector: vector.name)
def test_a_conforming_vector(vector: Vector) -> None:
    """Its fields, its bits by component, its text, its packed maps and its uniform codes; no rule that would not be broken."""
    found, expected = of_vectors()[vector.name], vector.expected
    own = list(fields(found))
    # The manifest splits codewords that are opaque to the inspector; what it has of them lies in the rest of the inspector's.
    rests = [field for field in found["fields"] if field not in own]
    inside = [any(rest[1] <= start < rest[1] + rest[2] for rest in rests) for _, start, _, _ in expected["fields"]]
    told = [field for field, is_inside in zip(expected["fields"], inside, strict=True) if not is_inside]
    assert [field[:3] for field in own] == [field[:3] for field in told]
    values = {path: int(value, 16) if path == "header/signature" else value for path, _, _, value, _ in own}
    assert all(str(values[path]) == str(value) for path, _, _, value in told if value is not None)
    structure = read_structure(vector.data)
    clauses = {leaf.path: leaf.clause for leaf in structure.leaves if leaf.path.startswith(("header/", "framing/"))}
    assert clauses.items() <= {field[0]: field[4] for field in own}.items()
    counted = account(vector.data)
    assert found["account"] == [[part.path, part.kind, part.bits] for part in counted.components]
    assert found["bpp"] == counted.bpp
    assert (found["size"], found["profile"]) == ([structure.width, structure.height], structure.profile)
    assert sum(field[2] for field in found["fields"]) == 8 * len(vector.data)
    warnings = [[row["rule"], row["path"], row["bit_offset"]] for row in expected.get("warnings", ())]
    assert found["issues"] == warnings
    _compare_content(found, expected["symbols"])


def _compare_content(found: dict[str, Any], symbols: dict[str, Any]) -> None:
    methods = symbols["methods"]
    text = {"named": [], **symbols["text"]} if methods.get("text") in ("raw", "huffman") else None
    assert found["text"] == text
    assert found["maps"] == (symbols["maps"] if methods.get("maps") in ("packed", "runlength", "jbig2") else [])
    if methods.get("image") in ARRAYS and "image" not in found["opaque"]:
        image = symbols["image"]
        assert found["codes"] == [{name: image[name] for name in ("shape", "values", "alphabet") if name in image}]


@pytest.mark.parametrize("vector", [each for each in ALL if not each.conforming], ids=lambda vector: vector.name)
def test_a_vector_that_breaks_a_rule(vector: Vector) -> None:
    """The same broken rules at the same places, and the same fields before them."""
    found = of_vectors()[vector.name]
    with available():
        assert found["issues"] == issues(vector.data, found)
        opened = Document(vector.data)
        declared = [leaf for part in (opened.components if opened.readable else ()) for leaf in part.fields()]
    own = [tuple(field) for field in found["fields"]]
    assert [leaf for leaf in declared if (*leaf[:3], str(leaf.value), leaf.clause) not in own] == []
    assert sum(field[2] for field in own) == 8 * len(vector.data)


def test_the_vectors_break_the_rules_that_the_document_calls_structural() -> None:
    """Nothing is said to be checked that no vector shows; of the registry there is a warning, too."""
    broken = {rule for found in of_vectors().values() for rule, _, _ in found["issues"]}
    assert broken == {row["id"] for row in FORMAT["rules"] if row["structural"]}


def test_what_no_vector_shows() -> None:
    """A part that is an image without a name and comes last of several; a rate at its limit and above it."""
    codes = misc_format.Codes(np.zeros((2, 2), np.uint32), 4)
    parts = misc_format.Parts(
        tuple(misc_format.ImagePart(role, codes, method="codes-uniform") for role in ("detail", "image"))
    )
    text = misc_format.Text("x" * 21)
    files = [misc_format.write(misc_format.Stream(64, 64, image=parts))] + [
        misc_format.write(misc_format.Stream(width, 250, profile="cmc-text", text=text, methods={"text": "raw"})) for width in (400, 399)
    ]  # fmt: skip
    assert 8 * len(files[1]) * FORMAT["profiles"]["rate_pixels"] == 24 * 400 * 250
    results = read(files)
    for data, found in zip(files, results, strict=True):
        assert found["issues"] == issues(data, found)
    assert [len(found["issues"]) for found in results] == [0, 0, 1]


@PARTS
def test_damaged_files(part: Part) -> None:
    """No damage makes the reader fail, and it finds the broken rules that the package finds."""
    source = random.Random(20)
    plain = [vector for vector in ALL if vector.conforming and vector.name.startswith(PLAIN) and len(vector.data) < 400]
    files = part.of([mutated(vector.data, source) for vector in plain for _ in range(8)])
    assert len(files) > 50
    with available():
        for data, found in zip(files, read(files), strict=True):
            assert found["issues"] == issues(data, found), data.hex()
            assert sum(field[2] for field in found["fields"]) == 8 * len(data)


def test_files_of_the_fuzzer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The campaign compares both, and sees a difference and an inspector that fails."""
    for name, path in users_files.PATHS.items():
        monkeypatch.setenv(name, path)
    verdicts = {inspector.check(fuzz.file_of(20, index), index).verdict for index in range(40)}
    assert verdicts == {"broken", "no broken rule"}
    # Its flags of more parameters are all 0, so the package does not read the generation, whose sampler is not registered.
    assert inspector.check(bytes.fromhex("cd534308281ff1ff0001610061000865"), 0).verdict == "no broken rule"
    # It reads this one, behind which a byte is left, and tells of its model.
    assert inspector.check(bytes.fromhex("cd5343082803f03f000000803f0000008002"), 0).verdict == "broken"
    monkeypatch.setattr(inspector, "issues", lambda data, found: [])
    with pytest.raises(PropertyError, match=r"inspector: .*MISC-CON-001"):
        inspector.check(bytes(8), 0)
    inspector._reader().close()
    with pytest.raises(PropertyError, match="the inspector failed: Node ended"):
        inspector.check(bytes(8), 0)
    with pytest.raises(PropertyError, match=r"inspector: .*MISC-CON-001"):
        inspector.check(bytes(8), 0)  # by a new process


def _varint(value: int) -> bytes:
    groups = [value >> shift & 0x7F for shift in range(0, 35, 7)]
    while len(groups) > 1 and not groups[-1]:
        groups.pop()
    return bytes([*(group | 0x80 for group in groups[:-1]), groups[-1]])


SIGNATURE = bytes.fromhex("cd534308")  # with version 0.2, and half of profile free
ONE_PIXEL = bytes(3)
TEXT, MAPS, IMAGE, ANCILLARY = b"\x20", b"\x10", b"\x04", b"\x02"  # the flag of the only component


def _file(flag: bytes, behind: bytes) -> bytes:
    return SIGNATURE + flag + ONE_PIXEL + behind


def large_private() -> bytes:
    """A file with a private payload of 4 MiB."""
    return _file(IMAGE, b"\xf7\xff" + _varint(2**22 - 2_047) + bytes(2**22))


def test_what_takes_most_time_is_bounded() -> None:
    """Sizes are checked before memory is taken. A file that declares the most, and large files of one byte, take seconds at most."""
    most_codes, more_codes = (
        _file(IMAGE, b"\x50\x00" + _varint(2**32 - 2) + _varint(count - 1)) for count in (2**18, 2**22)
    )
    most_pixels = _file(MAPS, b"\x00\x0e" + 2 * _varint(4_095) + b"\xa5" * 2**21)
    more_pixels = _file(MAPS, b"\x00\xff" + 32 * _varint(65_534))
    texts = [_file(TEXT, method + b"\xff" * 2**20) for method in (b"\x00", b"\x10")]
    frames = _file(ANCILLARY, b"\x70\x00" * 2**20)
    checksum = _file(ANCILLARY, b"\x6f\xff" + _varint(2**22 - 4_095) + bytes(2**22) + b"\xf0\x04" + bytes(4))
    private = large_private()
    files = [most_codes, more_codes, most_pixels, more_pixels, *texts, frames, checksum, private, bytes(2**22), b""]
    results = read(files)
    for data, found in zip(files, results, strict=True):
        assert found["seconds"] < 20, data[:16].hex()
        assert sum(field[2] for field in found["fields"]) == 8 * len(data)
    codes, undecoded, pixels, refused, raw, huffman, cut, damaged, opaque, zeros, nothing = results
    assert [len(each["values"]) for each in codes["codes"]] == [2**18] and undecoded["codes"] == []
    assert [each["columns"] for each in pixels["maps"]] == [4_096] and refused["maps"] == []
    assert [each["issues"][-1][0] for each in (refused, raw, huffman)] == [
        "MISC-MAP-003",
        "MISC-TXT-004",
        "MISC-TXT-004",
    ]
    assert cut["cut"] and len(cut["issues"]) == 1000
    assert ["MISC-ANC-002", "ancillary/checksum", 8 * (len(checksum) - 4)] in damaged["issues"]
    assert opaque["fields"][-1][3] == f"{2**22} bytes" and opaque["issues"] == []
    assert zeros["issues"] == [["MISC-CON-001", "header/signature", 0]]
    assert nothing["issues"] == [["MISC-CON-007", "header/signature", 0]]


def test_maps_and_arrays_of_the_most_values_are_decoded_in_seconds() -> None:
    """Runs of one pixel each, a region of noise, and arrays of noise under models that learn."""
    sides = b"\x0e" + 2 * _varint(4_095)  # one size for all maps, of which there is one
    shortest = _file(MAPS, b"\x10" + sides + b"\x0f" + 2**21 * b"\xff")
    noise = _file(MAPS, b"\x20" + sides + b"\x00" + random.Random(1).randbytes(2**21))
    words = b"\x7f" + random.Random(2).randbytes(2**20)
    context = _file(IMAGE, b"\x80\x10" + _varint(2**16 - 1) + words)
    integers = _file(IMAGE, b"\xb0\x00" + _varint(2**16 - 1) + words)
    adaptive = _file(IMAGE, b"\x70\x10" + _varint(2**18 - 1) + words)
    files = [shortest, noise, context, integers, adaptive]
    results = read(files)
    for data, found in zip(files, results, strict=True):
        assert found["seconds"] < 30, data[:16].hex()
        assert found["issues"] == issues(data, found)
    assert [each["columns"] for found in results[:2] for each in found["maps"]] == [4_096, 4_096]
    assert [len(each["values"]) for found in results[2:] for each in found["codes"]] == [2**16, 2**16, 2**18]
