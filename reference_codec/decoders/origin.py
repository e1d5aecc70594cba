"""The weights that a picture is painted with: chosen by the user or the file, found, identified, and compared with the recorded ones."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from misc_format.registry import MODEL_NAMES
from reference_codec.decoders import benchmark
from reference_codec.decoders.parameters import SOURCES, Parameters, Source
from reference_codec.errors import ModelError
from reference_codec.models import weights as model_weights
from reference_codec.models.weights import DIGEST_DIGITS, Weights

# The decoders that need a ControlNet, through which they see the reference picture.
CONTROLLED: Final = ("misc", "sedic")
CLEANED: Final = ("misc", "cmc")  # the decoders whose ControlNet, if it is DiffBIR's, sees a cleaned picture
NOTE_NOTHING_RECORDED: Final = "The file records no weights, so --strict had nothing to compare."
CLEANER_FILE: Final = "general_swinir_v1.ckpt"
NO_CLEANER: Final = "none"  # in place of a cleaner
UNUSED_FOLDERS: Final = ("safety_checker", "feature_extractor", "image_encoder")  # of a pipeline


class Sources(NamedTuple):
    """A model, its ControlNet and the network that cleans its pictures, by the names that `find` takes.

    `cleans`: whether a network for cleaning is looked for beside the ControlNet's weights, if none is named.
    """

    model: str
    controlnet: str | None = None
    cleaner: str | None = None
    cleans: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """The weights of a model, and of its ControlNet and the network that cleans its pictures if it has them.

    `cleans`: as in `Sources`.
    """

    model: Weights
    control: Weights | None = None
    cleaner: Weights | None = None
    cleans: bool = False

    @property
    def parts(self) -> dict[str, Weights]:
        """The weights by the name of their part."""
        parts = {"model": self.model, "controlnet": self.control, "cleaner": self.cleaner}
        return {name: weights for name, weights in parts.items() if weights is not None}

    @property
    def digest(self) -> str:
        """The digest of the model; of several parts, the SHA-256 of the lines "DIGEST  model", "DIGEST  controlnet", "DIGEST  cleaner"."""
        if len(self.parts) == 1:
            return self.model.digest
        lines = "".join(f"{weights.digest}  {name}\n" for name, weights in self.parts.items())
        return hashlib.sha256(lines.encode()).hexdigest()

    def __str__(self) -> str:
        named = " with ".join(map(str, self.parts.values()))
        return f"{named} (together {self.digest[:DIGEST_DIGITS]})" if len(self.parts) > 1 else named

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"digest": self.digest, **{name: weights.as_dict() for name, weights in self.parts.items()}}


def find(model: str, control: str | None = None, cleaner: str | None = None, cleans: bool = False) -> Origin:
    """The weights of `Sources`, downloaded if they are not on this machine. Raises `ModelError`.

    All are sources (see `models.weights`). A ControlNet and a cleaner may also be one file of a repository, OWNER/NAME[@REVISION]/FILE.
    Without a cleaner, if `cleans`, the file of DiffBIR v1's is taken if it lies beside that of the ControlNet.
    """
    weights = model_weights.find(model, without=UNUSED_FOLDERS)
    control_weights = _find_file(control) if control else None
    if cleaner is None and cleans and control_weights is not None:
        beside = control_weights.file.with_name(CLEANER_FILE)
        cleaner = str(beside) if beside.is_file() else None
    return Origin(weights, control_weights, _find_file(cleaner) if cleaner else None, cleans)


def recorded_digest(model: str, control: str | None = None, cleaner: str | None = None) -> str:
    """The 16 hexadecimal digits that a bitstream records for a model, its ControlNet and its cleaner, if it is not "none"."""
    if (cleaner or "").lower() == NO_CLEANER:
        cleaner = None
    return find(model, control, cleaner).digest[:DIGEST_DIGITS]


def choose(decoder: str, parameters: Parameters | None, users: Sources) -> Sources:
    """The sources of a decoder's model: the user's, else those of the registered name in the parameters.

    `users`: what the user names; an empty model for none. Raises `ModelError` if there is no model, or no ControlNet for a decoder that
    needs one, and for a part that the decoder does not use.
    """
    row = benchmark.painter(decoder, users.model)
    registered = SOURCES.get(str(parameters.model)) if parameters else None
    if row is not None:
        users, registered = users._replace(model=""), row.source
    source = users.model or (registered.model if registered else None)
    if source is None:
        name = parameters.model if parameters else None
        raise ModelError(f"the file names its model as {name}; give it as --model ID_OR_FOLDER")
    if registered is None or users.model:
        registered = Source(source)
    control = users.controlnet or registered.controlnet
    if control is None and decoder in CONTROLLED:
        raise ModelError(
            f"decoder {decoder} sees the reference picture through a ControlNet; give one for {source} as --controlnet ID_OR_PATH"
        )
    if users.cleaner and decoder not in CLEANED:
        raise ModelError(f"decoder {decoder} cleans nothing; leave out --cleaner")
    if users.cleaner and control is None:
        raise ModelError(
            "a cleaner goes with DiffBIR's ControlNet; name that with --controlnet, or leave out --cleaner"
        )
    cleaner = users.cleaner or (None if users.controlnet else registered.cleaner)
    if decoder not in CLEANED or (cleaner or "").lower() == NO_CLEANER:
        return Sources(source, control)
    return Sources(source, control, cleaner, cleans=control is not None)


def check(recorded: str | int | None, origin: Origin, *, is_users: bool, strict: bool) -> tuple[str, ...]:
    """A note if the weights are not those that the file records, or may not be; a `ModelError` if `strict`.

    `is_users`: whether the user named the model. It cannot be compared with a registered name in the file.
    """
    if recorded is None and strict:
        return (NOTE_NOTHING_RECORDED,)
    if not is_users or recorded not in MODEL_NAMES:
        return model_weights.check(recorded, origin, strict=strict)
    registered = SOURCES.get(str(recorded))
    name = f"{recorded} ({registered.model})" if registered else str(recorded)
    message = f"the file was made for {name}; whether {origin} is the same model cannot be checked"
    if strict:
        raise ModelError(message)
    return (message,)


def _find_file(source: str) -> Weights:
    """The weights of a source, or of one file of a repository."""
    parts = source.split("/")
    if len(parts) == 3 and not Path(source).expanduser().exists():
        return model_weights.find("/".join(parts[:2]), only=(parts[2],))
    return model_weights.find(source)
