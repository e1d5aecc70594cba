"""The reason why a file or a command failed: a sentence for people, and data for programs and exit codes."""

from __future__ import annotations

from errno import ENOMEM
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from misc_format.errors import LimitError, MiscError, OptionError
from misc_format.rules import RULES
from misc_format.tables import TableError

if TYPE_CHECKING:
    from misc_format.validation.validator import Report

Kind = Literal["rule", "option", "limit", "file", "extra", "internal"]
# Of the errors that are not about a rule which the file breaks.
KINDS: dict[Kind, type[MiscError]] = {"limit": LimitError, "option": OptionError}
# The extra that installs each module.
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
    "yaml": "codecs",
}
EXTRAS |= dict.fromkeys(("compressai", "einops", "pandas", "pytorch_msssim", "requests", "tqdm"), "compressai")
# A second command, because the requirements of compressai would replace torch.
SECOND_COMMAND = {"compressai": ", then pip install --no-deps compressai==1.2.8"}


#: What libraries say when they get no memory. Their errors have many types.
OUT_OF_MEMORY = ("can't start new thread", "bad alloc", "bad_alloc", "cannot allocate memory", "can't allocate memory")


class CrashError(RuntimeError):
    """A file ended the process that worked on it. The message is a sentence."""


class Problem(NamedTuple):
    """The reason why a file failed.

    `kind`: "rule", the file breaks a rule; "option", wrong usage of an import or an export; "limit", it needs more than a limit allows;
    "file", it cannot be read; "extra", an extra is not installed; "internal", a fault of this program. `sentence`: what is wrong, where,
    and what to do. The other fields are those of the JSON form.
    """

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
    """The reason that an error gives."""
    if isinstance(error, MiscError):
        sentence = f"{error}. {RULES[error.rule].hint}"
        kind: Kind = next((kind for kind, types in KINDS.items() if isinstance(error, types)), "rule")
        return Problem(kind, sentence, error.rule, error.bit_offset, error.path, error.message)
    kind, sentence = _kind(error)
    return Problem(kind, sentence, None, None, "", sentence)


def is_lack_of_memory(error: Exception) -> bool:
    """Whether an error says that there was not enough memory."""
    return (
        isinstance(error, MemoryError)
        or (isinstance(error, OSError) and error.errno == ENOMEM)
        or (isinstance(error, RuntimeError) and any(phrase in str(error).lower() for phrase in OUT_OF_MEMORY))
    )


def problem_of_report(report: Report) -> Problem | None:
    """The reason that the first error of a report gives; None for a file that conforms."""
    for issue in report.issues:
        if issue.severity == "error":
            return problem_of(MiscError(issue.id, issue.message, bit_offset=issue.bit_offset, path=issue.path))
    if report.verdict == "conforming":
        return None
    sentence = "it does not conform; allow more issues to see why"
    return Problem("rule", sentence, None, None, "", sentence)


def _kind(error: Exception) -> tuple[Kind, str]:
    """Kind and sentence of an error without a rule."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        extra = EXTRAS.get(error.name.partition(".")[0])
        if extra:
            second = SECOND_COMMAND.get(extra, "")
            return "extra", (
                f"this needs the extra {extra!r}, which is not installed: pip install 'misc-bitstream[{extra}]'{second}"
            )
    if isinstance(error, OSError) and error.strerror:
        return "file", f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if isinstance(error, OSError | TableError):
        return "file", str(error)
    if isinstance(error, CrashError):
        return "internal", str(error)
    return "internal", f"internal error, please report it: {type(error).__name__}: {error}"
