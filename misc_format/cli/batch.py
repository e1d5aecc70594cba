"""`misc batch`: one job over many files. Other packages add jobs by the entry point group "misc_format.batch"."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from importlib.metadata import entry_points
from typing import Annotated, Any

import typer

from misc_format.cli.options import MaxMemory, Timeout, check_sources, limits_of, parameter_names, with_options_of
from misc_format.cli.outcome import Code, code_of, complain, guarded, remark
from misc_format.cli.progress import progress
from misc_format.engine.jobs import Bpp, Job, Validate
from misc_format.system.text import visible

INTERRUPTED = 130


class Engine(StrEnum):
    """The engine that does the work."""

    LOCAL = "local"
    RAY = "ray"


def _common(
    source: Annotated[str, typer.Argument(help="A folder, a glob, a tar shard (shards/{000..019}.tar for several), or a URL that fsspec can read.")],
    output: Annotated[str, typer.Option("-o", "--output", help="The folder or URL to write: the outputs and report.parquet.", metavar="DEST")],
    pattern: Annotated[str | None, typer.Option("--glob", help="Take the files whose names match. Default: by their endings.", metavar="PATTERN")] = None,
    shards: Annotated[int | None, typer.Option(min=0, help="Write tar shards of this many files; 0: plain files. Default: as in the source.", metavar="FILES")] = None,
    workers: Annotated[int | None, typer.Option(min=0, help="Number of processes, or of actors on a cluster. Default: one per core. 0: work in this process.")] = None,
    unit: Annotated[int | None, typer.Option(min=1, help="Number of files that a worker takes at a time.", metavar="FILES")] = None,
    max_memory: MaxMemory = None,
    timeout: Timeout = None,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Stop at the first file that fails.")] = False,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Do the files again that failed in an earlier run of this batch.")] = False,
    engine: Annotated[Engine, typer.Option(help="local: processes of this machine; ray: Ray Data.")] = Engine.LOCAL,
    address: Annotated[str | None, typer.Option(help="Address of the Ray cluster (auto, ray://HOST:10001). Default: start Ray on this machine.")] = None,
    gpus: Annotated[float, typer.Option(min=0.0, help="GPUs per actor on the cluster; with 0.5, two actors share one.")] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:  # fmt: skip
    """The options of every job."""


def command(job_of: Callable[..., Job]) -> Callable[..., None]:
    """A command for a job. It has the common options and the options of `job_of`, which makes the job."""

    def run(**options: Any) -> None:
        job_options = {name: options.pop(name) for name in parameter_names(job_of)}
        _run(job_of(**job_options), **options)

    run.__doc__ = job_of.__doc__
    return guarded(with_options_of(_common, job_of)(run))


def bpp(
    deep: Annotated[bool, typer.Option("--deep", help="Decode the payloads and split them by field.")] = False,
) -> Job:
    """Count the bits of every component of many files. DEST/report.parquet has one row per file."""
    return Bpp(deep)


def validate() -> Job:
    """Check many files against the specification. DEST/report.parquet has the verdict and the issues of each file."""
    return Validate()


def _run(
    job: Job,
    *,
    source: str,
    output: str,
    engine: Engine,
    as_json: bool,
    max_memory: float | None,
    timeout: float | None,
    **options: Any,
) -> None:
    from misc_format.batch.run import OtherJobError, Request, run
    from misc_format.batch.work import FailFastError
    from misc_format.cli import render
    from misc_format.engine.pool import Limits, StoppedError

    check_sources([source, output])
    limits = limits_of(max_memory, timeout)
    if options["workers"] == 0 and limits != Limits():
        raise typer.BadParameter("limits need a process that can be stopped; use 1 or more", param_hint="--workers")
    request = Request(job, source, output, engine=engine.value, limits=limits, **options)
    try:
        with progress(lines=True) as show:
            summary = run(request, lambda tally, fraction: show(tally.files, tally.failed, fraction))
    except OtherJobError as error:
        complain_about(str(error))
        raise typer.Exit(Code.USAGE) from None
    except StoppedError as error:
        if isinstance(error.cause, FailFastError):
            complain_about(
                f"{error.cause}. Stopped at the first failure, as asked; to resume, run the same command without --fail-fast"
            )
            raise typer.Exit(Code.NON_CONFORMING) from None
        complain(error.cause)
        remark("finished files are kept; run the same command to resume")
        raise typer.Exit(code_of(error.cause)) from None
    except KeyboardInterrupt:
        remark("stopped; finished files are kept; run the same command to resume")
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        render.emit(summary.as_dict())
    else:
        _show(summary)
    raise typer.Exit(Code.NON_CONFORMING if summary.failed else Code.DONE)


def complain_about(text: str) -> None:
    """Print a sentence on stderr."""
    typer.secho(f"misc: {visible(text)}", err=True, fg=typer.colors.RED)


def _show(summary: Any) -> None:
    from misc_format.cli.render import say

    document = summary.as_dict()
    rate = document["files_per_second"]
    before = f", {summary.done_before:,} of them before" if summary.done_before else ""
    speed = f" in {summary.seconds:,.1f} s, {rate:,.1f} files/s" if rate else ""
    say(f"{summary.files:,} files{before}{speed}; {summary.failed:,} failed")
    for row in summary.failures:
        prefix = "" if row["file"] in row["error"] else f"{row['file']}: "
        say("failed", "red", f"  {prefix + row['error']}")
    if summary.failed > len(summary.failures):
        say(f"... and {summary.failed - len(summary.failures):,} more; the report lists all")
    say(summary.report)


app = typer.Typer(
    name="batch",
    help="Do one job on many files: on all cores or a cluster. A batch can be resumed, and lists the files that failed.",
    no_args_is_help=True,
)
for _plugin in sorted(entry_points(group="misc_format.batch"), key=lambda entry: entry.name, reverse=True):
    app.command(_plugin.name)(command(_plugin.load()))
app.command("bpp")(command(bpp))
app.command("validate")(command(validate))
