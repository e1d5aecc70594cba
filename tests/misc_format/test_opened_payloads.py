"""A decoder knows the canonical codeword without encoding again (clause 5.2), and agrees with the encoder on vectors and on any bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from conformance.suite import MANIFEST
from misc_format.coders import Coder, Opened, coder
from misc_format.components import Content, Size
from misc_format.entropy import rangesteps
from misc_format.entropy.stepcoder import Decoder, Encoder
from misc_format.errors import MiscError
from misc_format.registry import METHOD_BY_NAME, METHODS
from misc_format.structure.bits import BitReader
from misc_format.structure.container import read_structure
from misc_format.testing import strategies

OPENED = {(row.kind, row.name) for row in METHODS if coder(row).open_payload}
# Needs a table or a model that the tests of these methods make.
NEED_FILES = {("image", "codes-static"), ("text", "language-own")}
CONTENTS: dict[str, Callable[[Size], st.SearchStrategy[Content]]] = {
    "maps": strategies.maps,
    "latents": strategies.latents,
    "grid": strategies.grids,
    "sets": lambda size: strategies.sets(),
    "integers": lambda size: strategies.integers(),
    **dict.fromkeys(
        ("codes-uniform", "codes-adaptive", "codes-context", "codes-graded"), lambda size: strategies.codes()
    ),
    "language": lambda size: strategies.texts(),
}
ENTRIES: list[dict[str, Any]] = json.loads(MANIFEST.read_text(encoding="utf-8"))


@given(st.binary(max_size=24), st.lists(st.sampled_from([1, 5, rangesteps.HALF, rangesteps.ONE - 1]), max_size=60))
def test_any_bytes(codeword: bytes, frequencies: list[int]) -> None:
    decoder, encoder = Decoder(codeword), Encoder()
    if not decoder.fits:
        return
    for ones in frequencies:
        encoder.decide(decoder.decide(0, ones), ones)
    assert decoder.is_canonical == (encoder.codeword() == codeword)


def assert_as_encoded(found: Coder[Any], opened: Opened, size: Size) -> bytes:
    """The payload and the shares of an opened payload are those that encoding its content gives. Returns the payload."""
    canonical = found.encode(opened.content, size)
    assert opened.payload() == canonical
    shares, expected = opened.shares(), found.split_bits(opened.content, size)
    assert [share._replace(information_bits=None) for share in shares] == [
        share._replace(information_bits=None) for share in expected
    ]
    assert [share.information_bits for share in shares] == pytest.approx([share.information_bits for share in expected])
    return canonical


@pytest.mark.parametrize("kind, name", sorted(OPENED))
def test_vectors(kind: str, name: str) -> None:
    """Conforming ones, and those whose payload is not canonical."""
    found, seen = coder(METHOD_BY_NAME[kind, name]), set()
    for entry in ENTRIES:
        data = (MANIFEST.parent / entry["file"]).read_bytes()
        try:
            structure = read_structure(data)
        except MiscError:
            continue
        for part in structure.components:
            if part.kind != kind or part.number != METHOD_BY_NAME[kind, name].id:
                continue
            size = Size(structure.width, structure.height)
            payload = data[part.start // 8 : part.end // 8]
            try:
                opened = found.open(BitReader(payload), size)
            except MiscError:
                continue
            seen.add(assert_as_encoded(found, opened, size) == payload)
    assert seen == ({True, False} if (kind, name) not in NEED_FILES else set())


def test_every_opened_method_is_drawn() -> None:
    assert {name for _, name in OPENED - NEED_FILES} == {"context", "ragged", *CONTENTS} - {"maps"}


@pytest.mark.parametrize("kind, name", sorted(OPENED - NEED_FILES))
@settings(max_examples=60)
@given(data=st.data())
def test_changed_payloads(kind: str, name: str, data: st.DataObject) -> None:
    size = Size(80, 60)
    content = data.draw(CONTENTS["maps" if kind == "maps" else name](size))
    found = coder(METHOD_BY_NAME[kind, name])
    try:
        payload = bytearray(found.encode(content, size))
    except MiscError:  # an alphabet that the method cannot have
        reject()
    for _ in range(data.draw(st.integers(0, 2))):
        if payload:
            payload[data.draw(st.integers(0, len(payload) - 1))] ^= data.draw(st.integers(0, 255))
    payload += data.draw(st.binary(max_size=2))
    try:
        opened = found.open(BitReader(bytes(payload)), size)
    except MiscError:
        return
    assert_as_encoded(found, opened, size)
