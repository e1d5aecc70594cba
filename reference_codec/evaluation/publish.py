"""Writes an evaluation as a folder that can be published: a page, its figures, and every file that they were counted from.

The folder is written as a whole or not at all. `recount` reads it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import misc_format
from misc_format.page.templating import environment
from misc_format.system.files import new_folder
from misc_format.system.text import as_json
from reference_codec.evaluation import leaderboard
from reference_codec.evaluation.boardpage import page
from reference_codec.evaluation.leaderboard import Board, as_dict, dataset_of, this_tool
from reference_codec.evaluation.measure import Plan
from reference_codec.evaluation.publishedfiles import Copies
from reference_codec.evaluation.results import Results

PAGE: Final = "index.html"
RESULTS: Final = "results.json"
SUMS: Final = "SHA256SUMS"
README: Final = "README.md"


def require_free(folder: Path) -> None:
    """Raises `OSError` if nothing can be published there: before the work, not after it."""
    existed = folder.exists()
    with new_folder(folder):
        pass
    if not existed:
        folder.rmdir()


def publish(results: Results, plan: Plan, folder: Path, title: str) -> Board:
    """Write the folder. Raises `OSError` if it is not empty, if it cannot be written, or if a file has changed since it was measured."""
    with new_folder(folder) as target:
        copies = Copies(target, plan.sets)
        entries = [copies.entry(row) for row in results.rows if not row.original]
        shown = [row.picture for row in results.rows if row.original]
        board = Board(title, results, entries, len(plan.originals), dataset_of(results), shown, this_tool())
        for name, text in _texts(board).items():
            (target / name).write_bytes(text.encode())
        (target / SUMS).write_bytes(sums(target).encode())
    return board


def _texts(board: Board) -> dict[str, str]:
    """The files that are written from the results, by name."""
    return {
        RESULTS: as_json(as_dict(board), indent=1) + "\n",
        leaderboard.SCHEMA: leaderboard.schema_text(),
        README: readme(),
        PAGE: page(board),
    }


def readme() -> str:
    """What the folder says of itself."""
    template = environment("reference_codec.evaluation").get_template("leaderboard-readme.md.j2")
    return template.render(version=misc_format.__version__) + "\n"


def sums(folder: Path) -> str:
    """The digests of all files below a folder, as `sha256sum -c` reads them."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)
    digests = (hashlib.sha256(path.read_bytes()).hexdigest() for path in files)
    return "".join(
        f"{digest}  {path.relative_to(folder).as_posix()}\n" for digest, path in zip(digests, files, strict=True)
    )
