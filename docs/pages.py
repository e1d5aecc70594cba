"""Pages of the site that are made from other files of the project.

The specification becomes one page per clause, with its references as links. README, CONTRIBUTING and the like become pages as they are.
This is a hook of mkdocs (mkdocs.yml). The sources can be read as files, too: no source is changed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from markdown.extensions.toc import slugify
from mkdocs.structure.files import File, Files
from reference import commands  # mkdocs finds what lies beside its hooks

HOME = Path(__file__).parents[1]
SPEC = HOME / "spec" / "misc-bitstream.md"
FOLDER = "spec"
TABLES = [path for folder in ("tables", "examples") for path in sorted((HOME / "spec" / folder).iterdir())]
PICTURES = sorted((HOME / "examples").glob("*.jpg")) + sorted((HOME / "examples").glob("*.png"))
# Files outside docs/, and the pages that they become.
DOCUMENTS = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
    "conformance/README.md": "vectors.md",
    "spec/errata.md": "spec/errata.md",
}
CLAUSE = re.compile(r"^## (\d+|Annex [A-Z]) (.+)$", re.MULTILINE)
HEADING = re.compile(r"^#{1,3} ((Annex [A-Z]|[\d.]+) .+)$", re.MULTILINE)
RULE = re.compile(r"`(MISC-[A-Z]{3}-\d{3})`")
BLOCK = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(^```.*?^```$|`[^`\n]*`|^#+ [^\n]*$|\[[^\]\n]*\]\([^)]*\))", re.MULTILINE | re.DOTALL)


class Page(NamedTuple):
    """A clause: where it goes, and its text."""

    path: str
    number: str
    title: str
    text: str


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that are made, and the files that they show; add the clauses to the navigation."""
    made = pages(SPEC.read_text(encoding="utf-8"))
    targets = anchors(made)
    contents = {page.path: linked(page, targets) for page in made}
    contents |= {page: (HOME / name).read_text(encoding="utf-8") for name, page in DOCUMENTS.items()}
    contents["index.md"] = "---\nhide:\n  - navigation\n---\n\n" + contents["index.md"]  # the tabs say it all
    contents["commands.md"] = commands()
    for path, text in contents.items():
        files.append(File.generated(config, path, content=text))
    for path in TABLES:
        files.append(File.generated(config, f"{FOLDER}/{path.parent.name}/{path.name}", abs_src_path=str(path)))
    for path in PICTURES:
        files.append(File.generated(config, f"examples/{path.name}", abs_src_path=str(path)))
    config["nav"].append({"Specification": [page.path for page in made]})
    config["extra"]["clauses"] = {target.partition("#")[2]: f"{FOLDER}/{target}" for target in targets.values()}
    return files


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


def anchors(made: list[Page]) -> dict[str, str]:
    """Page and anchor of each clause and of each rule."""
    found: dict[str, str] = {}
    for page in made:
        for heading in HEADING.finditer(page.text):
            found[heading[2]] = f"{Path(page.path).name}#{slugify(heading[1], '-')}"
    return found


def linked(page: Page, targets: dict[str, str]) -> str:
    """The text with "clause 5.2" and "Annex C" as links, and each rule's id as one to its row."""
    rules = targets["Annex C"].partition("#")[0]
    text = _outside(
        CODE, page.text, lambda part: re.sub(r"(?<=[\w\]])\[", r"\\[", part)
    )  # an element of an array is no link
    if page.number == "Annex C":
        text = "---\nhide:\n  - toc\n---\n\n" + text  # its tables are wide
        text = re.sub(r"^\| (MISC-[A-Z]{3}-\d{3}) \|", r'| <span id="\1">\1</span> |', text, flags=re.MULTILINE)
    else:
        text = RULE.sub(rf"[`\1`]({rules}#\1)", text)
    return _outside(CODE, text, lambda part: _references(part, targets))


def _references(text: str, targets: dict[str, str]) -> str:
    def link(found: re.Match[str]) -> str:
        number = found[1]
        return f"[{number}]({targets[number]})" if number in targets else number

    def clauses(found: re.Match[str]) -> str:
        return re.sub(r"(\d+(?:\.\d+)*)", link, found[0])

    text = re.sub(r"\b[Cc]lauses? \d+(?:\.\d+)*(?:(?:, | to | and )\d+(?:\.\d+)*)*", clauses, text)
    return re.sub(r"\b(Annex [A-Z])\b", link, text)


def _outside(pattern: re.Pattern[str], text: str, change: Callable[[str], str]) -> str:
    """What lies between the finds of a pattern with one group, changed."""
    parts = pattern.split(text)
    return "".join(part if index % 2 else change(part) for index, part in enumerate(parts))


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Links to files of the project become links to pages, or plain names where a file has no page."""
    source = page.file.src_uri
    if source.startswith(f"{FOLDER}/"):
        return markdown
    folder = next((Path(name).parent for name, made in DOCUMENTS.items() if made == source), Path("docs"))

    def link(found: re.Match[str]) -> str:
        name, target = found[1], found[2]
        if target.startswith(("http", "#")):
            return found[0]
        path, _, anchor = target.partition("#")
        place = os.path.normpath(folder / path)
        if place == "spec/misc-bitstream.md":
            return f"[{name}]({config['extra']['clauses'].get(anchor, f'{FOLDER}/index.md')})"
        made = DOCUMENTS.get(place, place.removeprefix("docs/"))
        if files.get_file_from_path(made) is None:
            return name
        return f"[{name}]({made}{'#' if anchor else ''}{anchor})"

    return re.sub(r"(?<!!)\[([^\]]+)\]\(([^)]+)\)", link, markdown)
