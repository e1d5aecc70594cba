"""The files of Control-GIC: codes of three grains in a Huffman code, and masks that say which cell has which grain.

A file is a byte with the number of padding bits, 1 to 8, then the bits, then the padding. A file without content has no bytes. Which files
there are depends on the mode, which none of them has.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from misc_format.codecs.contents import whole_numbers
from misc_format.codecs.faults import content_fault, option_fault, source_fault
from misc_format.codecs.huffman import huffman_code
from misc_format.codecs.rows import Fields, Files
from misc_format.folder.npz import FAULTS, array_of_file
from misc_format.limits import MAX_ARRAY_VALUES

ALPHABET = 1024
MAX_COUNT = 2**53
GRAINS = ("coarse", "medium", "fine")
ARRAYS = ("mask_coarse", "mask_medium", *(f"{kind}_{grain}" for kind in ("ind", "indices") for grain in GRAINS))
AREA = {"coarse": 16, "medium": 4, "fine": 1}  # squares of 4x4 pixels in a cell
# The grains of each mode, and the masks that tell them apart.
MODES = (
    (GRAINS, ("coarse", "medium")),
    (("medium", "fine"), ("medium",)),
    (("coarse", "fine"), ("coarse",)),
    (("coarse", "medium"), ("coarse",)),
    (("coarse",), ()),
    (("medium",), ()),
    (("fine",), ()),
)


def arrays_of(mode: int) -> tuple[str, ...]:
    """The masks of a mode, and its codes as arrays."""
    grains, masks = MODES[mode]
    return (*(f"mask_{mask}" for mask in masks), *(f"ind_{grain}" for grain in grains))


LIST = "; ".join(f"{mode}: {', '.join(arrays_of(mode))}" for mode in range(len(MODES)))


def counts_of(data: bytes) -> Fields:
    """The counts of the codes, from the bytes of an `.npy` file. Raises `MiscError`."""
    name = "the file of counts"
    try:
        counts = array_of_file(io.BytesIO(data), len(data), name)
    except FAULTS as error:
        raise source_fault(f"it is not an .npy file of numbers: {error}", name) from None
    values = counts.astype(np.float64)
    if counts.shape != (ALPHABET,) or not np.isfinite(values).all() or values.min() < 0 or values.max() >= MAX_COUNT:
        raise source_fault(f"it is not {ALPHABET:,} counts, but {counts.dtype} of shape {counts.shape}", name)
    return {"counts": tuple(int(value) for value in counts.tolist())}


def read(files: Mapping[str, bytes], settings: Mapping[str, Any]) -> Fields:
    """The masks; the codes if there are counts, and otherwise their strings. Raises `MiscError`."""
    grains, masks = MODES[_mode(settings)]
    wanted = [*(f"indices_{grain}.bin" for grain in grains), *(f"mask_{mask}.bin" for mask in masks)]
    if sorted(files) != sorted(wanted):
        raise source_fault(
            f"the files are {', '.join(sorted(files)) or 'none'}; this mode writes {', '.join(sorted(wanted))}"
        )
    code = huffman_code(settings["counts"]) if "counts" in settings else None
    fields: Fields = {}
    for mask in masks:
        fields[f"mask_{mask}"] = _bits(files[f"mask_{mask}.bin"], f"mask_{mask}.bin").astype(np.int64)
    for grain in grains:
        name = f"indices_{grain}.bin"
        bits = _bits(files[name], name)
        if bits.size and code is not None:
            fields[f"ind_{grain}"] = code.decode(bits, name)
        elif bits.size:
            fields[f"indices_{grain}"] = files[name]
    return fields


def write(fields: Mapping[str, Any]) -> Files:
    """The files. Raises `MiscError`."""
    grains, masks = MODES[_mode(fields)]
    files = {
        f"mask_{mask}.bin": _packed(np.ravel(fields[f"mask_{mask}"])) for mask in masks if f"mask_{mask}" in fields
    }
    if len(files) < len(masks):
        raise content_fault(f"mode {fields['mode']} needs the masks {', '.join(masks)}", "image/partition")
    for grain in grains:
        files[f"indices_{grain}.bin"] = fields.get(f"indices_{grain}") or _codes(fields, grain)
    return files


def check_counts(fields: Fields) -> Fields:
    """Check that the arrays are those of the mode, with a code for each cell of a grain. Raises `MiscError`."""
    if "mode" not in fields or not {"width", "height"} <= fields.keys():
        return fields
    grains, masks = MODES[_mode(fields)]
    wanted = arrays_of(fields["mode"])
    for name in ARRAYS:
        if name in fields and name.replace("indices", "ind") not in wanted:
            raise option_fault(f"mode {fields['mode']} has no {name}; its arrays are {', '.join(wanted)}", "mode")
    left = (fields["height"] // 16) * (fields["width"] // 16) * AREA["coarse"]
    counts = {}
    for mask in masks:
        if f"mask_{mask}" in fields:
            counts[mask] = int(whole_numbers(fields[f"mask_{mask}"], f"mask_{mask}").sum())
            left -= counts[mask] * AREA[mask]
    if len(counts) == len(masks):
        counts[grains[-1]] = left // AREA[grains[-1]]  # the cells that no mask names
    for grain, count in counts.items():
        present = np.size(fields.get(f"ind_{grain}", ()))
        if f"indices_{grain}" not in fields and present != count:
            raise source_fault(
                f"there are {present:,} codes, and the masks leave {count:,} cells of this grain", f"ind_{grain}"
            )
    return fields


def _mode(values: Mapping[str, Any]) -> int:
    if "mode" not in values:
        raise option_fault(f"no file says it; give --set mode=N, 0 to {len(MODES) - 1}", "mode")
    return int(values["mode"])


def _codes(fields: Mapping[str, Any], grain: str) -> bytes:
    codes = np.ravel(fields.get(f"ind_{grain}", np.zeros(0, np.int64)))
    if not codes.size:
        return b""
    if "counts" not in fields:
        message = "its codes are written in a Huffman code of the model's counts; give the .npy file of the counts as the settings"
        raise option_fault(message, "settings")
    return _packed(huffman_code(fields["counts"]).encode(codes.tolist()))


def _bits(data: bytes, path: str) -> NDArray[np.uint8]:
    """The bits of a file. Raises `MiscError`."""
    if not data:
        return np.zeros(0, np.uint8)
    if 8 * len(data) > MAX_ARRAY_VALUES:
        raise source_fault(f"it has {len(data):,} bytes, more than {MAX_ARRAY_VALUES // 8:,}", path)
    padding = data[0]
    bits = np.unpackbits(np.frombuffer(data, np.uint8))[8:]
    if not 1 <= padding <= 8 or padding >= bits.size or bits[-padding:].any():
        raise source_fault(
            f"its first byte says {padding} padding bits of zero, and the file does not end in them; it is cut short or damaged",
            path,
        )
    return bits[:-padding]


def _packed(bits: NDArray[Any]) -> bytes:
    """The file of bits, at least one."""
    return (
        bytes([8 - bits.size % 8])
        + np.packbits(np.concatenate([bits, np.zeros(8 - bits.size % 8)]).astype(np.uint8)).tobytes()
    )
