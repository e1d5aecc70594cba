"""The browser inspector on mutated vectors, beside the package: python -m misc_conformance.fuzzing.inspector --count 100000

The files are those of `fuzz` with the same seed. The script of the inspector runs in Node. For each file it must return, find the broken
rules that it says it checks, at the same places as the validator, and give each bit to one field. Needs `node` in the path.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, Final

from misc_format import limits, validate
from misc_format.accounting import account
from misc_format.document import UNREAD, Document, OpenedComponent
from misc_format.errors import MiscError
from misc_format.formatdata import document
from misc_format.page import inspector

from . import campaign, fuzz
from .campaign import Campaign, Checked, require
from .totals import Use

SCRIPT = Path(__file__).with_suffix(".mjs")
LOWERED: Final = ("MAX_MAP_PIXELS", "MAX_ARRAY_VALUES")  # by `fuzz.prepare`
FORMAT: Final = document()
METHODS: Final = {(row["kind"], row["id"]): row for row in FORMAT["methods"]}
# Rules of registry and profile that header and fields are enough to check.
OF_CONTENT: Final = {
    FORMAT["container"]["rules"][name] for name in ("unregistered", "missing_kind", "forbidden_kind", "rate")
}
Issue = list[Any]


class Reader:
    """The script of the inspector in a process of Node, which reads one file after another."""

    def __init__(self, page: str) -> None:
        """Raises `FileNotFoundError` if there is no Node."""
        command = [shutil.which("node") or "node", str(SCRIPT)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._send({"page": page, "limits": {name: getattr(limits, name) for name in LOWERED}})

    def read(self, data: bytes) -> dict[str, Any]:
        """What the inspector finds in a file; "failed" if the script raises an error or does not return."""
        try:
            self._send_line(base64.b64encode(data))
            assert self._process.stdout is not None
            found: dict[str, Any] = json.loads(self._process.stdout.readline())
        except (OSError, ValueError):
            return {"failed": f"Node ended with exit code {self._process.wait()}"}
        return found

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def _send(self, content: Any) -> None:
        self._send_line(json.dumps(content).encode())

    def _send_line(self, line: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + b"\n")
        self._process.stdin.flush()


def issues(data: bytes, found: dict[str, Any]) -> list[Issue]:
    """The broken rules that the inspector should find, in order: those of the validator that it says it checks."""
    opened = Document(data)
    every = [[issue.id, issue.path, issue.bit_offset] for issue in validate(opened).issues]
    known = [[fault.rule, fault.path, fault.bit_offset] for fault in opened.faults]
    for component in opened.components if opened.readable else ():
        known += [
            [fault.rule, fault.path, fault.bit_offset]
            for fault in component.faults
            if _is_claimed(component, fault.rule, fault.bit_offset, found)
        ]
    checked = len(opened.faults) + sum(len(part.faults) for part in (opened.components if opened.readable else ()))
    return [*known, *(issue for issue in every[checked:] if issue[0] in OF_CONTENT)]


def _is_claimed(component: OpenedComponent, rule: str, offset: int | None, found: dict[str, Any]) -> bool:
    """Whether the inspector says that it checks a rule of a component there: not behind where its payload is opaque to it."""
    method = METHODS.get((component.kind, component.place.number))
    if method is None:
        return True
    opaque = found["opaque"].get(component.path)
    return rule in method["structural"] and (opaque is None or (offset or 0) < opaque["start"])


def told(data: bytes, found: dict[str, Any]) -> list[Issue]:
    """The broken rules that the inspector finds, without unregistered numbers in a payload that the validator does not read.

    It does not read a payload that is not canonical. The inspector does not check that, and reads on.
    """
    opened = Document(data)
    unread = {part.path for part in opened.components if part.content is UNREAD} if opened.readable else set()
    unregistered = FORMAT["container"]["rules"]["unregistered"]
    return [
        [rule, path, start]
        for rule, path, start in found["issues"]
        if rule != unregistered or path.partition("/")[0] not in unread
    ]


def check(data: bytes, index: int) -> Checked:
    """Compare what the inspector and the package find in a file. Raises `PropertyError`."""
    found = _reader().read(data)
    if "failed" in found:
        _reader().close()
        _reader.cache_clear()
        require(False, f"the inspector failed: {found['failed']}; {data.hex()}")
    said, expected = told(data, found), issues(data, found)
    if found["cut"]:
        expected = expected[: len(said)]
    require(said == expected, f"inspector: {said}; validator: {expected}; {data.hex()}")
    require(sum(field[2] for field in found["fields"]) == 8 * len(data), f"bits without a field; {data.hex()}")
    opened = Document(data)
    parts = opened.components if opened.readable else ()
    own = {tuple(field) for field in found["fields"]}
    for leaf in (leaf for part in parts for leaf in part.fields()):
        require((*leaf[:3], str(leaf.value), leaf.clause) in own, f"the inspector lacks {leaf}; {data.hex()}")
    try:
        counted = [[part.path, part.kind, part.bits] for part in account(opened).components]
    except MiscError:
        counted = found["account"]
    require(found["account"] == counted, f"inspector: {found['account']}; account: {counted}; {data.hex()}")
    names = {f"{part.kind} {part.method.name}" for part in parts if part.method is not None}
    use = Use(1, int(not expected), (found["seconds"], index))
    return Checked(
        "no broken rule" if not expected else "broken", [rule for rule, _, _ in expected[:1]], dict.fromkeys(names, use)
    )


@cache
def _reader() -> Reader:
    return Reader(inspector())


CAMPAIGN = Campaign(fuzz.file_of, check, fuzz.prepare, "rules were broken first", fuzz.CAMPAIGN.scope)

if __name__ == "__main__":
    sys.exit(campaign.main(CAMPAIGN, "python -m misc_conformance.fuzzing.inspector", __doc__ or ""))
