"""A ControlNet that is conditioned on a picture's latents, as DiffBIR's, in diffusers.

DiffBIR concatenates the noisy latents x and the condition c before the first convolution, which is linear: W [x; c] + b = (W_x x + b) +
W_c c. A ControlNet of diffusers adds its embedded condition at this point. So W_c takes the place of the embedding; nothing else differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from reference_codec.errors import ModelError
from reference_codec.models import tensors
from reference_codec.models.failures import about


def load_latent_control(path: Path, unet: Any) -> Any:
    """The ControlNet for a U-Net from a file with DiffBIR's names of weights (v1_general.pth, general_full_v1.ckpt).

    Raises `ModelError` for a file of another kind, or of a ControlNet for another U-Net.
    """
    from diffusers import ControlNetModel

    control = ControlNetModel.from_unet(unet, load_weights_from_unet=False)
    with about(str(path)):  # the converter of the library raises errors of many types
        weights = _renamed(_read(path), dict(control.config))
    channels, latent_channels = control.conv_in.out_channels, unet.config.in_channels
    first = weights.get("conv_in.weight", torch.empty(0))
    if first.ndim != 4:
        raise ModelError(f"{path}: it has no first convolution of pictures")
    if tuple(first.shape[:2]) != (channels, 2 * latent_channels):
        raise ModelError(
            f"{path}: its first convolution takes {first.shape[1]} channels to {first.shape[0]}; "
            f"for this model it would take {2 * latent_channels} to {channels}"
        )
    control.controlnet_cond_embedding = nn.Conv2d(latent_channels, channels, 3, padding=1, bias=False)
    weights["conv_in.weight"] = first[:, :latent_channels]
    weights["controlnet_cond_embedding.weight"] = first[:, latent_channels:]
    try:
        control.load_state_dict(weights)
    except RuntimeError as error:
        raise ModelError(f"{path}: it is no ControlNet for this model: {str(error).splitlines()[1].strip()}") from None
    return control.eval()


def takes_latents(control: Any) -> bool:
    """Whether a ControlNet is conditioned on latents, not on pixels."""
    return isinstance(control.controlnet_cond_embedding, nn.Conv2d)


def _read(path: Path) -> Mapping[str, Tensor]:
    """The tensors of a file by name. Raises `ModelError`."""
    try:
        values = tensors.read(path)
    except tensors.TensorsError as error:
        raise ModelError(f"{path} {error}") from None
    return {name.removeprefix("module."): value for name, value in values.items()}


def _renamed(weights: Mapping[str, Tensor], config: Mapping[str, Any]) -> dict[str, Tensor]:
    """The weights of a ControlNet under diffusers' names."""
    from diffusers.loaders.single_file_utils import convert_controlnet_checkpoint

    prefix = "control_model."
    if "time_embed.0.weight" not in weights and f"{prefix}time_embed.0.weight" not in weights:
        raise ModelError(
            "the file has no weights of a ControlNet as DiffBIR names them (time_embed.0.weight is missing)"
        )
    renamed = convert_controlnet_checkpoint(dict(weights), config)
    return {name: value.float() for name, value in renamed.items() if value is not None}
