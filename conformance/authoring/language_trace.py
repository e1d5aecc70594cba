"""A trace of encoding short texts with the language models, as JSON: python -m misc_conformance.authoring.language_trace

The trace has every intermediate value. For the tiny model (`tiny-language.bin`), it has the values themselves. For the shipped model,
whose arrays are long, it has digests of the arrays: the SHA-256 of the numbers in decimal, separated by commas.
"""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from typing import Any

from misc_format import tables
from misc_format.coders.text import language as text_language

from ..plain.language import LanguageModel
from ..plain.rangecoder import RangeEncoder
from ..suite import LANGUAGE_TRACE, TINY_LANGUAGE

FIELDS = ("the cup on the cup ☕", "cup", "a red cup")
CAPTION = ("A red cup on the wooden table.", "cup", "a red cup")


def trace(model_file: bytes, fields: tuple[str, ...], *, with_arrays: bool) -> dict[str, Any]:
    """The trace of encoding a text with a model. Without `with_arrays`, a digest replaces each long list."""
    encoder = RangeEncoder()
    steps: list[dict[str, Any]] = []

    def record(values: dict[str, Any]) -> None:
        f, token = values["f"], values["token"]
        coded = {"below": sum(f[:token]), "frequency": f[token], "position": encoder.position}
        steps.append({name: _as_json(value, with_arrays=with_arrays) for name, value in {**values, **coded}.items()})

    LanguageModel(model_file).encode([field.encode() for field in fields], encoder, record)
    digest = hashlib.sha256(model_file).hexdigest()
    return {"model_sha256": digest, "fields": fields, "steps": steps, "codeword": encoder.codeword().hex()}


def _as_json(value: Any, *, with_arrays: bool) -> Any:
    """A value as JSON. Without `with_arrays`, a digest replaces each long list."""
    if isinstance(value, dict):
        return {name: _as_json(part, with_arrays=with_arrays) for name, part in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [_as_json(part, with_arrays=with_arrays) for part in value]
    if hasattr(value, "tolist"):
        value = value.tolist()
    if with_arrays or not isinstance(value, list) or len(value) <= 8:
        return value
    return hashlib.sha256(",".join(map(str, value)).encode()).hexdigest()


def text() -> str:
    """The JSON document with both traces, one step per line."""
    shipped = files(tables).joinpath(text_language.MODEL).read_bytes()
    traces = {
        "tiny": trace(TINY_LANGUAGE.read_bytes(), FIELDS, with_arrays=True),
        "text-language-1": trace(shipped, CAPTION, with_arrays=False),
    }
    parts = []
    for name, document in traces.items():
        steps = ",\n".join(
            json.dumps(step, ensure_ascii=False, separators=(",", ":")) for step in document.pop("steps")
        )
        head = json.dumps(document, ensure_ascii=False)[1:-1]
        parts.append(f'"{name}": {{{head}, "steps": [\n{steps}\n]}}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    LANGUAGE_TRACE.write_text(text(), encoding="utf-8")
    print(f"{LANGUAGE_TRACE.name}: {LANGUAGE_TRACE.stat().st_size:,} bytes")
