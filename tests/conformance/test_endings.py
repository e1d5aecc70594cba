"""The vectors of endings: the relation of `low` and `range` that each name says (clause 5.2), and both decoders on the file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.authoring import endings
from conformance.authoring.users_files import TINY_LANGUAGE, available
from conformance.plain import rangecoder
from conformance.plain.decoder import decode
from misc_format import validate, write
from misc_format.coders.text.languagemodel import known

MODELS = {known.from_bytes(TINY_LANGUAGE.read_bytes()).digest.hex(): TINY_LANGUAGE.read_bytes()}
Interval = tuple[int, int, int]


@pytest.fixture
def intervals(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Interval]]:
    """The final intervals of the codewords that the plain decoder checks."""
    found: list[Interval] = []
    shortest = rangecoder.shortest

    def noted(low: int, interval: int, w: int) -> bytes:
        found.append((low, interval, w))
        return shortest(low, interval, w)

    monkeypatch.setattr(rangecoder, "shortest", noted)
    yield found


@pytest.mark.parametrize("name", endings.FILES)
def test_a_name_says_how_the_codeword_ends(name: str, intervals: list[Interval]) -> None:
    decode(bytes.fromhex(endings.FILES[name]), MODELS)
    assert endings.ending(*intervals[-1]) == name.partition("-")[2]


def test_the_files_are_what_is_written() -> None:
    with available():
        for name, stream in endings.streams():
            data = write(stream)
            assert data.hex() == endings.FILES[name.removeprefix("ending-")]
            assert validate(data).verdict == "conforming"
