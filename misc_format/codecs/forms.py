"""Forms of files: containers with a layout, and a helper for all that have one file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from misc_format.codecs import layout
from misc_format.codecs.faults import source_fault
from misc_format.codecs.layout import Layout
from misc_format.codecs.rows import Fields, Form

STEM = "image"  # of the names of exported files


def single(
    name: str,
    ending: str,
    files: str,
    fields: tuple[str, ...],
    read: Callable[[bytes, str, Mapping[str, Any]], Fields],
    write: Callable[[Mapping[str, Any]], bytes],
    exact: str = "",
    carries: tuple[str, ...] | None = None,
) -> Form:
    """A form of one file. `read` takes its bytes, its name and the settings."""

    def read_files(given: Mapping[str, bytes], settings: Mapping[str, Any]) -> Fields:
        return read(*_only(given), settings)

    return Form(name, files, fields, read_files, lambda values: {f"{STEM}{ending}": write(values)}, exact, carries)


def container(name: str, ending: str, files: str, form: Layout) -> Form:
    """A form of one file with a layout."""
    return single(
        name, ending, files, form.names,
        lambda data, path, settings: layout.read(form, data, path),
        lambda values: layout.write(form, values),
        carries=form.names,
    )  # fmt: skip


def _only(files: Mapping[str, bytes]) -> tuple[bytes, str]:
    if len(files) != 1:
        raise source_fault(f"one file is needed, and there are {len(files)}: {', '.join(sorted(files)) or 'none'}")
    [(name, data)] = files.items()
    return data, name
