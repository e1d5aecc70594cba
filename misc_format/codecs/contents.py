"""Fields of a source as content of a file, and back: one row for each kind of content."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format import limits
from misc_format.codecs.bitpacking import pack_uniform, unpack_uniform
from misc_format.codecs.faults import content_fault, option_fault, shown, source_fault
from misc_format.codecs.rows import Fields, Part
from misc_format.components import CodedString, Codes, Codestream, Content, Integers, Sets, Strings
from misc_format.registry import ARCHITECTURE_BY_NAME, METRICS

Array = NDArray[Any]
Shape = tuple[int, ...]
RAW = "none"  # the entropy coder of numbers as they are


class Kind(NamedTuple):
    """How a kind of content is made from fields, and gives them back.

    `type`: the class of the content. `build(part, value, fields, shape)` makes it; `shape` is None if the size of the picture does not
    give it. `take(part, content, shape)` gives the fields.
    """

    type: type[Content]
    build: Callable[[Part, Any, Mapping[str, Any], Shape | None], Content]
    take: Callable[[Part, Any, Shape | None], Fields]


def array_of(value: Any, path: str) -> Array:
    """A value of any library as an array of numbers with at least one and at most MAX_ARRAY_VALUES elements. Raises `MiscError`."""
    try:
        values = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
    except (TypeError, ValueError, OverflowError, RuntimeError) as error:
        raise source_fault(f"it is not an array of numbers: {error}", path) from None
    if values.dtype.kind not in "biuf":
        raise source_fault(f"it is an array of {values.dtype}, not of numbers", path)
    if not 1 <= values.size <= limits.MAX_ARRAY_VALUES:
        raise source_fault(f"it has {values.size:,} elements, not 1 to {limits.MAX_ARRAY_VALUES:,}", path)
    return values


def whole_numbers(value: Any, path: str) -> NDArray[np.int64]:
    """Integers, or floats that are all whole, as int64. Raises `MiscError`."""
    values = array_of(value, path)
    if values.dtype.kind == "f":
        is_whole = np.isfinite(values) & (np.abs(values) < 2.0**53) & (values == np.trunc(values))
        if not is_whole.all():
            raise source_fault(f"it has {float(values[~is_whole].flat[0])!r}, which is not a whole number", path)
    elif values.dtype == np.uint64 and values.max() > np.iinfo(np.int64).max:
        raise source_fault(f"it has {int(values.max()):,}, which is no index", path)
    return values.astype(np.int64)


def octets_of(value: Any, path: str) -> bytes:
    """Bytes, or an array of uint8 with one axis. Raises `MiscError`."""
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    values = array_of(value, path)
    if values.dtype != np.uint8 or values.ndim != 1:
        raise source_fault(f"it is {values.dtype} of shape {values.shape}; a string is uint8 with one axis", path)
    return values.tobytes()


def _shaped(part: Part, values: Array, shape: Shape | None) -> Array:
    """The array without its batch axis, in the shape that the size of the picture or the row gives."""
    axes = len(part.shape) or part.axes
    while part.batch and values.ndim > axes and values.shape[0] == 1:
        values = values[0]
    if shape is None:
        if axes and values.ndim != axes:
            raise source_fault(f"its shape is {values.shape}; it has {axes} axes: {part.holds}", part.field)
        return np.atleast_1d(values)
    if values.shape != shape and not (values.ndim == 1 and values.size == prod(shape)):
        message = (
            f"its shape is {values.shape}; a picture of this size has {shape}; check the size of the original picture"
        )
        raise source_fault(message, part.field)
    return values.reshape(shape)


def _alphabet(part: Part, fields: Mapping[str, Any]) -> int:
    """The number of codes. Raises `MiscError`."""
    if not isinstance(part.alphabet, str):
        return part.alphabet
    if part.alphabet not in fields:
        raise option_fault(
            f"the source does not say how many codes there are; give --set {part.alphabet}=N", part.alphabet
        )
    alphabet = int(fields[part.alphabet])
    if not 2 <= alphabet <= limits.MAX_ALPHABET:
        raise source_fault(f"{part.alphabet} is {alphabet:,}; there are at least 2 codes", part.field)
    return alphabet


def _indices(part: Part, value: Any, alphabet: int, shape: Shape | None) -> Array:
    values = _shaped(part, whole_numbers(value, part.field), shape)
    if values.min() < 0 or values.max() >= alphabet:
        wrong = int(values.min() if values.min() < 0 else values.max())
        raise source_fault(f"it has the code {wrong:,}; the codes are 0 to {alphabet - 1:,}", part.field)
    return values.astype(np.uint32)


def _build_codes(part: Part, value: Any, fields: Mapping[str, Any], shape: Shape | None) -> Codes:
    alphabet = _alphabet(part, fields)
    return Codes(_indices(part, value, alphabet, shape), alphabet)


def _build_number(part: Part, value: Any, fields: Mapping[str, Any], shape: Shape | None) -> Codes:
    return _build_codes(part, np.ravel(array_of(value, part.field)), fields, (1,))


def _build_uniform(part: Part, value: Any, fields: Mapping[str, Any], shape: Shape | None) -> Codes:
    alphabet = _alphabet(part, fields)
    if shape is None:
        raise source_fault("the shape of its codes is not known", part.field)
    codes = unpack_uniform(octets_of(value, part.field), prod(shape), alphabet, part.field)
    return Codes(codes.astype(np.uint32).reshape(shape), alphabet)


def _build_sets(part: Part, value: Any, fields: Mapping[str, Any], shape: Shape | None) -> Sets:
    alphabet = _alphabet(part, fields)
    values = _indices(part, value, alphabet, shape)
    if values.ndim < 2 or (values[..., 1:] <= values[..., :-1]).any():
        raise source_fault("a row is a set of indices in strictly ascending order, and one is not", part.field)
    return Sets(values, alphabet)


def _build_integers(part: Part, value: Any, fields: Mapping[str, Any], shape: Shape | None) -> Integers:
    values = _shaped(part, whole_numbers(value, part.field), shape)
    low, high = int(values.min()), int(values.max())
    if max(-low, high) > limits.MAX_INTEGER:
        raise source_fault(f"it has {low:,} to {high:,}; the largest value is {limits.MAX_INTEGER:,}", part.field)
    return Integers(values.astype(np.int32), part.step)


def _build_string(part: Part, value: Any, fields: Mapping[str, Any], shape: Shape | None) -> CodedString:
    stored = (
        ()
        if shape is not None
        else tuple(axis if isinstance(axis, int) else _axis(part, axis, fields) for axis in part.shape)
    )
    return CodedString(octets_of(value, part.field), part.coder, stored)


def _axis(part: Part, name: str, fields: Mapping[str, Any]) -> int:
    if name not in fields:
        raise source_fault(f"its shape is not known: {name} is missing", part.field)
    return int(fields[name])


def _build_raw(part: Part, value: Any, fields: Mapping[str, Any], shape: Shape | None) -> CodedString:
    values = _shaped(part, array_of(value, part.field), shape)
    with np.errstate(over="ignore"):  # what does not fit is refused
        numbers = values.astype(part.dtype)
    if not np.isfinite(numbers).all() or not np.array_equal(numbers, values):
        raise source_fault(f"it has numbers that are not finite or do not fit in {part.dtype}", part.field)
    return CodedString(
        numbers.astype(numbers.dtype.newbyteorder("<")).tobytes(), RAW, () if shape is not None else numbers.shape
    )


def _build_codestream(part: Part, value: Any, fields: Mapping[str, Any], shape: Shape | None) -> Codestream:
    return Codestream(part.coder, octets_of(value, part.field))


def _build_compressai(part: Part, value: Any, fields: Mapping[str, Any], shape: Shape | None) -> Strings:
    strings = tuple(octets_of(string, part.field) for string in value)
    for name in ("architecture", "quality", "metric", "rows", "columns"):
        if name not in fields:
            how = "give the array shape" if name in ("rows", "columns") else f"give --set {name}=VALUE"
            raise option_fault(f"the source does not say it, and {part.holds} need it; {how}", name)
    architecture = ARCHITECTURE_BY_NAME.get(fields["architecture"])
    if architecture is None:
        raise option_fault(_one_of(fields["architecture"], ARCHITECTURE_BY_NAME), "architecture")
    if fields["metric"] not in (names := [row.name for row in METRICS]):
        raise option_fault(_one_of(fields["metric"], names), "metric")
    if len(strings) != architecture.strings:
        has = f"it has {len(strings)} strings, and {architecture.name} has {architecture.strings}"
        raise source_fault(has, part.field)
    size = (int(fields["rows"]), int(fields["columns"]))
    return Strings(fields["architecture"], strings, size, fields["quality"], fields["metric"], fields.get("digest"))


def _one_of(value: Any, names: Iterable[str]) -> str:
    return f"{shown(value)} is not one of {', '.join(names)}"


def _take_array(part: Part, content: Codes | Sets | Integers, shape: Shape | None) -> Fields:
    if shape is not None and content.values.shape != shape:
        raise content_fault(f"its shape is {content.values.shape}; a picture of this size has {shape}", part.label)
    values = content.values.astype(part.dtype)
    if not np.array_equal(values, content.values):
        raise content_fault(f"its numbers do not fit in {part.dtype}", part.label)
    fields: Fields = {part.field: values[None] if part.batch else values}
    if isinstance(content, Integers):
        if (content.step, content.offset) != (part.step, 0):
            raise content_fault(f"its step and offset are {content.step} and {content.offset}", part.label)
    elif isinstance(part.alphabet, str):
        fields[part.alphabet] = content.alphabet
    elif content.alphabet != part.alphabet:
        raise content_fault(f"it has {content.alphabet:,} codes, not {part.alphabet:,}", part.label)
    return fields


def _take_number(part: Part, content: Codes, shape: Shape | None) -> Fields:
    fields = _take_array(part, content, (1,))
    return fields | {part.field: int(fields[part.field][0])}


def _take_uniform(part: Part, content: Codes, shape: Shape | None) -> Fields:
    return {part.field: pack_uniform(_take_array(part, content, shape)[part.field], content.alphabet)}


def _take_string(part: Part, content: CodedString, shape: Shape | None) -> Fields:
    fields: Fields = {part.field: content.data}
    if shape is None and part.shape:
        if len(content.shape) != len(part.shape):
            raise content_fault(f"its shape is {content.shape}, not one of {len(part.shape)} axes", part.label)
        for axis, size in zip(part.shape, content.shape, strict=True):
            if isinstance(axis, str):
                fields[axis] = size
    return fields


def _take_raw(part: Part, content: CodedString, shape: Shape | None) -> Fields:
    dtype = np.dtype(part.dtype)
    wanted = content.shape if shape is None else shape
    if content.coder != RAW or len(content.data) != prod(wanted) * dtype.itemsize:
        raise content_fault(f"it has {len(content.data):,} bytes, not {wanted} numbers of {dtype}", part.label)
    values = np.frombuffer(content.data, dtype.newbyteorder("<")).astype(dtype).reshape(wanted)
    return {part.field: values[None] if part.batch else values}


def _take_compressai(part: Part, content: Strings, shape: Shape | None) -> Fields:
    fields: Fields = {part.field: content.strings, "rows": content.shape[0], "columns": content.shape[1]}
    fields |= {"architecture": content.architecture, "quality": content.quality, "metric": content.metric}
    return fields | ({"digest": content.digest} if content.digest else {})


KINDS: dict[str, Kind] = {
    "codes": Kind(Codes, _build_codes, _take_array),
    "number": Kind(Codes, _build_number, _take_number),
    "uniform": Kind(Codes, _build_uniform, _take_uniform),
    "sets": Kind(Sets, _build_sets, _take_array),
    "integers": Kind(Integers, _build_integers, _take_array),
    "string": Kind(CodedString, _build_string, _take_string),
    "raw": Kind(CodedString, _build_raw, _take_raw),
    "codestream": Kind(Codestream, _build_codestream, lambda part, content, shape: {part.field: content.data}),
    "compressai": Kind(Strings, _build_compressai, _take_compressai),
}
