"""A ControlNet that is conditioned on a picture's latents, as DiffBIR's, in diffusers.

DiffBIR concatenates the noisy latents x and the condition c before the first convolution, which is linear: W [x; c] + b = (W_x x + b) +
W_c c. A ControlNet of diffusers adds its embedded condition at this point. So W_c takes the place of the embedding; nothing else differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from reference_codec.decoders.checkpoint import Checkpoint
from reference_codec.decoders.cleaning import has_cleaner
from reference_codec.errors import ModelError
from reference_codec.models.failures import about

MAX_REASON = 200  # characters of the library's message
PREFIX = "control_model."  # of its weights beside those of other networks


def load_latent_control(checkpoint: Checkpoint, unet: Any) -> Any:
    """The ControlNet for a U-Net from a file with DiffBIR's names of weights (v1_general.pth, v2.pth, general_full_v1.ckpt).

    Raises `ModelError` for a file of another kind, or of a ControlNet for another U-Net.
    """
    from diffusers import ControlNetModel

    path = checkpoint.path
    control = ControlNetModel.from_unet(unet, load_weights_from_unet=False)
    with about(str(path)):  # the converter of the library raises errors of many types
        weights = _renamed(checkpoint, dict(control.config))
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
        reason = str(error).splitlines()[1].strip()  # it may name every weight
        shown = reason if len(reason) <= MAX_REASON else f"{reason[:MAX_REASON]} ..."
        raise ModelError(f"{path}: it is no ControlNet for this model, whose family may be another: {shown}") from None
    return control.eval()


def takes_latents(control: Any) -> bool:
    """Whether a ControlNet is conditioned on latents, not on pixels."""
    return isinstance(control.controlnet_cond_embedding, nn.Conv2d)


def _renamed(checkpoint: Checkpoint, config: Mapping[str, Any]) -> dict[str, Tensor]:
    """The weights of a ControlNet under diffusers' names."""
    from diffusers.loaders.single_file_utils import convert_controlnet_checkpoint

    prefix = PREFIX if f"{PREFIX}time_embed.0.weight" in checkpoint.weights else ""
    weights = checkpoint.below(prefix)
    if "time_embed.0.weight" not in weights:
        hint = "; it holds SwinIR, which is named with --cleaner" if has_cleaner(checkpoint) else ""
        raise ModelError(
            f"{checkpoint.path}: it has no weights of a ControlNet as DiffBIR names them (time_embed.0.weight is missing){hint}"
        )
    renamed = {
        name: value for name, value in convert_controlnet_checkpoint(weights, config).items() if value is not None
    }
    taken = set(map(id, renamed.values()))
    checkpoint.use(f"{prefix}{name}" for name, value in weights.items() if id(value) in taken)
    return {name: value.float() for name, value in renamed.items()}
