"""A file from its first byte to its content, its bits (clause 17) and its verdict (clauses 3.4 and 3.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import (
    ancillary,
    codestream,
    compressai,
    container,
    generation,
    grid,
    jbig2,
    language,
    latents,
    mapmodel,
    maps,
    profiles,
    text,
)
from .accounting import Account, Decoded
from .bits import BrokenRule, Payload, RuleWarning
from .registry import METHODS

Values = dict[str, Any]
DECODERS = {
    ("text", "raw"): text.decode_raw,
    ("text", "huffman"): text.decode_huffman,
    ("text", "language"): language.decode,
    ("text", "language-own"): language.decode_own,
    ("maps", "packed"): maps.decode_packed,
    ("maps", "runlength"): maps.decode_runlength,
    ("maps", "jbig2"): jbig2.decode,
    ("maps", "context"): mapmodel.decode,
    ("generation", "plain"): generation.decode,
    ("image", "grid"): grid.decode,
    ("image", "latents"): latents.decode,
    ("image", "compressai"): compressai.decode,
    ("image", "codestream"): codestream.decode,
}


def decode(data: bytes, models: Mapping[str, bytes] | None = None) -> Values:
    """What the manifest of the vectors says of a file: verdict, symbols, bits and fields, or the rule that it breaks.

    `models`: language models of the user's by their digests (clause 6.10).
    """
    try:
        values, warnings = _decode(data, models or {})
    except BrokenRule as broken:
        return {"verdict": "non-conforming", "issues": [_issue("error", broken.rule, broken.bit_offset, broken.path)]}
    return {"verdict": "conforming", "issues": [_issue("warning", *warned) for warned in warnings], **values}


def _issue(severity: str, rule: str, bit_offset: int, path: str) -> Values:
    return {"rule": rule, "severity": severity, "bit_offset": bit_offset, "path": path}


def _decode(data: bytes, models: Mapping[str, bytes]) -> tuple[Values, list[RuleWarning]]:
    file = container.file(data)
    picture, profile, _ = file.header
    account = Account(file.fields)
    warnings: list[RuleWarning] = []
    methods: dict[str, str] = {}
    contents: Values = {}
    members = []
    for component in file.components:
        payload = Payload(data, component.start, component.end, picture, models)
        if component.kind == "ancillary":
            members.append(ancillary.decode(payload, component.number))
            account.add_ancillary(component)
            continue
        if component.number not in METHODS[component.kind]:
            raise BrokenRule("MISC-CON-012", component.frame, f"framing/{component.kind}/method")
        method = methods[component.kind] = METHODS[component.kind][component.number]
        contents[component.kind], shares = DECODERS.get((component.kind, method), private)(payload)
        warnings += payload.warnings
        account.add_core(component, payload.fields, shares)
    symbols = {"width": picture.width, "height": picture.height, "profile": profile, "methods": methods, **contents}
    if members:
        symbols["ancillary"] = members
    offsets = {component.path: component.start for component in file.components}
    offsets |= {field.path: field.start for field in account.fields}
    for broken in profiles.check(symbols, offsets.__getitem__):
        raise BrokenRule(*broken)
    if profiles.exceeds_rate(symbols, len(data)):
        warnings.append(RuleWarning("MISC-PRO-007", offsets["header/profile"], "header/profile"))
    fields = [list(field) for field in sorted(account.fields, key=lambda field: field.start) if field.length]
    return {"symbols": symbols, "bits": account.bits, "fields": fields}, warnings


def private(payload: Payload) -> Decoded:
    """Clause 4.5: the payload of a private-use method, as it is."""
    data = payload.rest()
    return {"payload": data.hex()}, [("payload", 8 * len(data))]
