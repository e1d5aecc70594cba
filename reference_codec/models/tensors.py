"""Files of weights by name, as PyTorch and safetensors write them.

Rule 1.  Code in a file is never run.
Rule 2.  A tensor has its numbers in the file: a small file makes no large tensor.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from reference_codec.models.failures import first_line

#: The keys under which training programs keep a network beside their own state. MISC's notebook looks for these, and this one first.
NETWORK_KEYS: Final = ("model_state_dict", "state_dict", "network")


class TensorsError(ValueError):
    """A file holds no tensors by name. The message is the predicate of a sentence without full stop."""


def read(path: Path, keys: Sequence[str] = NETWORK_KEYS) -> dict[str, Tensor]:
    """The tensors of a file by name, which may be under one of `keys`. Raises `OSError`, `TensorsError`."""
    values: Any
    path.open("rb").close()  # what the libraries raise does not tell whether the file can be read
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            values = load_file(path)
        else:
            is_zip = zipfile.is_zipfile(path)  # the older form cannot be mapped
            values = torch.load(path, map_location="cpu", weights_only=True, mmap=is_zip)
    except LookupError:  # of the reader of pickles, for a byte that means nothing to it
        raise TensorsError("is no file of weights that PyTorch or safetensors wrote") from None
    except Exception as error:  # whatever the two readers raise for a file of another kind
        raise TensorsError(f"is no file of weights: {first_line(error)}") from None
    state = _network(values, keys) if isinstance(values, dict) else None
    if not isinstance(state, dict) or not all(isinstance(name, str) for name in state):
        raise TensorsError("holds no tensors by name")
    for name, value in state.items():
        if not isinstance(value, Tensor) or not _has_its_numbers(value):
            raise TensorsError(f"holds no numbers for {name[:100]!r}")
    return state


def _network(values: dict[Any, Any], keys: Sequence[str]) -> Any:
    """The network of a training program's state, or the values themselves if they are one."""
    return next((values[key] for key in keys if key in values), values)


def _has_its_numbers(value: Tensor) -> bool:
    is_plain = value.layout == torch.strided and value.device.type == "cpu" and not value.is_quantized
    return is_plain and value.numel() * value.element_size() <= value.untyped_storage().nbytes()
