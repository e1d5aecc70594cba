"""Models that someone has made to run code or to break their reader: no code runs, and each is refused with a reason."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from misc_format.errors import MiscError
from reference_codec.errors import ModelError
from tests.needs import extra, needs
from tests.reference_codec import tiny_diffusion

pytestmark = needs(extra("models"), extra("torch"))
if extra("models").met():
    import safetensors.torch
    import torch

    from reference_codec.decoders import origin
    from reference_codec.decoders.checkpoint import Checkpoint
    from reference_codec.decoders.diffusion import Diffusion
    from reference_codec.decoders.latentcontrol import load_latent_control
    from reference_codec.maps import clip_surgery
    from reference_codec.models import loading, tensors
    from reference_codec.models.runtime import Runtime
    from reference_codec.models.weights import find
    from reference_codec.text import local

CODE = "import pathlib\npathlib.Path({marker!r}).touch()\nclass Evil:\n    from_pretrained = classmethod(lambda *a, **k: None)\n"


@pytest.fixture
def marker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that hostile code makes. A question of a library, whether code may run, is answered by yes."""
    monkeypatch.setattr("builtins.input", lambda *_: "y")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    return tmp_path / "code was run"


class Evil:
    """A pickle of it makes a file when it is loaded."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return Path.touch, (self.marker,)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_diffusion.pipeline(tmp_path_factory.mktemp("sound") / "pipeline", "1.5")


@pytest.fixture
def pipeline(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "pipeline"))


def paint(folder: Path) -> None:
    Diffusion.load(origin.find(str(folder)), Runtime("cpu"))


def change(path: Path, **values: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def plant(folder: Path, marker: Path) -> None:
    """Code in every place where a library may look for it."""
    for place in (folder, *(path for path in folder.iterdir() if path.is_dir())):
        for name in ("evil", "pipeline", "modeling_evil", "__init__", "unet", "scheduler"):
            (place / f"{name}.py").write_text(CODE.format(marker=str(marker)))


# Code in the folder of a model


def test_a_sound_pipeline_is_loaded(pipeline: Path) -> None:
    paint(pipeline)


PARTS = ("unet", "vae", "text_encoder", "tokenizer", "scheduler")


ENTRIES: list[list[str]] = [["evil", "Evil"], ["pipeline", "Evil"], ["os", "system"], ["unet"]]


@pytest.mark.parametrize(
    "part, entry",
    [
        *((part, entry) for part in (*PARTS, "other") for entry in ENTRIES),
        *((part, ["diffusers", "no"]) for part in PARTS),
    ],
)
def test_a_part_of_a_class_of_its_own_is_refused(part: str, entry: list[str], pipeline: Path, marker: Path) -> None:
    plant(pipeline, marker)
    (pipeline / "other").mkdir(exist_ok=True)
    change(pipeline / "model_index.json", **{part: entry})
    with pytest.raises(ModelError):
        paint(pipeline)
    assert not marker.exists()


@pytest.mark.parametrize("library", ["transformers", "diffusers"])
@pytest.mark.parametrize("kind", ["AutoModel", "AutoTokenizer", "AutoImageProcessor"])
@pytest.mark.parametrize("part", [*PARTS, "other"])
def test_a_part_of_a_class_that_loads_what_the_folder_names_is_refused(
    part: str, kind: str, library: str, pipeline: Path, marker: Path
) -> None:
    plant(pipeline, marker)
    change(pipeline / "model_index.json", **{part: [library, kind]})
    (pipeline / part).mkdir(exist_ok=True)
    for name in SETTINGS:
        (pipeline / part / name).write_text(json.dumps({"model_type": "evil", "auto_map": AUTO_MAP}))
    with pytest.raises(ModelError, match=kind):
        paint(pipeline)
    assert not marker.exists()


@pytest.mark.parametrize(
    "name", ["Evil", ["pipeline", "Evil"], ["evil", "StableDiffusionPipeline"], None, 7, "DiffusionPipeline"]
)
def test_a_pipeline_of_a_class_of_its_own_is_refused(name: Any, pipeline: Path, marker: Path) -> None:
    plant(pipeline, marker)
    change(pipeline / "model_index.json", _class_name=name, custom_pipeline="evil", _custom_pipeline="evil")
    with pytest.raises(ModelError):
        paint(pipeline)
    assert not marker.exists()


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder"])
def test_settings_that_name_code_do_not_run_it(part: str, pipeline: Path, marker: Path) -> None:
    plant(pipeline, marker)
    mapping = dict.fromkeys(("AutoModel", "AutoConfig", "UNet2DConditionModel"), "evil.Evil")
    change(pipeline / part / "config.json", auto_map=mapping, trust_remote_code=True, custom_pipeline="evil")
    with suppress(ModelError):
        paint(pipeline)
    assert not marker.exists()


KINDS = ("Config", "Model", "ModelForImageTextToText", "ModelForVision2Seq", "Processor", "ImageProcessor")
AUTO_MAP: dict[str, Any] = {f"Auto{kind}": "modeling_evil.Evil" for kind in KINDS}
AUTO_MAP["AutoTokenizer"] = ["modeling_evil.Evil", "modeling_evil.Evil"]
SETTINGS = ("config.json", "tokenizer_config.json", "processor_config.json", "preprocessor_config.json")
LOADERS: dict[str, Callable[[str], object]] = {
    "a describer": lambda folder: local.load(folder, Runtime("cpu")),
    "a map maker": lambda folder: clip_surgery.load(folder, Runtime("cpu")),
    "a processor": lambda folder: loading.load_processor(find(folder)),
}


@pytest.mark.parametrize("load", LOADERS.values(), ids=LOADERS.keys())
@pytest.mark.parametrize("kind", ["evil", "blip", "clip", "qwen2_5_vl"])
def test_a_model_of_transformers_with_code_of_its_own_is_refused(
    kind: str, load: Callable[[str], object], marker: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    plant(folder, marker)
    names = {"tokenizer_class": "Evil", "processor_class": "Evil", "image_processor_type": "Evil"}
    for name in SETTINGS:
        (folder / name).write_text(
            json.dumps(
                {
                    "model_type": kind,
                    "auto_map": AUTO_MAP,
                    "trust_remote_code": True,
                    "architectures": ["Evil"],
                    **names,
                }
            )
        )
    safetensors.torch.save_file({"a": torch.zeros(1)}, folder / "model.safetensors")
    with pytest.raises(ModelError):
        load(str(folder))
    assert not marker.exists()


# Pickles


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder"])
def test_no_pickle_of_a_pipeline_runs(part: str, pipeline: Path, marker: Path) -> None:
    folder = pipeline / part
    for path in folder.glob("*.safetensors"):
        path.unlink()
    name = "pytorch_model.bin" if part == "text_encoder" else "diffusion_pytorch_model.bin"
    torch.save({"weight": Evil(marker)}, folder / name)
    with pytest.raises(ModelError):
        paint(pipeline)
    assert not marker.exists()


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("name", ["control.ckpt", "control.pth", "control.bin"])
def test_no_pickle_of_a_controlnet_runs(zipped: bool, name: str, marker: Path, tmp_path: Path) -> None:
    path = tmp_path / name
    torch.save({"state_dict": {"a": Evil(marker)}}, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(ModelError, match="holds more than tensors") as caught:
        load_latent_control(Checkpoint.read(path), tiny_diffusion._unet("2.1"))
    assert not marker.exists()
    assert "weights_only" not in str(caught.value)  # PyTorch says how to run the code


CONTROLS: dict[str, Any] = {
    "a list": [1, 2],
    "a tensor": 7,
    "numbers for names": {"state_dict": {1: 2}},
    "a text for a tensor": {"time_embed.0.weight": "x", "input_blocks.0.0.weight": "y"},
    "texts for tensors of the right names": None,
}


@pytest.mark.parametrize("document", CONTROLS.values(), ids=CONTROLS.keys())
def test_weights_of_a_controlnet_without_their_form_are_refused(document: Any, tmp_path: Path) -> None:
    path = tmp_path / "control.ckpt"
    if document is None:
        tiny_diffusion.latent_control(path)
        document = torch.load(path, weights_only=True)
        document["state_dict"] = dict.fromkeys(document["state_dict"], "x")
    torch.save(document, path)
    with pytest.raises(ModelError, match=r"control\.ckpt"):
        load_latent_control(Checkpoint.read(path), tiny_diffusion._unet("2.1"))


def header(text: str | bytes, length: int | None = None) -> bytes:
    data = text.encode() if isinstance(text, str) else text
    return struct.pack("<Q", len(data) if length is None else length) + data


TWO = (
    '{{"a":{{"dtype":"F32","shape":[2],"data_offsets":[0,8]}},"b":{{"dtype":"F32","shape":[2],"data_offsets":[{0}]}}}}'
)
SAFETENSORS = {
    "empty": b"",
    "a header of 2^63 bytes": header("{}", 2**63),
    "a header of 1 GiB": header("{}", 2**30),
    "no JSON": header("{"),
    "not UTF-8": header(b'{"\xff":1}'),
    "overlapping tensors": header(TWO.format("4,12")) + bytes(12),
    "a tensor that ends before it begins": header(TWO.format("16,8")) + bytes(16),
    "a tensor beyond the file": header(TWO.format("8,99999999")) + bytes(16),
    "a shape of 2^80 numbers": header(
        '{"a":{"dtype":"F32","shape":[1099511627776,1099511627776],"data_offsets":[0,8]}}'
    ) + bytes(8),
    "deep": header('{"a":' * 5000 + "1" + "}" * 5000),
}  # fmt: skip


@pytest.mark.parametrize("data", SAFETENSORS.values(), ids=SAFETENSORS.keys())
def test_hostile_headers_of_safetensors_are_refused(data: bytes, pipeline: Path, tmp_path: Path) -> None:
    path = tmp_path / "control.safetensors"
    path.write_bytes(data)
    with pytest.raises(ModelError, match=r"control\.safetensors"):
        load_latent_control(Checkpoint.read(path), tiny_diffusion._unet("2.1"))
    (pipeline / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(data)
    with pytest.raises(ModelError, match="pipeline"):
        paint(pipeline)


# Files of tensors


def tensors_of(kind: str) -> dict[Any, Any]:
    numbers = torch.zeros(4)
    return {
        "expanded": {"a": torch.zeros(1).expand(2**40)},
        "expanded below": {"state_dict": {"a": torch.zeros(1).expand(2**40)}},
        "sparse": {"a": torch.sparse_coo_tensor(torch.tensor([[0]]), torch.zeros(1), (2**40,))},
        "without numbers": {"a": torch.empty(2**40, device="meta")},
        "quantised": {"a": torch.quantize_per_tensor(numbers, 0.1, 0, torch.quint8)},
        "a number": {"a": 1},
        "a number for a name": {1: numbers},
        "none": {"a": None},
        "a folder of tensors": {"a": {"b": numbers}},
    }[kind]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "kind",
    [
        *("expanded", "expanded below", "sparse", "without numbers", "quantised"),
        *("a number", "a number for a name", "none", "a folder of tensors"),
    ],
)
def test_a_tensor_without_its_numbers_is_refused(kind: str, tmp_path: Path) -> None:
    torch.save(tensors_of(kind), tmp_path / "x.pth")
    with pytest.raises(tensors.TensorsError, match=r"holds no|is no file of weights"):
        tensors.read(tmp_path / "x.pth")


@pytest.mark.parametrize("zipped", [True, False])
def test_plain_tensors_are_read_in_both_forms_of_pytorch(zipped: bool, tmp_path: Path) -> None:
    state = {"a": torch.arange(6.0).reshape(2, 3).T, "b": torch.tensor(1), "c": torch.zeros(0, 5)}
    torch.save({"state_dict": state}, tmp_path / "x.ckpt", _use_new_zipfile_serialization=zipped)
    found = tensors.read(tmp_path / "x.ckpt")
    assert found.keys() == state.keys() and all(torch.equal(found[name], state[name]) for name in state)


@pytest.mark.usefixtures("compressai_library")
@pytest.mark.parametrize("name", ["x.pth", "x.safetensors"])
def test_hostile_weights_of_compressai_are_refused(name: str, marker: Path, tmp_path: Path) -> None:
    from reference_codec.images import compressai

    path = tmp_path / name
    torch.save({"g_a.0.weight": Evil(marker)}, path)
    with pytest.raises(MiscError, match="MISC-CAI-006"):
        compressai.load("bmshj2018-hyperprior", 1, weights=path)
    assert not marker.exists()
    for number, state in enumerate(
        (
            {"g_a.0.weight": torch.zeros(()), "g_a.6.weight": torch.zeros(())},
            {"g_a.0.weight": torch.zeros(20_000, 3, 1, 1), "g_a.6.weight": torch.zeros(8, 8, 1, 1)},
            {"g_a.0.weight": torch.zeros(0, 3, 5, 5), "g_a.6.weight": torch.zeros(0, 0, 5, 5)},
            {"entropy_bottleneck._matrices.0": torch.zeros(1)},
        )
    ):
        path = tmp_path / f"{number}-{name}"
        (safetensors.torch.save_file if name.endswith(".safetensors") else torch.save)(state, path)
        with pytest.raises(MiscError, match="MISC-CAI-006"):
            compressai.load("bmshj2018-hyperprior", 1, weights=path)
