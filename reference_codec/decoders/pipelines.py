"""Stable Diffusion pipelines and ControlNets, loaded and checked part by part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

import torch

from reference_codec.decoders.latentcontrol import load_latent_control
from reference_codec.decoders.origin import UNUSED_FOLDERS
from reference_codec.errors import ModelError
from reference_codec.models import loading
from reference_codec.models.failures import about
from reference_codec.models.runtime import Dtype, Offload, Runtime
from reference_codec.models.weights import Weights

PIPELINES: Final = ("StableDiffusionPipeline", "StableDiffusionXLPipeline")
LIBRARIES: Final = ("diffusers", "transformers")


def load_pipeline(weights: Weights, runtime: Runtime) -> Any:
    """A pipeline in main memory. Raises `ModelError` for anything but Stable Diffusion, and for missing weights."""
    import diffusers
    import transformers

    with about(weights.source):
        index = diffusers.DiffusionPipeline.load_config(str(weights.folder), local_files_only=True)
        _require_known_classes(index)
    name = index.get("_class_name")
    if name not in PIPELINES:
        raise ModelError(f"{weights.source}: it is a {name}; a {' or '.join(PIPELINES)} is needed")
    dtype = Dtype(str(runtime.torch_dtype()).removeprefix("torch."))
    in_main_memory = replace(runtime, device="cpu", dtype=dtype, offload=Offload.NONE)
    libraries = {"diffusers": diffusers, "transformers": transformers}
    # The XL pipeline has no safety checker, and takes no argument for it.
    parts: dict[str, Any] = dict.fromkeys(UNUSED_FOLDERS[:2] if name == PIPELINES[0] else ())
    for part, (library, kind) in ((key, entry) for key, entry in index.items() if isinstance(entry, list)):
        if part in ("unet", "vae") or part.startswith("text_encoder"):
            with about(weights.source):
                part_class = getattr(libraries[library], kind)
            parts[part] = loading.load(part_class, weights, in_main_memory, subfolder=part)
    if parts["vae"].config.get("force_upcast") and parts["vae"].dtype == torch.float16:
        parts["vae"].to(torch.float32)
    with about(weights.source):
        return getattr(diffusers, name).from_pretrained(weights.folder, local_files_only=True, **parts)


def _require_known_classes(index: Any) -> None:
    """Raise `ValueError` for a part whose class may come with the folder. An Auto class of a library loads what the folder names."""
    for part, entry in index.items():
        if not isinstance(entry, list) or part in UNUSED_FOLDERS or entry == [None, None]:
            continue
        if not (len(entry) == 2 and entry[0] in LIBRARIES and isinstance(entry[1], str)):
            raise ValueError(f"its part {part} is of {entry}, no class of {' or '.join(LIBRARIES)}")
        if re.match(r"Auto[A-Z]", entry[1]):
            raise ValueError(f"its part {part} is of {entry[1]}, which may load code; name its class")


def load_control(weights: Weights, unet: Any, runtime: Runtime) -> Any:
    """A ControlNet for a U-Net, on the device: a folder as diffusers saves it, or a single file as DiffBIR's. Raises `ModelError`."""
    file = weights.folder / weights.files[0] if weights.files else weights.folder
    if not file.name.startswith("diffusion_pytorch_model"):
        return load_latent_control(file, unet).to(runtime.torch_device(), runtime.torch_dtype())
    from diffusers import ControlNetModel

    control = loading.load(ControlNetModel, weights, replace(runtime, offload=Offload.NONE))
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
