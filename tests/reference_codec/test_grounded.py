"""SEDIC's masks beside the originals' formulas: Grounding DINO's code around its network, and SAM with its own names of weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from misc_format.components import Size
from reference_codec.errors import ModelError
from reference_codec.maps import grounded, grounding_dino, sam, scaling
from reference_codec.models.runtime import Dtype, Runtime
from tests.needs import extra, needs

if extra("models").met():
    import torch

    from tests.reference_codec.originals import comparisons
    from tests.reference_codec.originals import grounding_dino as original_dino
    from tests.reference_codec.originals import sam as original_sam

pytestmark = needs(extra("models"))

CPU = Runtime("cpu")
PHOTO = Image.open(Path(__file__).parents[2] / "examples" / "coffee.png").convert("RGB")
SAMPLES = np.asarray(PHOTO.resize((96, 60)))
BOXES = np.array([[8, 6, 50, 40], [-3.5, 20, 99.25, 61], [30, 0, 31, 59]], np.float64)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SAM in the format of the released files."""
    path = tmp_path_factory.mktemp("sam") / "sam_vit_h_4b8939.pth"
    torch.save(original_sam.Sam().state_dict(), path)
    return path


@given(width=st.integers(2, 4000), height=st.integers(2, 4000))
def test_pictures_are_scaled_to_the_size_that_the_originals_choose(width: int, height: int) -> None:
    size = Size(width, height)
    assert scaling.short_side(size, 800, 1333)[::-1] == original_dino.size_of(width, height, 800, 1333)
    longest = scaling.long_side(size, 1024)
    assert longest == tuple(max(1, int(side * (1024 / max(size)) + 0.5)) for side in size)


def test_a_picture_of_which_nothing_would_be_left_is_refused() -> None:
    with pytest.raises(ValueError, match="5000x1 is too narrow"):
        scaling.short_side(Size(5000, 1), 800, 1333)


@pytest.mark.parametrize("size", [(96, 60), (60, 96), (640, 90), (64, 64)])
def test_the_detector_sees_what_the_original_sees(size: tuple[int, int], seeing: Path) -> None:
    detector = grounding_dino.load(str(seeing / "grounding_dino"), CPU)
    samples = np.asarray(PHOTO.resize(size))
    torch.testing.assert_close(torch.from_numpy(detector.pixels(samples)), original_dino.load_image(samples, 64, 96))


@pytest.mark.parametrize("name", [" Coffee cup", "cup.", "a U.S. stamp", "?"])
def test_a_name_becomes_the_originals_caption(name: str) -> None:
    assert grounding_dino.caption(name) == original_dino.preprocess_caption(name)


@pytest.mark.parametrize("threshold", [0.0, 0.5, 1.0])
def test_boxes_are_the_originals(threshold: float, seeing: Path) -> None:
    detector = comparisons.detector(seeing / "grounding_dino", Dtype.FLOAT32)
    scores, _ = detector.scored(SAMPLES, "cup")
    level = float(np.quantile(scores, threshold))
    ours = detector.boxes(SAMPLES, "cup", level)
    theirs = comparisons.boxes_by_the_original(detector, SAMPLES, "cup", level)
    assert len(ours) == np.count_nonzero(scores > level)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-4)


def test_a_released_file_gives_the_originals_logits(checkpoint: Path) -> None:
    predictor = original_sam.Predictor(original_sam.Sam(), SAMPLES)
    segmenter = sam.load(str(checkpoint), CPU)
    embeddings = segmenter.embed(SAMPLES)
    np.testing.assert_allclose(segmenter.pixels(SAMPLES), predictor.pixels[0].numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(embeddings.numpy(), predictor.features.numpy(), rtol=1e-5, atol=1e-5)
    theirs = predictor.logits(BOXES)
    [ours] = segmenter.logits(embeddings, BOXES, Size(96, 60))
    assert np.abs(ours - theirs).max() < 1e-5 * np.abs(theirs).max()
    assert len(np.unique((theirs > 0).mean(axis=(1, 2)).round(3))) == len(BOXES)  # each box has a mask of its own
    assert np.array_equal(segmenter.mask(embeddings, BOXES, Size(96, 60)), (theirs > 0).any(axis=0))


def test_masks_of_many_boxes_are_united(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    segmenter = sam.load(str(checkpoint), CPU)
    embeddings = segmenter.embed(SAMPLES)
    together = segmenter.mask(embeddings, BOXES, Size(96, 60))
    monkeypatch.setattr(sam, "BOXES_AT_ONCE", 2)
    assert np.array_equal(segmenter.mask(embeddings, BOXES, Size(96, 60)), together)
    assert not segmenter.mask(embeddings, BOXES[:0], Size(96, 60)).any()


def test_a_released_file_and_a_folder_are_one_model(checkpoint: Path, tmp_path: Path) -> None:
    """Saved by transformers and loaded again. Configurations have transformers' constant of the decoder's norms, not the original's."""
    segmenter = sam.load(str(checkpoint), CPU)
    segmenter.model.save_pretrained(tmp_path)
    again = sam.load(str(tmp_path), CPU)
    assert again.model.config.mask_decoder_config.layer_norm_eps == 1e-6
    original = original_sam.Sam().mask_decoder.transformer.layers[0].norm1.eps
    assert again.model.mask_decoder.transformer.layers[0].layer_norm1.eps == original
    [ours] = segmenter.logits(segmenter.embed(SAMPLES), BOXES, Size(96, 60))
    [same] = again.logits(again.embed(SAMPLES), BOXES, Size(96, 60))
    np.testing.assert_allclose(ours, same, rtol=1e-5, atol=1e-5)


def test_the_map_maker_takes_a_released_file(checkpoint: Path, seeing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grounded, "BOX_THRESHOLD", 0.0)
    maker = grounded.load(str(seeing / "grounding_dino"), str(checkpoint), CPU)
    [mask] = maker.make(SAMPLES, ["cup"], Size(96, 60))
    boxes = maker.detector.boxes(SAMPLES, "cup", 0.0)
    wanted = (original_sam.Predictor(original_sam.Sam(), SAMPLES).logits(boxes) > 0).any(axis=0)
    assert mask is not None and np.array_equal(mask, wanted) and 0 < mask.mean() < 1
    assert str(checkpoint) in str(maker)


def changed(path: Path, folder: Path, **changes: object) -> Path:
    """The file with other entries under some names; None takes a name away."""
    state = torch.load(path, weights_only=True)
    for name, value in changes.items():
        state[name] = value
    other = folder / "other.pth"
    torch.save({name: value for name, value in state.items() if value is not None}, other)
    return other


@pytest.mark.parametrize(
    "name, shape, message",
    [
        ("mask_decoder.iou_token.weight", None, "no SAM: it has no mask_decoder.iou_token"),
        ("image_encoder.neck.3.bias", None, "1 weights are missing.*vision_encoder.neck.layer_norm2.bias"),
        ("image_encoder.neck.3.bias", (17,), "1 weights are missing, of another shape.*vision_encoder.neck"),
        ("image_encoder.more", (1,), "1 weights .*of no use, first vision_encoder.more"),
        ("image_encoder.pos_embed", (1, 4, 5, 16), "80x64, not of a square"),
        ("image_encoder.pos_embed", (1, 400, 400, 1), "6400x6400, not of a square of at most 2048"),
        ("image_encoder.patch_embed.proj.weight", (), "cannot be loaded"),
    ],
)
def test_a_file_that_is_no_sam(
    name: str, shape: tuple[int, ...] | None, message: str, checkpoint: Path, tmp_path: Path
) -> None:
    path = changed(checkpoint, tmp_path, **{name: None if shape is None else torch.zeros(shape)})
    with pytest.raises(ModelError, match=message) as caught:
        sam.load(str(path), CPU)
    assert str(path) in str(caught.value)


def test_no_code_of_a_file_is_run(checkpoint: Path, tmp_path: Path) -> None:
    path = changed(checkpoint, tmp_path, code=Size)
    with pytest.raises(ModelError, match="damaged, or holds more than tensors"):
        sam.load(str(path), CPU)


@pytest.mark.parametrize("dtype", [Dtype.FLOAT16, Dtype.BFLOAT16])
def test_only_the_encoder_of_pictures_computes_in_half_precision(dtype: Dtype, checkpoint: Path, seeing: Path) -> None:
    maker = grounded.load(str(seeing / "grounding_dino"), str(checkpoint), Runtime("cpu", dtype))
    halved = {name.split(".")[0] for name, weight in maker.segmenter.model.named_parameters() if weight.itemsize == 2}
    assert halved == {"vision_encoder"} and maker.segmenter.model.vision_encoder.pos_embed.dtype == dtype_of(dtype)
    assert maker.detector.model.dtype == torch.float32


def test_weights_that_wait_in_main_memory_keep_their_type() -> None:
    """accelerate leaves only their shapes in the model, and brings them in as they were loaded."""
    from transformers import SamConfig, SamModel

    with torch.device("meta"):
        model = SamModel(SamConfig(vision_config={"num_hidden_layers": 1})).half()
    sam.as_original(model)
    assert model.mask_decoder.iou_token.weight.dtype == torch.float16
    assert model.mask_decoder.transformer.layers[0].layer_norm1.eps == sam.DECODER_EPSILON


def dtype_of(dtype: Dtype) -> object:
    return getattr(torch, dtype.value)
