"""Where models come from: hub ids or local folders, found, identified, checked and loaded in one way.

    weights = models.find("Qwen/Qwen2.5-VL-3B-Instruct@main")       # or a folder, or one file
    notes = models.check(generation.model, weights, strict=False)   # what the file recorded against what is here
    model = models.load(transformers.CLIPModel, weights, runtime)   # on runtime.device, in runtime.dtype, for inference
    runtime.place(pipeline)                                         # the same for a pipeline of diffusers

A source is a local folder in the library's own format (what `save_pretrained` writes), a local file, or `OWNER/NAME[@REVISION]`
on the hub; a local path wins. Only the files that the libraries load are fetched, `.safetensors` before `.bin`.

Rule 1.  Code that a model's folder brings along is never run.
Rule 2.  The digest of weights is the SHA-256 of their file, or, of several files, of the lines that `sha256sum` prints for
         their relative paths in ascending order. Files that the library does not load do not count. 16 digits of it name
         a model in a file (clause 9).
Rule 3.  A weight that a model needs and its files lack is an error; the libraries would fill in random numbers.
Rule 4.  Whatever fails is a `ModelError` that names the source and what to do, or a ModuleNotFoundError for an extra.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, Final

DIGEST_DIGITS: Final = 16  # of a digest in a file
_FORMATS: Final = (".safetensors", ".bin")  # preferred first
_STEM: Final = re.compile(r"(?:model|pytorch_model|diffusion_pytorch_model)(?:[.-].*)?")
_SHARD: Final = re.compile(r"-\d{5}-of-\d{5}")
_SETTINGS: Final = (".json", ".txt", ".model", ".jinja")  # configuration, vocabulary, chat template
_HUB_ID: Final = re.compile(r"[\w.-]+/[\w.-]+")


class ModelError(OSError):
    """A model is not there, cannot be loaded, does not answer, or is not the one that was recorded."""


class UnreachableError(ModelError):
    """Nobody answers for a model, or not to this user: whatever the picture is, it would be the same."""


class ChoiceError(ValueError):
    """What was chosen does not fit together, or does not exist; the message says what does."""


class Dtype(StrEnum):
    """Numbers that a model computes in; auto: float16 on a GPU, float32 elsewhere."""

    AUTO = "auto"
    FLOAT32 = "float32"
    FLOAT16 = "float16"
    BFLOAT16 = "bfloat16"


class Offload(StrEnum):
    """What waits in main memory: nothing, each model that is not at work, or each layer that is not."""

    NONE = "none"
    MODEL = "model"
    LAYER = "layer"


@dataclass(frozen=True, slots=True)
class Runtime:
    """Where and how models run. `device` is torch's name (cpu, cuda, cuda:1, mps), or auto: the first GPU, else the CPU.

    `strict`: weights that differ from the recorded ones are an error, not a note.
    """

    device: str = "auto"
    dtype: Dtype = Dtype.AUTO
    offload: Offload = Offload.NONE
    strict: bool = False

    def torch_device(self) -> Any:
        """The device; raises `ModelError` for one that is not there."""
        import torch

        name = self.device
        if name == "auto":
            name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        try:
            device = torch.device(name)
            torch.empty(1, device=device)
        except (RuntimeError, AssertionError, NotImplementedError) as error:
            raise ModelError(
                f"device {name!r} cannot be used: {_first_line(error)}; --device cpu always works"
            ) from None
        return device

    def torch_dtype(self) -> Any:
        """The type of numbers, as torch has it."""
        import torch

        if self.dtype is Dtype.AUTO:
            return torch.float32 if self.torch_device().type == "cpu" else torch.float16
        return getattr(torch, self.dtype.value)

    def place(self, pipeline: Any) -> Any:
        """A pipeline of diffusers, moved to the device or prepared for offloading."""
        device = self.torch_device()
        if self.offload is Offload.NONE or device.type == "cpu":
            return pipeline.to(device)
        with _accelerated():
            if self.offload is Offload.MODEL:
                pipeline.enable_model_cpu_offload(device=device)
            else:
                pipeline.enable_sequential_cpu_offload(device=device)
        return pipeline


@dataclass(frozen=True, slots=True)
class Weights:
    """A model's files on this machine.

    `source`: as the user named it, without a revision; `folder`: where the files lie, or the one file itself; `revision`: the commit
    on the hub, empty for a local source; `files`: the weights, relative to `folder` and ascending, empty for one file.
    """

    source: str
    folder: Path
    revision: str = ""
    files: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Rule 2, as 64 hexadecimal digits. Reads all weights at the first call."""
        if self.folder.is_file():
            return _digest(self.folder)
        digests = [(_digest(self.folder / name), name) for name in self.files]
        if len(digests) == 1:
            return digests[0][0]
        return hashlib.sha256("".join(f"{digest}  {name}\n" for digest, name in digests).encode()).hexdigest()

    def __str__(self) -> str:
        revision = f"@{self.revision[:12]}" if self.revision else ""
        return f"{self.source}{revision} (weights {self.digest[:DIGEST_DIGITS]})"

    def as_dict(self) -> dict[str, str]:
        """For JSON."""
        return {"source": self.source, "revision": self.revision, "digest": self.digest}


def find(source: str, *, only: Sequence[str] = (), without: Sequence[str] = (), variant: str | None = None) -> Weights:
    """The model that a source names, downloaded if need be (with a progress bar on stderr); raises `ModelError`.

    `only`: exact names of files, in place of what the libraries would load, for weights in a format of their own; `without`:
    folders of a diffusers pipeline to leave out, like safety_checker; `variant`: the one to take where there is one, like fp16.
    """
    path = Path(source).expanduser()
    if path.is_file():
        return Weights(source, path)
    if path.is_dir():
        names = [str(PurePosixPath(file.relative_to(path))) for file in path.rglob("*") if file.is_file()]
        return Weights(source, path, "", _needed(source, names, only, without, variant)[0])
    name, _, revision = source.partition("@")
    if not _HUB_ID.fullmatch(name):
        raise ModelError(
            f"{source}: there is no such folder or file, and a model on the hub is OWNER/NAME or OWNER/NAME@REVISION"
        )
    return _download(name, revision or None, (only, without, variant))


def named(choice: str, table: Mapping[str, str], what: str) -> tuple[str, str]:
    """`NAME` or `NAME=MODEL`, where `table` has a model for each name; raises `ChoiceError` for a name that is not in it."""
    name, _, model = choice.partition("=")
    if name not in table:
        raise ChoiceError(f"there is no {what} {name!r}; there are {', '.join(table)}")
    return name, model or table[name]


def check(recorded: str | int | None, weights: Weights, *, strict: bool = False) -> tuple[str, ...]:
    """Notes about weights that are not the recorded ones (16 or more hexadecimal digits); raises `ModelError` if `strict`.

    A registered name, a number or None records no digest, and gives no note.
    """
    if type(recorded) is not str or not re.fullmatch(r"[0-9a-f]{16,64}", recorded):
        return ()
    if weights.digest.startswith(recorded):
        return ()
    message = (
        f"the file was made for the model with weights {recorded}; {weights} is another one, and paints another picture"
    )
    if strict:
        raise ModelError(message)
    return (message,)


def load(kind: Any, weights: Weights, runtime: Runtime, **options: Any) -> Any:
    """A model of transformers or diffusers: `kind` is its class, or one of the Auto classes. Ready for inference.

    Raises `ModelError` for files that do not make such a model, or not a whole one.
    """
    device = runtime.torch_device()
    if runtime.offload is not Offload.NONE and device.type != "cpu":
        options["device_map"] = "auto"
    name = "dtype" if _module(kind) == "transformers" else "torch_dtype"
    with loading(weights.source), _accelerated():
        model, info = kind.from_pretrained(
            weights.folder, output_loading_info=True, local_files_only=True, **{name: runtime.torch_dtype()}, **options
        )
    absent = sorted(
        {str(key) for key in (*info["missing_keys"], *(row[0] for row in info.get("mismatched_keys") or ()))}
    )
    if absent:
        raise ModelError(f"{weights.source}: {len(absent)} weights are missing or of another shape, first {absent[0]}")
    return (model if "device_map" in options else model.to(device)).eval()


def load_processor(weights: Weights) -> Any:
    """What turns pictures and words into a model's inputs, by transformers; raises `ModelError`.

    Without torchvision, transformers cannot make processors that take videos, too; they are then made without that part.
    """
    import transformers

    with loading(weights.source):
        try:
            return transformers.AutoProcessor.from_pretrained(weights.folder, local_files_only=True)
        except ImportError:
            kind = transformers.models.auto.processing_auto.PROCESSOR_MAPPING[
                type(transformers.AutoConfig.from_pretrained(weights.folder, local_files_only=True))
            ]
        if "video_processor" not in kind.get_attributes():
            raise ModelError(f"{weights.source}: its processor needs torchvision: pip install torchvision")
        tokenizer = transformers.AutoTokenizer.from_pretrained(weights.folder, local_files_only=True)
        images = transformers.AutoImageProcessor.from_pretrained(weights.folder, local_files_only=True, backend="pil")
        without_video = type(kind.__name__, (kind,), {"check_argument_for_proper_class": lambda *_: None})
        return without_video(images, tokenizer, None, chat_template=tokenizer.chat_template)


@contextmanager
def loading(source: str) -> Iterator[None]:
    """Whatever a library raises over a model's files, as a `ModelError` about `source`."""
    try:
        yield
    except (ModelError, ModuleNotFoundError):
        raise
    except ImportError as error:  # a library that lacks one of its own optional parts says so at length
        raise ModelError(f"{source}: {_first_line(error)}; pip install 'misc-bitstream[models]'") from error
    except Exception as error:
        raise ModelError(f"{source}: it cannot be loaded: {_first_line(error)}") from error


def needed(
    names: Iterable[str], only: Sequence[str] = (), without: Sequence[str] = (), variant: str | None = None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of a repository's files, those that the libraries load: weights, and settings; both ascending, as relative POSIX paths.

    A pipeline of diffusers (it has model_index.json) keeps its weights in folders, every other model at the top.
    """
    every = sorted(names)
    if only:
        return tuple(name for name in every if name in only), ()
    depth = 2 if "model_index.json" in every else 1
    near = [path for path in map(PurePosixPath, every) if len(path.parts) <= depth and path.parts[0] not in without]
    folders: dict[PurePosixPath, list[PurePosixPath]] = {}
    for path in near:
        if path.suffix in _FORMATS and len(path.parts) == depth and _STEM.fullmatch(path.stem):
            folders.setdefault(path.parent, []).append(path)
    weights = sorted(str(path) for paths in folders.values() for path in _preferred(paths, variant))
    settings = sorted(str(path) for path in near if path.suffix in _SETTINGS and not path.name.startswith("."))
    return tuple(weights), tuple(settings)


def _needed(source: str, names: Iterable[str], *choice: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    weights, settings = needed(names, *choice)
    if not weights:
        wanted = ", ".join(choice[0]) or "model.safetensors, diffusion_pytorch_model.safetensors or the like"
        raise ModelError(f"{source}: there are no weights in it; {wanted} is looked for")
    return weights, settings


def _preferred(paths: list[PurePosixPath], variant: str | None) -> list[PurePosixPath]:
    """Of the weights in one folder, those of one variant and one format."""
    variants = {_variant(path) for path in paths}
    wanted = variant if variant in variants else None
    same = [path for path in paths if _variant(path) == wanted]
    best = min((_FORMATS.index(path.suffix) for path in same), default=0)
    same = [path for path in same if path.suffix == _FORMATS[best]]
    whole = [path for path in same if not _SHARD.search(path.name)]
    return whole or same


def _variant(path: PurePosixPath) -> str | None:
    """What stands between the name of the weights and their format, like fp16."""
    return _SHARD.sub("", path.stem).partition(".")[2] or None


def _download(name: str, revision: str | None, choice: tuple[Any, ...]) -> Weights:
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    try:
        info = HfApi().model_info(name, revision=revision)
        weights, settings = _needed(name, [file.rfilename for file in info.siblings or ()], *choice)
        # By the user's name of the revision, not by its commit: the cache then finds it by that name without the hub, too.
        folder = Path(snapshot_download(name, revision=revision, allow_patterns=[*weights, *settings]))
        return Weights(name, folder, folder.name, weights)
    except GatedRepoError:
        raise ModelError(f"{name}: its owner asks for consent; accept it on the hub, then `hf auth login`") from None
    except RevisionNotFoundError:
        raise ModelError(f"{name}: the hub has no revision {revision} of it") from None
    except RepositoryNotFoundError:
        raise ModelError(f"{name}: the hub has no such model, and there is no such folder") from None
    except ModelError:
        raise
    except Exception as error:  # whatever the network does; what was downloaded before still works
        return _downloaded(name, revision, choice, error)


def _downloaded(name: str, revision: str | None, choice: tuple[Any, ...], error: Exception) -> Weights:
    """A model from the hub's cache: its folder is the one in which a file is that every such model has."""
    from huggingface_hub import try_to_load_from_cache

    known = choice[0] or ("model_index.json", "config.json")
    found = (try_to_load_from_cache(name, file, revision=revision) for file in known)
    folder = next((Path(path).parent for path in found if isinstance(path, str)), None)
    if folder is None:
        raise ModelError(
            f"{name}: it is not on this machine, and the hub cannot be reached ({_first_line(error)})"
        ) from error
    names = [str(PurePosixPath(file.relative_to(folder))) for file in folder.rglob("*") if file.is_file()]
    return Weights(name, folder, folder.name, _needed(name, names, *choice)[0])


def _digest(path: Path) -> str:
    status = path.stat()
    return _digest_of(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=256)
def _digest_of(path: Path, size: int, modified: int) -> str:
    """SHA-256 of a file; size and time are part of the key, so that a file that changed is read again."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _accelerated() -> Iterator[None]:
    """Offloading is done by the library accelerate, which says at length when it is missing."""
    try:
        yield
    except ImportError as error:
        if "accelerate" not in str(error):
            raise
        raise ModelError("offloading needs the library accelerate: pip install 'misc-bitstream[models]'") from error


def _module(kind: Any) -> str:
    return str(kind.__module__).partition(".")[0]


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
