"""`misc inspect`, `misc view` and `misc bpp`: the fields of a file, and the bits of each part of one file or of millions."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from misc_format import Document
from misc_format.cli import render
from misc_format.cli.options import SOURCES, MaxMemory, Timeout, check_sources, limits_of, require_other_file
from misc_format.cli.outcome import CODES, Code, complain, guarded, read_input, remark
from misc_format.cli.progress import progress
from misc_format.engine.jobs import Bpp, Job
from misc_format.engine.limited import call
from misc_format.engine.warmup import warm
from misc_format.reports.tables import DEFAULT_STYLE, PART, TITLES, Style
from misc_format.structure.bits import Leaf
from misc_format.system.files import write_file

if TYPE_CHECKING:
    from misc_format.engine.pool import Limits

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
MAX_ROWS = 40  # files with a row each in the printed table
MAX_FAILURES = 20  # printed one by one
PLOTS = (".svg", ".png", ".pdf")
EXPORTS = (".csv", ".parquet", ".json", ".md", ".tex")


class Inspected(NamedTuple):
    """The leaves of a file, and its page; "" if no page is asked for."""

    leaves: Sequence[Leaf]
    page: str


@dataclass
class Inspection:
    """A file to be inspected, perhaps in another process. `page_name`: the title of its page; None for no page."""

    data: bytes
    page_name: str | None

    def prepare(self) -> None:
        """Load what is needed to read a file and to write a page."""
        warm()
        if self.page_name is not None:
            import_module("misc_format.page.view")

    def __call__(self) -> Inspected:
        """Raises `MiscError` if the file does not conform."""
        document = Document(self.data)
        leaves = document.leaves()
        if self.page_name is None:
            return Inspected(leaves, "")
        from misc_format import page

        return Inspected(leaves, page.page(document, self.page_name))


class Viewed(NamedTuple):
    """The page of a file, and the number of rules that the file breaks."""

    page: str
    broken: int


@dataclass
class Viewing:
    """A file to be shown, perhaps in another process. `name`: the title of its page."""

    data: bytes
    name: str

    def prepare(self) -> None:
        """Load what is needed to write a page."""
        warm()
        import_module("misc_format.page.view")

    def __call__(self) -> Viewed:
        """A file that does not conform has a page, too."""
        from misc_format import page
        from misc_format.validation.validator import validate

        document = Document(self.data)
        broken = sum(issue.severity == "error" for issue in validate(document).issues)
        return Viewed(page.page(document, self.name), broken)


@guarded
def inspect(
    file: Annotated[Path, typer.Argument(readable=False, help="A .misc file; - for standard input.")],
    html: Annotated[
        Path | None,
        typer.Option("--html", readable=False, help="Write the file as one HTML page.", metavar="OUT.html"),
    ] = None,
    max_memory: MaxMemory = None,
    timeout: Timeout = None,
    as_json: JsonFlag = False,
) -> None:
    """Show every field of a file: first bit, number of bits, path, value, and the clause that defines it."""
    inspection = Inspection(read_input(file), file.name if html is not None else None)
    if html is not None:
        require_other_file(html, file, option="--html")
    inspected = call(inspection, limits_of(max_memory, timeout))
    if html is not None:
        write_file(html, inspected.page.encode())
    if as_json:
        render.emit([leaf._asdict() for leaf in inspected.leaves])
    elif html is None:
        render.show(render.leaves_table(inspected.leaves, f"{file}: {len(inspection.data):,} bytes"))
    else:
        render.say(f"{html}: {html.stat().st_size:,} bytes")


@guarded
def view(
    file: Annotated[Path, typer.Argument(readable=False, help="A .misc file; - for standard input.")],
    open_page: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = True,
    max_memory: MaxMemory = None,
    timeout: Timeout = None,
) -> None:
    """Show a file in the browser: bytes and fields, text, maps, picture, the division of its bits, and broken rules."""
    import tempfile
    import webbrowser

    viewed = call(Viewing(read_input(file), file.name), limits_of(max_memory, timeout))
    page = Path(tempfile.mkdtemp(prefix="misc-view-")) / f"{file.stem if str(file) != '-' else 'file'}.html"
    write_file(page, viewed.page.encode())
    render.say(str(page))
    if open_page and not webbrowser.open(page.as_uri()):
        remark("no browser could be started; open the page yourself")
    if viewed.broken:
        complain(f"{viewed.broken} broken rule{'s' * (viewed.broken > 1)}; the page lists them", file)
        raise typer.Exit(Code.NON_CONFORMING)


@guarded
def bpp(
    sources: Annotated[
        list[str],
        typer.Argument(help=SOURCES, metavar="SOURCE..."),
    ],
    deep: Annotated[
        bool, typer.Option("--deep", help="Decode the payloads and split them by field, on all cores.")
    ] = False,
    group: Annotated[str, typer.Option(help="Group the statistics: folder, profile or none.", metavar="NAME")] = "none",
    against: Annotated[
        list[str] | None,
        typer.Option(help="Compare with another set of files. Can be repeated.", metavar="SOURCE"),
    ] = None,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "-o",
            "--output",
            readable=False,
            help=f"Also write the report: {', '.join(EXPORTS)}. Can be repeated.",
            metavar="FILE",
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(readable=False, help=f"Draw the components as stacked bars: {', '.join(PLOTS)}.", metavar="FILE"),
    ] = None,
    caption: Annotated[
        str | None, typer.Option(help="The caption of the LaTeX table.", metavar="TEXT", show_default=False)
    ] = None,
    digits: Annotated[
        int, typer.Option(min=1, max=9, help="The digits behind the point in the LaTeX table and the plot.")
    ] = 4,
    spread: Annotated[
        bool, typer.Option("--spread", help="Print the standard deviation behind each mean of the LaTeX table.")
    ] = False,
    label: Annotated[
        list[str] | None,
        typer.Option(help="The name of the set and, given again, of the set of --against.", metavar="TEXT"),
    ] = None,
    title: Annotated[
        list[str] | None,
        typer.Option(
            help=f"The title of a column or section of the LaTeX table and the plot. NAME: {', '.join(TITLES)}. Can be repeated.",
            metavar="NAME=TEXT",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Number of processes for --deep. Default: one per core.", show_default=False),
    ] = None,
    max_memory: MaxMemory = None,
    timeout: Timeout = None,
    as_json: JsonFlag = False,
) -> None:
    """Count the bits of every component. They add up to the size of the file. Bpp divides by the original width x height.

    For several files, print statistics. A file that cannot be counted is listed with its reason, and the exit code is 1.
    """
    from misc_format.reports.collection import GROUPS, Collection

    if group not in GROUPS:
        raise typer.BadParameter(f"{group!r} is not one of {', '.join(GROUPS)}", param_hint="--group")
    check_sources([*sources, *(against or [])])
    for path in output or []:
        _require(path, EXPORTS, "--output")
    if plot is not None:
        _require(plot, PLOTS, "--plot")
    inputs = [Path(source) for source in (*sources, *(against or [])) if Path(source).is_file()]
    for path in output or []:
        require_other_file(path, *inputs)
    if plot is not None:
        require_other_file(plot, *inputs, option="--plot")
    style = _style(caption, digits, spread, label or [], title or [])
    with closing(Collection()) as collection:
        job, limits = Bpp(deep), limits_of(max_memory, timeout)
        codes: set[Code] = set()
        for side, texts in enumerate((sources, against or [])):
            codes |= _count(collection, texts, side, job, workers, limits)
        _complain(collection)
        if as_json:
            _emit_accounts(collection)
        else:
            _show(collection, group, style)
        _write(collection, group, style, output or [], plot)
        raise typer.Exit(_code(codes, collection.expected() + collection.expected(1)))


def _style(caption: str | None, digits: int, spread: bool, labels: list[str], titles: list[str]) -> Style:
    if len(labels) > 2:
        raise typer.BadParameter(f"there are {len(labels)} labels for two sets", param_hint="--label")
    pairs = [title.partition("=")[::2] for title in titles]
    for name, _ in pairs:
        if name not in TITLES and not name.startswith(PART):
            raise typer.BadParameter(
                f"{name!r} is not one of {', '.join(TITLES)}, nor the path of an image part", param_hint="--title"
            )
    default = DEFAULT_STYLE.labels
    first, second = (*labels, *default[len(labels) :])
    return Style(caption, digits, spread, (first, second), dict(pairs))


def _require(path: Path, endings: tuple[str, ...], option: str) -> None:
    if path.suffix.lower() not in endings:
        raise typer.BadParameter(f"{path} does not end in one of {', '.join(endings)}", param_hint=option)


def _count(collection: Any, sources: list[str], side: int, job: Job, workers: int | None, limits: Limits) -> set[Code]:
    """Count a set of files, and return the exit codes of those that could not be counted."""
    from misc_format.engine.run import rows
    from misc_format.engine.sources import find

    collection.expect(find(sources, job.endings), side)
    extent = collection.extent(side)
    codes: set[Code] = set()
    failed = 0
    with progress(shown=not job.light and extent.files > MAX_ROWS) as show:
        for count, row in enumerate(rows(collection.entries(side), job, extent, workers, limits), 1):
            collection.add(row, side)
            if row.problem is not None:
                codes.add(CODES[row.problem.kind])
                failed += 1
            show(count, failed, min(1.0, count / extent.files) if not extent.shards else 0.0)
    return codes


def _complain(collection: Any) -> None:
    """Print the first failures on stderr. A report has them all."""
    failed = collection.failed() + collection.failed(1)
    for path, reason in collection.failures(MAX_FAILURES):
        complain(reason, None if path in reason else path)
    if failed > MAX_FAILURES:
        remark(
            f"{failed:,} files could not be counted; the first {MAX_FAILURES} are listed here; -o report.csv lists all"
        )


def _emit_accounts(collection: Any) -> None:
    from misc_format.reports import exports

    exports.write_list(sys.stdout, map(exports.document, collection.rows()), ascii_only=render.ascii_only())
    sys.stdout.write("\n")


def _show(collection: Any, group: str, style: Style) -> None:
    from misc_format.reports import tables

    counted = collection.counted()
    if counted == 1 and collection.expected() == 1:
        [row] = collection.rows()
        render.show(render.account_table(row.account, f"{row.path}, {row.account.width}x{row.account.height}"))
    elif counted:
        if counted <= MAX_ROWS:
            render.show(render.accounts_table([(row.path, row.account) for row in collection.rows() if row.account]))
        render.show(render.plain_table(tables.summary(collection, group)))  # type: ignore[arg-type]
    for table in (
        *([tables.outside(collection)] if collection.expected() > 1 else []),
        tables.budget(collection),
        *([tables.comparison(collection, style)] if collection.counted(1) else []),
    ):
        if table.rows:
            render.show(render.plain_table(table))


def _write(collection: Any, group: Any, style: Style, outputs: list[Path], plot: Path | None) -> None:
    if outputs:
        from misc_format.reports import exports

        for path in outputs:
            exports.export(collection, path, group, style)
    if plot is not None:
        from misc_format.reports import plot as drawing

        drawing.plot(collection, plot, group, style)


def _code(codes: set[Code], files: int) -> Code:
    """The exit code of one file is its own. Of several files, it is 4 after an internal error, and 1 after any other failure."""
    if not codes or files == 1:
        return max(codes, default=Code.DONE)
    return Code.INTERNAL if Code.INTERNAL in codes else Code.NON_CONFORMING
