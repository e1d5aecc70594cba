"""Coverage-guided fuzzing with atheris, where that is installed: python -m conformance.fuzzing.target [CORPUS_FOLDER] [libFuzzer options]

The first bytes of an input choose a vector to begin with, or none, so that both files from nothing and files nearly right are tried.
libFuzzer writes a file that fails to crash-*; it then becomes a vector in `conformance.authoring.breaking`.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path


def input_of(data: bytes) -> bytes:
    """The file that an input of the fuzzer stands for: itself, or a vector that it changes."""
    from conformance.fuzzing.fuzz import vectors
    from misc_format.testing.mutate import mutated, with_checksum

    if not data or data[0] < 0x80:
        return with_checksum(data[1:])
    names = tuple(vectors())
    name = names[int.from_bytes(data[1:3], "big") % len(names)]
    return mutated(vectors()[name], random.Random(data[3:]))


def check_input(data: bytes) -> None:
    """What atheris calls: only a `PropertyError` or a foreign exception counts."""
    from conformance.fuzzing.fuzz import check

    check(input_of(data), opened_anew=False)


def compiled_modules() -> Iterator[str]:
    """The names of the modules that have functions for numba."""
    root = Path(__file__).parents[2]
    for path in (root / "misc_format").rglob("*.py"):
        if b"import compiled" in path.read_bytes():
            yield ".".join(path.relative_to(root).with_suffix("").parts)


def main() -> None:
    """Instrument the format, whose modules nothing has imported so far, and fuzz until stopped."""
    try:
        import atheris
    except ModuleNotFoundError:
        sys.exit(
            "this needs atheris: pip install atheris; without it, python -m conformance.fuzzing.fuzz mutates vectors at random"
        )
    # numba cannot compile what atheris has instrumented.
    with atheris.instrument_imports(include=["misc_format"], exclude=list(compiled_modules())):
        from conformance.fuzzing.fuzz import prepare

        prepare(full=False)  # imports every coder
    atheris.Setup(sys.argv, check_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
