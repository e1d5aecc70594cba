"""Tiny models with random weights, saved in transformers' own format: what loads them is the code that loads real ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from tokenizers.normalizers import Lowercase
from tokenizers.processors import TemplateProcessing

REPLY = """Coffee cup, table.
A white porcelain cup with dark coffee
Brown planks with a visible grain
A cup of coffee stands on a wooden table in soft daylight."""
CHAT = (
    "{% for message in messages %}<|{{ message.role }}|>{% if message.content is string %}{{ message.content }}{% else %}"
    "{% for part in message.content %}{% if part.type == 'image' %}IMAGE{% else %}{{ part.text }}{% endif %}{% endfor %}"
    "{% endif %}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
LLM = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 4096,
}
CLIP_VISION = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 7,
    "num_attention_heads": 4,
    "image_size": 56,
    "patch_size": 14,
}


def byte_tokenizer(*special: str, end: str = "<|end|>", reply: str = "") -> Any:
    """One token a byte, some special ones, and one for a whole reply."""
    vocabulary = {char: index for index, char in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    inner = Tokenizer(models.BPE(vocabulary, []))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    made = transformers.PreTrainedTokenizerFast(tokenizer_object=inner, eos_token=end, pad_token=end)
    made.add_special_tokens({"additional_special_tokens": ["<|user|>", "<|assistant|>", *special]})
    if reply:
        made.add_tokens([AddedToken(reply, normalized=False)])
    return made


def plant(model: Any, tokenizer: Any, reply: str) -> None:
    """Make a language model say `reply`, one token, and nothing else: its layers add nothing, and each token has one successor."""
    if not reply:
        return
    for name, weight in model.named_parameters():
        if name.endswith(("o_proj.weight", "down_proj.weight")) and "vis" not in name:
            weight.data.zero_()
    words = tokenizer.convert_tokens_to_ids(["<|assistant|>", reply, tokenizer.eos_token])
    known, head = model.get_input_embeddings().weight.data, model.get_output_embeddings().weight.data
    head.zero_()
    for place, (word, successor) in enumerate(pairwise(words)):
        known[word] = 0
        known[word, place] = 1
        head[successor, place] = 1


def qwen(folder: Path, reply: str = "") -> Path:
    """A Qwen2.5-VL-class model, which always says `reply` where one is given."""
    vision = "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"
    tokenizer = byte_tokenizer(*vision, reply=reply)
    tokenizer.chat_template = CHAT.replace("IMAGE", "<|vision_start|><|image_pad|><|vision_end|>")
    start, end, image, video = tokenizer.convert_tokens_to_ids(list(vision))
    config = transformers.Qwen2_5_VLConfig(
        text_config={
            **LLM,
            "vocab_size": len(tokenizer),
            "rope_parameters": {"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 10000.0},
            "bos_token_id": None,
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": tokenizer.pad_token_id,
        },
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_heads": 4,
            "out_hidden_size": 32,
            "fullatt_block_indexes": [1],
        },
        image_token_id=image,
        video_token_id=video,
        vision_start_token_id=start,
        vision_end_token_id=end,
    )
    saved(transformers.Qwen2_5_VLForConditionalGeneration, config, folder, lambda model: plant(model, tokenizer, reply))
    tokenizer.save_pretrained(folder)
    images = transformers.models.qwen2_vl.image_processing_pil_qwen2_vl.Qwen2VLImageProcessorPil(max_pixels=56 * 56 * 4)
    images.save_pretrained(folder)
    settings = json.loads((folder / "preprocessor_config.json").read_text())
    settings |= {"processor_class": "Qwen2_5_VLProcessor", "image_processor_type": "Qwen2VLImageProcessor"}
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    return folder


def llava(folder: Path, reply: str = "") -> Path:
    """A LLaVA-1.5-class model, which always says `reply` where one is given."""
    tokenizer = byte_tokenizer("<image>", reply=reply)
    config = transformers.LlavaConfig(
        text_config=transformers.LlamaConfig(
            **LLM,
            vocab_size=len(tokenizer),
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        ),
        vision_config=transformers.CLIPVisionConfig(**CLIP_VISION),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        vision_feature_layer=-2,
    )
    saved(transformers.LlavaForConditionalGeneration, config, folder, lambda model: plant(model, tokenizer, reply))
    processor = transformers.LlavaProcessor(
        clip_images(),
        tokenizer,
        patch_size=CLIP_VISION["patch_size"],
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=CHAT.replace("IMAGE", "<image>"),
    )
    processor.save_pretrained(folder)
    return folder


def blip(folder: Path) -> Path:
    """A BLIP captioner."""
    tokenizer = bert_tokenizer()
    config = transformers.BlipConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": 32,
            "encoder_hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "max_position_embeddings": 64,
            "bos_token_id": tokenizer.cls_token_id,
            "eos_token_id": tokenizer.sep_token_id,
            "sep_token_id": tokenizer.sep_token_id,
            "pad_token_id": tokenizer.pad_token_id,
        },
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "image_size": 32,
            "patch_size": 16,
        },
        projection_dim=16,
    )
    saved(transformers.BlipForConditionalGeneration, config, folder)
    images = transformers.BlipImageProcessorPil(size={"height": 32, "width": 32})
    transformers.BlipProcessor(images, tokenizer).save_pretrained(folder)
    return folder


def clip(folder: Path) -> Path:
    """A CLIP of 4 x 4 patches."""
    tokenizer = byte_tokenizer(end="<|endoftext|>")
    tokenizer.model_max_length = 77
    config = transformers.CLIPConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "eos_token_id": tokenizer.eos_token_id,
            "bos_token_id": 0,
            "pad_token_id": tokenizer.pad_token_id,
        },
        vision_config=CLIP_VISION,
        projection_dim=16,
    )
    saved(transformers.CLIPModel, config, folder)
    tokenizer.save_pretrained(folder)
    clip_images().save_pretrained(folder)
    return folder


def grounding_dino(folder: Path) -> Path:
    """A Grounding DINO that finds its boxes at random."""
    tokenizer = bert_tokenizer()
    config = transformers.GroundingDinoConfig(
        backbone_config=transformers.SwinConfig(
            image_size=64,
            embed_dim=8,
            depths=[1, 1, 1, 1],
            num_heads=[1, 2, 2, 4],
            window_size=4,
            out_features=["stage2", "stage3", "stage4"],
        ),
        text_config=transformers.BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=48,
        ),
        d_model=32,
        encoder_layers=1,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=48,
        decoder_ffn_dim=48,
        num_queries=8,
        disable_custom_kernels=True,
    )
    saved(transformers.GroundingDinoForObjectDetection, config, folder)
    images = transformers.GroundingDinoImageProcessorPil(size={"shortest_edge": 64, "longest_edge": 96})
    transformers.GroundingDinoProcessor(images, tokenizer).save_pretrained(folder)
    return folder


def sam(folder: Path) -> Path:
    """A SAM at 64 pixels."""
    config = transformers.SamConfig(
        vision_config={
            "hidden_size": 16,
            "output_channels": 16,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": 64,
            "patch_size": 16,
            "window_size": 2,
            "global_attn_indexes": [1],
            "num_pos_feats": 8,
            "mlp_dim": 24,
        },
        prompt_encoder_config={"hidden_size": 16, "image_size": 64, "patch_size": 16, "mask_input_channels": 4},
        mask_decoder_config={
            "hidden_size": 16,
            "mlp_dim": 24,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "iou_head_hidden_dim": 16,
        },
    )
    saved(transformers.SamModel, config, folder)
    images = transformers.SamImageProcessorPil(
        size={"longest_edge": 64},
        pad_size={"height": 64, "width": 64},
        mask_size={"longest_edge": 16},
        mask_pad_size={"height": 16, "width": 16},
    )
    transformers.SamProcessor(images).save_pretrained(folder)
    return folder


def clip_images() -> Any:
    """CLIP's image processor, for `CLIP_VISION`."""
    side = CLIP_VISION["image_size"]
    return transformers.CLIPImageProcessorPil(size={"shortest_edge": side}, crop_size={"height": side, "width": side})


def bert_tokenizer() -> Any:
    """WordPiece by letters, with BERT's special tokens at BERT's places: Grounding DINO knows them by number."""
    vocabulary = {"[PAD]": 0, "[UNK]": 100, "[CLS]": 101, "[SEP]": 102, "[MASK]": 103, ".": 1012, "?": 1029}
    letters = "abcdefghijklmnopqrstuvwxyz"
    vocabulary |= {letter: 1100 + index for index, letter in enumerate(letters)}
    vocabulary |= {f"##{letter}": 1200 + index for index, letter in enumerate(letters)}
    taken = set(vocabulary.values())
    vocabulary |= {f"[unused{index}]": index for index in range(1300) if index not in taken}
    inner = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    inner.normalizer = Lowercase()
    inner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    inner.decoder = decoders.WordPiece()
    inner.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 101), ("[SEP]", 102)])
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=inner,
        cls_token="[CLS]",
        sep_token="[SEP]",
        pad_token="[PAD]",
        unk_token="[UNK]",
        mask_token="[MASK]",
    )


def saved(kind: Any, config: Any, folder: Path, change: Callable[[Any], None] = lambda _: None) -> Any:
    """A model with random weights that do not depend on what ran before."""
    torch.manual_seed(1)
    model = kind(config).eval()
    change(model)
    model.save_pretrained(folder)
    return model
