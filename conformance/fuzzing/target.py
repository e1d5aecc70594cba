"""Coverage-guided fuzzing with atheris: python -m misc_conformance.fuzzing.target NAME [CORPUS_FOLDER] [libFuzzer options]

NAME is `bitstream`, or a reader of `readers.READERS`. An empty corpus folder is filled with the reader's seeds. If an input makes a check
fail, libFuzzer writes it to crash-*.

The first bytes of an input for `bitstream` decide whether its other bytes are the file itself or mutate a vector. The fuzzer so tries
arbitrary files and almost conforming files. For a file that fails, add a vector to `misc_conformance.authoring.breaking`.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

BITSTREAM = "bitstream"


def input_of(data: bytes) -> bytes:
    """The bitstream for an input of the fuzzer: the input itself, or a vector that the input mutates."""
    from misc_format.testing.mutate import mutated, with_checksum

    from .fuzz import vectors

    if not data or data[0] < 0x80:
        return with_checksum(data[1:])
    names = tuple(vectors())
    name = names[int.from_bytes(data[1:3], "big") % len(names)]
    return mutated(vectors()[name], random.Random(data[3:]))


def check_input(data: bytes) -> None:
    """Check one input of `bitstream`; atheris calls this function. Any exception is a finding."""
    from misc_format import Document

    from .fuzz import check

    check(Document(input_of(data)))


def compiled_modules() -> Iterator[str]:
    """The names of the modules with functions that numba compiles."""
    root = Path(__file__).parents[2]
    for path in (root / "misc_format").rglob("*.py"):
        if b"import compiled" in path.read_bytes():
            yield ".".join(path.relative_to(root).with_suffix("").parts)


def prepared(name: str, corpus: Path | None) -> Callable[[bytes], object]:
    """The function that checks an input. All that it needs is imported. Seeds are written to an empty corpus folder."""
    if name == BITSTREAM:
        from .fuzz import prepare

        prepare(full=False)  # imports every coder
        return check_input
    from .foreign import warm
    from .readers import READERS

    warm(name)
    if corpus is not None and not any(corpus.iterdir()):
        for number, data in enumerate(READERS[name].seeds()):
            (corpus / f"seed-{number:03}").write_bytes(data)
    return READERS[name].check


def main() -> None:
    """Instrument `misc_format`, which must not be imported before, and fuzz until the user stops the program."""
    program, *arguments = sys.argv
    if not arguments or arguments[0].startswith("-"):
        sys.exit("name what to fuzz: bitstream, or a reader of misc_conformance.fuzzing.readers")
    try:
        import atheris
    except ModuleNotFoundError:
        sys.exit(
            "atheris is not installed: pip install atheris, or run python -m misc_conformance.fuzzing.foreign or .fuzz, "
            "which change inputs at random"
        )
    name, *options = arguments
    corpus = next((Path(option) for option in options if not option.startswith("-")), None)
    # numba cannot compile what atheris has instrumented.
    with atheris.instrument_imports(include=["misc_format", "reference_codec"], exclude=list(compiled_modules())):
        check = prepared(name, corpus)
    atheris.Setup([program, *options], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
