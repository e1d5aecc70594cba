"""Stable Diffusion pipelines and ControlNets, loaded and checked part by part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

import torch

from reference_codec.decoders.checkpoint import Checkpoint
from reference_codec.decoders.cleaning import has_cleaner, load_cleaner
from reference_codec.decoders.latentcontrol import load_latent_control
from reference_codec.decoders.origin import UNUSED_FOLDERS, Origin
from reference_codec.errors import ModelError
from reference_codec.models import loading
from reference_codec.models.failures import about
from reference_codec.models.files import INDEX
from reference_codec.models.runtime import Dtype, Offload, Runtime
from reference_codec.models.weights import Weights

_PLAIN, _XL = "StableDiffusionPipeline", "StableDiffusionXLPipeline"
#: The pipelines that are taken, and the class that each is loaded as. InstructPix2Pix has the parts of Stable Diffusion.
PIPELINES: Final = {_PLAIN: _PLAIN, _XL: _XL, "StableDiffusionInstructPix2PixPipeline": _PLAIN}
#: The scale of guidance that a pipeline has by default in diffusers.
USUAL_GUIDANCE: Final = {_PLAIN: 7.5, _XL: 5.0}
LIBRARIES: Final = ("diffusers", "transformers")
NOTE_NOT_CLEANED: Final = (
    "DiffBIR v1 cleans the reference picture by SwinIR before the control sees it. {} has no SwinIR, so the picture was not cleaned; name "
    "the weights with --cleaner, or say --cleaner none."
)


def load_pipeline(weights: Weights, runtime: Runtime, notes: list[str]) -> Any:
    """A pipeline in main memory. Raises `ModelError` for anything but Stable Diffusion, and for missing weights.

    `notes` gets a note for each part with weights that are not used.
    """
    import diffusers
    import transformers

    if weights.folder.is_file():
        raise ModelError(f"{weights.source}: a model is a folder that diffusers wrote, with {INDEX}, not a file")
    with about(weights.source):
        index = diffusers.DiffusionPipeline.load_config(str(weights.folder), local_files_only=True)
        _require_known_classes(index)
    name = index.get("_class_name")
    if name not in PIPELINES:
        raise ModelError(f"{weights.source}: it is a {name}; a {' or '.join(PIPELINES)} is needed")
    class_name = PIPELINES[name]
    dtype = Dtype(str(runtime.torch_dtype()).removeprefix("torch."))
    in_main_memory = replace(runtime, device="cpu", dtype=dtype, offload=Offload.NONE)
    libraries = {"diffusers": diffusers, "transformers": transformers}
    # The XL pipeline has no safety checker, and takes no argument for it.
    parts: dict[str, Any] = dict.fromkeys(UNUSED_FOLDERS[:2] if class_name == _PLAIN else ())
    for part, (library, kind) in ((key, entry) for key, entry in index.items() if isinstance(entry, list)):
        if part in ("unet", "vae") or part.startswith("text_encoder"):
            with about(weights.source):
                part_class = getattr(libraries[library], kind)
            parts[part] = loading.load(part_class, weights, in_main_memory, notes, part=part)
    if parts["vae"].config.get("force_upcast") and parts["vae"].dtype == torch.float16:
        parts["vae"].to(torch.float32)
    with about(weights.source):
        pipeline = getattr(diffusers, class_name).from_pretrained(weights.folder, local_files_only=True, **parts)
    channels, latent_channels = pipeline.unet.config.in_channels, pipeline.vae.config.latent_channels
    if channels not in (latent_channels, 2 * latent_channels):
        raise ModelError(f"{weights.source}: its U-Net takes {channels} channels, not the {latent_channels} of latents")
    return pipeline


def edits(pipeline: Any) -> bool:
    """Whether a pipeline's U-Net takes the latents of a picture beside the noisy ones."""
    return int(pipeline.unet.config.in_channels) == 2 * int(pipeline.vae.config.latent_channels)


def _require_known_classes(index: Any) -> None:
    """Raise `ValueError` for a part whose class may come with the folder. An Auto class of a library loads what the folder names."""
    for part, entry in index.items():
        if not isinstance(entry, list) or part in UNUSED_FOLDERS or entry == [None, None]:
            continue
        if not (len(entry) == 2 and entry[0] in LIBRARIES and isinstance(entry[1], str)):
            raise ValueError(f"its part {part} is of {entry}, no class of {' or '.join(LIBRARIES)}")
        if re.match(r"Auto[A-Z]", entry[1]):
            raise ValueError(f"its part {part} is of {entry[1]}, which may load code; name its class")


def load_control(origin: Origin, unet: Any, runtime: Runtime, notes: list[str]) -> tuple[Any, Any]:
    """The ControlNet for a U-Net and the network that cleans its pictures, on the device; None for what the origin does not have.

    A ControlNet is a folder as diffusers saves it, or a single file as DiffBIR's. Such a file may hold the cleaning network, too. `notes`
    gets a note for each file with weights that are not used. Raises `ModelError`.
    """
    if origin.control is None:
        return None, None
    device, dtype = runtime.torch_device(), runtime.torch_dtype()
    file = origin.control.file
    if file.name.startswith("diffusion_pytorch_model"):
        if origin.cleaner is not None:
            raise ModelError(
                f"{origin.control.source}: it sees pixels, so nothing is cleaned for it; leave out --cleaner"
            )
        control, checkpoint = _folder_control(origin.control, unet, runtime, notes), None
    else:
        checkpoint = Checkpoint.read(file)
        control = load_latent_control(checkpoint, unet).to(device, dtype)
    cleaner = None
    if origin.cleaner is not None:
        cleaning = Checkpoint.read(origin.cleaner.file)
        cleaner = load_cleaner(cleaning)
        notes += cleaning.notes()
    elif origin.cleans and checkpoint is not None and has_cleaner(checkpoint):
        cleaner = load_cleaner(checkpoint)
    elif origin.cleans and checkpoint is not None:
        notes.append(NOTE_NOT_CLEANED.format(file))
    notes += checkpoint.notes() if checkpoint else []
    return control, cleaner.to(device) if cleaner else None


def _folder_control(weights: Weights, unet: Any, runtime: Runtime, notes: list[str]) -> Any:
    """A ControlNet that diffusers saved. Raises `ModelError` if it is for another U-Net."""
    from diffusers import ControlNetModel

    control = loading.load(ControlNetModel, weights, replace(runtime, offload=Offload.NONE), notes)
    expected, channels = unet.config.cross_attention_dim, control.config.cross_attention_dim
    if channels != expected or control.config.block_out_channels[0] != unet.config.block_out_channels[0]:
        raise ModelError(
            f"{weights.source}: it is a ControlNet for another family (text of {channels} channels, not {expected})"
        )
    return control


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the warnings of diffusers and transformers. Errors come as exceptions."""
    from diffusers.utils import logging as diffusers_logging
    from transformers.utils import logging as transformers_logging

    levels = [(library, library.get_verbosity()) for library in (diffusers_logging, transformers_logging)]
    for library, _ in levels:
        library.set_verbosity_error()
    try:
        yield
    finally:
        for library, level in levels:
            library.set_verbosity(level)
