"""A file from its first byte to its content, its bits (clause 17) and its verdict (clauses 3.4 and 3.6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from . import (
    ancillary,
    arrays,
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
from .container import Component
from .registry import METHODS, SELF_DECLARED

Values = dict[str, Any]
DECODERS: dict[tuple[str, str], Callable[[Payload], Decoded]] = {
    ("text", "raw"): text.decode_raw,
    ("text", "huffman"): text.decode_huffman,
    ("text", "language"): language.decode,
    ("text", "language-own"): language.decode_own,
    ("maps", "packed"): maps.decode_packed,
    ("maps", "runlength"): maps.decode_runlength,
    ("maps", "jbig2"): jbig2.decode,
    ("maps", "context"): partial(mapmodel.decode, network=mapmodel.OUTLINES),
    ("maps", "ragged"): partial(mapmodel.decode, network=mapmodel.RAGGED),
    ("generation", "plain"): generation.decode,
    ("image", "grid"): grid.decode,
    ("image", "latents"): latents.decode,
    ("image", "compressai"): compressai.decode,
    ("image", "codestream"): codestream.decode,
    ("image", "codes-uniform"): arrays.decode_uniform,
    ("image", "codes-static"): arrays.decode_static,
    ("image", "codes-adaptive"): arrays.decode_adaptive,
    ("image", "codes-context"): arrays.decode_context,
    ("image", "codes-graded"): arrays.decode_graded,
    ("image", "sets"): arrays.decode_sets,
    ("image", "integers"): arrays.decode_integers,
    ("image", "string"): arrays.decode_string,
}


def decode(data: bytes, models: Mapping[str, bytes] | None = None) -> Values:
    """What the manifest of the vectors says of a file: verdict, symbols, bits and fields, or the rule that it breaks.

    `models`: language models and tables of codes of the user's, by their digests (clauses 6.10 and 12.4).
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
    unchecked, parts, members = [], [], []
    for component in file.components:
        payload = Payload(data, component.start, component.end, picture, models)
        if component.kind == "ancillary":
            members.append(ancillary.decode(payload, component.number))
            account.add_ancillary(component)
            continue
        method = _method(component)
        content, shares = _content(component, method, payload)
        warnings += payload.warnings
        account.add_core(component, payload.fields, shares)
        has_no_check = (component.kind, component.number) in SELF_DECLARED and not component.checked
        if component.part is not None:
            parts.append(_part(component.part, method, content, has_no_check))
        else:
            methods[component.kind], contents[component.kind] = method, content
            unchecked += [component.kind] * has_no_check
    if parts:
        contents["image"] = {"parts": parts}
    symbols = {"width": picture.width, "height": picture.height, "profile": profile, "methods": methods, **contents}
    symbols |= {"unchecked": sorted(unchecked)} if unchecked else {}
    symbols |= {"ancillary": members} if members else {}
    offsets = {component.path: component.start for component in file.components}
    offsets |= {field.path: field.start for field in account.fields}
    if parts:
        offsets["image"] = offsets["framing/image/0/role"]
    for broken in profiles.check(symbols, offsets.__getitem__):
        raise BrokenRule(*broken)
    if profiles.exceeds_rate(symbols, len(data)):
        warnings.append(RuleWarning("MISC-PRO-007", offsets["header/profile"], "header/profile"))
    fields = [list(field) for field in sorted(account.fields, key=lambda field: field.start) if field.length]
    return {"symbols": symbols, "bits": account.bits, "fields": fields}, warnings


def _method(component: Component) -> str:
    """The name of the method of a component or part."""
    if component.number not in METHODS[component.kind]:
        raise BrokenRule("MISC-CON-012", component.frame, f"{component.framing}/method")
    return METHODS[component.kind][component.number]


def _content(component: Component, method: str, payload: Payload) -> Decoded:
    """The content of a payload. A decoder gives the paths of a part as those of an image; here they become those of the part."""

    def placed(path: str) -> str:
        return component.path + path.removeprefix(component.kind)

    try:
        decoded = DECODERS.get((component.kind, method), private)(payload)
    except BrokenRule as broken:
        raise BrokenRule(broken.rule, broken.bit_offset, placed(broken.path)) from None
    payload.fields = [field._replace(path=placed(field.path)) for field in payload.fields]
    payload.warnings = [warning._replace(path=placed(warning.path)) for warning in payload.warnings]
    return decoded


def _part(part: container.Part, method: str, content: Any, has_no_check: bool) -> Values:
    """A part of an image."""
    name = {"name": part.name} if part.name else {}
    unchecked = {"unchecked": True} if has_no_check else {}
    return {"role": part.role, **name, "method": method, "content": content, **unchecked}


def private(payload: Payload) -> Decoded:
    """Clause 4.5: the payload of a private-use method, as it is."""
    data = payload.rest()
    return {"payload": data.hex()}, [("payload", 8 * len(data))]
