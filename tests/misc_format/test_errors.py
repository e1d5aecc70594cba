"""One way to raise: the class of an error follows from its rule, and the error says whose fault it is."""

from __future__ import annotations

import ast
import pickle
from pathlib import Path

import pytest

import misc_format
from misc_format import LimitError, MiscError, TruncatedError, UnsupportedError, errors
from misc_format.rules import RULES

ROOT = Path(__file__).parents[2]
SUBCLASSES = {"TruncatedError", "UnsupportedError", "LimitError"}


@pytest.mark.parametrize("rule", RULES)
def test_the_class_follows_from_the_rule(rule: str) -> None:
    error = MiscError(rule, "message", bit_offset=3, path="header")
    assert type(error) is errors._CLASSES.get(rule, MiscError)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error) and str(again) == str(error)


def test_a_class_that_does_not_belong_to_the_rule_is_refused() -> None:
    with pytest.raises(TypeError, match="raise MiscError"):
        LimitError("MISC-CON-001", "message")
    assert isinstance(TruncatedError("MISC-CON-007", "message"), EOFError)
    assert isinstance(MiscError("MISC-CON-012", "message"), UnsupportedError)


@pytest.mark.parametrize("folder", ["misc_format", "reference_codec", "conformance"])
def test_nothing_raises_a_subclass_by_name(folder: str) -> None:
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            assert named not in SUBCLASSES, f"{path.name}, line {getattr(node, 'lineno', 0)}"


def test_an_error_says_whose_fault_it_is() -> None:
    with pytest.raises(MiscError) as file:
        misc_format.read(b"\xcd\x53\x43")
    with pytest.raises(MiscError) as caller:
        misc_format.write(misc_format.Stream(0, 1, text=misc_format.Text("")))
    assert (file.value.fault, caller.value.fault) == ("file", "caller")
    assert MiscError("MISC-RES-003", "it takes too long", path="file").fault == "machine"
