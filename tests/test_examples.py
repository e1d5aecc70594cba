"""The examples for third-party codecs, on small random models: honest files in a few lines."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import misc_format
from misc_format import CodedString, Codes, Parts, Text
from misc_format.components import Strings
from tests.needs import extra, needs

EXAMPLES = Path(__file__).parents[1] / "examples"


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@needs(extra("torch"))
def test_perco_by_a_random_codebook() -> None:
    """A random network and codebook: each cell of 32 x 32 pixels becomes the index of the nearest vector."""
    import torch

    torch.manual_seed(0)
    encoder, codebook = torch.nn.Conv2d(3, 8, 32, 32), torch.randn(256, 8)
    vectors = encoder(torch.rand(1, 3, 96, 128))[0].permute(1, 2, 0)
    codes = torch.cdist(vectors, codebook.expand(3, -1, -1)).argmin(-1).numpy()
    pack = example("pack_caption_and_codes")
    data = pack.pack(128, 96, "A red cup on a table.", codes, 256)
    _check(data, 8 * codes.size)
    stream = misc_format.read(data)
    assert isinstance(stream.text, Text) and stream.text.overall == "A red cup on a table."
    assert stream.image == Codes(codes, 256)


def test_diffeic_by_a_small_model(compressai_library: Any) -> None:
    import torch

    torch.manual_seed(0)
    model = compressai_library.models.MeanScaleHyperprior(8, 12)
    model.update(force=True)
    found = model.eval().compress(torch.rand(1, 3, 64, 128))
    pack = example("pack_diffeic")
    data = pack.pack(120, 60, found, "0123456789abcdef", 50, 7)
    strings = [batch[0] for batch in found["strings"]]
    _check(data, 8 * sum(map(len, strings)))
    image = misc_format.read(data).image
    assert isinstance(image, Parts)
    assert [image[label] for label in ("detail", "hyper")] == [
        CodedString(string, "compressai-rans") for string in strings
    ]
    assert misc_format.validate(data[:-1]).verdict != "conforming"


def test_compressai_by_a_small_model(compressai_library: Any, tmp_path: Path) -> None:
    from conformance.authoring import compressai_strings
    from reference_codec.pictures.files import save

    weights = tmp_path / "weights.safetensors"
    weights.write_bytes(compressai_strings.weights(compressai_strings.network("mbt2018-mean")))
    save(compressai_strings.picture(100, 60), tmp_path / "photo.png")
    example("pack_compressai").main(tmp_path / "photo.png", "mbt2018-mean", weights, tmp_path / "photo.misc")
    data = (tmp_path / "photo.misc").read_bytes()
    image = misc_format.read(data).image
    assert isinstance(image, Strings)
    _check(data, 8 * sum(map(len, image.strings)))


def _check(data: bytes, payload_bits: int) -> None:
    """The file conforms, its accounting sums, and the image takes little more than the codec's own bits."""
    account = misc_format.account(data)
    assert misc_format.validate(data).verdict == "conforming"
    assert sum(part.bits for part in account.components) == 8 * len(data)
    image = sum(part.bits for part in account.components if part.kind == "image")
    assert image <= payload_bits + 8 * 24
