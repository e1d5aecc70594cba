"""Changes of the source between two runs of a batch. The plan keeps the stamp of each file; a file with another stamp has changed."""

from __future__ import annotations

from collections.abc import Container, Iterator

from misc_format.batch import plan
from misc_format.batch.names import parent
from misc_format.engine.sources import iter_stamps
from misc_format.engine.stores import Store, UnavailableError


class ChangedError(UnavailableError):
    """A file of the source has changed since the batch began. The message says which, and what to do."""

    @classmethod
    def of(cls, source: Store, name: str) -> ChangedError:
        """The error for a file."""
        return cls(
            f"{source.url}/{name} has changed since the batch began; restore it, or begin again with another output folder"
        )


def refuse(source: Store, output: Store, units: int, *, listed: bool) -> None:
    """Compare all files of a plan with what the source has now. A file that is gone is no change: it becomes a row.

    `listed`: the files were found by listing folders, so they can be listed again. Raises `ChangedError`.
    """
    files = (
        file
        for unit in plan.units(output, units)
        for file in (
            [(unit.shard, unit.stamp)] if unit.shard is not None else [(file.name, file.stamp) for file in unit.files]
        )
        if file[1]
    )
    for name, stamp, now in _compared(source, files, listed and source.remote):
        if now not in ("", stamp):
            raise ChangedError.of(source, name)


def renewed(source: Store, unit: plan.Unit, numbers: Container[int] | None) -> plan.Unit:
    """The unit with the stamps that the files have now. `numbers`: of the files to do again; None: all."""
    if unit.shard is not None:
        return unit._replace(stamp=next(iter_stamps(source, [unit.shard])))
    again = [numbers is None or number in numbers for number in range(len(unit.files))]
    stamps = iter_stamps(source, (file.name for file, chosen in zip(unit.files, again, strict=True) if chosen))
    files = [
        file._replace(stamp=next(stamps)) if chosen else file for file, chosen in zip(unit.files, again, strict=True)
    ]
    return unit._replace(files=files)


def _compared(source: Store, files: Iterator[tuple[str, str]], listed: bool) -> Iterator[tuple[str, str, str]]:
    """Name, stamp in the plan and stamp now of each file."""
    if listed:
        folder, stamps = None, dict[str, str]()
        for name, stamp in files:
            if folder != parent(name):
                folder = parent(name)
                stamps = _stamps(source, folder)
            yield name, stamp, stamps.get(name, "")
        return
    expected: list[tuple[str, str]] = []

    def names() -> Iterator[str]:
        for file in files:
            expected.append(file)
            yield file[0]

    for now in iter_stamps(source, names()):
        yield *expected.pop(0), now


def _stamps(source: Store, folder: str) -> dict[str, str]:
    try:
        return {item.key: item.stamp for item in source.listing(folder, stamps=True)}
    except UnavailableError:
        raise
    except OSError:  # the folder is gone
        return {}
