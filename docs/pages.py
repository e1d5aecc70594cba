"""Pages of the site that are made from other files of the project.

README, CONTRIBUTING and the like become pages as they are, the specification a page for each clause (`clauses`); the commands
(`reference`), the published codecs (`codecindex`) and the vectors by rule (`vectorindex`) have pages that are made. This is a hook of
mkdocs (mkdocs.yml). The sources can be read as files, too: no source is changed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import clauses  # mkdocs finds what lies beside its hooks
import codecindex
import vectorindex
from clauses import FOLDER
from mkdocs.structure.files import File, Files
from reference import commands

from misc_format.rules import DUTIES, RULES

HOME = Path(__file__).parents[1]
SPEC = HOME / "spec" / "misc-bitstream.md"
# Files that pages show or link to, and the folders of the site that they go to.
BESIDE = {
    FOLDER: "spec/[fi]*.*",  # the inspector, and the format as data
    f"{FOLDER}/tables": "spec/tables/*",
    f"{FOLDER}/registry": "spec/registry/*.csv",
    f"{FOLDER}/examples": "spec/examples/*.json",
    f"{FOLDER}/figures": "spec/figures/*.svg",
    "examples": "examples/*.[jp][pn]g",
}
# Files outside docs/, and the pages that they become.
DOCUMENTS = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
    "conformance/README.md": "vectors.md",
    "spec/errata.md": f"{FOLDER}/errata.md",
    "spec/examples/README.md": f"{FOLDER}/examples/index.md",
}
FRONT = "---\nhide:\n  - navigation\n---\n\n"  # the tabs say it all
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)]+)\)")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that are made, and the files that they show; add the clauses to the navigation."""
    made = clauses.pages(SPEC.read_text(encoding="utf-8"))
    targets = clauses.targets(made)
    outside = {name: f"{FOLDER}/{target}" for name, target in targets.items()}
    config["extra"] |= {
        "targets": outside,
        "anchors": {target.partition("#")[2]: target for target in outside.values()},
    }
    for path, text in _contents(made, targets, outside).items():
        files.append(File.generated(config, path, content=text))
    for folder, pattern in BESIDE.items():
        for path in sorted(HOME.glob(pattern)):
            files.append(File.generated(config, f"{folder}/{path.name}", abs_src_path=str(path)))
    beside = [name for name in DOCUMENTS.values() if name.startswith(f"{FOLDER}/")]
    config["nav"].append({"Specification": [*(page.path for page in made), *beside]})
    return files


def _contents(made: list[clauses.Page], targets: dict[str, str], outside: dict[str, str]) -> dict[str, str]:
    """The text of every page that is made, by its path."""
    vectors = vectorindex.exercised()
    contents = {name: (HOME / source).read_text(encoding="utf-8") for source, name in DOCUMENTS.items()}
    contents["index.md"] = FRONT + contents["index.md"]
    contents["commands.md"] = commands()
    contents[codecindex.PATH] = codecindex.page()
    said = {name: row.requirement for name, row in (RULES | DUTIES).items()}
    contents[vectorindex.PATH] = vectorindex.page(vectors, outside, said)
    for page in made:
        text = clauses.requirements(clauses.laid_out(page.text), lambda name: vectorindex.count(name, vectors))
        contents[page.path] = (clauses.WIDE if page.number == clauses.INDEX else "") + clauses.linked(text, targets)
    return contents


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Links to files of the project become links to pages, or plain names where a file has no page; clauses and rules become links."""
    source = page.file.src_uri
    if source.startswith(f"{FOLDER}/") and source not in DOCUMENTS.values():
        return markdown  # a clause, whose links are made
    folder = next((Path(name).parent for name, made in DOCUMENTS.items() if made == source), Path("docs"))

    def relative(target: str) -> str:
        return os.path.relpath(target, Path(source).parent)

    def link(found: re.Match[str]) -> str:
        name, target = found[1], found[2]
        if target.startswith(("http", "#")):
            return found[0]
        path, _, anchor = target.partition("#")
        place = os.path.normpath(folder / path)
        if place == "spec/misc-bitstream.md":
            return f"[{name}]({relative(config['extra']['anchors'].get(anchor, f'{FOLDER}/index.md'))})"
        made = DOCUMENTS.get(place, place.removeprefix("docs/"))
        if files.get_file_from_path(made) is None:
            return name
        return f"[{name}]({relative(made)}{'#' if anchor else ''}{anchor})"

    targets = {name: relative(target) for name, target in config["extra"]["targets"].items()}
    return clauses.linked(LINK.sub(link, markdown), targets)


def on_page_content(html: str, page: Any, config: Any, files: Files) -> str:
    """The page of the API is made from docstrings: its clauses and rules become links, too."""
    return clauses.linked_html(html, config["extra"]["targets"]) if page.file.src_uri == "api.md" else html
