"""Decoders in the harness: right and wrong replies, and everything that is no reply."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from conformance.commands import app
from conformance.harness import adapter, reports
from conformance.harness.decoder_process import DecoderProcess
from conformance.harness.protocol import Fault
from conformance.harness.run import Outcome, run
from conformance.suite import MODELS, Vector, vectors

VECTORS = {vector.name: vector for vector in vectors()}
SMALL = [VECTORS[name] for name in ("text-raw-one-letter", "bad-text-not-utf8", "generation-unregistered")]
# What a program does with the request of this number, as a Python expression of `seq`, `op` and `request`.
PROGRAM = """
import json, os, sys, time
for line in sys.stdin:
    request = json.loads(line)
    seq, op = request["seq"], request["op"]
    reply = {"seq": seq, "result": {"name": "fake", "claims": CLAIMS} if op == "start" else {}}
    if op in ("decode", "validate"):
        ANSWER
    print(reply if isinstance(reply, str) else json.dumps(reply), flush=True)
    if op == "stop":
        break
"""


def outcome(tmp_path: Path, answer: str, claims: object = (), timeout: float = 20.0) -> Outcome:
    program = tmp_path / "decoder.py"
    program.write_text(PROGRAM.replace("ANSWER", answer).replace("CLAIMS", repr(list(claims))))
    return run(DecoderProcess([sys.executable, str(program)], timeout=timeout), SMALL)


def statuses(found: Outcome) -> list[str]:
    return [result.status for result in found.results]


def test_the_reference_decoder_passes_like_any_other() -> None:
    decoder = DecoderProcess([sys.executable, "-m", adapter.__name__], [path.read_bytes() for path in MODELS], 600)
    chosen = [
        *SMALL,
        VECTORS["text-language-own-one-letter"],
        VECTORS["grid-one-cell"],
        VECTORS["maps-packed-one-size"],
    ]
    found = run(decoder, chosen)
    assert [result.message for result in found.results] == [""] * 2 * len(chosen)
    assert found.counts == {"passed": 2 * len(chosen)}
    assert found.unclaimed == []


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("os._exit(3)", "exit code 3"),
        ("raise SystemError('lost')", "lost"),
        ("reply = 'verdict: fine'", "not a line of JSON"),
        ("reply['seq'] += 1", "does not echo seq"),
        ("reply = {'seq': seq}", "must have exactly one of result, skipped, errored"),
        ("reply = [1]", "does not echo seq"),
        ("reply['result'] = 7", "7 as result, not object"),
        ("reply['result'] = {'verdict': 'non-conforming', 'issues': 7}", "7 as issues, not array of issues"),
    ],
)
def test_what_is_no_answer_is_a_fault_and_the_run_goes_on(answer: str, message: str, tmp_path: Path) -> None:
    found = outcome(tmp_path, answer, ["rule"])
    faults = [result for result in found.results if result.status == "fault"]
    assert faults and all(message in result.message for result in faults)
    assert len(found.results) == 2 * len(SMALL)


def test_a_decoder_that_hangs_is_stopped(tmp_path: Path) -> None:
    found = outcome(tmp_path, "time.sleep(60) if request['name'] == 'bad-text-not-utf8' else None", timeout=2.0)
    assert [result.message for result in found.results if "no reply" in result.message]


def test_skipped_and_errored_are_no_passes(tmp_path: Path) -> None:
    answer = "reply = {'seq': seq, 'skipped' if op == 'decode' else 'errored': 'why'}"
    found = outcome(tmp_path, answer)
    assert statuses(found) == ["skipped", "errored"] * len(SMALL)
    assert {result.message for result in found.results} == {"why"}


def test_a_wrong_verdict_fails_whatever_is_claimed(tmp_path: Path) -> None:
    found = outcome(tmp_path, "reply['result'] = {'verdict': 'conforming'}")
    assert statuses(found) == ["passed", "passed", "failed", "failed", "passed", "passed"]
    assert found.unclaimed == ["rule", "place", "symbols", "bits", "fields", "warnings"]


@pytest.mark.parametrize(
    ("claim", "issue", "status"),
    [
        ("rule", {"rule": "MISC-TXT-001"}, "passed"),
        ("rule", {"rule": "MISC-TXT-002"}, "failed"),
        ("place", {"rule": "MISC-TXT-001", "bit_offset": 88, "path": "text/overall"}, "passed"),
        ("place", {"rule": "MISC-TXT-001", "bit_offset": 89, "path": "text/overall"}, "failed"),
        ("place", {"rule": "MISC-TXT-001", "bit_offset": 88, "path": "text"}, "failed"),
    ],
)
def test_rule_and_place_of_a_broken_file_are_compared(claim: str, issue: object, status: str, tmp_path: Path) -> None:
    answer = f"reply['result'] = {{'verdict': 'non-conforming', 'issues': [{issue!r}]}}"
    found = outcome(tmp_path, answer, ["rule", claim])
    assert statuses(found)[2:4] == [status, status]


def test_symbols_are_compared_and_the_first_difference_is_named(tmp_path: Path) -> None:
    expected = SMALL[0].expected["symbols"] | {"text": {"overall": "f", "items": []}}
    found = outcome(
        tmp_path, f"reply['result'] = {{'verdict': 'conforming', 'issues': [], 'symbols': {expected!r}}}", ["symbols"]
    )
    assert found.results[0].status == "failed"
    assert found.results[0].message == "symbols/text/overall is f, not e"


def test_warnings_are_compared(tmp_path: Path) -> None:
    found = outcome(tmp_path, "reply['result'] = {'verdict': 'conforming', 'issues': []}", ["warnings"])
    assert statuses(found)[-2:] == ["failed", "failed"] and "MISC-GEN-002" in found.results[-1].message


@pytest.mark.parametrize("rule,status", [("MISC-PRO-007", "failed"), ("OWN-001", "passed")])
def test_a_warning_that_a_file_does_not_deserve_is_wrong(tmp_path: Path, rule: str, status: str) -> None:
    issue = {"rule": rule, "severity": "warning"}
    found = outcome(tmp_path, f"reply['result'] = {{'verdict': 'conforming', 'issues': [{issue!r}]}}", ["warnings"])
    assert statuses(found)[:2] == [status, status]


def test_a_program_that_is_not_there_is_a_fault_before_anything_is_tried() -> None:
    with pytest.raises(Fault, match="cannot be started"):
        run(DecoderProcess("/nowhere/decoder"), SMALL)
    assert CliRunner().invoke(app, ["run", "--cmd", "/nowhere/decoder"]).exit_code == 3


def test_a_program_that_says_nothing_of_itself_is_a_fault(tmp_path: Path) -> None:
    program = tmp_path / "mute.py"
    program.write_text("print('{}')")
    with pytest.raises(Fault, match="does not echo seq"):
        run(DecoderProcess([sys.executable, str(program)]), SMALL)


def test_results_by_requirement_and_profile_as_json_junit_and_badge(tmp_path: Path) -> None:
    found = outcome(
        tmp_path, "reply = {'seq': seq, 'errored': 'a \\x00 b'} if op == 'validate' else {**reply, 'skipped': ''}"
    )
    found = found._replace(
        results=[*found.results, *outcome(tmp_path, "reply['result'] = {'verdict': 'conforming'}").results]
    )
    document = json.loads(json.dumps(reports.document(found)))
    assert sum(document["counts"].values()) == len(found.results) == 4 * len(SMALL)
    assert document["requirements"]["MISC-TXT-001"]["failed"] == 2
    assert document["profiles"]["free"]["passed"] == 4
    [suite] = ElementTree.fromstring(reports.as_junit(found).encode())
    assert suite.get("failures") == str(len(suite.findall("testcase/failure"))) == "2"
    assert suite.get("errors") == str(len(suite.findall("testcase/error")))
    assert ElementTree.fromstring(reports.badge(found)).get("aria-label") == f"MISC 0.2: 4 / {4 * len(SMALL)}"


@pytest.mark.parametrize(("claimed", "counted", "code"), [("rule", "failed", 1), ("", "passed", 1)])
def test_command_tells_wrong_answers_by_its_exit_code(claimed: str, counted: str, code: int, tmp_path: Path) -> None:
    program = tmp_path / "decoder.py"
    answer = "reply['result'] = {'verdict': 'conforming'}"
    program.write_text(PROGRAM.replace("ANSWER", answer).replace("CLAIMS", repr([claimed] * bool(claimed))))
    badge = tmp_path / "badge.svg"
    command = ["run", "--cmd", f"{sys.executable} {program}", "--only", "*one-letter", "--json", "--badge", str(badge)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["counts"]["passed"] == 8 and "8 / 8" in badge.read_text()
    result = CliRunner().invoke(app, [*command[:4], "bad-text-not-utf8", "--format", "junit"])
    assert result.exit_code == code and "<failure" in result.stdout
    table = CliRunner().invoke(app, [*command[:4], "bad-text-not-utf8"])
    assert "what went wrong, 2 of 2" in table.stdout and counted


def test_no_vector_of_that_name_is_wrong_usage() -> None:
    assert CliRunner().invoke(app, ["run", "--only", "nothing"]).exit_code == 2


def test_vectors_are_read_without_the_format() -> None:
    assert isinstance(SMALL[0], Vector) and SMALL[0].profile == "free" and "MISC-TXT-001" in SMALL[0].requirements


CLASS_VECTORS = {
    name: VECTORS[name]
    for name in (
        "text-raw-one-letter", "bad-container-ancillary-order", "bad-text-not-utf8", "bad-maps-packed-padding",
        "bad-profile-items", "ancillary-every-type",
    )
}  # fmt: skip


def by_class(tmp_path: Path, claimed: str, answer: str) -> dict[str, dict[str, int]]:
    """The results by class of a program that decodes with the reference decoder, then changes its answer."""
    program = tmp_path / "decoder.py"
    program.write_text(
        "from misc_conformance.harness.adapter import _decode\n"
        + PROGRAM.replace("ANSWER", f"result = _decode(request); {answer}; reply['result'] = result").replace(
            '"claims": CLAIMS', f'"class": {claimed!r}'
        )
    )
    found = run(DecoderProcess([sys.executable, str(program)], timeout=60.0), CLASS_VECTORS.values())
    return {tally.name: dict(tally.counts) for tally in found.by_class()}


LENIENT = (
    "result = {'verdict': 'conforming', 'issues': [], 'symbols': {}, 'bits': {}, 'fields': []} if RULES else result"
)
SHALLOW = """
        parts = {}
        for path, bits in result.get('bits', {}).items():
            part = path if path.startswith('ancillary/') else path.split('/')[0]
            parts[part] = parts.get(part, 0) + bits
        result = {'verdict': result['verdict'], 'issues': result['issues'], 'bits': parts}"""


def accepting(*families: str) -> str:
    """A program that accepts files that break a rule of these families."""
    return LENIENT.replace("RULES", f"any(issue['rule'].startswith({families!r}) for issue in result['issues'])")


def test_a_decoder_need_not_find_what_only_a_validator_has_to_find(tmp_path: Path) -> None:
    lenient = accepting("MISC-PRO", "MISC-CON-017")
    assert by_class(tmp_path, "decoder", lenient) == {"reader": {"passed": 2}, "decoder": {"passed": 10}}
    assert by_class(tmp_path, "validator", lenient)["validator"] == {"failed": 4}
    assert by_class(tmp_path, "decoder", accepting("MISC-TXT"))["decoder"] == {"passed": 8, "failed": 2}


def test_a_reader_counts_without_decoding(tmp_path: Path) -> None:
    lenient = accepting("MISC-PRO", "MISC-CON-017", "MISC-TXT") + SHALLOW
    assert by_class(tmp_path, "reader", lenient) == {"reader": {"passed": 12}}
    assert by_class(tmp_path, "reader", accepting("MISC-CON-014") + SHALLOW)["reader"] == {"passed": 10, "failed": 2}
    wrong = lenient + "\n        result['bits']['text'] = 1"
    assert by_class(tmp_path, "reader", wrong)["reader"]["failed"] == 2
