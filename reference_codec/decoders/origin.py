"""The weights that a picture is painted with: chosen by the user or the file, found, identified, and compared with the recorded ones."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from misc_format.registry import MODEL_NAMES
from reference_codec.decoders.parameters import SOURCES, Parameters
from reference_codec.errors import ModelError
from reference_codec.models import weights as model_weights
from reference_codec.models.weights import DIGEST_DIGITS, Weights

CONTROLLED: Final = ("misc", "sedic")  # the decoders that see the reference picture through a ControlNet
UNUSED_FOLDERS: Final = ("safety_checker", "feature_extractor", "image_encoder")  # of a pipeline


class Sources(NamedTuple):
    """A model and its ControlNet, by the names that `find` takes."""

    model: str
    controlnet: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """The weights of a model, and of its ControlNet if it has one."""

    model: Weights
    control: Weights | None = None

    @property
    def digest(self) -> str:
        """The digest of the model; with a ControlNet, the SHA-256 of the two lines "DIGEST  model" and "DIGEST  controlnet"."""
        if self.control is None:
            return self.model.digest
        lines = f"{self.model.digest}  model\n{self.control.digest}  controlnet\n"
        return hashlib.sha256(lines.encode()).hexdigest()

    def __str__(self) -> str:
        if self.control is None:
            return str(self.model)
        return f"{self.model} with {self.control} (together {self.digest[:DIGEST_DIGITS]})"

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        control = {"controlnet": self.control.as_dict()} if self.control else {}
        return {"digest": self.digest, "model": self.model.as_dict(), **control}


def find(model: str, control: str | None = None) -> Origin:
    """The weights of a model and its ControlNet, downloaded if they are not on this machine. Raises `ModelError`.

    Both are sources (see `models.weights`). A ControlNet may also be one file of a repository, OWNER/NAME[@REVISION]/FILE.
    """
    weights = model_weights.find(model, without=UNUSED_FOLDERS)
    return Origin(weights, _find_control(control) if control else None)


def recorded_digest(model: str, control: str | None = None) -> str:
    """The 16 hexadecimal digits that a bitstream records for a model and its ControlNet."""
    return find(model, control).digest[:DIGEST_DIGITS]


def choose(decoder: str, parameters: Parameters | None, model: str | None, controlnet: str | None) -> Sources:
    """The sources of a decoder's model: the user's `model` and `controlnet`, else those of the registered name in the parameters.

    Raises `ModelError` if there is none, or if a ControlNet is named for a decoder that uses none.
    """
    registered = SOURCES.get(str(parameters.model)) if parameters else None
    source = model or (registered.model if registered else None)
    if source is None:
        name = parameters.model if parameters else None
        raise ModelError(f"the file names its model as {name}; give it as --model ID_OR_FOLDER")
    if decoder not in CONTROLLED:
        if controlnet:
            raise ModelError(f"decoder {decoder} has no ControlNet; leave out --controlnet")
        return Sources(source)
    control = controlnet or (registered.controlnet if registered and model is None else None)
    if control is None:
        raise ModelError(
            f"decoder {decoder} sees the reference picture through a ControlNet; give one for {source} as --controlnet ID_OR_FOLDER"
        )
    return Sources(source, control)


def check(recorded: str | int | None, origin: Origin, *, is_users: bool, strict: bool) -> tuple[str, ...]:
    """A note if the weights are not those that the file records, or may not be; a `ModelError` if `strict`.

    `is_users`: whether the user named the model. It cannot be compared with a registered name in the file.
    """
    if not is_users or recorded not in MODEL_NAMES:
        return model_weights.check(recorded, origin, strict=strict)
    registered = SOURCES.get(str(recorded))
    name = f"{recorded} ({registered.model})" if registered else str(recorded)
    message = f"the file was made for {name}; whether {origin} is the same model cannot be checked"
    if strict:
        raise ModelError(message)
    return (message,)


def _find_control(source: str) -> Weights:
    parts = source.split("/")
    if len(parts) == 3 and not Path(source).expanduser().exists():
        return model_weights.find("/".join(parts[:2]), only=(parts[2],))
    return model_weights.find(source)
