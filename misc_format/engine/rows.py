"""The row: what became of one file. Every command over many files makes this one, and every table of files is columns of it.

| column | type | what it says |
|---|---|---|
| `file` | string | the file's path, or its name below the source of a batch |
| `verdict` | string | of the validator: `conforming` or `non-conforming` |
| `issues` | JSON | of the validator: the rules that the file breaks |
| `output` | string | what a batch wrote |
| `profile`, `width`, `height`, `file_bits`, `bpp` | string, integers, float | of the account |
| a component's path, like `text/overall` | integer | the bits of the component; they add up to `file_bits` |
| `notes` | strings | what the encoder or the decoder has to say |
| `error` | string | why the file failed, for people; null if it did not |
| `error_id` | string | the rule that it breaks, if that is why |
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from misc_format.errors import LimitError, MiscError
from misc_format.rules import RULES
from misc_format.tables import TableError

if TYPE_CHECKING:
    from misc_format.accounting import Account
    from misc_format.validation.validator import Report

Kind = Literal["rule", "limit", "file", "extra", "internal"]
Columns = tuple[tuple[str, str], ...]  # names and types
COMPONENTS: Final = "*"  # among columns: one for each component that any file has
ACCOUNT: Final[Columns] = (
    ("profile", "string"),
    ("width", "int"),
    ("height", "int"),
    ("file_bits", "int"),
    ("bpp", "float"),
    (COMPONENTS, "int"),
)
FILE: Final[Columns] = (("file", "string"),)
ERROR: Final[Columns] = (("error", "string"), ("error_id", "string"))
TABLE_ROWS = 8192  # rows of a Parquet file that are in memory at a time
# The order of components in every table; numbers between them count up.
ORDER = (
    "header", "framing", "text", "maps", "generation", "image", "ancillary",
    "overall", "items", "name", "detail", "sizes", "z", "y", "green", "red", "blue", "payload", "padding", "file",
)  # fmt: skip
# Modules that only an extra brings.
EXTRAS = {
    "skimage": "codec",
    "scipy": "codec",
    "onnxruntime": "codec",
    "safetensors": "codec",
    "torch": "torch",
    "accelerate": "models",
    "diffusers": "models",
    "huggingface_hub": "models",
    "openai": "models",
    "transformers": "models",
    "imageio_ffmpeg": "conventional",
    "pillow_jxl": "conventional",
    "matplotlib": "reports",
    "pyarrow": "reports",
    "fsspec": "batch",
    "ray": "ray",
    "ssimulacra2": "eval",
}
EXTRAS |= dict.fromkeys(("compressai", "einops", "pandas", "pytorch_msssim", "requests", "tqdm"), "compressai")
# What an extra cannot bring: the library's own requirements would replace torch.
THEN = {"compressai": ", then pip install --no-deps compressai==1.2.8"}


class CrashError(RuntimeError):
    """A file ends the process that works on it. The message is a sentence."""


class Problem(NamedTuple):
    """Why a file failed. `kind`: it breaks a rule, it needs more than a limit allows, it cannot be read, an extra is not installed, or a
    fault of this program. `sentence`: what is wrong, where, and what to do. The other fields are those of JSON documents."""

    kind: Kind
    sentence: str
    id: str | None
    bit_offset: int | None
    path: str
    message: str

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"id": self.id, "bit_offset": self.bit_offset, "path": self.path, "message": self.message}


class Row(NamedTuple):
    """What became of one file: an account, a report, what else a job has to say (`more`, columns by name), or a problem.

    `path`: what a user calls the file; `name`: its path below its source. `output`: what is written in its place. `seconds`: that it
    took; of files that were done together, an equal share. `size`: bytes read.
    """

    path: str = ""
    name: str = ""
    account: Account | None = None
    report: Report | None = None
    more: Mapping[str, Any] = {}
    problem: Problem | None = None
    output: bytes | None = None
    seconds: float = 0.0
    size: int = 0


def problem_of(error: Exception) -> Problem:
    """An error as the reason in a row."""
    if isinstance(error, MiscError):
        sentence = f"{error}. {RULES[error.rule].hint}"
        kind: Kind = "limit" if isinstance(error, LimitError) else "rule"
        return Problem(kind, sentence, error.rule, error.bit_offset, error.path, error.message)
    kind, sentence = _kind(error)
    return Problem(kind, sentence, None, None, "", sentence)


def problem_of_report(report: Report) -> Problem | None:
    """The first error of a report, as the reason in a row; None for a file that conforms."""
    for issue in report.issues:
        if issue.severity == "error":
            return problem_of(MiscError(issue.id, issue.message, bit_offset=issue.bit_offset, path=issue.path))
    if report.verdict == "conforming":
        return None
    sentence = "it does not conform; allow more issues to see why"
    return Problem("rule", sentence, None, None, "", sentence)


def _kind(error: Exception) -> tuple[Kind, str]:
    """Kind and sentence of an error that names no rule."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        extra = EXTRAS.get(error.name.partition(".")[0])
        if extra:
            then = THEN.get(extra, "")
            return "extra", (
                f"this needs the extra {extra!r}, which is not installed: pip install 'misc-bitstream[{extra}]'{then}"
            )
    if isinstance(error, OSError) and error.strerror:
        return "file", f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if isinstance(error, OSError | TableError):
        return "file", str(error)
    if isinstance(error, CrashError):
        return "internal", str(error)
    return "internal", f"internal error, please report it: {type(error).__name__}: {error}"


def record(row: Row) -> dict[str, Any]:
    """The columns of a row, as JSON can hold them; those of components are together, under `COMPONENTS`."""
    found: dict[str, Any] = {"file": printable(row.name)}
    if row.account is not None:
        names = ("profile", "width", "height", "file_bits", "bpp")
        found |= {name: getattr(row.account, name) for name in names} | {COMPONENTS: component_bits(row.account)}
    if row.report is not None:
        found |= {"verdict": row.report.verdict, "issues": [issue._asdict() for issue in row.report.issues]}
    found |= row.more
    if row.problem is not None:
        found |= {"error": printable(row.problem.sentence), "error_id": row.problem.id}
    return found


def component_bits(account: Account) -> dict[str, int]:
    """The bits of each component, by path."""
    bits: dict[str, int] = {}
    for part in account.components:
        bits[part.path] = bits.get(part.path, 0) + part.bits
    return bits


def spread(record: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """A record with a column for each component: 0 for one that the file lacks."""
    own = record.get(COMPONENTS)
    rest = {name: value for name, value in record.items() if name != COMPONENTS}
    return rest if own is None else rest | dict.fromkeys(paths, 0) | own


def spelled(columns: Columns, paths: Iterable[str]) -> Columns:
    """Columns with those of components in the place of `COMPONENTS`."""
    found: list[tuple[str, str]] = []
    for name, kind in columns:
        found += [(path, kind) for path in paths] if name == COMPONENTS else [(name, kind)]
    return tuple(found)


def write_parquet(path: Path, columns: Columns, records: Iterator[dict[str, Any]]) -> None:
    """Write a table with these columns. Raises `OSError`, or `ModuleNotFoundError` without pyarrow."""
    import json

    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {
        "string": pa.string(),
        "json": pa.string(),
        "int": pa.int64(),
        "float": pa.float64(),
        "strings": pa.list_(pa.string()),
    }
    schema = pa.schema([(name, types[kind]) for name, kind in columns])
    nested = [name for name, kind in columns if kind == "json"]
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while batch := list(islice(records, TABLE_ROWS)):
            for one in batch:
                one |= {name: json.dumps(one[name]) for name in nested if name in one}
            writer.write_table(pa.Table.from_pylist(batch, schema))


def path_order(path: str) -> list[tuple[int, int, str]]:
    """The key that puts paths of components into the order of a file, items and maps by their number."""
    return [_word_order(word) for word in path.split("/")]


def _word_order(word: str) -> tuple[int, int, str]:
    if re.fullmatch("[0-9]+", word):
        return (1, int(word), "")
    return (0, ORDER.index(word), "") if word in ORDER else (2, 0, word)


def printable(name: str) -> str:
    """A name that a table can hold: bytes that are no text are written as escapes."""
    return name.encode("utf-8", "backslashreplace").decode()
