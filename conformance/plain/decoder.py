"""A file from its first byte to its content, its bits (clause 13) and its verdict (clause 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.plain import container, generation, image, maps, profiles, text
from conformance.plain.bits import Bits, Broken, Field
from conformance.plain.container import Component

METHODS = {
    "text": {0: "raw", 1: "huffman", 2: "language", 3: "language-own", 15: "private"},
    "maps": {0: "packed", 1: "runlength", 2: "jbig2", 3: "context", 15: "private"},
    "generation": {0: "plain", 15: "private"},
    "image": {0: "grid", 1: "latents", 2: "compressai", 3: "codestream", 15: "private"},
}
PRIVATE = 15
Found = dict[str, Any]


def decode(data: bytes, models: Mapping[str, bytes] | None = None) -> Found:
    """What the manifest of the vectors says of a file: verdict, symbols, bits and fields, or the rule that it breaks.

    `models`: language models of the user's by their digests (clause 6.10).
    """
    try:
        found, warnings = _decode(data, models or {})
    except Broken as broken:
        return {"verdict": "non-conforming", "issues": [_issue("error", broken.rule, broken.bit_offset, broken.path)]}
    return {"verdict": "conforming", "issues": [_issue("warning", *warned) for warned in warnings], **found}


def _issue(severity: str, rule: str, bit_offset: int, path: str) -> Found:
    return {"rule": rule, "severity": severity, "bit_offset": bit_offset, "path": path}


def _decode(data: bytes, models: Mapping[str, bytes]) -> tuple[Found, list[generation.Warned]]:
    file = container.read(data)
    symbols: Found = {"width": file.width, "height": file.height, "profile": file.profile, "methods": {}}
    bits = {"header": 0, "framing": 0}
    for field in file.fields:
        bits[field.path.partition("/")[0]] += field.length
    fields, warnings, members = list(file.fields), [], []
    for component in file.components:
        if component.kind == "ancillary":
            members.append(container.ancillary(data, component))
            bits[component.path] = component.end - component.start
            fields.append(Field(component.path, component.start, component.end - component.start))
            continue
        methods = METHODS[component.kind]
        if component.number not in methods:
            raise Broken("MISC-CON-012", component.frame, f"framing/{component.kind}/method")
        symbols["methods"][component.kind] = methods[component.number]
        declared: list[Field] = []
        window = Bits(data, component.start, component.end, declared)
        symbols[component.kind], shares, warned = _component(window, component, (file.width, file.height), models)
        warnings += warned
        _count(component, declared, shares, bits, fields)
    if members:
        symbols["ancillary"] = members
    places = {component.path: component.start for component in file.components}
    places |= {field.path: field.start for field in fields}
    for broken in profiles.check(symbols, places.__getitem__):
        raise Broken(*broken)
    if profiles.too_many_bits(symbols, len(data)):
        warnings.append(("MISC-PRO-007", places["header/profile"], "header/profile"))
    told = [list(field) for field in sorted(fields, key=lambda field: field.start) if field.length]
    return {"symbols": symbols, "bits": bits, "fields": told}, warnings


def _component(
    bits: Bits, component: Component, picture: tuple[int, int], models: Mapping[str, bytes]
) -> tuple[Any, list[tuple[str, int]], list[generation.Warned]]:
    """Content, shares of what follows the declared fields, warnings."""
    kind, method = component.kind, component.number
    if method == PRIVATE:
        payload = bits.rest()
        return {"payload": payload.hex()}, [("payload", 8 * len(payload))], []
    if kind == "generation":
        found, warnings = generation.decode(bits)
        return found, [], warnings
    if kind == "text":
        return *text.decode(bits, method, models), []
    if kind == "maps":
        grids, shares = maps.decode(bits, method, picture)
        return [maps.symbols(grid) for grid in grids], shares, []
    return *image.decode(bits, method, picture), []


def _count(
    component: Component,
    declared: list[Field],
    shares: list[tuple[str, int]],
    bits: dict[str, int],
    fields: list[Field],
) -> None:
    """Clause 13: a core payload split into declared fields, parts and padding."""
    place = component.start + sum(field.length for field in declared)
    if declared:
        bits[f"{component.kind}/header"] = place - component.start
    fields += declared
    for name, length in shares:
        path = f"{component.kind}/{name}"
        if length or name != "padding":
            bits[path] = length
            fields.append(Field(path, place, length))
        place += length
