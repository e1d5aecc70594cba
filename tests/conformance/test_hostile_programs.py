"""Whatever a tested program does, it costs one fault in time; nothing of it is left, and the memory of the harness is bounded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.commands import app
from conformance.harness.decoder_process import DecoderProcess
from conformance.harness.protocol import MAX_REPLY, Fault
from conformance.harness.run import MAX_MESSAGE, Outcome, run
from conformance.suite import vectors
from tests.needs import LINUX, needs

pytestmark = needs(LINUX)

ROOT = Path(__file__).parents[2]
SMALL = [vector for vector in vectors() if vector.name in ("text-raw-one-letter", "bad-text-not-utf8", "text-raw")]
[BROKEN] = [vector for vector in SMALL if vector.name.startswith("bad-")]
TIMEOUT = 2.0
# It replies rightly to all requests but one: to decode the broken file.
PROGRAM = f"""
import json, os, signal, subprocess, sys, time
for line in sys.stdin:
    request = json.loads(line)
    seq, op = request["seq"], request["op"]
    right = {{"verdict": "conforming"}}
    if request.get("name") == "{BROKEN.name}":
        right = {{"verdict": "non-conforming", "issues": [{{"rule": "{BROKEN.expected["rule"]}"}}]}}
    reply = {{"seq": seq, "result": {{"name": "fake", "claims": ["rule"]}} if op == "start" else right}}
    if op == "decode" and "issues" in right:
        ANSWER
    print(reply if isinstance(reply, str) else json.dumps(reply), flush=True)
    if op == "stop":
        break
"""
CHILD = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', __file__]{})"
CONFORMING = "reply['result'] = {'verdict': 'conforming', 'issues': "
FAULTS = {  # what a program does, and what the fault says
    "closes stdout and sleeps": ("os.close(1); time.sleep(600)", "closed its standard output"),
    "leaves a child with its pipes": (f"{CHILD.format('')}; os._exit(3)", "exit code 3"),
    "leaves a child outside its session": (f"{CHILD.format(', start_new_session=True')}; os._exit(3)", "exit code 3"),
    "has a child that writes": (f"{CHILD.format('')}; time.sleep(600)", "no reply to decode"),
    "never replies": ("time.sleep(600)", "no reply to decode in 2 seconds"),
    "ignores signals": ("[signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]; time.sleep(600)", "no reply"),
    "stops itself": ("os.kill(os.getpid(), signal.SIGSTOP)", "no reply"),
    "floods stderr": ("\n        while True: os.write(2, b'x' * 65536)", "no reply"),
    "floods stdout": ("\n        while True: os.write(1, b'x' * 65536)", f"more than {MAX_REPLY:,} bytes"),
    "floods stdout with lines": ("\n        while True: os.write(1, b'{}\\n' * 65536)", "does not echo seq"),
    "writes a long line": (f"reply = ' ' * {MAX_REPLY + 1}", f"more than {MAX_REPLY:,} bytes"),
    "dies with a long message": ("sys.exit('\\x1b' + 'x' * 10**6)", "exit code 1: xxx"),
    "writes a bomb": ("reply = '[' * 1_000_000", "not a line of JSON"),
    "writes a deep value": ("reply['result'] = json.loads('[' * 900 + ']' * 900)", "not object"),
    "writes deep issues": (f"{CONFORMING}json.loads('[' * 900 + ']' * 900)}}", "not an object"),
    "writes NaN": ("reply = f'{{\"seq\": {seq}, \"result\": NaN}}'", "NaN is no number"),
    "writes a huge integer": ("reply = '{\"seq\": 1' + '0' * 5000 + '}'", "not a line of JSON"),
    "writes a key twice": ("reply = f'{{\"seq\": {seq}, \"result\": {{}}, \"result\": {{}}}}'", "has a key twice"),
    "writes what is not UTF-8": ("os.write(1, b'\\xff\\n')", "not a line of JSON"),
    "echoes true": ("reply['seq'] = True", "does not echo seq"),
    "echoes a fraction": ("reply['seq'] = float(seq)", "does not echo seq"),
    "errs with half a character": ("reply = {'seq': seq, 'errored': '\\ud800'}", "as errored, not text"),
    "skips with a number": ("reply = {'seq': seq, 'skipped': 5}", "as skipped, not text"),
    "reports a number": ("reply['result'] = 7", "7 as result, not object"),
    "reports nothing": ("reply['result'] = {}", "has no verdict"),
    "reports a list as the verdict": ("reply['result'] = {'verdict': ['conforming']}", "as verdict"),
    "reports half a character": ("reply['result'] = {'verdict': '\\ud800'}", "as verdict"),
    "reports issues as a number": (f"{CONFORMING}7}}", "7 as issues, not array"),
    "reports an issue as a number": (f"{CONFORMING}[7]}}", "issue 0 in the result of decode is 7"),
    "reports an issue without a rule": (f"{CONFORMING}[{{}}]}}", "has no rule"),
    "reports a list as the rule": (f"{CONFORMING}[{{'rule': []}}]}}", "[] as rule, not text"),
    "reports a place as text": (f"{CONFORMING}[{{'rule': '', 'bit_offset': '1'}}]}}", "as bit_offset"),
}  # fmt: skip


def decoder(tmp_path: Path, program: str, timeout: float = TIMEOUT) -> DecoderProcess:
    path = tmp_path / "decoder.py"
    path.write_text(program)
    return DecoderProcess([sys.executable, "-ISX", "faulthandler", str(path)], timeout=timeout)


def left(tmp_path: Path) -> list[int]:
    """The processes that name a file of the folder. Those of the caller do not."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            try:
                command, status = (entry / "cmdline").read_bytes(), (entry / "stat").read_text()
            except OSError:  # it has gone
                continue
            if f"{tmp_path}/decoder.py".encode() in command and status.rpartition(")")[2].split()[0] not in "ZX":
                found.append(int(entry.name))
    return found


def becomes_true(holds: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not (met := holds()) and time.monotonic() < end:
        time.sleep(0.05)
    return met


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize(("answer", "message"), FAULTS.values(), ids=FAULTS)
def test_what_a_program_does_is_one_fault_in_time(answer: str, message: str, tmp_path: Path) -> None:
    before, began = open_files(), time.monotonic()
    found: Outcome = run(decoder(tmp_path, PROGRAM.replace("ANSWER", answer)), SMALL)
    assert time.monotonic() - began < TIMEOUT + 10
    assert open_files() == before
    results = {(result.vector.name, result.op): result for result in found.results}
    fault = results.pop((BROKEN.name, "decode"))
    assert [result.message for result in results.values() if result.status != "passed"] == []
    assert fault.status == "fault" and message in fault.message and len(fault.message) <= MAX_MESSAGE, fault.message
    children = left(tmp_path)
    if "start_new_session" in answer:  # a process that leaves the group is not found; it only must not delay the run
        [child] = children
        os.kill(child, signal.SIGKILL)
    else:
        assert children == []


STARTS = {
    "claims a number": ({"name": "fake", "claims": 5}, "5 as claims"),
    "claims text": ({"name": "fake", "claims": "rule"}, "as claims"),
    "claims a list": ({"name": "fake", "claims": [[]]}, "as claims"),
    "claims what is not known": ({"name": "fake", "claims": ["speed"]}, "as claims"),
    "has a number as its name": ({"name": 5}, "5 as name"),
    "has no name": ({}, "has no name"),
    "has an empty name": ({"name": ""}, "as name"),
    "has a long name": ({"name": "x" * 1_000_000}, "as name"),
    "has a list as its version": ({"name": "fake", "version": []}, "as version"),
}


@pytest.mark.parametrize(("info", "message"), STARTS.values(), ids=STARTS)
def test_a_program_that_introduces_itself_wrongly_is_a_fault(info: object, message: str, tmp_path: Path) -> None:
    program = f"import json\nprint(json.dumps({{'seq': 1, 'result': {info!r}}}), flush=True)\ninput()\ninput()\n"
    with pytest.raises(Fault, match="the result of start") as caught:
        run(decoder(tmp_path, program), SMALL)
    assert message in str(caught.value) and len(str(caught.value)) < MAX_MESSAGE
    assert left(tmp_path) == []


def test_a_program_that_claims_less_after_a_fault_is_a_fault(tmp_path: Path) -> None:
    """What is compared is said once for the whole run."""
    program = PROGRAM.replace("for line", "again = os.path.exists(__file__ + '.again')\nfor line", 1)
    program = program.replace('["rule"]', '[] if again else ["rule"]')
    found = run(decoder(tmp_path, program.replace("ANSWER", "open(__file__ + '.again', 'w'); os._exit(1)")), SMALL)
    assert {result.message for result in found.results if "another result of start" in result.message}


def test_a_request_that_is_not_read_ends_at_the_timeout(tmp_path: Path) -> None:
    program = r"""
import os, time
while os.read(0, 1) != b"\n":
    pass
os.write(1, b'{"seq": 1, "result": {"name": "fake", "claims": []}}\n')
time.sleep(600)
"""
    began = time.monotonic()
    with decoder(tmp_path, program) as one:
        one.start()
        with pytest.raises(Fault, match="no reply to decode in 2 seconds"):
            one.ask("decode", data="x" * 2**23)
        assert time.monotonic() - began < TIMEOUT + 5 and left(tmp_path) == []


def test_a_flood_does_not_fill_memory(tmp_path: Path) -> None:
    """Of stdout before and after a right reply, and of stderr: in a process with little more memory than it needs."""
    flood = "os.write(2, b'x' * 2**16); " * 100 + "os.write(1, json.dumps(reply).encode() + b'\\n' + b'x' * 2**28)"
    decoder(tmp_path, PROGRAM.replace("ANSWER", flood))
    code = (
        "import resource, sys; from conformance.harness.run import *; from conformance.suite import vectors\n"
        f"small = [vector for vector in vectors() if vector.name in {[vector.name for vector in SMALL]!r}]\n"
        "used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + 2**27, used + 2**27))\n"
        f"found = run(DecoderProcess([sys.executable, '-IS', {str(tmp_path / 'decoder.py')!r}], timeout=4), small)\n"
        "print([(result.status, result.message) for result in found.results])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stdout.count("'passed'") >= 4, done.stdout + done.stderr


def test_an_interrupt_leaves_no_program_behind(tmp_path: Path) -> None:
    """Ctrl-C, which a terminal sends to the harness alone: the program has a session of its own."""
    decoder(tmp_path, PROGRAM.replace("ANSWER", f"{CHILD.format('')}; time.sleep(600)"))
    code = (
        "import signal, sys; from conformance.harness.run import *; from conformance.suite import vectors\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a job in the background ignores the signal
        f"run(DecoderProcess([sys.executable, {str(tmp_path / 'decoder.py')!r}]), [v for v in vectors() if v.name == {BROKEN.name!r}])"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert becomes_true(lambda: len(set(left(tmp_path)) - {process.pid}) == 2, 60)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert errors.endswith("KeyboardInterrupt\n"), errors
    assert left(tmp_path) == []


@pytest.mark.parametrize("command", ["", "   ", "decoder '", "/", str(ROOT / "README.md")])
def test_a_command_that_is_none_is_told_from_an_internal_error(command: str) -> None:
    result = CliRunner().invoke(app, ["run", "--only", BROKEN.name, "--cmd", command])
    assert result.exit_code in (2, 3) and "internal" not in result.output, result.output
