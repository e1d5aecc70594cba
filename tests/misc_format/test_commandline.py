"""The words of a command in one string, on systems with slashes and with backslashes."""

from __future__ import annotations

import os
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from misc_format.system.commandline import words_of


def test_a_backslash_is_a_part_of_a_path_in_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "C:\\Python\\python.exe 'C:\\my files\\dec.py' --key \"a b\" #1"
    assert words_of(r"./my\ decoder 'a b'") == ["./my decoder", "a b"]
    with monkeypatch.context() as windows:
        windows.setattr(os, "sep", "\\")
        assert words_of(text) == [r"C:\Python\python.exe", r"C:\my files\dec.py", "--key", "a b", "#1"]


@pytest.mark.parametrize("separator", ["/", "\\"])
@given(words=st.lists(st.text(st.characters(exclude_categories=["C"]))))
def test_joined_words_are_split_into_the_same(separator: str, words: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "sep", separator)
        assert words_of(shlex.join(words)) == words


def test_a_quotation_mark_without_its_second_is_an_error() -> None:
    with pytest.raises(ValueError, match="No closing quotation"):
        words_of("a 'b")
