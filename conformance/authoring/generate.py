"""Regenerate the vectors and their manifest: python -m misc_conformance.authoring.generate

The reference encoder writes the conforming files. `breaking` makes the non-conforming ones. The expected results are those of the
reference decoder. A test compares the generated files with the committed ones, so that no byte and no verdict changes unnoticed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from multiprocessing import get_context
from typing import Any, NamedTuple

from misc_format import Stream, read, write

from ..suite import FOLDER, MANIFEST
from . import arrays as array_cases
from . import boundaries, branches, breaking, cases, parts, realistic
from .exercised import phase, profile, requirements
from .expected import arrays, outcome
from .users_files import available


class NewVector(NamedTuple):
    """A generated vector: the file, its entry in the manifest, and, by name, the files with its expected arrays."""

    data: bytes
    entry: dict[str, Any]
    files: dict[str, bytes]


def vectors() -> dict[str, NewVector]:
    """Generate all vectors, by name. Each core runs one process, because coding a text with a language model takes seconds."""
    by_name: dict[str, NewVector] = {}
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # one thread per process, because each core has a process
    with available(), ProcessPoolExecutor(mp_context=get_context("spawn")) as processes:
        streams = chain.from_iterable(
            module.conforming_streams() for module in (cases, branches, boundaries, parts, array_cases, realistic)
        )
        conforming = processes.map(_conforming, streams)
        for name, vector in chain(conforming, _non_conforming()):
            assert name not in by_name, name
            by_name[name] = vector
    return by_name


def _conforming(case: tuple[str, Stream]) -> tuple[str, NewVector]:
    name, stream = case
    data = write(stream)
    expected = outcome(data)
    files = {f"{name}.{suffix}": content for suffix, content in arrays(read(data)).items()}
    return name, _new_vector(name, data, expected, files)


def _non_conforming() -> Iterator[tuple[str, NewVector]]:
    modules = (breaking, branches, boundaries, parts, array_cases)
    for case in chain.from_iterable(module.broken_files() for module in modules):
        expected: dict[str, Any] = {
            "verdict": "non-conforming",
            "rule": case.rule,
            "phase": phase(case.rule, case.path),
        }
        expected |= {"bit_offset": case.bit_offset, "path": case.path}
        yield case.name, _new_vector(case.name, case.data, expected, {})


def _new_vector(name: str, data: bytes, expected: dict[str, Any], files: dict[str, bytes]) -> NewVector:
    profile_name = profile(data)
    entry = {
        "file": f"{name}.misc",
        "sha256": hashlib.sha256(data).hexdigest(),
        **({"profile": profile_name} if profile_name else {}),
        "requirements": requirements({**expected, "profile": profile_name}),
        **expected,
        **({"files": sorted(files)} if files else {}),
    }
    return NewVector(data, entry, files)


def manifest_text(new_vectors: dict[str, NewVector]) -> str:
    """The text of the manifest: one entry per line, so that a diff is readable."""
    entries = [f"  {json.dumps(vector.entry, ensure_ascii=False)}" for _, vector in sorted(new_vectors.items())]
    return "[\n" + ",\n".join(entries) + "\n]\n"


def folder_files(new_vectors: dict[str, NewVector]) -> dict[str, bytes]:
    """All files of the vector folder, by name."""
    files = {f"{name}.misc": vector.data for name, vector in new_vectors.items()}
    for vector in new_vectors.values():
        files |= vector.files
    return files | {MANIFEST.name: manifest_text(new_vectors).encode()}


def main() -> None:
    """Replace all files in the vector folder."""
    new_vectors = vectors()
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.iterdir():
        path.unlink()
    files = folder_files(new_vectors)
    for name, data in files.items():
        (FOLDER / name).write_bytes(data)
    print(f"{len(new_vectors)} vectors, {sum(map(len, files.values())):,} bytes in {len(files)} files")


if __name__ == "__main__":
    main()
