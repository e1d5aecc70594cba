"""The `misc` command. Other packages add commands through the entry point group "misc_format.commands"."""

from __future__ import annotations

from importlib.metadata import entry_points

import typer

from misc_format import __version__
from misc_format.cli import batch, codecs, codetable, counting, folders, specification, validation, warmup
from misc_format.cli.lost import Command
from misc_format.cli.outcome import Group, remark
from misc_format.structure.container import FORMAT_VERSION
from misc_format.system.compilation import on_first_compilation
from misc_format.system.threads import limit_blas

EPILOG = "Exit codes: 0 conforming or done, 1 non-conforming input, 2 wrong usage, 3 file error, 4 internal error, 5 resource limit."

app = Command(
    name="misc",
    cls=Group,
    help="MISC bitstream: files for ultra-low-bitrate semantic image compression, with every bit counted.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(requested: bool) -> None:
    if requested:
        typer.echo(f"misc {__version__}, format version {FORMAT_VERSION}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and exit."
    ),
) -> None:
    limit_blas()
    on_first_compilation(
        lambda: remark(
            "compiling functions for their first use: about five seconds, or up to a minute with --timeout or --max-memory"
        )
    )


for plugin in sorted(entry_points(group="misc_format.commands"), key=lambda entry: entry.name, reverse=True):
    command = plugin.load()
    if isinstance(command, typer.Typer):  # a command with subcommands
        app.add_typer(command, name=plugin.name)
    else:
        app.command(plugin.name)(command)
app.command("inspect")(counting.inspect)
app.command("view")(counting.view)
app.command("bpp")(counting.bpp)
app.command("validate")(validation.validate)
app.command("spec")(specification.spec)
app.command("pack")(folders.pack)
app.command("unpack")(folders.unpack)
app.command("table")(codetable.table)
app.command("warm-up")(warmup.warm_up)
app.command("import")(codecs.import_)
app.command("export")(codecs.export)
app.add_typer(batch.app)
