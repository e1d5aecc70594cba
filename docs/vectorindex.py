"""The page of vectors by rule: which files of the conformance suite exercise a requirement, from the manifest of the vectors."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MANIFEST = Path(__file__).parents[1] / "conformance" / "vectors" / "manifest.json"
PATH = "vectors-by-rule.md"
BEGIN = """# Vectors by rule

The [vectors](vectors.md) that exercise each requirement (Annex C). A vector that does not conform breaks one rule, and is named.
The others keep the rule while their content could break it; they are many, so they are counted by the first word of their names.

`misc conformance run --only NAME` runs one vector, or those that a pattern such as `'maps-*'` matches.
"""

Vectors = list[dict[str, Any]]


def exercised() -> dict[str, Vectors]:
    """The vectors of each requirement that has any, by its id."""
    found: dict[str, Vectors] = {}
    for vector in json.loads(MANIFEST.read_text(encoding="utf-8")):
        for name in vector["requirements"]:
            found.setdefault(name, []).append(vector)
    return found


def count(name: str, of: dict[str, Vectors]) -> str:
    """How many vectors exercise a requirement, as a link to their list; seen from a page in a folder."""
    return f"[{len(of[name])}](../{PATH}#{name.lower()})" if name in of else "0"


def page(of: dict[str, Vectors], places: dict[str, str], said: dict[str, str]) -> str:
    """The page. `places` are where the requirements are stated; `said` is what each asks for, in their order."""
    return BEGIN + "".join("\n".join(_section(name, of[name], places[name], said[name])) for name in said if name in of)


def _section(name: str, vectors: Vectors, place: str, said: str) -> Iterator[str]:
    broken = [vector for vector in vectors if vector.get("rule") == name]
    warned = [vector for vector in vectors if any(warning["rule"] == name for warning in vector.get("warnings", ()))]
    kept = [vector for vector in vectors if vector not in broken and vector not in warned]
    yield f"\n## {name}\n"
    yield f"{said} [Where it is stated]({place}).\n"
    for verb, group in (("Broken", broken), ("Broken, as a warning,", warned)):
        if group:
            yield f"- {verb} by {len(group)}: {', '.join(f'`{_name(vector)}`' for vector in group)}"
    if kept:
        words = Counter(_name(vector).partition("-")[0] for vector in kept)
        yield f"- Kept by {len(kept)}: {', '.join(f'`{word}-*` ({number})' for word, number in words.items())}"
    yield ""


def _name(vector: dict[str, Any]) -> str:
    return str(vector["file"]).removesuffix(".misc")
