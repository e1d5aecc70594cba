"""The specification as pages of the site: one for each clause, with its references as links."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from markdown.extensions.toc import slugify

FOLDER = "spec"
INDEX = "Annex C"
STATED, INDEXED = (
    "| id |",
    "| requirement |",
)  # how the tables begin that state requirements, and the one that lists all of them
CLAUSE = re.compile(r"^## (\d+|Annex [A-Z]) (.+)$", re.MULTILINE)
HEADING = re.compile(r"^#{1,3} ((Annex [A-Z]|[\d.]+) .+)$", re.MULTILINE)
RULE = re.compile(r"`(MISC-[A-Z]{3}-\d{3})`")
ROW = re.compile(r"^\| `?(MISC-[A-Z]{3}-\d{3})`? (\|.*\|)$", re.MULTILINE)
BLOCK = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
KEPT = r"^```.*?^```$|^#+ [^\n]*$|!?\[[^\]\n]*\]\([^)]*\)"  # blocks of code, headings, links
LAID = re.compile(f"({KEPT})", re.MULTILINE | re.DOTALL)
CODE = re.compile(f"({KEPT}|`[^`\\n]*`)", re.MULTILINE | re.DOTALL)
TABLE = re.compile(r"^(\|.*\|\n)(\|(?: --- \|)+\n)((?:\|.*\|\n)+)", re.MULTILINE)
CELLS = re.compile(r"(?<!\\)\|")
WIDE = "---\nhide:\n  - toc\n---\n\n"  # a page of wide tables


class Page(NamedTuple):
    """A clause: where it goes, and its text."""

    path: str
    number: str
    title: str
    text: str


def pages(text: str) -> list[Page]:
    """The specification cut into its clauses; what stands before the first is a page, too."""
    places = [*CLAUSE.finditer(text)]
    found = [Page(f"{FOLDER}/index.md", "", "Specification", text[: places[0].start()])]
    for order, (place, after) in enumerate(zip(places, [*places[1:], None], strict=True)):
        body = text[place.start() : after.start() if after else len(text)]
        name = slugify(f"{place[1]} {place[2]}", "-")
        found.append(Page(f"{FOLDER}/{order + 1:02}-{name}.md", place[1], place[2], _raised(body)))
    contents = "\n".join(f"- [{page.number} {page.title}]({Path(page.path).name})" for page in found[1:])
    return [found[0]._replace(text=f"{found[0].text}\n## Clauses\n\n{contents}\n"), *found[1:]]


def _raised(text: str) -> str:
    """Headings a level up, so that a page begins with the first; not inside code."""
    return _outside(BLOCK, text, lambda part: re.sub("^##", "#", part, flags=re.MULTILINE))


def targets(made: list[Page]) -> dict[str, str]:
    """Page and anchor of each clause, by its number, and of each requirement, by its id."""
    found: dict[str, str] = {}
    for page in made:
        name = Path(page.path).name
        for heading in HEADING.finditer(page.text):
            found[heading[2]] = f"{name}#{slugify(heading[1], '-')}"
        for table in TABLE.finditer(page.text):
            if table[1].startswith(STATED):
                found |= {row[1]: f"{name}#{row[1]}" for row in ROW.finditer(table[3])}
    return found


def linked(text: str, places: Mapping[str, str]) -> str:
    """The text with "clause 5.2", "Annex C", the numbers in columns of clauses, and the ids of requirements as links."""
    text = _outside(LAID, text, lambda part: RULE.sub(lambda found: _rule(found, places), part))
    text = _outside(BLOCK, text, lambda part: TABLE.sub(lambda table: _clause_column(table, places), part))
    return _outside(CODE, text, lambda part: _references(part, places))


def laid_out(text: str) -> str:
    """The text as Markdown takes it: an element of an array is no link, and a line of a syntax table does not break behind its indent."""
    text = _outside(CODE, text, lambda part: re.sub(r"(?<=[\w\]])\[", r"\\[", part))
    return text.replace("&emsp;`", "&emsp;&NoBreak;`")


def requirements(text: str, cell: Callable[[str], str]) -> str:
    """The text with an anchor for each requirement that it states, and `cell` of its id in a further column, in the index, too."""

    def filled(table: re.Match[str]) -> str:
        head, ruler, body = table.groups()
        if not head.startswith((STATED, INDEXED)):
            return table[0]
        name = r'<code id="\1">\1</code>' if head.startswith(STATED) else r"`\1`"
        body = ROW.sub(lambda row: f"| {row.expand(name)} {row[2]} {cell(row[1])} |", body)
        return f"{head[:-1]} vectors |\n{ruler[:-1]} --- |\n{body}"

    return TABLE.sub(filled, text)


def _clause_column(table: re.Match[str], places: Mapping[str, str]) -> str:
    head, ruler, body = table.groups()
    names = [cell.strip() for cell in CELLS.split(head)]
    if "clause" not in names:
        return table[0]
    column = names.index("clause")
    lines = []
    for line in body.splitlines():
        cells = CELLS.split(line)
        number = cells[column].strip()
        if number in places:
            cells[column] = f" [{number}]({places[number]}) "
        lines.append("|".join(cells))
    return head + ruler + "\n".join(lines) + "\n"


def _rule(found: re.Match[str], places: Mapping[str, str]) -> str:
    return f"[{found[0]}]({places[found[1]]})" if found[1] in places else found[0]


def _references(text: str, places: Mapping[str, str]) -> str:
    def link(found: re.Match[str]) -> str:
        return f"[{found[1]}]({places[found[1]]})" if found[1] in places else found[1]

    def clauses(found: re.Match[str]) -> str:
        return re.sub(r"(\d+(?:\.\d+)*)", link, found[0])

    text = re.sub(r"\b[Cc]lauses? \d+(?:\.\d+)*(?:(?:, | to | and | or )\d+(?:\.\d+)*)*", clauses, text)
    return re.sub(r"\b(Annex [A-Z])\b", link, text)


def _outside(pattern: re.Pattern[str], text: str, change: Callable[[str], str]) -> str:
    """What lies between the finds of a pattern with one group, changed."""
    parts = pattern.split(text)
    return "".join(part if index % 2 else change(part) for index, part in enumerate(parts))
