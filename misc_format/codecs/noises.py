"""The files of DDCM and Turbo-DDCM: which noises each step of the diffusion takes, and their coefficients or signs.

All steps are one number, right-aligned. The numbers of noises of a codebook (K) and of noises a step takes (M) stand beside the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import comb
from typing import Any

import numpy as np

from misc_format.codecs import bitpacking
from misc_format.codecs.combinations import rank_bits, rank_of, set_of
from misc_format.codecs.faults import content_fault, option_fault, shown, source_fault
from misc_format.codecs.rows import Fields
from misc_format.limits import MAX_ARRAY_VALUES, MAX_SET_STEPS

MAX_CHOSEN = 256  # noises that a step takes
LAST_TIME = 999  # of a diffusion
MAX_RANKED = 2**14  # of all steps: a rank takes milliseconds
MAX_SETTINGS_BYTES = 2**16


def widths(codes: int, chosen: int, coefficient_bits: int) -> tuple[int, ...]:
    """The bits of the columns of a step of DDCM: an index, then a coefficient and an index for each further noise."""
    index = bitpacking.bits_of(codes)
    return (index, *(coefficient_bits, index) * (chosen - 1))


def read_ddcm(data: bytes, path: str, settings: Mapping[str, Any]) -> Fields:
    """The indices and the coefficients. Raises `MiscError`."""
    codes, chosen = _setting(settings, "K", 2), _setting(settings, "M", 1, MAX_CHOSEN)
    coefficient_bits = _setting(settings, "C", 1, 16) if chosen > 1 else 0
    columns = widths(codes, chosen, coefficient_bits)
    steps = _steps(len(data), sum(columns), settings, path)
    if steps * len(columns) > MAX_ARRAY_VALUES:
        raise source_fault(f"it has {steps * len(columns):,} numbers, more than {MAX_ARRAY_VALUES:,}", path)
    table = bitpacking.unpack_steps(data, columns, steps, path)
    if table[:, ::2].max() >= codes:
        raise source_fault(f"it has the index {int(table[:, ::2].max()):,}, and K is {codes:,}", path)
    if chosen == 1:
        return {"noise_indices": table, "K": codes}
    return {
        "noise_indices": table[:, ::2],
        "coeff_indices": table[:, 1::2],
        "K": codes,
        "levels": 1 << coefficient_bits,
    }


def write_ddcm(fields: Mapping[str, Any]) -> bytes:
    """The file. Raises `MiscError`."""
    indices = np.asarray(fields["noise_indices"])
    indices = indices.reshape(len(indices), -1)
    _check_chosen(indices)
    table = np.zeros((len(indices), 2 * indices.shape[1] - 1), np.int64)
    table[:, ::2] = indices
    if table.shape[1] == 1:
        return bitpacking.pack_steps(table, widths(fields["K"], 1, 0))
    coefficients = np.asarray(fields.get("coeff_indices", ()))
    if coefficients.shape != (len(indices), indices.shape[1] - 1):
        message = f"{indices.shape[1]} noises a step take {indices.shape[1] - 1} coefficients; their shape is {coefficients.shape}"
        raise content_fault(message, "image/coefficients")
    table[:, 1::2] = coefficients
    return bitpacking.pack_steps(table, widths(fields["K"], indices.shape[1], bitpacking.bits_of(fields["levels"])))


def read_turbo(data: bytes, path: str, settings: Mapping[str, Any]) -> Fields:
    """The set of noises of each step, and their signs. Raises `MiscError`."""
    codes, chosen = _setting(settings, "K", 2, MAX_SET_STEPS), _setting(settings, "M", 1, MAX_CHOSEN)
    if chosen > codes:
        raise option_fault(f"M is {chosen:,}, and K is {codes:,}", "M")
    rank = rank_bits(chosen, codes)
    steps = _steps(len(data), rank + chosen, settings, path)
    if steps * chosen > MAX_RANKED or steps * codes > MAX_SET_STEPS:
        raise source_fault(f"{_amount(steps, chosen, codes)} are more than are read", path)
    bits = np.unpackbits(np.frombuffer(data, np.uint8))
    front = bits.size - steps * (rank + chosen)
    if bits[:front].any():
        raise source_fault(f"the {front} bits before the first step are not all zero", path)
    rows = bits[front:].reshape(steps, rank + chosen)
    sets = [set_of(_rank(row[:rank], chosen, codes, path), chosen, codes) for row in rows]
    return {"indices": np.array(sets), "signs": rows[:, rank:].astype(np.int64), "K": codes}


def write_turbo(fields: Mapping[str, Any]) -> bytes:
    """The file. Raises `MiscError`."""
    sets, signs = np.asarray(fields["indices"]), np.asarray(fields["signs"])
    if sets.ndim != 2 or sets.shape != signs.shape:
        raise content_fault(f"the sets have shape {sets.shape} and the signs {signs.shape}", "image/coefficients")
    _check_chosen(sets)
    if sets.size > MAX_RANKED or len(sets) * fields["K"] > MAX_SET_STEPS:
        raise content_fault(
            f"{_amount(len(sets), sets.shape[1], fields['K'])} are more than are written", "image/seeds"
        )
    rank = rank_bits(sets.shape[1], fields["K"])
    number = 0
    for members, row in zip(sets.tolist(), signs.tolist(), strict=True):
        number = number << rank | rank_of(members, fields["K"])
        for sign in row:
            number = number << 1 | sign
    return number.to_bytes((sets.shape[0] * (rank + sets.shape[1]) + 7) // 8, "big")


def turbo_settings(data: bytes) -> Fields:
    """The fields of `compression_config.json`. Raises `MiscError`."""
    name = "compression_config.json"
    try:
        values = json.loads(data) if len(data) <= MAX_SETTINGS_BYTES else None
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise source_fault("it is not a JSON object", name)
    fields = {}
    for key in ("K", "M", "T", "seed"):
        if key in values:
            if type(values[key]) is not int:
                raise source_fault(f"it is {shown(values[key])}, not an integer", f"{name}/{key}")
            fields[key] = values[key]
    return fields


def _check_chosen(indices: Any) -> None:
    """Check that a file with this many noises a step can be read again. Raises `MiscError`."""
    if indices.shape[1] > MAX_CHOSEN:
        raise content_fault(f"a step has {indices.shape[1]:,} noises, more than {MAX_CHOSEN}", "image/seeds")


def _amount(steps: int, chosen: int, codes: int) -> str:
    return f"{steps:,} steps of {chosen:,} noises of {codes:,}"


def complete_ddcm(fields: Fields) -> Fields:
    """With the number of coefficients, and an axis for the one noise of a step, which DDCM leaves out.

    Raises `MiscError` for settings that contradict the arrays. A step is coded for each but one of the T steps in the range of times. If
    the range is not that of all times, their number is not known: it depends on how the sampler spaces them.
    """
    if "noise_indices" not in fields:
        return fields
    indices = fields["noise_indices"]
    if indices.ndim == 1:
        fields = fields | {"noise_indices": (indices := indices[:, None])}
    if "coeff_indices" in fields and not {"C", "levels"} & fields.keys():
        raise option_fault("the source does not say how many bits a coefficient has; give --set C=N", "C")
    if "C" in fields and "coeff_indices" in fields:
        fields = {"levels": 1 << fields["C"], **fields}
        _check_setting(fields, "levels", 1 << fields["C"], "values of a coefficient")
    if (levels := fields.get("levels", 2)) & levels - 1:
        raise option_fault(f"it is {levels:,}, which is no power of two", "levels")
    first, last = fields.get("first", LAST_TIME), fields.get("last", 0)
    is_all = (first, last) == (LAST_TIME, 0)
    _check_steps(fields, indices, first - last + 1, is_all)
    return fields


def check_turbo(fields: Fields) -> Fields:
    """The fields. Raises `MiscError` for settings that contradict the arrays.

    The number of steps without bits is chosen from the rate.
    """
    if "indices" in fields:
        _check_steps(fields, fields["indices"], LAST_TIME + 1, is_all=False)
    return fields


def _check_steps(fields: Fields, indices: Any, times: int, is_all: bool) -> None:
    """Check the number of steps against T and the number of times, and that of noises against M. Raises `MiscError`."""
    if indices.ndim != 2:
        return  # its shape is refused later
    steps, chosen = indices.shape
    _check_setting(fields, "M", chosen, "noises a step")
    if "T" in fields:
        most = min(fields["T"] - 1, times)
        if steps > most or (is_all and steps < most):
            wanted = f"{most:,} are coded" if is_all else f"at most {most:,} are coded"
            raise option_fault(f"of {fields['T']:,} steps {wanted}, and the source has {steps:,}", "T")


def _check_setting(fields: Fields, key: str, value: int, what: str) -> None:
    if fields.get(key, value) != value:
        raise option_fault(f"the source has {value:,} {what}, and {fields[key]:,} is given", key)


def _rank(bits: Any, chosen: int, codes: int, path: str) -> int:
    value = int.from_bytes(np.packbits(np.concatenate([np.zeros(-bits.size % 8, np.uint8), bits])).tobytes(), "big")
    if value >= comb(codes, chosen):
        raise source_fault(f"a rank is not below the number of sets of {chosen:,} out of {codes:,}", path)
    return value


def _steps(size: int, step_bits: int, settings: Mapping[str, Any], path: str) -> int:
    """The number of coded steps: it follows from the length, unless less than a byte is coded for a step."""
    if step_bits > 7:
        steps = 8 * size // step_bits
    elif "T" in settings:
        steps = int(settings["T"]) - 1
    else:
        raise option_fault(
            f"a step takes {step_bits} bits, so that the length does not give the number of steps; give --set T=N", "T"
        )
    if not steps or not 0 <= 8 * size - steps * step_bits < 8:
        raise source_fault(f"{size:,} bytes are no whole number of steps of {step_bits:,} bits; check K, M and C", path)
    return steps


def _setting(settings: Mapping[str, Any], key: str, least: int, most: int = 2**32) -> int:
    if key not in settings:
        raise option_fault(f"the file does not say it; give --set {key}=N", key)
    value = int(settings[key])
    if not least <= value <= most:
        raise option_fault(f"it is {value:,}, not {least:,} to {most:,}", key)
    return value
