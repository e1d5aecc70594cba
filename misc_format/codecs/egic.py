"""The `.tfci` of EGIC: the shapes of the padded picture and of its latents, and eleven strings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misc_format.codecs.faults import source_fault
from misc_format.codecs.packedtensors import read_tensors, write_tensors
from misc_format.codecs.rows import Fields

SLICES = tuple(f"y_string_{index}" for index in range(10))
_SHAPES = {1: ("padded_height", "padded_width"), 2: ("rows", "columns"), 3: ("z_rows", "z_columns")}
_STRINGS = ("z_string", *SLICES)
_FIRST_STRING = 4


def read(data: bytes, path: str, settings: Mapping[str, Any]) -> Fields:
    """The shapes and the strings. Raises `MiscError`."""
    tensors = read_tensors(data, path)
    if sorted(tensors) != list(range(1, _FIRST_STRING + len(_STRINGS))):
        raise source_fault(f"the tensors are {sorted(tensors)}, not 1 to {_FIRST_STRING + len(_STRINGS) - 1}", path)
    fields: Fields = {}
    for number, members in _SHAPES.items():
        shape = tensors[number]
        if isinstance(shape, bytes) or len(shape) != len(members):
            raise source_fault("it is not a shape of rows and columns", f"{path}/{number}")
        fields |= zip(members, shape, strict=True)
    for number, name in enumerate(_STRINGS, _FIRST_STRING):
        string = tensors[number]
        if not isinstance(string, bytes):
            raise source_fault("it is not a string", f"{path}/{number}")
        fields[name] = string
    return fields


def write(fields: Mapping[str, Any]) -> bytes:
    """The file."""
    shapes = {number: tuple(fields[member] for member in members) for number, members in _SHAPES.items()}
    strings = {number: fields[name] for number, name in enumerate(_STRINGS, _FIRST_STRING)}
    return write_tensors({**shapes, **strings})


FIELDS = (*(member for members in _SHAPES.values() for member in members), *_STRINGS)
