"""The protocol between the harness and a decoder: what a reply must look like (docs/conformance.md)."""

from __future__ import annotations

import json
import reprlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from misc_format.system.text import has_surrogates

from .classes import CLASSES

PROTOCOL = 1
FORMAT = "0.2"
CLAIMS = ("rule", "place", "symbols", "bits", "fields", "warnings")
VERDICTS = ("conforming", "non-conforming")
SEVERITIES = ("error", "warning")
MAX_REPLY = 2**22  # bytes; the longest right reply has 13 kB
MAX_NAME = 200  # characters
MAX_SHOWN = 200  # characters of a value, in a message

Check = Callable[[Any], bool]


class Fault(Exception):
    """The program broke the protocol: it crashed, took too long, or wrote something that is not a valid reply."""


class Key(NamedTuple):
    """A key of a JSON object: its form in words, a check of its value, and whether it must be there."""

    name: str
    form: str
    check: Check
    required: bool = False


def _is_text(value: Any) -> bool:
    return type(value) is str and not has_surrogates(value)


def _is_name(value: Any) -> bool:
    return _is_text(value) and 0 < len(value) <= MAX_NAME


def _is_integer(value: Any) -> bool:
    return type(value) is int


def _one_of(*allowed: str) -> Check:
    return lambda value: type(value) is str and value in allowed


def _is_array_of_claims(value: Any) -> bool:
    return type(value) is list and all(type(claim) is str and claim in CLAIMS for claim in value)


def _is_object_of_integers(value: Any) -> bool:
    return type(value) is dict and all(map(_is_integer, value.values()))


def _is_field(value: Any) -> bool:
    if type(value) is not list or len(value) != 4:
        return False
    path, offset, length, number = value
    return type(path) is str and _is_integer(offset) and _is_integer(length) and (number is None or _is_integer(number))


TEXT = "text"
NAME = f"text of 1 to {MAX_NAME} characters"
REPLY = (
    Key("seq", "the number of the request", _is_integer, required=True),
    Key("result", "object", lambda value: type(value) is dict),
    Key("skipped", TEXT, _is_text),
    Key("errored", TEXT, _is_text),
)
ANSWERS = ("result", "skipped", "errored")  # a reply has one of them
START = (
    Key("name", NAME, _is_name, required=True),
    Key("version", NAME, _is_name),
    Key("class", ", ".join(f"`{name}`" for name in CLASSES), _one_of(*CLASSES)),
    Key("claims", "array of claims", _is_array_of_claims),
)
RESULT = (
    Key("verdict", " or ".join(f"`{verdict}`" for verdict in VERDICTS), _one_of(*VERDICTS), required=True),
    Key("issues", "array of issues", lambda value: type(value) is list),
    Key("symbols", "object", lambda value: type(value) is dict),
    Key("bits", "object of integers", _is_object_of_integers),
    Key(
        "fields",
        "array of arrays: path, first bit, number of bits, value or null",
        lambda value: type(value) is list and all(map(_is_field, value)),
    ),
)
ISSUE = (
    Key("rule", TEXT, _is_text, required=True),
    Key("severity", " or ".join(f"`{severity}`" for severity in SEVERITIES), _one_of(*SEVERITIES)),
    Key("bit_offset", "integer or null", lambda value: value is None or _is_integer(value)),
    Key("path", TEXT, _is_text),
)
FORMS = {  # the table of docs/conformance.md
    "reply": REPLY,
    "result of `start`": START,
    "result of `decode` and `validate`": RESULT,
    "issue": ISSUE,
}
PLACE = ("bit_offset", "path")  # required of each issue by a decoder that claims `place`
CONTENT = ("symbols", "bits", "fields")  # each is a claim, and required of a conforming file by a decoder that makes it


def parsed(line: bytes, seq: int, op: str) -> dict[str, Any]:
    """The reply to a request. Raises `Fault` if the line is not a JSON object of the form `REPLY`."""
    try:
        reply = json.loads(line, parse_constant=_no_number, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        reason = f" ({error})" if isinstance(error, _NotJsonError) else ""
        raise Fault(f"the reply to {op} is not a line of JSON{reason}: {_shown_line(line)}") from None
    if type(reply) is not dict or not _is_integer(reply.get("seq")) or reply["seq"] != seq:
        raise Fault(f"the reply to {op} does not echo seq {seq}: {_shown_line(line)}")
    if sum(name in reply for name in ANSWERS) != 1:
        raise Fault(f"the reply to {op} must have exactly one of {', '.join(ANSWERS)}: {_shown_line(line)}")
    _check(reply, REPLY, f"the reply to {op}")
    return reply


def check_start(result: dict[str, Any]) -> None:
    """Raise `Fault` unless this is a result of the request `start`."""
    _check(result, START, "the result of start")


def check_result(result: dict[str, Any], op: str, claims: Sequence[str]) -> None:
    """Raise `Fault` unless this is a result of `op`, one of `decode` and `validate`, from a decoder with these claims."""
    about = f"the result of {op}"
    complete = op == "decode" and result.get("verdict") == "conforming"
    _check(result, RESULT, about, [name for name in CONTENT if complete and name in claims])
    for number, issue in enumerate(result.get("issues", [])):
        _check(issue, ISSUE, f"issue {number} in {about}", PLACE if "place" in claims else ())


def _check(value: Any, keys: Sequence[Key], about: str, required: Sequence[str] = ()) -> None:
    """Raise `Fault` unless `value` is an object with the keys that are required, and each key has its form. Other keys are allowed."""
    if type(value) is not dict:
        raise Fault(f"{about} is {shown(value)}, not an object")
    for key in keys:
        if key.name not in value:
            if key.required or key.name in required:
                raise Fault(f"{about} has no {key.name}; it is {shown(value)}")
        elif not key.check(value[key.name]):
            raise Fault(f"{about} has {shown(value[key.name])} as {key.name}, not {key.form}")


class _NotJsonError(ValueError):
    """What Python reads as JSON and is none (RFC 8259), or is read in several ways."""


def _no_number(name: str) -> Any:
    raise _NotJsonError(f"{name} is no number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise _NotJsonError("an object has a key twice")
    return values


def shown(value: object) -> str:
    """The beginning of a value, for a message. Its length is limited whatever the value is."""
    text = value if isinstance(value, str) else reprlib.repr(value)
    return text[:MAX_SHOWN]


def _shown_line(line: bytes) -> str:
    return line[: 4 * MAX_SHOWN].decode("utf-8", "replace").strip()[:MAX_SHOWN]
