"""Coverage-guided fuzzing with atheris: python -m misc_conformance.fuzzing.target [CORPUS_FOLDER] [libFuzzer options]

The first bytes of an input decide whether its other bytes are the file itself or mutate a vector. The fuzzer so tries arbitrary files and
almost conforming files. If an input makes a check fail, libFuzzer writes it to crash-*. Then add a vector for the file to
`misc_conformance.authoring.breaking`.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path


def input_of(data: bytes) -> bytes:
    """The file for an input of the fuzzer: the input itself, or a vector that the input mutates."""
    from misc_format.testing.mutate import mutated, with_checksum

    from .fuzz import vectors

    if not data or data[0] < 0x80:
        return with_checksum(data[1:])
    names = tuple(vectors())
    name = names[int.from_bytes(data[1:3], "big") % len(names)]
    return mutated(vectors()[name], random.Random(data[3:]))


def check_input(data: bytes) -> None:
    """Check one input; atheris calls this function. Any exception is a finding."""
    from .fuzz import check

    check(input_of(data), opened_twice=False)


def compiled_modules() -> Iterator[str]:
    """The names of the modules with functions that numba compiles."""
    root = Path(__file__).parents[2]
    for path in (root / "misc_format").rglob("*.py"):
        if b"import compiled" in path.read_bytes():
            yield ".".join(path.relative_to(root).with_suffix("").parts)


def main() -> None:
    """Instrument `misc_format`, which must not be imported before, and fuzz until the user stops the program."""
    try:
        import atheris
    except ModuleNotFoundError:
        sys.exit(
            "atheris is not installed: pip install atheris, or run python -m misc_conformance.fuzzing.fuzz, which mutates vectors at random"
        )
    # numba cannot compile what atheris has instrumented.
    with atheris.instrument_imports(include=["misc_format"], exclude=list(compiled_modules())):
        from .fuzz import prepare

        prepare(full=False)  # imports every coder
    atheris.Setup(sys.argv, check_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
