"""Hypothesis strategies for tests of decoders: conforming streams, and files that break one rule.

    from hypothesis import given
    from misc_format.testing import mutations, near_valid, valid_streams

    @given(valid_streams())
    def test_round_trip(stream):
        assert my_decoder(misc_format.write(stream)) == ...

    @given(near_valid("MISC-CON-017"))
    def test_padding(data):
        with pytest.raises(MyError):
            my_decoder(data)

The strategies need the extra "testing". `misc_format.testing.mutate` changes files at random and does not need hypothesis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from misc_format.testing.nearly import near_valid
    from misc_format.testing.strategies import (
        ancillary,
        coded_strings,
        codes,
        codestreams,
        generations,
        grids,
        images,
        integers,
        latents,
        maps,
        method_names,
        mutations,
        parts,
        sets,
        strings,
        texts,
        valid_streams,
    )

__all__ = [
    "ancillary", "coded_strings", "codes", "codestreams", "generations", "grids", "images", "integers", "latents", "maps", "method_names",
    "mutations", "near_valid", "parts", "sets", "strings", "texts", "valid_streams",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import the strategies at first use, so that `mutate` works without hypothesis. Raises `AttributeError`."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from misc_format.testing import nearly, strategies

    return getattr(nearly if name == "near_valid" else strategies, name)
