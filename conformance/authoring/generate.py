"""Write the vectors and their manifest anew: python -m conformance.authoring.generate

The files are made by the reference encoder, or broken by hand (`breaking`), and what is expected of them is what the reference
decoder makes of them. A test compares both with what is committed, so that no byte and no verdict changes unseen.
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

from conformance.authoring import branches, breaking, cases, tiny_language
from conformance.authoring.exercised import phase, profile, requirements
from conformance.authoring.expected import arrays, outcome
from conformance.suite import FOLDER, MANIFEST
from misc_format import Stream, read, write


class Made(NamedTuple):
    """A vector as it is written: the file, its entry, and files of what is expected, by their names."""

    data: bytes
    entry: dict[str, Any]
    files: dict[str, bytes]


def vectors() -> dict[str, Made]:
    """All vectors by name; made by as many processes as there are cores, for texts under a language model take seconds."""
    by_name: dict[str, Made] = {}
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # of the processes, which are as many as there are cores already
    with tiny_language.known(), ProcessPoolExecutor(mp_context=get_context("spawn")) as processes:
        made = processes.map(_positive, chain(cases.positive(), branches.positive()))
        for name, vector in chain(made, _negative()):
            assert name not in by_name, name
            by_name[name] = vector
    return by_name


def _positive(named: tuple[str, Stream]) -> tuple[str, Made]:
    name, stream = named
    data = write(stream)
    expected = outcome(data)
    files = {f"{name}.{end}": held for end, held in arrays(read(data)).items()}
    return name, _made(name, data, expected, files)


def _negative() -> Iterator[tuple[str, Made]]:
    for case in chain(breaking.negative(), branches.negative()):
        expected: dict[str, Any] = {
            "verdict": "non-conforming",
            "rule": case.rule,
            "phase": phase(case.rule, case.path),
        }
        expected |= {"bit_offset": case.bit_offset, "path": case.path}
        yield case.name, _made(case.name, case.data, expected, {})


def _made(name: str, data: bytes, expected: dict[str, Any], files: dict[str, bytes]) -> Made:
    named = profile(data)
    entry = {
        "file": f"{name}.misc",
        "sha256": hashlib.sha256(data).hexdigest(),
        **({"profile": named} if named else {}),
        "requirements": requirements({**expected, "profile": named}),
        **expected,
        **({"files": sorted(files)} if files else {}),
    }
    return Made(data, entry, files)


def manifest_text(made: dict[str, Made]) -> str:
    """The manifest as it is committed: an entry a line, so that differences can be read."""
    entries = [f"  {json.dumps(held.entry, ensure_ascii=False)}" for _, held in sorted(made.items())]
    return "[\n" + ",\n".join(entries) + "\n]\n"


def written(made: dict[str, Made]) -> dict[str, bytes]:
    """The files of the folder by name."""
    files = {f"{name}.misc": held.data for name, held in made.items()}
    for held in made.values():
        files |= held.files
    return files | {MANIFEST.name: manifest_text(made).encode()}


def main() -> None:
    """Replace the folder's content."""
    made = vectors()
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.iterdir():
        path.unlink()
    files = written(made)
    for name, data in files.items():
        (FOLDER / name).write_bytes(data)
    print(f"{len(made)} vectors, {sum(map(len, files.values())):,} bytes in {len(files)} files")


if __name__ == "__main__":
    main()
