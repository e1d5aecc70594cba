"""A decoder knows the canonical codeword without encoding again (clause 5.2), and agrees with the encoder on vectors and on any bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.suite import MANIFEST
from misc_format.coders import coder
from misc_format.components import Size
from misc_format.entropy import rangesteps
from misc_format.entropy.stepcoder import Decoder, Encoder
from misc_format.errors import MiscError
from misc_format.registry import METHOD_BY_NAME, METHODS
from misc_format.structure.bits import BitReader
from misc_format.structure.container import read_structure

OPENED = {(row.kind, row.name) for row in METHODS if coder(row).open_payload and row.name in ("context", "grid")}
ENTRIES: list[dict[str, Any]] = json.loads(MANIFEST.read_text(encoding="utf-8"))


@given(st.binary(max_size=24), st.lists(st.sampled_from([1, 5, rangesteps.HALF, rangesteps.ONE - 1]), max_size=60))
def test_any_bytes(codeword: bytes, frequencies: list[int]) -> None:
    decoder, encoder = Decoder(codeword), Encoder()
    if not decoder.fits:
        return
    for ones in frequencies:
        encoder.decide(decoder.decide(0, ones), ones)
    assert decoder.is_shortest == (encoder.codeword() == codeword)


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
            canonical = found.encode(opened.content, size)
            assert opened.payload() == canonical, entry["file"]
            seen.add(canonical == payload)
    assert seen == {True, False}


@settings(max_examples=60)
@given(st.data())
def test_changed_payloads(data: st.DataObject) -> None:
    from misc_format.components import Maps
    from misc_format.testing.strategies import maps as drawn_maps

    size = Size(80, 60)
    content = data.draw(drawn_maps(size))
    assert isinstance(content, Maps)
    found = coder(METHOD_BY_NAME["maps", "context"])
    payload = bytearray(found.encode(content, size))
    for _ in range(data.draw(st.integers(0, 2))):
        if payload:
            payload[data.draw(st.integers(0, len(payload) - 1))] ^= data.draw(st.integers(0, 255))
    payload += data.draw(st.binary(max_size=2))
    try:
        opened = found.open(BitReader(bytes(payload)), size)
    except MiscError:
        return
    assert opened.payload() == found.encode(opened.content, size)
