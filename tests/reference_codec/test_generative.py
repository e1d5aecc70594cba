"""The papers' decoders over tiny models with random weights, loaded as real ones are: from encode to file to picture."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import reference_codec
from misc_format import read, write
from misc_format.cli.app import app
from misc_format.components import Ancillary, Generation, Grid, Item, Maps, Stream, Text
from misc_format.errors import LimitError, UnsupportedError
from misc_format.registry import ANCILLARY_BY_NAME, MODELS, SAMPLERS
from reference_codec.decoder import Decoder, Options
from reference_codec.decoders import origin, samplers
from reference_codec.decoders.origin import Sources, choose, find, recorded_digest
from reference_codec.decoders.parameters import PARAMETERS, SOURCES, USUAL_PROFILES
from reference_codec.decoders.plan import plan
from reference_codec.encoder import ImageChoices, MapChoices, TextChoices
from reference_codec.errors import ModelError
from reference_codec.models.runtime import Runtime
from reference_codec.models.weights import Weights
from reference_codec.presets import PRESETS
from tests.needs import extra, needs
from tests.reference_codec import tiny_diffusion as tiny

if extra("models").met():
    import torch

    from reference_codec.decoders import latentcontrol
    from reference_codec.decoders.checkpoint import Checkpoint
    from reference_codec.decoders.diffusion import Diffusion, Passage

pytestmark = needs(extra("models"))

CPU = Runtime("cpu")
SIDE = 64
QUICK = {"steps": 3, "seed": 5}
GRID = ImageChoices("grid")  # the quickest reference picture
PHOTO = Image.open(Path(__file__).parents[2] / "examples" / "coffee.png").resize((60, 40))


@pytest.fixture
def folder(painting: Path, few_steps: None) -> Path:
    return painting


def coded(profile: str, **generation: Any) -> bytes:
    """A small file of a profile, of few steps."""
    parameters = Generation(**{**QUICK, **generation})
    text = None
    maps = None
    if PRESETS[profile].items:
        text = Text("A cup of coffee.", (Item("cup", "white, with a red rim"), Item("spoon", "a silver spoon")))
        maps = (np.eye(8, dtype=np.bool_), np.tri(8, dtype=np.bool_))
    return reference_codec.encode(
        PHOTO, profile, text=TextChoices(text), maps=MapChoices(maps), image=GRID, generation=parameters
    )


def options(folder: Path, decoder: str, family: str = "2.1", control: str | None = None, **more: Any) -> Options:
    if decoder != "cmc":
        control = control or str(folder / f"control-{family}")
    return Options(decoder, str(folder / family), control, CPU, SIDE, **more)


@pytest.mark.parametrize("family", tiny.FAMILIES)
@pytest.mark.parametrize("decoder", USUAL_PROFILES)
def test_every_family(decoder: str, family: str, folder: Path) -> None:
    painter = Decoder(options(folder, decoder, family))
    stream = read(coded(USUAL_PROFILES[decoder]))
    picture = painter.paint(stream)
    assert picture.shape == (40, 60, 3)
    other = painter.paint(replace(stream, generation=Generation(seed=6, steps=3)))
    assert not np.array_equal(picture, other)


@pytest.mark.parametrize("decoder", ["misc", "sedic"])
def test_diffbirs_control(decoder: str, folder: Path) -> None:
    painter = Decoder(options(folder, decoder, control=str(folder / "diffbir.pth")))
    stream = read(coded(USUAL_PROFILES[decoder]))
    picture = painter.paint(stream)
    assert picture.std() > 1 and painter.origin is not None and painter.origin.control is not None
    assert isinstance(stream.image, Grid)
    other = replace(stream.image, samples=(2**stream.image.depth - 1 - stream.image.samples))
    assert not np.array_equal(painter.paint(replace(stream, image=other)), picture)  # it sees the reference


def test_a_latent_control_is_the_network_with_eight_channels(folder: Path) -> None:
    """DiffBIR's network: condition and latents joined before the first convolution."""
    from diffusers import ControlNetModel, UNet2DConditionModel

    class Nothing(torch.nn.Module):
        def forward(self, condition: torch.Tensor) -> float:
            return 0.0

    unet = UNet2DConditionModel.from_pretrained(folder / "2.1", subfolder="unet")
    loaded = latentcontrol.load_latent_control(Checkpoint.read(folder / "diffbir.pth"), unet)
    weights = tiny.latent_control(folder / "again.pth")
    joined = ControlNetModel.from_unet(unet)
    joined.conv_in = torch.nn.Conv2d(8, tiny.WIDTHS[0], 3, padding=1)
    joined.controlnet_cond_embedding = Nothing()
    joined.load_state_dict(weights)
    loaded, joined = loaded.double(), joined.double()  # so that only an error makes a difference
    shapes = ((2, 4, 8, 8), (2, 4, 8, 8), (2, 77, tiny.TEXT))
    latents, condition, text = (torch.randn(shape, dtype=torch.float64) for shape in shapes)
    with torch.no_grad():
        ours = loaded(latents, 7, text, condition, return_dict=False)
        theirs = joined(torch.cat([latents, condition], 1), 7, text, condition, return_dict=False)
    for one, other in zip([*ours[0], ours[1]], [*theirs[0], theirs[1]], strict=True):
        torch.testing.assert_close(one, other)
    assert max(float(part.abs().max()) for part in ours[0]) > 0.1


def test_controls_that_do_not_fit(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="another family"):
        Diffusion.load(find(str(folder / "2.1"), str(folder / "control-xl")), CPU)
    with pytest.raises(ModelError, match="names them"):
        torch.save({"some": torch.zeros(1)}, tmp_path / "other.pth")
        Diffusion.load(find(str(folder / "2.1"), str(tmp_path / "other.pth")), CPU)
    (tmp_path / "noise.pth").write_bytes(b"noise")
    with pytest.raises(ModelError, match="is no file of weights: it is damaged, or holds more than tensors"):
        Diffusion.load(find(str(folder / "2.1"), str(tmp_path / "noise.pth")), CPU)
    with pytest.raises(ModelError, match="StableDiffusionPipeline or"):
        (tmp_path / "model_index.json").write_text('{"_class_name": "FluxPipeline", "unet": ["diffusers", "Unet"]}')
        (tmp_path / "unet").mkdir()
        (tmp_path / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(b"")
        Diffusion.load(find(str(tmp_path)), CPU)


@pytest.mark.parametrize("family", tiny.FAMILIES)
@pytest.mark.parametrize("strength", [1.0, 0.5])
@pytest.mark.parametrize("sampler", ["ddim", "ddpm-spaced", "euler-ancestral"])
def test_sampling_is_that_of_diffusers(sampler: str, strength: float, family: str, folder: Path) -> None:
    """The loop of this project against the library's own pipelines, latents against latents."""
    from diffusers import AutoPipelineForImage2Image, AutoPipelineForText2Image

    model = Diffusion.load(find(str(folder / family)), CPU)
    start = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(1))
    prompt = model.prompt("a cup", "blurry", (SIDE, SIDE))
    ours = model.sample(
        model.scheduler(sampler, 6), Passage(6, 5.0, strength), prompt, start, torch.Generator().manual_seed(3)
    )
    kind = AutoPipelineForText2Image if strength == 1 else AutoPipelineForImage2Image
    library = kind.from_pipe(model.pipeline)
    library.scheduler = model.scheduler(sampler, 6)
    shape = {"height": SIDE, "width": SIDE} if strength == 1 else {"image": start, "strength": strength}
    if strength < 1 and family == "xl":
        shape["original_size"] = shape["target_size"] = (SIDE, SIDE)
    theirs = library(
        "a cup",
        negative_prompt="blurry",
        num_inference_steps=6,
        guidance_scale=5.0,
        output_type="latent",
        generator=torch.Generator().manual_seed(3),
        **shape,
    ).images
    torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_controlled_sampling_is_that_of_diffusers(family: str, folder: Path) -> None:
    from diffusers import StableDiffusionControlNetPipeline, StableDiffusionXLControlNetPipeline

    model = Diffusion.load(find(str(folder / family), str(folder / f"control-{family}")), CPU)
    pixels = torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
    prompt = model.prompt("a cup", "blurry", (SIDE, SIDE))
    passage = Passage(4, 5.0)
    ours, free = (
        model.sample(
            model.scheduler("ddim", 4),
            passage,
            prompt,
            torch.zeros(1, 4, 8, 8),
            torch.Generator().manual_seed(3),
            condition=condition,
        )
        for condition in (model.condition(pixels), None)
    )
    kind = StableDiffusionXLControlNetPipeline if family == "xl" else StableDiffusionControlNetPipeline
    library = kind.from_pipe(model.pipeline, controlnet=model.control)
    library.scheduler = model.scheduler("ddim", 4)
    theirs = library(
        "a cup",
        image=pixels,
        negative_prompt="blurry",
        num_inference_steps=4,
        guidance_scale=5.0,
        output_type="latent",
        generator=torch.Generator().manual_seed(3),
    ).images
    torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-3)
    assert not torch.allclose(ours, free, atol=0.05)


def test_every_registered_sampler(folder: Path) -> None:
    assert list(samplers.SAMPLERS) == [row.name for row in SAMPLERS]
    model = Diffusion.load(find(str(folder / "2.1")), CPU)
    prompt = model.prompt("", "", (SIDE, SIDE))
    found = []
    for name in samplers.SAMPLERS:
        scheduler = model.scheduler(name, 5)
        assert scheduler.config.prediction_type == "v_prediction" and scheduler.order == 1
        latents = model.sample(scheduler, Passage(5, 3.0), prompt, torch.zeros(1, 4, 8, 8), torch.Generator())
        assert torch.isfinite(latents).all()
        found.append(latents)
    assert not any(torch.equal(one, other) for i, one in enumerate(found) for other in found[:i])
    assert model.scheduler("ddpm-spaced", 3).timesteps.tolist() == [999, 500, 0]  # as guided-diffusion spaces them


def test_the_sources_are_those_of_registered_models() -> None:
    assert {row.model for row in PARAMETERS.values()} <= set(SOURCES) < {row.name for row in MODELS}


@pytest.mark.parametrize("name", [row.name for row in MODELS if row.name not in SOURCES])
def test_a_model_without_a_source_is_not_painted_by_another(name: str) -> None:
    parameters = plan(Stream(8, 8, text=Text("x"), generation=Generation(name)), "cmc")
    assert parameters.model == name
    with pytest.raises(ModelError, match=re.escape(name)):
        choose("cmc", parameters, Sources(""))


def test_parameters_come_from_the_file_or_the_profile() -> None:
    text = Stream(8, 8, "misc-1", text=Text("x"))
    assert plan(text, "misc") == PARAMETERS["misc-1"]
    given = Generation("stable-diffusion-1.5", 7, "unipc", 9, 35, 25, "sharp")
    row = plan(replace(text, generation=given), "misc")
    assert (row.model, row.seed, row.sampler, row.steps, row.strength, row.guidance) == (
        "stable-diffusion-1.5",
        7,
        "unipc",
        9,
        0.35,
        2.5,
    )
    assert row.suffix == row.item_suffix == "sharp"
    assert plan(replace(text, generation=Generation("0123456789abcdef")), "misc").model == "diffbir-v1"
    assert [PARAMETERS[f"cmc-{mode}"].strength for mode in ("text", "pixel", "image", "full")] == [1, 0.8, 0.5, 0.5]
    assert plan(replace(text, profile="free"), "cmc") == PARAMETERS["cmc-text"]
    assert plan(replace(text, profile="sedic"), "sedic", as_released=True).guidance_step == 0


@pytest.mark.parametrize(
    ("generation", "error", "rule"),
    [
        (Generation(steps=0), LimitError, "MISC-RES-004"),
        (Generation(steps=2**32 - 1), LimitError, "MISC-RES-004"),
        (Generation(sampler=99), UnsupportedError, "MISC-GEN-002"),
    ],
)
def test_parameters_that_a_hostile_file_may_have(generation: Generation, error: type, rule: str) -> None:
    with pytest.raises(error) as caught:
        plan(Stream(8, 8, "misc-1", text=Text("x"), generation=generation), "misc")
    assert caught.value.rule == rule


@pytest.mark.parametrize(
    "generation", [{"guidance": 2**32 - 1}, {"strength": 0}, {"seed": 2**32 - 1}, {"prompt_suffix": "a " * 200}]
)
def test_extreme_parameters_give_a_picture(generation: dict[str, Any], folder: Path) -> None:
    painter = Decoder(options(folder, "cmc"))
    picture = painter.paint(read(coded("cmc-full", **generation)))
    assert picture.shape == (40, 60, 3)
    assert ("of which the model reads 77" in "".join(painter.notes)) == (
        "prompt_suffix" in generation or PRESETS["cmc-full"].text
    )


def test_only_what_the_file_says_reaches_the_decoder(folder: Path) -> None:
    painter = Decoder(options(folder, "sedic"))
    stream = read(coded("sedic"))
    picture = painter.paint(stream)
    assert isinstance(stream.text, Text) and isinstance(stream.maps, Maps)
    commented = replace(stream, ancillary=(Ancillary(ANCILLARY_BY_NAME["comment"].id, b"of no concern"),))
    np.testing.assert_array_equal(painter.paint(read(write(commented))), picture)
    first, second = stream.text.items
    worded = replace(stream.text, items=(replace(first, detail="black, with a blue rim"), second))
    assert not np.array_equal(painter.paint(replace(stream, text=worded)), picture)
    moved = Maps((~stream.maps.maps[0], stream.maps.maps[1]))
    assert not np.array_equal(painter.paint(replace(stream, maps=moved)), picture)


def test_as_released_is_another_picture(folder: Path) -> None:
    stream = read(coded("sedic"))
    paper, code = (Decoder(options(folder, "sedic", as_released=flag)).paint(stream) for flag in (False, True))
    assert not np.array_equal(paper, code)


def test_recorded_weights(folder: Path) -> None:
    model, control = str(folder / "2.1"), str(folder / "control-2.1")
    assert recorded_digest(model) != recorded_digest(model, control) != recorded_digest(str(folder / "1.5"), control)
    chosen = options(folder, "misc")
    right = read(coded("misc-3", model=recorded_digest(model, control)))
    assert not any("weights" in note for note in _notes(chosen, right))
    wrong = read(coded("misc-3", model="0123456789abcdef"))
    [note] = [note for note in _notes(chosen, wrong) if "weights" in note]
    assert "0123456789abcdef" in note and recorded_digest(model, control) in note and model in note
    strict = replace(chosen, runtime=Runtime("cpu", strict=True))
    Decoder(strict).paint(right)
    with pytest.raises(ModelError, match="0123456789abcdef"):
        Decoder(strict).paint(wrong)
    named = read(coded("misc-3", model="diffbir-v1"))
    assert any("cannot be checked" in note for note in _notes(chosen, named))
    with pytest.raises(ModelError, match="cannot be checked"):
        Decoder(strict).paint(named)


def _notes(chosen: Options, stream: Stream) -> tuple[str, ...]:
    painter = Decoder(chosen)
    painter.paint(stream)
    return painter.notes


def test_what_is_missing_is_said(folder: Path) -> None:
    stream = read(coded("misc-3"))
    with pytest.raises(ModelError, match="--controlnet ID_OR_PATH"):
        Decoder(Options("misc", str(folder / "2.1"), runtime=CPU)).paint(stream)
    with pytest.raises(ModelError, match="name that with --controlnet"):
        Decoder(Options("cmc", str(folder / "2.1"), runtime=CPU, cleaner="some.ckpt")).paint(stream)
    with pytest.raises(ModelError, match="leave out --cleaner"):
        Decoder(options(folder, "sedic", cleaner="some.ckpt")).paint(stream)
    with pytest.raises(ValueError, match="--long-side or --short-side"):
        Decoder(options(folder, "misc", short_side=64))
    with pytest.raises(ModelError, match="as 77; give it as --model"):
        Decoder(Options("cmc", runtime=CPU)).paint(replace(stream, generation=Generation(model=77)))
    with pytest.raises(ValueError, match="choose embedded, misc, sedic, cmc"):
        Decoder(Options("other"))


def test_a_model_with_a_weight_missing_is_refused(folder: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    tiny.pipeline(tmp_path / "cut", "1.5")
    file = tmp_path / "cut" / "unet" / "diffusion_pytorch_model.safetensors"
    weights = load_file(file)
    del weights["conv_out.bias"]
    save_file(weights, file, {"format": "pt"})
    with pytest.raises(ModelError, match=r"conv_out\.bias"):
        Diffusion.load(find(str(tmp_path / "cut")), CPU)


def test_a_control_on_the_hub_is_one_file_of_a_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(
        origin.model_weights, "find", lambda *args, **kwargs: asked.append((args, kwargs)) or Weights("x", Path())
    )
    find("a/b", SOURCES["diffbir-v1"].controlnet)
    assert asked[1] == (("lxq007/DiffBIR-v2",), {"only": ("v1_general.pth",)})


def test_from_the_command_line(folder: Path, tmp_path: Path) -> None:
    run = CliRunner()
    PHOTO.save(tmp_path / "photo.png")
    (tmp_path / "few.json").write_text(json.dumps({"steps": 2}))
    models = ["--record-model", str(folder / "1.5"), "--record-controlnet", str(folder / "control-1.5")]
    encoded = [
        "encode",
        str(tmp_path / "photo.png"),
        "--profile",
        "misc-3",
        "--generation",
        str(tmp_path / "few.json"),
        "--image-method",
        "grid",
    ]
    assert run.invoke(app, [*encoded, *models]).exit_code == 0
    file, picture = str(tmp_path / "photo.misc"), tmp_path / "out.png"
    common = [
        "decode",
        file,
        "-o",
        str(picture),
        "--decoder",
        "misc",
        "--device",
        "cpu",
        "--strict",
        "--long-side",
        "64",
    ]
    right = ["--model", str(folder / "1.5"), "--controlnet", str(folder / "control-1.5")]
    done = run.invoke(app, [*common, *right, "--json"])
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    recorded = read(Path(file).read_bytes()).generation
    assert isinstance(recorded, Generation) and document["weights"]["digest"].startswith(str(recorded.model))
    assert Image.open(picture).size == PHOTO.size
    wrong = ["--model", str(folder / "2.1"), "--controlnet", str(folder / "control-2.1")]
    refused = run.invoke(app, [*common, *wrong])
    assert refused.exit_code == 3 and str(recorded.model) in refused.stderr
    absent = run.invoke(app, [*common, "--model", str(folder / "nowhere"), *right[2:]])
    assert absent.exit_code == 3 and "nowhere" in absent.stderr
    assert run.invoke(app, [*encoded, "--record-controlnet", "x"]).exit_code == 2


def test_the_python_door(folder: Path) -> None:
    data = coded("cmc-full")
    picture = reference_codec.decode(data, decoder="cmc", model=str(folder / "1.5"), runtime=CPU, long_side=SIDE)
    assert picture.size == PHOTO.size and picture.mode == "RGB"
    assert write(read(data)) == data


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--as-released"], "--as-released"),
        (["--model", "x/y", "--strict"], "--model, --strict"),
        (["--decoder", "cmc", "--long-side", "64", "--short-side", "64"], "--long-side, --short-side"),
    ],
)
def test_options_without_effect_are_refused(arguments: list[str], message: str, tmp_path: Path) -> None:
    (tmp_path / "a.misc").write_bytes(coded("cmc-image"))
    refused = CliRunner().invoke(app, ["decode", str(tmp_path / "a.misc"), *arguments])
    assert refused.exit_code == 2 and message in re.sub(r"[\s│]+", " ", refused.stderr)


def test_files_of_another_kind_say_what_they_are(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello, these are notes")
    notes = str(tmp_path / "notes.txt")
    stream = read(coded("misc-3"))
    model, control = str(folder / "2.1"), str(folder / "diffbir.pth")
    for message, chosen in (
        ("is no file of weights that PyTorch or safetensors wrote", Options("misc", model, notes, CPU, SIDE)),
        ("a model is a folder that diffusers wrote", Options("misc", notes, control, CPU, SIDE)),
        ("it sees pixels", Options("misc", model, str(folder / "control-2.1"), CPU, SIDE, cleaner=control)),
        ("it has no weights of SwinIR", Options("misc", model, control, CPU, SIDE, cleaner=control)),
    ):
        with pytest.raises(ModelError, match=re.escape(message)):
            Decoder(chosen).paint(stream)
    painter = Decoder(replace(options(folder, "misc"), runtime=Runtime("cpu", strict=True)))
    painter.paint(stream)
    assert any("records no weights" in note for note in painter.notes)
