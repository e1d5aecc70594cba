"""What the package hands to the page of a file, as plain values: what takes a model, and all broken rules.

The page reads the bytes itself as well, and shows what it reads where nothing is handed to it.
"""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import Any

from misc_format import accounting
from misc_format.components import Stream, Text
from misc_format.document import Document, Source, opened
from misc_format.page import arrays, pictures
from misc_format.validation.validator import validate


def view(source: Source, name: str) -> dict[str, Any]:
    """The values of a file. `name`: the title of the page. `decoded` is None for a file that does not conform."""
    document = opened(source)
    issues = validate(document).issues
    is_broken = any(issue.severity == "error" for issue in issues)
    return {
        "name": name,
        "bytes": base64.b64encode(document.data).decode(),
        "issues": [
            {"rule": issue.id, "path": issue.path, "start": issue.bit_offset or 0, "found": issue.message}
            for issue in issues
        ],
        "decoded": None if is_broken else _decoded(document),
    }


def _decoded(document: Document) -> dict[str, Any]:
    """What the payloads of a conforming file hold."""
    account, stream = accounting.account(document, deep=True), document.stream()
    picture, notes = pictures.picture_figure(stream)
    return {
        "fields": [
            [leaf.path, leaf.bit_offset, leaf.bit_length, "" if leaf.value is None else str(leaf.value), leaf.clause]
            for leaf in document.leaves()
        ],
        "account": [
            {**part._asdict(), "owner": part.owner, "information": part.information_bits} for part in account.components
        ],
        "outside": [need._asdict() for need in account.outside],
        "budget": [use._asdict() for use in account.budget],
        "text": asdict(stream.text) if isinstance(stream.text, Text) else None,
        "picture": asdict(picture) if picture else None,
        "figures": [asdict(figure) for figure in _figures(stream)],
        "notes": notes,
    }


def _figures(stream: Stream) -> list[arrays.ArrayFigure]:
    """The coded grid of the reference picture, then the other arrays."""
    grid = pictures.coded_grid(stream)
    return ([arrays.reference_grid(grid)] if grid else []) + arrays.array_figures(stream)
