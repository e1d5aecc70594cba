"""All six architectures with small networks of random weights: the library's strings, our decoder, and models that do not fit."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

import misc_format
import reference_codec
from conformance.authoring import compressai_strings
from misc_format import MiscError, Stream
from misc_format.cli.app import app
from misc_format.components import Size, Strings
from misc_format.errors import LimitError
from misc_format.registry import ARCHITECTURES
from reference_codec.pictures.files import save

NAMES = [row.name for row in ARCHITECTURES if not row.name.startswith("private")]
WIDTH, HEIGHT = 100, 60
PICTURE = compressai_strings.picture(WIDTH, HEIGHT)

pytestmark = pytest.mark.usefixtures("compressai_library")


class Case:
    """A network, its file of weights, and the strings of the picture."""

    def __init__(self, name: str, folder: Path) -> None:
        from reference_codec.images import compressai as reference

        self.network = compressai_strings.network(name)
        self.weights = folder / f"{name}.safetensors"
        self.weights.write_bytes(compressai_strings.weights(self.network))
        self.model = reference.load(name, 1, "mse", self.weights)
        self.strings = reference.encode(PICTURE, self.model)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, compressai_library: Any) -> dict[str, Case]:
    folder = tmp_path_factory.mktemp("weights")
    return {name: Case(name, folder) for name in NAMES}


@pytest.fixture(params=NAMES)
def case(request: pytest.FixtureRequest, made: dict[str, Case]) -> Case:
    return made[request.param]


def test_strings_are_the_librarys_and_decode_to_what_the_library_decodes(case: Case, compressai_library: Any) -> None:
    import torch
    from torch.nn.functional import pad

    pixels = torch.from_numpy(PICTURE.transpose(2, 0, 1).copy()).float()[None] / 255
    around, back = compressai_library.ops.compute_padding(HEIGHT, WIDTH, min_div=64)
    with torch.inference_mode():
        theirs = case.network.compress(pad(pixels, around))
        wanted = case.network.decompress(theirs["strings"], theirs["shape"])["x_hat"]
        found = case.model.network.decompress([[part] for part in case.strings.strings], case.strings.shape)["x_hat"]
        latent = case.network.g_a(pad(pixels, around)).round()
    assert [batch[0] for batch in theirs["strings"]] == list(case.strings.strings)
    assert tuple(theirs["shape"]) == case.strings.shape
    assert len(latent.unique()) > 1  # the symbols say something
    assert torch.equal(found, wanted)
    samples = reference_codec.decode(misc_format.write(Stream(WIDTH, HEIGHT, image=case.strings)), weights=case.weights)
    expected = (pad(wanted, back)[0].permute(1, 2, 0).numpy().astype(np.float64) * 255 + 0.5).astype(np.uint8)
    assert np.array_equal(np.asarray(samples), expected)


def test_a_changed_string_is_an_error_or_a_picture(case: Case) -> None:
    from reference_codec.images import compressai as reference

    @settings(max_examples=15)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        parts = list(case.strings.strings)
        which = data.draw(st.integers(0, len(parts) - 1))
        place = data.draw(st.integers(0, len(parts[which]) - 1))
        flipped = bytes([parts[which][place] ^ data.draw(st.integers(1, 255))])
        parts[which] = data.draw(
            st.sampled_from([parts[which][:place] + flipped + parts[which][place + 1 :], parts[which][:place]])
            | st.binary(max_size=64)
        )
        try:
            samples = reference.reconstruct(replace(case.strings, strings=tuple(parts)), case.model)
        except MiscError as error:
            assert error.rule == "MISC-CAI-007" and error.path in ("image/y", "image/z")
        else:
            assert samples.dtype == np.uint8 and samples.shape == (64, 128, 3)

    check()


def test_another_shape_is_an_error(case: Case) -> None:
    from reference_codec.images import compressai as reference

    rows, columns = case.strings.shape
    with pytest.raises(MiscError, match="MISC-CAI-007"):
        reference.reconstruct(replace(case.strings, shape=(rows, columns + 1)), case.model)


def test_weights_that_are_missing_altered_or_of_another_architecture(case: Case, tmp_path: Path) -> None:
    data = misc_format.write(Stream(WIDTH, HEIGHT, image=case.strings))
    with pytest.raises(MiscError, match=r"MISC-CAI-006 at image/weights_digest: .* needs weights"):
        reference_codec.decode(data)
    altered = tmp_path / "altered.safetensors"
    content = bytearray(case.weights.read_bytes())
    content[-1] ^= 1
    altered.write_bytes(content)
    with pytest.raises(MiscError, match="MISC-CAI-006") as caught:
        reference_codec.decode(data, weights=altered)
    assert case.strings.digest is not None and case.strings.digest in caught.value.message
    assert len(re.findall(r"\b[0-9a-f]{16}\b", caught.value.message)) == 2
    other = NAMES[(NAMES.index(case.strings.architecture) + 1) % len(NAMES)]
    wrong = misc_format.write(Stream(WIDTH, HEIGHT, image=_of(other, case.strings)))
    with pytest.raises(MiscError, match="MISC-CAI-006"):
        reference_codec.decode(wrong, weights=case.weights)


def _of(name: str, strings: Strings) -> Strings:
    """The strings as if another architecture had written them."""
    count = next(row.strings for row in ARCHITECTURES if row.name == name)
    shape = (4, 8) if count == 1 else (1, 2)
    return replace(strings, architecture=name, strings=(strings.strings * 2)[:count], shape=shape)


@pytest.mark.parametrize("content", [b"", b"no weights", b"\x80\x02}q\x00.", b"PK\x03\x04"])
@pytest.mark.parametrize("ending", ["pth", "safetensors"])
def test_files_that_are_no_weights(content: bytes, ending: str, tmp_path: Path) -> None:
    from reference_codec.images import compressai as reference

    path = tmp_path / f"weights.{ending}"
    path.write_bytes(content)
    with pytest.raises(MiscError, match="MISC-CAI-006"):
        reference.load("mbt2018", 1, "mse", path)


def trained(network: Any) -> dict[str, Any]:
    """What a training program keeps beside the weights: the library's own example has an optimizer and a scheduler."""
    import torch

    optimizer = torch.optim.Adam(network.parameters(), lr=1e-4)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, "min")
    scheduler.step(0.5)
    states = {"optimizer": optimizer.state_dict(), "lr_scheduler": scheduler.state_dict()}
    return {"epoch": 3, "loss": torch.tensor(0.5), **states}


@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("key", ["network", "state_dict", "model_state_dict"])
@pytest.mark.parametrize("name", ["cheng2020-anchor", "cheng2020-attn"])
def test_checkpoints_of_training_programs(
    name: str, key: str, prefix: str, made: dict[str, Case], tmp_path: Path
) -> None:
    """MISC's and SEDIC's code looks for these three keys; DataParallel writes the prefix. The picture is that of the library."""
    import torch

    from reference_codec.images import compressai as reference

    case = made[name]
    path = tmp_path / "cheng_small.pth.tar"
    state = {prefix + part: value for part, value in case.network.state_dict().items()}
    torch.save({**trained(case.network), key: state}, path)
    model = reference.load(name, 1, "mse", path)
    strings = reference.encode(PICTURE, model)
    assert strings.strings == case.strings.strings and strings.digest != case.strings.digest
    with torch.inference_mode():
        theirs = case.network.decompress([[part] for part in strings.strings], strings.shape)["x_hat"]
        ours = model.network.decompress([[part] for part in strings.strings], strings.shape)["x_hat"]
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_a_checkpoint_without_tables_makes_them(made: dict[str, Case], tmp_path: Path) -> None:
    """During training, a network has no tables of its entropy coder."""
    import torch

    from reference_codec.images import compressai as reference

    case = made["cheng2020-attn"]
    tables = ("_quantized_cdf", "_cdf_length", "_offset", "scale_table")
    state = {
        part: torch.zeros(0, dtype=value.dtype) if part.endswith(tables) else value
        for part, value in case.network.state_dict().items()
    }
    torch.save({"state_dict": state}, tmp_path / "a.pth.tar")
    model = reference.load("cheng2020-attn", 1, "mse", tmp_path / "a.pth.tar")
    assert reference.encode(PICTURE, model).strings == case.strings.strings


def test_a_checkpoint_with_code_is_refused(made: dict[str, Case], tmp_path: Path) -> None:
    import torch

    from reference_codec.images import compressai as reference

    path = tmp_path / "a.pth.tar"
    torch.save({"state_dict": made["cheng2020-attn"].network.state_dict(), "arguments": Size(1, 2)}, path)
    with pytest.raises(MiscError, match="damaged, or holds more than tensors"):
        reference.load("cheng2020-attn", 1, "mse", path)


@pytest.mark.parametrize("prefix", ["", "module."])
def test_a_network_of_too_many_channels_is_not_made(prefix: str, tmp_path: Path) -> None:
    import torch

    from reference_codec.images import compressai as reference

    torch.save({f"{prefix}g_a.0.weight": torch.zeros(1025, 3, 1, 1)}, tmp_path / "a.pth")
    with pytest.raises(MiscError, match="1,025 channels, more than 1,024"):
        reference.load("mbt2018-mean", 1, "mse", tmp_path / "a.pth")


@pytest.mark.parametrize("name", ["cheng2020-anchor", "cheng2020-attn"])
def test_the_pass_that_misc_and_sedic_run_gives_another_picture_than_decoding(name: str, made: dict[str, Case]) -> None:
    """Their code estimates the bits and codes nothing. In that pass latents are rounded as they are; a decoder adds the means after."""
    import torch
    from torch.nn.functional import pad

    case = made[name]
    pixels = torch.from_numpy(PICTURE.transpose(2, 0, 1).copy()).float()[None] / 255
    with torch.inference_mode():
        estimated = case.network(pad(pixels, (14, 14, 2, 2)))["x_hat"].clamp(0, 1)
        decoded = case.network.decompress([[part] for part in case.strings.strings], case.strings.shape)["x_hat"]
    assert estimated.shape == decoded.shape and 0.01 < float((estimated - decoded).abs().max()) < 1


def test_pretrained_strings_and_own_weights_do_not_mix(made: dict[str, Case]) -> None:
    from reference_codec.images import compressai as reference

    case = made["cheng2020-attn"]
    pretrained = replace(case.strings, digest=None)
    with pytest.raises(MiscError, match=r"MISC-CAI-006 .*465f2b64"):
        reference.decode(pretrained, Size(WIDTH, HEIGHT), case.weights)
    assert reference.pretrained_digest("cheng2020-attn", 1, "mse") == "465f2b64"
    assert reference.pretrained_digest("cheng2020-attn", 8, "mse") is None


def test_a_network_is_not_run_on_too_many_pixels(made: dict[str, Case]) -> None:
    from reference_codec.images import compressai as reference

    large = replace(made["mbt2018"].strings, shape=(65, 64))
    with pytest.raises(LimitError, match="MISC-RES-001"):
        reference.decode(large, Size(4096, 4160), made["mbt2018"].weights)


def test_a_smaller_picture_is_stretched_over_the_original(made: dict[str, Case]) -> None:
    case = made["mbt2018-mean"]
    data = misc_format.write(Stream(300, 200, image=case.strings))
    assert reference_codec.decode(data, weights=case.weights).size == (300, 200)


@pytest.mark.parametrize("grey", [False, True])
def test_on_the_command_line(made: dict[str, Case], grey: bool, tmp_path: Path) -> None:
    case = made["bmshj2018-hyperprior"]
    photo, file, back = tmp_path / "photo.png", tmp_path / "a.misc", tmp_path / "b.png"
    save(PICTURE[..., 0] if grey else PICTURE, photo)

    def misc(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    options = ("--profile", "misc-3", "--image-method", "compressai", "--compressai-arch", "bmshj2018-hyperprior")
    result = misc("encode", photo, "-o", file, *options, "--quality", 2, "--weights", case.weights)
    assert result.exit_code == 0, result.output
    image = misc_format.read(file).image
    assert isinstance(image, Strings)
    assert (image.architecture, image.quality, image.digest) == ("bmshj2018-hyperprior", 2, case.strings.digest)
    assert grey or image.strings == case.strings.strings
    result = misc("decode", file, "-o", back, "--weights", case.weights)
    assert result.exit_code == 0, result.output
    assert misc("decode", file, "-o", back).exit_code == 1


def test_stand_ins_do_not_stay(compressai_library: Any) -> None:
    import sys

    from reference_codec.models.compressai_library import _StandIn

    assert not [name for name, module in sys.modules.items() if isinstance(module, _StandIn)]


def test_training_goes_on_and_its_weights_code_pictures(tmp_path: Path) -> None:
    import typer

    from reference_codec.images import compressai as reference
    from reference_codec.training import compressai as training

    (tmp_path / "photos").mkdir()
    save(compressai_strings.picture(150, 90), tmp_path / "photos" / "a.png")
    save(compressai_strings.picture(30, 90), tmp_path / "photos" / "too-small.png")
    output = tmp_path / "mine.safetensors"
    command = typer.Typer()
    command.command()(training.main)
    options = ["--architecture", "mbt2018-mean", "--channels", "8,12", "--batch", "2", "--crop", "64", "--every", "1"]
    for steps in (2, 3):
        result = CliRunner().invoke(
            command, [str(tmp_path / "photos"), "-o", str(output), *options, "--steps", str(steps)]
        )
        assert result.exit_code == 0, result.output
    assert "going on at step 2" in result.output
    lines = (tmp_path / "mine.safetensors.csv").read_text().splitlines()
    assert [line.partition(",")[0] for line in lines] == ["step", "1", "2", "3"]
    model = reference.load("mbt2018-mean", 1, "mse", output)
    assert model.digest and model.digest in (tmp_path / "mine.safetensors.md").read_text()
    found = reference.decode(reference.encode(PICTURE, model), Size(WIDTH, HEIGHT), output)
    assert found.shape == PICTURE.shape
