"""The page of published codecs: what each writes, what a file keeps of it, and how their counts differ; all from the code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

PATH = "published-codecs.md"
BEGIN = """# Every published codec

What `misc import --list CODEC` prints for each codec, and a sample of each. [Published codecs](import.md) says how to import one.

## The counts of samples

{note}

"""


def page() -> str:
    """The page, in Markdown."""
    from misc_format.codecs import CODECS
    from reference_codec.budget.codecs import NOTE, compared, table

    header, body = table(compared())
    parts = [BEGIN.format(note=NOTE), *rows(header, body)]
    for codec in CODECS.values():
        parts += _section(codec)
    return "\n".join(parts) + "\n"


def rows(header: Sequence[str], body: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of a table."""
    yield f"| {' | '.join(header)} |"
    yield f"|{'---|' * len(header)}"
    for row in body:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _section(codec: Any) -> Iterator[str]:
    from misc_format.codecs import listing

    (_, title), *details = listing.details(codec)
    yield f"\n## {codec.name}\n"
    yield f"{title}.\n"
    for name, text in details:
        head, _, inner = name.partition(" ")
        code = f" `{inner}`" if inner and head in ("form", "part", "setting") else f" {inner}" if inner else ""
        yield f"- {head.capitalize()}{code}: {text.replace('_', chr(92) + '_')}."
