"""Describers and map makers on tiny models with random weights, through the code that loads real ones."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import misc_format
from misc_format.cli.app import app
from misc_format.components import Size
from reference_codec import maps as mapmakers
from reference_codec.errors import ModelError
from reference_codec.maps import clip_surgery, grounded
from reference_codec.models import loading
from reference_codec.models.runtime import Dtype, Runtime
from reference_codec.models.weights import find
from reference_codec.text import ask, local, prompts
from tests.needs import extra, needs

if extra("models").met():
    import torch
    import transformers

    from tests.reference_codec import tiny_models

pytestmark = needs(extra("models"))

PHOTO = Path(__file__).parents[2] / "examples" / "coffee.png"
CPU = Runtime("cpu")
SAMPLES = np.asarray(Image.open(PHOTO).convert("RGB").resize((96, 64)))


@pytest.fixture
def made(seeing: Path) -> Path:
    return seeing


@pytest.mark.parametrize("family", ["qwen", "llava"])
def test_an_lmm_is_loaded_sees_the_picture_and_answers(
    family: str, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = local.load(str(made / family), CPU)
    assert not model.captions_only and str(made / family) in str(model)
    seen: list[dict[str, torch.Tensor]] = []
    generate = model.model.generate
    monkeypatch.setattr(model.model, "generate", lambda **inputs: (seen.append(inputs), generate(**inputs))[1])
    talk = (ask.Turn("user", "What?"), ask.Turn("assistant", "That."), ask.Turn("user", "Again."))
    assert model.answer(Image.fromarray(SAMPLES), talk) == tiny_models.REPLY
    [inputs] = seen
    asked = model.processor.tokenizer.decode(inputs["input_ids"][0])
    assert "What?" in asked and "<|assistant|>That." in asked and asked.endswith("<|assistant|>")
    assert inputs["pixel_values"].dtype == torch.float32 and float(inputs["pixel_values"].std()) > 0.1


def test_a_random_lmm_babbles_and_is_refused_with_what_it_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "MAX_TOKENS", 12)
    model = local.load(str(tiny_models.llava(tmp_path / "random")), CPU)
    with pytest.raises(ModelError, match="no answer in 3"):
        ask.describe(model, Image.fromarray(SAMPLES), prompts.task("misc-1"))


def test_a_captioner_writes_the_overall_text_alone(made: Path) -> None:
    model = local.load(str(made / "blip"), CPU)
    text, notes = ask.describe(model, Image.fromarray(SAMPLES), prompts.task("cmc-text", words=5))
    assert model.captions_only and 1 <= len(text.overall.split()) <= 6 and not text.items
    assert len(notes) == 1 and "was cut to 6" in notes[0]
    _, notes = ask.describe(model, Image.fromarray(SAMPLES), prompts.task("misc-1"))
    assert "names no items" in notes[0]


def test_clips_own_path_is_clips(made: Path) -> None:
    """With no layer under surgery, the features of cells are what transformers computes."""
    maker = clip_surgery.load(str(made / "clip"), CPU)
    pixels = maker._pixels(SAMPLES)
    vision, own = maker.model.vision_model, []
    vision.post_layernorm.register_forward_hook(lambda _module, inputs, _output: own.append(inputs[0]))
    maker._tokens(pixels)
    with torch.inference_mode():
        states = vision(pixels, output_hidden_states=True).hidden_states
        layers = vision.encoder.layers[-clip_surgery.SURGERY_LAYERS :]
        wanted = states[-1 - len(layers)].clone()
        for layer, state in zip(layers, states[-1 - len(layers) : -1], strict=True):
            inner = layer.layer_norm1(state)
            heads = layer.self_attn.v_proj(inner)[0].reshape(inner.shape[1], layer.self_attn.num_heads, -1)
            mixed = [torch.softmax(one @ one.T / one.shape[1] ** 0.5, -1) @ one for one in heads.transpose(0, 1)]
            wanted += layer.self_attn.out_proj(torch.cat(mixed, -1))
    assert torch.allclose(own[0][:, 1:], wanted[:, 1:], atol=1e-5) and wanted.shape == (1, 17, 32)
    assert torch.allclose(own[0][:, 0], states[-1][:, 0], atol=1e-5)  # the class token comes from CLIP's own path


@pytest.mark.parametrize("name", ["clip-surgery", "clip-surgery-code"])
def test_clip_surgery_makes_a_map_for_each_name(name: str, made: Path) -> None:
    maker = mapmakers.load(f"{name}={made / 'clip'}", CPU)
    maps = maker.make(SAMPLES, ["coffee cup", "table"], Size(8, 8))
    again = maker.make(SAMPLES, ["coffee cup", "table"], Size(8, 8))
    for grid, same in zip(maps, again, strict=True):
        assert grid is not None and same is not None and grid.shape == (8, 8) and np.array_equal(grid, same)
        assert 0 < grid.sum() < 64


def test_names_of_any_length_fit_into_clip(made: Path) -> None:
    maker = clip_surgery.load(str(made / "clip"), CPU)
    assert len(maker.make(SAMPLES, ["x" * 500, ""], Size(8, 8))) == 2


def test_grounding_dino_and_sam_make_masks_of_the_pictures_size(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    maker = grounded.load(str(made / "grounding_dino"), str(made / "sam"), CPU)
    monkeypatch.setattr(grounded, "BOX_THRESHOLD", 1.0)
    assert maker.make(SAMPLES, ["cup", "table"], Size(96, 64)) == (None, None)
    monkeypatch.setattr(grounded, "BOX_THRESHOLD", 0.0)
    assert maker.detector.boxes(SAMPLES, "Cup.", 0.0).shape == (8, 4)
    masks = maker.make(SAMPLES, ["cup", "table"], Size(96, 64))
    assert any(mask is not None for mask in masks)
    assert all(mask is None or (mask.shape == (64, 96) and mask.any()) for mask in masks)


def test_the_command_names_what_it_used(made: Path, tmp_path: Path) -> None:
    target = tmp_path / "a.misc"
    arguments = ["encode", PHOTO, "-o", target, "--describer", f"local={made / 'qwen'}", "--items", "2"]
    arguments += ["--map-maker", f"clip-surgery={made / 'clip'}", "--device", "cpu", "--json"]
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    notes = json.loads(result.stdout)["notes"]
    digest = find(str(made / "qwen")).digest[:16]
    assert any(digest in note for note in notes) and any("CLIP Surgery" in note for note in notes)
    assert misc_format.validate(target.read_bytes()).verdict == "conforming"


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda folder: (folder / "model.safetensors").write_bytes(b"\xff" * 40), "cannot be loaded"),
        (lambda folder: (folder / "config.json").write_text("{"), "cannot be loaded"),
        (lambda folder: (folder / "config.json").unlink(), "cannot be loaded"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "cannot be loaded"),
        (lambda folder: (folder / "model.safetensors").unlink(), "no weights in it"),
        (lambda folder: drop(folder, "visual_projection.weight"), "1 weights are missing .*visual_projection.weight"),
    ],
)
def test_broken_folders_are_one_error_that_names_them(change, message: str, made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(made / "clip", folder)
    change(folder)
    with pytest.raises(ModelError, match=message) as caught:
        clip_surgery.load(str(folder), CPU)
    assert str(folder) in str(caught.value)


def drop(folder: Path, key: str) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    del weights[key]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


def test_a_device_that_is_not_there_says_so(made: Path) -> None:
    with pytest.raises(ModelError, match="--device cpu"):
        Runtime("cuda:7" if torch.cuda.is_available() else "cuda").torch_device()
    with pytest.raises(ModelError, match="nonsense"):
        Runtime("nonsense").torch_device()


def test_numbers_are_of_the_type_asked_for(made: Path) -> None:
    found = find(str(made / "clip"))
    model = loading.load(transformers.CLIPModel, found, Runtime("cpu", Dtype.BFLOAT16))
    assert model.dtype == torch.bfloat16 and not model.training
    assert loading.load(transformers.CLIPModel, found, CPU).dtype == torch.float32
