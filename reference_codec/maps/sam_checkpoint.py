"""A SAM in one file, as it was released (sam_vit_h_4b8939.pth and the others): its weights under transformers' names.

Rule 1.  The file is read without running code in it, and the network's sizes follow from the shapes of its weights.
Rule 2.  A weight that is missing, of another shape, or of no use is an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from reference_codec.errors import ModelError
from reference_codec.models.failures import about
from reference_codec.models.runtime import Runtime
from reference_codec.models.weights import Weights

#: Parts of the names in the file, and what transformers calls them, applied in this order.
NAMES: Final = (
    (r"^image_encoder\.", "vision_encoder."),
    (r"\bpatch_embed\.proj\.", "patch_embed.projection."),
    (r"\bblocks\.", "layers."),
    (r"\bneck\.0\.", "neck.conv1."),
    (r"\bneck\.1\.", "neck.layer_norm1."),
    (r"\bneck\.2\.", "neck.conv2."),
    (r"\bneck\.3\.", "neck.layer_norm2."),
    (r"\bpe_layer\.positional_encoding_gaussian_matrix$", "shared_embedding.positional_embedding"),
    (r"\bpoint_embeddings\.", "point_embed."),
    (r"\bmask_downscaling\.0\.", "mask_embed.conv1."),
    (r"\bmask_downscaling\.1\.", "mask_embed.layer_norm1."),
    (r"\bmask_downscaling\.3\.", "mask_embed.conv2."),
    (r"\bmask_downscaling\.4\.", "mask_embed.layer_norm2."),
    (r"\bmask_downscaling\.6\.", "mask_embed.conv3."),
    (r"\boutput_upscaling\.0\.", "upscale_conv1."),
    (r"\boutput_upscaling\.1\.", "upscale_layer_norm."),
    (r"\boutput_upscaling\.3\.", "upscale_conv2."),
    (r"\b(output_hypernetworks_mlps\.\d+|iou_prediction_head)\.layers\.0\.", r"\1.proj_in."),
    (r"\b(output_hypernetworks_mlps\.\d+|iou_prediction_head)\.layers\.1\.", r"\1.layers.0."),
    (r"\b(output_hypernetworks_mlps\.\d+|iou_prediction_head)\.layers\.2\.", r"\1.proj_out."),
    (r"\bnorm(\d|_final_attn)\.", r"layer_norm\1."),
)
UNUSED: Final = ("pixel_mean", "pixel_std")  # constants that some files hold
DECODER_HEADS: Final = 8  # of every SAM; no shape tells
MAX_SIDE: Final = 2048  # of the picture that the network takes; memory grows with its fourth power. SAM's is 1,024
_ENCODER: Final = "image_encoder."
_DECODER: Final = "mask_decoder."
_IOU: Final = "mask_decoder.iou_prediction_head.layers."


def load(weights: Weights, runtime: Runtime) -> Any:
    """The model in a file, for inference, whole on its device. Raises `ModelError`."""
    import torch
    from transformers import SamModel

    from reference_codec.models import tensors

    try:
        state = tensors.read(weights.folder)
    except (OSError, tensors.TensorsError) as error:
        raise ModelError(f"{weights.source} {error}") from None
    with about(weights.source):
        config = configuration({name: tuple(value.shape) for name, value in state.items()})
        with torch.device("meta"):
            model = SamModel(config)
        _fill(model, renamed(state), weights.source)
        return model.requires_grad_(False).to(runtime.torch_device(), runtime.torch_dtype()).eval()


def _fill(model: Any, state: dict[str, Any], source: str) -> None:
    """Give a network its weights. Raises `ModelError` for those of Rule 2."""
    wanted = {name: value.shape for name, value in model.state_dict().items()}
    found = {name: value.shape for name, value in state.items()}
    wrong = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    if wrong:
        raise ModelError(f"{source}: {len(wrong)} weights are missing, of another shape or of no use, first {wrong[0]}")
    model.load_state_dict(state, assign=True)


def renamed(state: Mapping[str, Any]) -> dict[str, Any]:
    """The weights under transformers' names."""
    result = {new_name(name): value for name, value in state.items() if name not in UNUSED}
    shared = "shared_embedding.positional_embedding"
    return result | {"shared_image_embedding.positional_embedding": result[f"prompt_encoder.{shared}"]}


def new_name(name: str) -> str:
    """What transformers calls a weight of the file."""
    for pattern, replacement in NAMES:
        name = re.sub(pattern, replacement, name)
    return name


def configuration(shapes: Mapping[str, tuple[int, ...]]) -> Any:
    """The sizes of a network whose weights have these shapes. Raises what Python raises for shapes of no SAM."""
    from transformers import SamConfig

    missing = {"image_encoder.pos_embed", "mask_decoder.iou_token.weight"} - shapes.keys()
    if missing:
        raise ValueError(f"it is no SAM: it has no {min(missing)}")
    _, rows, columns, hidden = shapes[f"{_ENCODER}pos_embed"]
    patch = shapes[f"{_ENCODER}patch_embed.proj.weight"][-1]
    if rows != columns or rows * patch > MAX_SIDE:
        raise ValueError(
            f"it takes pictures of {columns * patch}x{rows * patch}, not of a square of at most {MAX_SIDE}"
        )
    depth = _count(shapes, rf"{_ENCODER}blocks\.(\d+)\.attn\.rel_pos_h")
    reaches = [shapes[f"{_ENCODER}blocks.{index}.attn.rel_pos_h"] for index in range(depth)]
    everywhere = [index for index, (reach, _) in enumerate(reaches) if reach == 2 * rows - 1]
    width = shapes[f"{_DECODER}iou_token.weight"][1]
    picture = {"image_size": rows * patch, "patch_size": patch}
    first_layer = f"{_DECODER}transformer.layers.0."
    return SamConfig(
        vision_config=picture
        | {
            "hidden_size": hidden,
            "num_hidden_layers": depth,
            "num_attention_heads": hidden // reaches[0][1],
            "mlp_dim": shapes[f"{_ENCODER}blocks.0.mlp.lin1.weight"][0],
            "window_size": min((reach + 1) // 2 for reach, _ in reaches),
            "global_attn_indexes": everywhere,
            "output_channels": shapes[f"{_ENCODER}neck.0.weight"][0],
            "num_pos_feats": shapes["prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"][1],
        },
        prompt_encoder_config=picture
        | {"hidden_size": width, "mask_input_channels": shapes["prompt_encoder.mask_downscaling.3.weight"][0]},
        mask_decoder_config={
            "hidden_size": width,
            "num_hidden_layers": _count(shapes, rf"{_DECODER}transformer\.layers\.(\d+)\.norm1\.weight"),
            "num_attention_heads": DECODER_HEADS,
            "mlp_dim": shapes[f"{first_layer}mlp.lin1.weight"][0],
            "attention_downsample_rate": width // shapes[f"{first_layer}cross_attn_token_to_image.q_proj.weight"][0],
            "num_multimask_outputs": shapes[f"{_DECODER}mask_tokens.weight"][0] - 1,
            "iou_head_hidden_dim": shapes[f"{_IOU}0.weight"][0],
        },
    )


def _count(shapes: Mapping[str, tuple[int, ...]], pattern: str) -> int:
    """How many weights have a name like this; their indexes are 0 and upwards."""
    return sum(re.fullmatch(pattern, name) is not None for name in shapes)
