"""Why a file failed, or a whole command: an error as one sentence for people, and as data for programs and exit codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from misc_format.errors import LimitError, MiscError
from misc_format.rules import RULES
from misc_format.tables import TableError

if TYPE_CHECKING:
    from misc_format.validation.validator import Report

Kind = Literal["rule", "limit", "file", "extra", "internal"]
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
