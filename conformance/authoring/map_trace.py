"""The first hundred decisions of maps under the map model, as JSON: python -m misc_conformance.authoring.map_trace"""

from __future__ import annotations

import json
from typing import Any

from misc_format import Maps
from misc_format.coders.maps import context as maps_context
from misc_format.components import Size

from ..plain import bits
from ..plain.mapmodel import decode_maps, map_model
from ..suite import MAP_TRACE
from .cases import discs, rings

DECISIONS = 100
MAPS = {"coarse": (discs(8, 8, 2), Size(512, 512)), "fine": (Maps((rings(96, 64),)), Size(96, 64))}


def trace(maps: Maps, picture: Size) -> dict[str, Any]:
    """A codeword and its first decisions. The first pixel under each network also has the values of the layers."""
    codeword = maps_context.encode(maps, picture)
    steps: list[dict[str, Any]] = []
    decode_maps(map_model(), codeword, bits.Size(*picture), steps.append)
    decisions = [step for index, step in enumerate(steps) if index < DECISIONS or "inputs" in step]
    return {"width": picture.width, "height": picture.height, "codeword": codeword.hex(), "decisions": decisions}


def text() -> str:
    """The document, one decision per line."""
    parts = []
    for name, (maps, picture) in MAPS.items():
        document = trace(maps, picture)
        lines = ",\n".join(json.dumps(step) for step in document.pop("decisions"))
        parts.append(f'"{name}": {json.dumps(document)[:-1]}, "decisions": [\n{lines}\n]}}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    MAP_TRACE.write_text(text(), encoding="utf-8")
