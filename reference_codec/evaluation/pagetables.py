"""Reads the tables of a published page back, as the text of their cells."""

from __future__ import annotations

from html.parser import HTMLParser

CELLS = ("td", "th")


def cells_of(text: str) -> dict[str, list[list[str]]]:
    """The rows of the body of each table that has an identifier, as text, with single spaces."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return {name: [[" ".join(cell.split()) for cell in row] for row in rows] for name, rows in reader.tables.items()}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self._rows: list[list[str]] | None = None
        self._in_body = self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        name = dict(attrs).get("id")
        if tag == "table" and name:
            self._rows = self.tables.setdefault(name, [])
        elif tag == "tbody":
            self._in_body = True
        elif tag == "tr" and self._in_body and self._rows is not None:
            self._rows.append([])
        elif tag in CELLS and self._in_body and self._rows:
            self._rows[-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._rows = None
        elif tag == "tbody":
            self._in_body = False
        elif tag in CELLS:
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell and self._rows and self._rows[-1]:
            self._rows[-1][-1] += data
