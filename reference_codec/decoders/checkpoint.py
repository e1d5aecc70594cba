"""A file of weights in the layout of the originals, and which of its weights are used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from torch import Tensor

from reference_codec.errors import ModelError
from reference_codec.models import tensors
from reference_codec.models.unused import unused_note


@dataclass
class Checkpoint:
    """The tensors of a file by name, without the prefix that training on several devices leaves. `used`: the names of those in use."""

    path: Path
    weights: dict[str, Tensor]
    used: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, path: Path) -> Checkpoint:
        """Raises `ModelError` for a file that holds no tensors by name."""
        try:
            values = tensors.read(path)
        except tensors.TensorsError as error:
            raise ModelError(f"{path} {error}") from None
        return cls(path, {name.removeprefix("module."): value for name, value in values.items()})

    def below(self, prefix: str) -> dict[str, Tensor]:
        """The weights whose names begin with a prefix, by name without it."""
        return {name[len(prefix) :]: value for name, value in self.weights.items() if name.startswith(prefix)}

    def use(self, names: Iterable[str]) -> None:
        """Note that these weights are in use."""
        self.used.update(names)

    def notes(self) -> list[str]:
        """A note that names the weights which are not used, by the first part of their names; none if all are."""
        return unused_note(str(self.path), set(self.weights) - self.used)
