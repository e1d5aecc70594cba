"""The validator goes on behind a fault, hears its user's wishes, and its reports are what their formats promise."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

import misc_format
from conformance.authoring.breaking import header, patched
from conformance.harness import reports
from conformance.harness.run import STATUSES, Outcome, Result
from conformance.suite import vectors
from misc_format import Ancillary, Generation, Stream, Text
from misc_format.engine.jobs import Validate
from misc_format.engine.pool import MEBIBYTE, NO_LIMITS, Limits
from misc_format.engine.rows import Row
from misc_format.engine.run import Extent, rows
from misc_format.engine.sources import Entry
from misc_format.structure.container import Framed, write_structure
from misc_format.validation import verdicts
from misc_format.validation.validator import ERROR, Issue, Report, ValidationOptions, validate
from misc_format.validation.verdicts import Checked
from tests.needs import LINUX, SARIF, SARIF_SCHEMA, needs

ROOT = Path(__file__).parents[2]
DEMO = (ROOT / "examples" / "coffee.misc").read_bytes()
PADDED = bytes((0x12,)) + bytes(20) + b"\1"  # two maps of 9 x 9, packed, whose padding is not zero
# Attributes and members of each element that the schema of Jenkins's xUnit plugin, junit-10.xsd, has; others' readers take no less.
JUNIT = {
    "testsuites": ("name time tests failures errors", "testsuite"),
    "testsuite": ("name tests failures errors time skipped", "properties testcase system-out system-err"),
    "testcase": ("name time classname", "skipped error failure system-out system-err"),
    "properties": ("", "property"),
    "property": ("name value", ""),
    "system-out": ("", ""),
} | dict.fromkeys(("failure", "error", "skipped"), ("type message", ""))
FAULTY = write_structure(8, 8, 0, {
    "text": Framed(0, b"\xc0\xff\x80\xff\xfe"), "maps": Framed(0, PADDED), "generation": Framed(0, b"\x09\x01\xc8"),
    "image": Framed(14, b"?"),
}, [(3, b""), (6, b"\xff"), (15, b"")])  # fmt: skip


def ids(data: bytes, **wishes: object) -> list[str]:
    return [issue.id for issue in validate(data, ValidationOptions(**wishes)).issues]  # type: ignore[arg-type]


def test_every_component_is_looked_at_and_every_fault_reported() -> None:
    found = [(issue.id, issue.path) for issue in validate(FAULTY).issues]
    assert found == [
        ("MISC-CON-015", "framing/ancillary/0/type"),
        ("MISC-TXT-001", "text/overall"),
        ("MISC-TXT-001", "text/items/0/name"),
        ("MISC-TXT-001", "text/items/0/detail"),
        ("MISC-CON-017", "maps"),
        ("MISC-CON-011", "generation/reserved"),
        ("MISC-GEN-003", "generation/strength"),
        ("MISC-CON-012", "framing/image/method"),
        ("MISC-ANC-003", "ancillary/comment"),
    ]


def test_the_container_is_read_past_its_faults() -> None:
    data = write_structure(8, 8, 1, {"text": Framed(0, b"\xc0")}, [(7, b"\xff"), (6, b"\xff")])
    assert ids(patched_profile(data)) == [
        "MISC-CON-004",
        "MISC-CON-014",
        "MISC-TXT-001",
        "MISC-ANC-003",
        "MISC-ANC-003",
    ]
    wide = header("text", "maps", wide_size=1) + b"\x00\x01\xc0" + b"\x01?"
    assert ids(wide) == ["MISC-CON-005", "MISC-CON-011", "MISC-TXT-001", "MISC-CON-007"]


def patched_profile(data: bytes) -> bytes:
    return patched_bits(data, 30, 4, 14)


def patched_bits(data: bytes, start: int, length: int, value: int) -> bytes:
    shift = 8 * len(data) - start - length
    return (int.from_bytes(data, "big") & ~(((1 << length) - 1) << shift) | value << shift).to_bytes(len(data), "big")


def test_components_before_a_cut_are_looked_at_and_those_behind_count_as_present() -> None:
    data = write_structure(4096, 4096, 3, {"text": Framed(0, b"\xc0"), "image": Framed(15, b"abc")}, [(6, b"abcd")])
    assert ids(data[:-3]) == ["MISC-CON-008", "MISC-TXT-001"]
    assert ids(data[:-8]) == ["MISC-CON-008", "MISC-TXT-001"]


def test_a_profile_is_checked_beside_other_faults() -> None:
    data = write_structure(4096, 4096, 5, {"text": Framed(0, b"word " * 61), "maps": Framed(9, b"")}, [])
    assert ids(data) == ["MISC-CON-012", "MISC-PRO-002", "MISC-PRO-004"]


def test_a_rate_is_a_warning() -> None:
    data = misc_format.write(Stream(100, 24, "cmc-text", text=Text("A cup of coffee.")))
    report = validate(data)
    assert report.verdict == "conforming"
    assert [(issue.id, issue.severity, issue.bit_offset) for issue in report.issues] == [
        ("MISC-PRO-007", "warning", 30)
    ]
    least = -(-8 * len(data) * 10_000 // 24)  # pixels at which the rate is kept
    for pixels, issues in ((least, []), (least - 1, ["MISC-PRO-007"])):
        width, height = next((side, pixels // side) for side in range(4096, 0, -1) if pixels % side == 0)
        if height <= 4096:
            resized = patched(patched(data, "header/width_minus_1", width - 1), "header/height_minus_1", height - 1)
            assert ids(resized) == issues


def test_wishes() -> None:
    everything = ids(FAULTY)
    assert ids(FAULTY, ignore=("MISC-TXT",)) == [rule for rule in everything if not rule.startswith("MISC-TXT")]
    assert ids(FAULTY, only=("MISC-CON-012", "MISC-GEN")) == ["MISC-GEN-003", "MISC-CON-012"]
    few = validate(FAULTY, ValidationOptions(max_issues=2))
    assert [issue.id for issue in few.issues] == everything[:2] and few.truncated and few.verdict == "non-conforming"
    assert not validate(FAULTY, ValidationOptions(max_issues=len(everything))).truncated
    mild = validate(
        FAULTY, ValidationOptions(only=("MISC-CON",), severity={"MISC-CON": "info", "MISC-CON-012": "warning"})
    )
    assert mild.verdict == "conforming" and {issue.severity for issue in mild.issues} == {"info", "warning"}
    assert mild.as_dict()["overrides"] == {
        "only": ["MISC-CON"],
        "severity": {"MISC-CON": "info", "MISC-CON-012": "warning"},
    }


@pytest.mark.parametrize(
    "wishes", [{"ignore": ("MISC-CO",)}, {"only": ("CON",)}, {"severity": {"MISC-CON-001": "bad"}}, {"max_issues": -1}]
)
def test_wishes_that_name_nothing_are_refused(wishes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"rule|severity|negative"):
        ValidationOptions(**wishes)  # type: ignore[arg-type]


def checked() -> list[Checked]:
    unread = Report(ERROR, (Issue(None, "error", "", None, "", "x: No such file"),))  # type: ignore[arg-type]
    rows = [DEMO, FAULTY, misc_format.write(Stream(4, 4, text=Text("a"), generation=Generation(model=99)))]
    names = ("demo.misc", "f\x00lty name.misc", "warned.misc")
    found = [Checked(name, validate(data), 0.1) for name, data in zip(names, rows, strict=True)]
    return [
        *found,
        Checked("x", unread),
        Checked("wished", validate(FAULTY, ValidationOptions(ignore=("MISC-TXT",), max_issues=1))),
    ]


def test_json_keeps_its_schema_and_the_schema_refuses_others() -> None:
    schema = verdicts.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    documents = json.loads(json.dumps(verdicts.as_json(checked(), "1.2.3")))
    validator.validate(documents)
    assert [document["verdict"] for document in documents] == [
        "conforming", "non-conforming", "conforming", "error", "non-conforming",
    ]  # fmt: skip
    for key, value in (("verdict", "bad"), ("sha256", None), ("issues", [{"id": "MISC-CON-001"}])):
        assert not validator.is_valid([documents[1] | {key: value}])
    assert not validator.is_valid([documents[1] | {"verdict": "conforming"}])


def test_sarif_has_results_rules_digests_and_faults() -> None:
    [run] = verdicts.as_sarif(checked(), "1.2.3")["runs"]
    driver = run["tool"]["driver"]
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert {result["level"] for result in run["results"]} == {"error", "warning"}
    first = run["results"][0]["locations"][0]["physicalLocation"]
    assert first["artifactLocation"] == {"uri": "f%00lty%20name.misc", "index": 1}
    assert first["region"]["byteOffset"] * 8 <= run["results"][0]["properties"]["bitOffset"]
    assert len(run["artifacts"]) == 5 and len(run["artifacts"][0]["hashes"]["sha-256"]) == 64
    assert run["artifacts"][0]["properties"] == {"verdict": "conforming", "selfDeclared": []}
    private = misc_format.write(Stream(4, 4, text=misc_format.Opaque(b"mine")))
    [other] = verdicts.as_sarif([Checked("private.misc", validate(private))], "1.2.3")["runs"]
    assert other["artifacts"][0]["properties"]["selfDeclared"] == ["text"]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert len(run["invocations"][0]["toolExecutionNotifications"]) == 1


@needs(SARIF)
def test_sarif_keeps_its_schema() -> None:
    validator = jsonschema.Draft4Validator(json.loads(SARIF_SCHEMA.read_text()))
    document = json.loads(json.dumps(verdicts.as_sarif(checked(), "1.2.3")))
    validator.validate(document)
    assert not validator.is_valid(document | {"version": "2.0.0"})


def run_of_every_status() -> str:
    results = [Result(next(vectors()), "decode", status, "why") for status in STATUSES]
    return reports.as_junit(Outcome({"name": "theirs"}, results))


@pytest.mark.parametrize("written", [lambda: verdicts.as_junit(checked(), "1.2.3"), run_of_every_status])
def test_junit_has_what_others_read(written: Callable[[], str]) -> None:
    for element in ElementTree.fromstring(written()).iter():
        attributes, members = JUNIT[element.tag]
        assert set(element.keys()) <= set(attributes.split())
        assert {member.tag for member in element} <= set(members.split())


def test_junit_is_xml_and_counts() -> None:
    suites = ElementTree.fromstring(verdicts.as_junit(checked(), "1.2.3"))
    assert {key: suites.get(key) for key in ("tests", "failures", "errors")} == {
        "tests": "5",
        "failures": "2",
        "errors": "1",
    }
    cases = suites.findall("testsuite/testcase")
    assert [case.find("failure") is not None for case in cases] == [False, True, False, False, True]
    assert cases[1].get("name") == r"f\x00lty name.misc"
    assert "MISC-GEN-002" in (cases[2].findtext("system-out") or "")


def check(paths: list[Path], jobs: int | None = None, limits: Limits = NO_LIMITS) -> list[Row]:
    entries = [Entry(0, str(path.parent), path.name) for path in paths]
    return list(rows(entries, Validate(), Extent.of(entries), jobs, limits))


def why(row: Row) -> str | None:
    assert row.report is None and row.problem is not None
    return row.problem.id or row.problem.sentence


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    (tmp_path / "demo.misc").write_bytes(DEMO)
    return tmp_path / "demo.misc"


def test_a_missing_file_and_a_fault_of_ours_are_no_verdict(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [row] = check([demo.with_name("none")])
    assert "No such file" in str(why(row))
    monkeypatch.setattr(misc_format, "validate_many", lambda files, wishes: [].pop())
    [row] = check([demo])
    assert "IndexError" in str(why(row))


def out_of_memory(files: list[bytes], wishes: ValidationOptions) -> list[Report]:
    raise MemoryError


def test_want_of_memory_is_a_limit(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(misc_format, "validate_many", out_of_memory)
    [row] = check([demo])
    assert why(row) == "MISC-RES-002" and row.problem is not None and row.problem.kind == "limit"


def test_files_in_processes_of_their_own_and_a_timeout(demo: Path) -> None:
    (demo.parent / "faulty.misc").write_bytes(FAULTY)
    found = check([demo, demo.with_name("faulty.misc"), demo.with_name("none")], 2)
    assert found[0].report == validate(DEMO) and found[1].report == validate(FAULTY)
    assert "No such file" in str(why(found[2]))
    [late] = check([demo], 1, Limits(seconds=0.000001))
    assert why(late) == "MISC-RES-003"


@needs(LINUX)
def test_memory_is_limited(demo: Path) -> None:
    hungry = demo.with_name("hungry.misc")
    hungry.write_bytes(write_structure(4096, 4096, 0, {"maps": Framed(2, bytes(2))}, []))  # 2^24 pixels
    found = check([hungry, demo], 1, Limits(8 * MEBIBYTE))
    assert why(found[0]) == "MISC-RES-002"
    assert found[1].report is not None or why(found[1]) == "MISC-RES-002"


@pytest.mark.parametrize("side", [1, 64, 512])
def test_memory_of_hostile_files(side: int) -> None:
    """The bound of clause 20: 64 MiB and 16 bytes a declared sample, the program's own tables apart."""
    rows = (((kind, number), b"") for kind in ("maps", "image") for number in range(3))
    for (kind, number), _ in rows:
        data = write_structure(side, side, 0, {"text": Framed(0, b""), kind: Framed(number, bytes(40))}, [(15, b"")])
        validate(data)
        tracemalloc.start()
        validate(data)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak <= 64 * 2**20 + 16 * side * side


@pytest.mark.parametrize(
    ("members", "wrong"),
    [("35", [("MISC-CON-015", 0), ("MISC-CON-007", 4)]), ("70006f", [("MISC-CON-014", 16), ("MISC-CON-007", 20)])],
)
def test_the_type_of_a_member_is_checked_even_where_its_frame_is_cut_short(
    members: str, wrong: list[tuple[str, int]]
) -> None:
    data = write_structure(512, 512, 0, {"text": Framed(0, b"a")}, [(7, b"")])
    start = len(data) - 2
    issues = validate(data[:start] + bytes.fromhex(members)).issues
    assert [(issue.id, issue.bit_offset) for issue in issues] == [(rule, 8 * start + place) for rule, place in wrong]


def test_the_ancillary_list_is_read_past_a_broken_member() -> None:
    data = misc_format.write(Stream(4, 4, text=Text("a"), ancillary=(Ancillary(6, b"x"), Ancillary(15))))
    assert ids(data[:-1] + bytes((data[-1] ^ 1,))) == ["MISC-ANC-002"]
