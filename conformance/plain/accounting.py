"""Clause 17: bit accounting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .bits import Field
from .container import Component

Shares = Sequence[tuple[str, int]]  # the parts of what follows the declared fields of a payload, and their bits
Decoded = tuple[Any, Shares]  # the content of a payload, and its shares


class Account:
    """The parts of a file and their bits, and all fields of the file."""

    def __init__(self, structure: Sequence[Field]) -> None:
        """Begin with the fields of header and frames."""
        self.bits = {"header": 0, "framing": 0}
        self.fields = list(structure)
        for field in structure:
            self.bits[field.path.partition("/")[0]] += field.length

    def add_ancillary(self, component: Component) -> None:
        """A member of the ancillary list, which is one part."""
        length = component.end - component.start
        self.bits[component.path] = length
        self.fields.append(Field(component.path, component.start, length))

    def add_core(self, component: Component, declared: Sequence[Field], shares: Shares) -> None:
        """A core component, or a part of the image: its declared fields are its header, then come its shares."""
        position = component.start + sum(field.length for field in declared)
        if declared:
            self.bits[f"{component.path}/header"] = position - component.start
        self.fields += declared
        for name, length in shares:
            path = f"{component.path}/{name}"
            if length or name != "padding":
                self.bits[path] = length
                self.fields.append(Field(path, position, length))
            position += length
