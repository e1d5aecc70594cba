"""Tiny Stable Diffusions and ControlNets with random weights, built from configurations and saved in diffusers' own format.

A U-Net has the blocks of its family, with few and narrow layers; weights are larger than a library's initial ones, so that every
input makes a difference that can be seen.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.needs import extra

if extra("models").met():
    import torch
    from diffusers import (
        AutoencoderKL,
        ControlNetModel,
        DDIMScheduler,
        StableDiffusionInstructPix2PixPipeline,
        StableDiffusionPipeline,
        StableDiffusionXLPipeline,
        UNet2DConditionModel,
    )
    from torch import nn
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

WIDTHS = (8, 8, 16, 16)
TEXT = 16
FAMILIES = ("1.5", "2.1", "xl")


def pipeline(folder: Path, family: str, seed: int = 0, *, edits: bool = False) -> Path:
    """A pipeline of a family: "1.5", "2.1" (predicts v, linear projections) or "xl" (two text encoders, three blocks).

    `edits`: as InstructPix2Pix, whose U-Net takes the latents of a picture, too.
    """
    torch.manual_seed(seed)
    xl = family == "xl"
    parts: dict[str, Any] = {
        "vae": _shaken(
            AutoencoderKL(
                block_out_channels=(4, 4, 8, 8),
                down_block_types=("DownEncoderBlock2D",) * 4,
                up_block_types=("UpDecoderBlock2D",) * 4,
                layers_per_block=1,
                norm_num_groups=2,
                latent_channels=4,
                sample_size=64,
                force_upcast=xl,
            ),
            0.0,
        ),
        "unet": _shaken(_unet(family, 8 if edits else 4), 0.05),
        "scheduler": DDIMScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            prediction_type="v_prediction" if family == "2.1" else "epsilon",
            clip_sample=False,
            set_alpha_to_one=False,
            steps_offset=1,
        ),
        "tokenizer": _tokenizer(folder),
    }
    if xl:
        parts |= {"text_encoder": _text(CLIPTextModel), "text_encoder_2": _text(CLIPTextModelWithProjection)}
        StableDiffusionXLPipeline(**parts, tokenizer_2=parts["tokenizer"]).save_pretrained(folder)
    else:
        parts["text_encoder"] = _text(CLIPTextModel)
        absent = {"safety_checker": None, "feature_extractor": None}
        kind = StableDiffusionInstructPix2PixPipeline if edits else StableDiffusionPipeline
        kind(**parts, **absent, requires_safety_checker=False).save_pretrained(folder)
    return folder


def control(folder: Path, family: str, seed: int = 1) -> Path:
    """A ControlNet for a family that sees pixels, in diffusers' format."""
    torch.manual_seed(seed)
    net = ControlNetModel.from_unet(_unet(family), conditioning_embedding_out_channels=(4, 4, 8, 8))
    _shaken(net, 0.3).save_pretrained(folder)
    return folder


def latent_control(path: Path, family: str = "2.1", seed: int = 2) -> dict[str, torch.Tensor]:
    """A ControlNet that sees latents, in one file with the names that DiffBIR's has; returns its weights by diffusers' names,
    with the first convolution of 8 channels."""
    torch.manual_seed(seed)
    net = _shaken(ControlNetModel.from_unet(_unet(family)), 0.3)
    state = {name: value for name, value in net.state_dict().items() if "cond_embedding" not in name}
    state["conv_in.weight"] = torch.cat([state["conv_in.weight"], torch.randn_like(state["conv_in.weight"])], 1)
    torch.save({"state_dict": {f"module.{original(name)}": value for name, value in state.items()}}, path)
    return state


def original(name: str) -> str:
    """The name of a ControlNet's weight in the code that Stable Diffusion came from; layers_per_block is 1."""
    rules: tuple[tuple[str, Any], ...] = (
        (r"time_embedding\.linear_(\d)", lambda m: f"time_embed.{2 * int(m[1]) - 2}"),
        (r"^conv_in", "input_blocks.0.0"),
        (r"controlnet_down_blocks\.(\d+)", r"zero_convs.\1.0"),
        (r"controlnet_mid_block", "middle_block_out.0"),
        (r"^down_blocks\.(\d)\.resnets\.0", lambda m: f"input_blocks.{2 * int(m[1]) + 1}.0"),
        (r"^down_blocks\.(\d)\.attentions\.0", lambda m: f"input_blocks.{2 * int(m[1]) + 1}.1"),
        (r"^down_blocks\.(\d)\.downsamplers\.0\.conv", lambda m: f"input_blocks.{2 * int(m[1]) + 2}.0.op"),
        (r"mid_block\.resnets\.(\d)", lambda m: f"middle_block.{2 * int(m[1])}"),
        (r"mid_block\.attentions\.0", "middle_block.1"),
    )
    for pattern, replacement in rules:
        name = re.sub(pattern, replacement, name)
    if "transformer_blocks" in name or ".proj_" in name:
        return name
    for ours, theirs in (
        (".norm1.", ".in_layers.0."),
        (".conv1.", ".in_layers.2."),
        (".time_emb_proj.", ".emb_layers.1."),
        (".norm2.", ".out_layers.0."),
        (".conv2.", ".out_layers.3."),
        (".conv_shortcut.", ".skip_connection."),
    ):
        name = name.replace(ours, theirs)
    return name


def _unet(family: str, channels: int = 4) -> UNet2DConditionModel:
    common: dict[str, Any] = {
        "layers_per_block": 1,
        "norm_num_groups": 4,
        "in_channels": channels,
        "out_channels": 4,
        "sample_size": 16,
    }
    if family == "xl":
        return UNet2DConditionModel(
            block_out_channels=WIDTHS[:3],
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            transformer_layers_per_block=(1, 1, 2),
            attention_head_dim=(1, 2, 2),
            cross_attention_dim=2 * TEXT,
            use_linear_projection=True,
            addition_embed_type="text_time",
            addition_time_embed_dim=4,
            projection_class_embeddings_input_dim=TEXT + 24,
            **common,
        )
    return UNet2DConditionModel(
        block_out_channels=WIDTHS,
        down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
        attention_head_dim=2,
        cross_attention_dim=TEXT,
        use_linear_projection=family == "2.1",
        **common,
    )


def _text(kind: Any) -> Any:
    return _shaken(
        kind(
            CLIPTextConfig(
                vocab_size=514,
                hidden_size=TEXT,
                intermediate_size=32,
                num_hidden_layers=3,
                num_attention_heads=2,
                projection_dim=TEXT,
                bos_token_id=512,
                eos_token_id=513,
                pad_token_id=513,
            )
        ),
        0.1,
    )


def _tokenizer(folder: Path) -> CLIPTokenizer:
    """Every byte is a token, in the middle of a word and at its end."""
    bytes_ = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(value) for value in bytes_] + [chr(256 + index) for index in range(256 - len(bytes_))]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({token: index for index, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    made = CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77)
    (folder / "vocab.json").unlink()
    (folder / "merges.txt").unlink()
    return made


def _shaken(model: nn.Module, scale: float) -> Any:
    """Random numbers on all weights: a ControlNet begins with zeros, and its effect would not be seen."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(scale * torch.randn_like(parameter))
    return model.eval()
