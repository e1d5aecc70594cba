"""Weights: where the files of a model are, and what identifies them.

A source is a local folder as `save_pretrained` writes it, a local file, or `OWNER/NAME[@REVISION]` on the Hugging Face hub. A local path
takes precedence. Only the files that the libraries load are downloaded, `.safetensors` rather than `.bin`.

Rule 1.  Code in a model's folder is never run.
Rule 2.  The digest of a single file of weights is its SHA-256. The digest of several files is the SHA-256 of the lines that `sha256sum`
         prints for their relative paths in ascending order. Files that the libraries do not load do not count. The first 16
         hexadecimal digits name a model in a bitstream (clause 13).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

from reference_codec.errors import ModelError
from reference_codec.models import hub
from reference_codec.models.files import Selection, require_in, variant_of

DIGEST_DIGITS: Final = 16  # of a digest in a bitstream
_HUB_ID: Final = re.compile(r"[\w.-]+/[\w.-]+")
_RECORDED_DIGEST: Final = re.compile(rf"[0-9a-f]{{{DIGEST_DIGITS},64}}")


class Identified(Protocol):
    """Weights with a digest. `str()` names them for the user."""

    @property
    def digest(self) -> str:
        """64 hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The files of a model on this machine.

    `source`: the source without its revision. `folder`: the folder of the files, or the file itself. `revision`: the commit on the hub;
    empty for a local source. `files`: the weights, relative to `folder` and ascending; empty for a single file.
    """

    source: str
    folder: Path
    revision: str = ""
    files: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """The digest of Rule 2, 64 hexadecimal digits. The first call reads all weights."""
        if self.folder.is_file():
            return _digest(self.folder)
        digests = [(_digest(self.folder / name), name) for name in self.files]
        if len(digests) == 1:
            return digests[0][0]
        return hashlib.sha256("".join(f"{digest}  {name}\n" for digest, name in digests).encode()).hexdigest()

    @property
    def file(self) -> Path:
        """The file of the weights, of several the first."""
        return self.folder / self.files[0] if self.files else self.folder

    def variant(self, part: str = "") -> str | None:
        """The variant of the weights of a pipeline's part, such as fp16; None for the plain ones. Without a part: of the whole model."""
        return next((variant_of(name) for name in self.files if not part or name.startswith(f"{part}/")), None)

    def __str__(self) -> str:
        revision = f"@{self.revision[:12]}" if self.revision else ""
        return f"{self.source}{revision} (weights {self.digest[:DIGEST_DIGITS]})"

    def as_dict(self) -> dict[str, str]:
        """The JSON form."""
        return {"source": self.source, "revision": self.revision, "digest": self.digest}


def find(source: str, *, only: Sequence[str] = (), without: Sequence[str] = (), variant: str | None = None) -> Weights:
    """The weights of a source, downloaded if they are not on this machine (with a progress bar on stderr). Raises `ModelError`.

    `only`, `without` and `variant` are those of `models.files.Selection`.
    """
    selection = Selection(only, without, variant)
    path = Path(source).expanduser()
    if path.is_file():
        return Weights(source, path)
    if path.is_dir():
        return Weights(source, path, "", require_in(source, path, selection).weights)
    name, _, revision = source.partition("@")
    if not _HUB_ID.fullmatch(name):
        raise ModelError(
            f"{source}: there is no such folder or file, and a model on the hub is OWNER/NAME or OWNER/NAME@REVISION"
        )
    folder, files = hub.download(name, revision or None, selection)
    return Weights(name, folder, folder.name, files)


def check(recorded: str | int | None, weights: Identified, *, strict: bool = False) -> tuple[str, ...]:
    """A note if the weights are not the recorded ones, given as 16 or more digits of their digest; a `ModelError` if `strict`.

    A registered name, a number or None records no digest and gives no note.
    """
    if not isinstance(recorded, str) or not _RECORDED_DIGEST.fullmatch(recorded):
        return ()
    if weights.digest.startswith(recorded):
        return ()
    message = f"the file was made for the model with weights {recorded}; {weights} is another model and paints another picture"
    if strict:
        raise ModelError(message)
    return (message,)


def _digest(path: Path) -> str:
    status = path.stat()
    return _digest_of(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=256)
def _digest_of(path: Path, size: int, modified: int) -> str:
    """The SHA-256 of a file. Its size and time are part of the key: a file that has changed is read again."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
