"""Write the vectors and their manifest anew: python -m conformance.generate

The files are made by the reference encoder, or broken by hand (`breaking`), and what is expected of them is what the reference
decoder makes of them. A test compares both with what is committed, so that no byte and no verdict changes unseen.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from conformance import tiny_language
from conformance.breaking import negative
from conformance.cases import positive
from conformance.expected import outcome
from misc_format import write

VECTORS = Path(__file__).parent / "vectors"
MANIFEST = VECTORS / "manifest.json"


def vectors() -> dict[str, tuple[bytes, dict[str, Any]]]:
    """Name to (file, manifest entry)."""
    with tiny_language.known():
        return _vectors()


def _vectors() -> dict[str, tuple[bytes, dict[str, Any]]]:
    made = {}
    for name, stream in positive():
        data = write(stream)
        made[name] = (data, outcome(data))
    for case in negative():
        expected = {"verdict": "non-conforming", "rule": case.rule, "bit_offset": case.bit_offset, "path": case.path}
        made[case.name] = (case.data, expected)
    return {
        name: (data, {"file": f"{name}.misc", "sha256": hashlib.sha256(data).hexdigest(), **expected})
        for name, (data, expected) in made.items()
    }


def manifest_text(made: dict[str, tuple[bytes, dict[str, Any]]]) -> str:
    """The manifest as it is committed: an entry a line, so that differences can be read."""
    entries = [f"  {json.dumps(entry, ensure_ascii=False)}" for _, (_, entry) in sorted(made.items())]
    return "[\n" + ",\n".join(entries) + "\n]\n"


def main() -> None:
    """Replace the folder's content."""
    made = vectors()
    VECTORS.mkdir(exist_ok=True)
    for path in VECTORS.iterdir():
        path.unlink()
    for name, (data, _) in made.items():
        (VECTORS / f"{name}.misc").write_bytes(data)
    MANIFEST.write_text(manifest_text(made), encoding="utf-8")
    size = sum(len(data) for data, _ in made.values())
    print(f"{len(made)} vectors, {size:,} bytes")


if __name__ == "__main__":
    main()
