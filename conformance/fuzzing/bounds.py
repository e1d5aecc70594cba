"""The bound of memory of clause 20: a file takes at most 64 MiB, 16 bytes for each sample that it declares, and its own bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from misc_format import limits
from misc_format.components import Codes, Codestream, Content, Grid, Integers, Latents, Maps, Sets, Strings
from misc_format.document import Document, OpenedComponent

FIXED: Final = 64 * 2**20
PER_SAMPLE: Final = 16
LATENTS_PER_PLACE: Final = 68

# The samples that content declares. Other content is not larger than its payload, or has a limit of some thousand letters.
SAMPLES: Final[dict[type[Content], Callable[[Any], int]]] = {
    Maps: lambda content: sum(one.size for one in content.maps),
    Grid: lambda content: int(content.samples.size),
    Latents: lambda content: int(content.y.size + content.z.size),
    Strings: lambda content: content.shape[0] * content.shape[1],
    Codestream: lambda content: len(content.data),
    Codes: lambda content: int(content.values.size),
    Sets: lambda content: int(content.values.size),
    Integers: lambda content: int(content.values.size),
}
# The most samples that a payload may declare, by its kind or its method: the name of a limit, and samples for one of its unit.
MOST: Final[dict[str, tuple[str, int]]] = {
    "maps": ("MAX_MAP_PIXELS", 1),
    "image": ("MAX_ARRAY_VALUES", 1),
    "image grid": ("MAX_GRID_CELLS", 3),
    "image latents": ("MAX_LATENT_PLACES", LATENTS_PER_PLACE),
    "image compressai": ("MAX_STRING_POSITIONS", 1),
    "image codestream": ("MAX_CODESTREAM_BYTES", 1),
}


def bound(document: Document) -> int:
    """The bytes that a file may take. A payload that is refused may take those of the limit of its method."""
    samples = sum(map(_samples, document.components)) if document.readable else 0
    return FIXED + PER_SAMPLE * samples + len(document.data)


def _samples(component: OpenedComponent) -> int:
    if not component.faults:
        count = SAMPLES.get(type(component.content))
        return count(component.content) if count else 0
    method = component.method
    name, each = MOST.get(f"{component.kind} {method.name if method else ''}") or MOST.get(component.kind, ("", 0))
    return each * getattr(limits, name, 0)
