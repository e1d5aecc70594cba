"""The decoder written from the specification alone: it says of every vector what the manifest says."""

from __future__ import annotations

import pytest

from conformance.harness.protocol import CLAIMS
from conformance.harness.run import differences
from conformance.plain.bits import TooSlow
from conformance.plain.decoder import decode
from conformance.plain.language import model_digest
from conformance.plain.tables import SHA256
from conformance.suite import LARGE, MODELS, Vector, vectors
from misc_format.tables import DIGESTS
from tests.needs import SLOW, require
from tests.sweeps import has_large_context_maps, swept

OWN = {model_digest(path.read_bytes()): path.read_bytes() for path in MODELS}
TOO_SLOW = {"grid-largest", f"{LARGE}grid-grey", f"{LARGE}grid-colour"}  # minutes each
SLOWEST = {f"{LARGE}maps-context", f"{LARGE}maps-context-three", f"{LARGE}text-language"}  # half a minute or more
SAMPLE = {"maps-context-plain-fine"}  # the quickest vector with a large map


def takes_long(vector: Vector) -> bool:
    large = vector.name.startswith(LARGE) or has_large_context_maps(vector.expected)
    return large and vector.name not in SAMPLE


@pytest.mark.parametrize("vector", swept(vectors(), takes_long), ids=lambda vector: vector.name)
def test_it_decodes_every_vector(vector: Vector) -> None:
    if vector.name in SLOWEST:
        require(SLOW)
    if vector.name in TOO_SLOW:
        with pytest.raises(TooSlow):
            decode(vector.data, OWN)
        return
    assert list(differences(decode(vector.data, OWN), vector.expected, "decode", CLAIMS)) == []


def test_its_tables_are_the_normative_ones() -> None:
    assert SHA256 == DIGESTS
