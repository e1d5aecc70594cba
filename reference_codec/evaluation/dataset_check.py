"""Whether a folder holds a data set: every picture that is missing, extra or other has its reason.

Rule 1.  The names of files decide which picture is which; in which folder below the given one a file lies does not matter.
Rule 2.  A picture with the published SHA-256 is the published one. Otherwise its size says more than its digest, and comes first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Literal, NamedTuple

from misc_format.components import Size
from misc_format.errors import PictureError
from misc_format.pictures.faults import UnreadableError
from misc_format.pictures.opening import opened
from misc_format.pictures.reading import read_file
from reference_codec.evaluation.datasets import Dataset, Expected
from reference_codec.evaluation.sets import picture_files


class Finding(NamedTuple):
    """One way in which a folder differs from a data set. `file`: a path in the folder, or the name of a file that is not there."""

    file: str
    kind: Literal["missing", "extra", "other"]
    reason: str


@dataclass(frozen=True)
class Check:
    """What a folder holds of a data set. `right`: the number of pictures without a finding."""

    dataset: Dataset
    right: int
    findings: tuple[Finding, ...]

    @property
    def complete(self) -> bool:
        """Whether the folder holds the data set and no other picture."""
        return not self.findings

    @property
    def summary(self) -> str:
        """One sentence without full stop."""
        state = "complete" if self.complete else "not complete or not as published"
        checks = self.dataset.checks
        contents = "" if "SHA-256" in checks else "; contents are not checked, since no digests are known"
        counts = f"{self.right:,} of {self.dataset.pictures:,} pictures are right"
        return f"{self.dataset.title}: {state}, {counts} (checked: {', '.join(checks)}{contents})"

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "name": self.dataset.name,
            "title": self.dataset.title,
            "pictures": self.dataset.pictures,
            "right": self.right,
            "complete": self.complete,
            "checks": list(self.dataset.checks),
            "findings": [finding._asdict() for finding in self.findings],
        }


def check(dataset: Dataset, folder: Path) -> Check:
    """Compare the pictures of a folder, and of all folders below it, with a data set. Raises `OSError` if the folder cannot be read."""
    files = picture_files(folder)
    known = dataset.expected
    findings = list(_findings_by_name(dataset, folder, files) if known else _findings_by_number(dataset, folder, files))
    wrong = {finding.file for finding in findings}
    right = [file for file in files if _shown(file, folder) not in wrong]
    return Check(dataset, min(len(right), dataset.pictures), tuple(findings))


def _findings_by_name(dataset: Dataset, folder: Path, files: Iterable[Path]) -> Iterator[Finding]:
    wanted = dict(dataset.expected)
    stems = {PurePath(name).stem: name for name in wanted}
    taken: dict[str, Path] = {}
    for file in sorted(files, key=lambda file: file.name not in wanted):
        name = stems.get(file.stem)
        if name is None:
            yield Finding(_shown(file, folder), "extra", "the data set has no picture of this name")
        elif name in taken:
            yield Finding(_shown(file, folder), "extra", f"{_shown(taken[name], folder)} is this picture already")
        else:
            taken[name] = file
            if file.name != name:
                yield Finding(_shown(file, folder), "other", f"the picture of the data set is the file {name}")
            elif reason := _difference(dataset, file, wanted[name]):
                yield Finding(_shown(file, folder), "other", reason)
    for name in wanted:
        if name not in taken:
            yield Finding(name, "missing", "the folder has no picture of this name")


def _findings_by_number(dataset: Dataset, folder: Path, files: list[Path]) -> Iterator[Finding]:
    for file in files:
        if reason := _difference(dataset, file, Expected(dataset.size)):
            yield Finding(_shown(file, folder), "other", reason)
    if len(files) != dataset.pictures:
        kind: Literal["missing", "extra"] = "missing" if len(files) < dataset.pictures else "extra"
        text = (
            f"the folder has {len(files):,} pictures, and the data set {dataset.pictures:,} (their names are not known)"
        )
        yield Finding(str(folder), kind, text)


def _difference(dataset: Dataset, file: Path, expected: Expected) -> str | None:
    """How a picture differs from what is known of it."""
    try:
        data = read_file(file)
        if expected.sha256 is not None and hashlib.sha256(data).hexdigest() == expected.sha256:
            return None
        with opened(data) as picture:
            size = Size(*picture.image.size)
    except PictureError as error:
        return str(error).removesuffix(".")
    except UnreadableError as error:
        return f"it {error}"
    if expected.size is not None and size != expected.size:
        return f"it has {_text(size)} pixels, and the picture of the data set {_text(expected.size)}"
    if dataset.max_side is not None and max(size) > dataset.max_side:
        return f"it has {_text(size)} pixels, and no side of the data set's pictures has more than {dataset.max_side:,}"
    if expected.sha256 is not None:
        return "it is not the published file, by its SHA-256; its pixels may be the same or not"
    return None


def _text(size: Size) -> str:
    return f"{size.width}x{size.height}"


def _shown(file: Path, folder: Path) -> str:
    return file.name if file == folder else file.relative_to(folder).as_posix()
