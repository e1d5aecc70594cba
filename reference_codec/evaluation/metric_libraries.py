"""The libraries behind the metrics: each function loads one and returns a measure, or raises `MissingError`.

The weights of metrics are in one folder (--models): `clip/`, a CLIP model as transformers saves it; `hub/`, files as PyTorch's hub keeps
them (those of pyiqa in `hub/pyiqa/`, those of torchvision in `hub/checkpoints/`); and the Inception file of torch-fidelity.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from PIL import Image

from misc_format.components import Samples
from reference_codec.models.failures import first_line
from reference_codec.models.loading import FROM_FOLDER

INCEPTION: Final = "pt_inception-2015-12-05-6726825d.pth"
PATCH: Final = 256  # pixels on a side of the patches of Fréchet and kernel distances
MIN_SIDE_FOR_MS_SSIM: Final = 161  # pixels of the shorter side, for a window of 11 after four halvings
MIN_SIDE_FOR_SSIM: Final = 11
MIN_SIDE_FOR_SSIMULACRA2: Final = 8


class MissingError(Exception):
    """A metric cannot be computed here. The message is a sentence that says what it needs."""


class Where(NamedTuple):
    """Where weights are and where models run. `fetch`: whether a library may download missing weights."""

    models: Path | None = None
    device: str = "cpu"
    fetch: bool = False


#: Measures a decoded picture against the original, both uint8 (H, W, 3). None if the metric is not defined for their size.
Measure = Callable[[Samples, Samples], float | None]


def psnr(_: Where) -> Measure:
    """PSNR in dB over all samples; None for equal pictures, whose PSNR is infinite."""

    def measure(original: Samples, decoded: Samples) -> float | None:
        error = float(np.square(original.astype(np.float64) - decoded).mean())
        return 10 * float(np.log10(255**2 / error)) if error else None

    return measure


def ssim(_: Where) -> Measure:
    """SSIM with the Gaussian window of its paper (Wang et al., 2004), the mean over the channels."""
    from skimage.metrics import structural_similarity

    def measure(original: Samples, decoded: Samples) -> float | None:
        if min(original.shape[:2]) < MIN_SIDE_FOR_SSIM:
            return None
        options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
        return float(
            structural_similarity(  # type: ignore[no-untyped-call]
                original, decoded, channel_axis=2, data_range=255, **options
            )
        )

    return measure


def ms_ssim(where: Where) -> Measure:
    """MS-SSIM (Wang et al., 2003), the mean over the channels."""
    torch = _torch()
    try:
        from pytorch_msssim import ms_ssim as library_ms_ssim
    except ModuleNotFoundError:
        raise MissingError("pytorch-msssim is not installed: pip install 'misc-bitstream[eval]'") from None

    def measure(original: Samples, decoded: Samples) -> float | None:
        if min(original.shape[:2]) < MIN_SIDE_FOR_MS_SSIM:
            return None
        with torch.inference_mode():
            return float(
                library_ms_ssim(*(255 * tensor(picture, where) for picture in (original, decoded)), data_range=255)
            )

    return measure


def ssimulacra2(_: Where) -> Measure:
    """SSIMULACRA2, at most 100."""
    try:
        from ssimulacra2 import compute_ssimulacra2
    except ModuleNotFoundError:
        raise MissingError("ssimulacra2 is not installed: pip install 'misc-bitstream[eval]'") from None

    def measure(original: Samples, decoded: Samples) -> float | None:
        if min(original.shape[:2]) < MIN_SIDE_FOR_SSIMULACRA2:
            return None
        with _files(original, decoded) as paths:
            return float(compute_ssimulacra2(*paths))

    return measure


def butteraugli(_: Where) -> Measure:
    """The 3-norm of Butteraugli, by a program of libjxl."""
    program = shutil.which("butteraugli_main")
    if program is None:
        raise MissingError(
            "the program butteraugli_main is not installed: it is one of libjxl's tools (Debian: libjxl-devtools)"
        )

    def measure(original: Samples, decoded: Samples) -> float | None:
        with _files(original, decoded) as paths:
            process = subprocess.run([program, *paths], capture_output=True, text=True, check=False)
        values = process.stdout.split()
        if process.returncode or not values:
            raise ValueError(f"butteraugli_main: {process.stderr.strip() or 'no result'}")
        return float(values[-1])  # the 3-norm, which follows the maximum

    return measure


def clipsim(where: Where) -> Measure:
    """CLIPSIM: the cosine of CLIP's features of both pictures."""
    torch = _torch()
    folder = require(where, "clip")
    try:
        from transformers import AutoProcessor, CLIPModel
    except ModuleNotFoundError:
        raise MissingError("transformers is not installed: pip install 'misc-bitstream[models]'") from None
    try:
        model = CLIPModel.from_pretrained(folder, **FROM_FOLDER).eval().to(where.device)
        processor = AutoProcessor.from_pretrained(folder, **FROM_FOLDER)
    except (OSError, ValueError, KeyError) as error:
        raise MissingError(f"{folder} holds no CLIP model of transformers: {first_line(error)}") from None

    def measure(original: Samples, decoded: Samples) -> float | None:
        pictures = [Image.fromarray(picture) for picture in (original, decoded)]
        with torch.inference_mode():
            output = model.get_image_features(**processor(images=pictures, return_tensors="pt").to(where.device))
            features = getattr(output, "pooler_output", output)
            return float(torch.nn.functional.cosine_similarity(features[:1], features[1:])[0])

    return measure


def pyiqa_metric(name: str, where: Where) -> Measure:
    """A metric of pyiqa, of both pictures or, if it takes no reference, of the decoded one."""
    metric = pyiqa_network(name, where)

    def measure(original: Samples, decoded: Samples) -> float | None:
        pictures = (tensor(decoded, where), tensor(original, where))
        with _torch().inference_mode():
            return float(metric(*pictures) if metric.metric_mode == "FR" else metric(pictures[0]))

    return measure


def pyiqa_network(name: str, where: Where, **options: object) -> Any:
    """A metric of pyiqa as the library makes it, with its options. Raises `MissingError`. What it prints goes to no one."""
    torch = _torch()
    if where.models is not None:
        torch.hub.set_dir(str(where.models / "hub"))  # pyiqa reads it at import
    with _no_fetching(torch, where), redirect_stdout(io.StringIO()):  # a JSON document may follow on stdout
        try:
            import pyiqa
        except ModuleNotFoundError as error:
            raise MissingError(f"{error.name} is not installed: pip install pyiqa, which brings torchvision") from None
        except (RuntimeError, ImportError) as error:
            raise MissingError(f"pyiqa cannot be imported: {first_line(error)}") from None
        try:
            return pyiqa.create_metric(name, device=torch.device(where.device), **options)
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            raise MissingError(f"pyiqa's {name} cannot be loaded: {first_line(error)}") from None


def inception_distance(kind: str, where: Where) -> Callable[[list[Samples], list[Samples]], float | None]:
    """The Fréchet ("fid") or the kernel ("kid") distance of Inception features, over patches of the pictures."""
    torch = _torch()
    path = require(where, INCEPTION)
    try:
        from torchmetrics.image.fid import FrechetInceptionDistance, NoTrainInceptionV3
        from torchmetrics.image.kid import KernelInceptionDistance

        network = NoTrainInceptionV3("inception-v3-compat", ["2048"], str(path))
    except (ModuleNotFoundError, NameError) as error:
        name = getattr(error, "name", None) or "torch-fidelity"
        raise MissingError(f"{name} is not installed: pip install torchmetrics torch-fidelity") from None
    except (RuntimeError, OSError, KeyError) as error:
        raise MissingError(f"{path} holds no weights of Inception: {first_line(error)}") from None

    def measure(originals: list[Samples], decoded: list[Samples]) -> float | None:
        if any(min(picture.shape[:2]) < PATCH for picture in (*originals, *decoded)):
            return None  # a picture without a patch would be left out in silence
        real, coded = (
            [patch for picture in pictures for patch in patches(picture)] for pictures in (originals, decoded)
        )
        count = min(len(real), len(coded))
        if count < 2:
            return None
        subset = min(100, count)
        distance = (
            FrechetInceptionDistance(network) if kind == "fid" else KernelInceptionDistance(network, subset_size=subset)
        )
        metric = distance.to(where.device)
        torch.manual_seed(0)  # KID draws subsets
        for is_real, parts in ((True, real), (False, coded)):
            for patch in parts:
                tensor = torch.from_numpy(patch.transpose(2, 0, 1).copy())[None].to(where.device)
                metric.update(tensor, real=is_real)
        result = metric.compute()
        return float(result if kind == "fid" else result[0])  # KID has a mean and a deviation

    return measure


def patches(picture: Samples) -> Iterator[Samples]:
    """All whole patches of 256x256 pixels, and those of a second tiling, shifted by half a patch (Mentzer et al., 2020)."""
    height, width = picture.shape[:2]
    for start in (0, PATCH // 2):
        for top in range(start, height - PATCH + 1, PATCH):
            for left in range(start, width - PATCH + 1, PATCH):
                yield picture[top : top + PATCH, left : left + PATCH]


def _torch() -> Any:
    try:
        import torch
    except ModuleNotFoundError:
        raise MissingError("torch is not installed: pip install 'misc-bitstream[eval]'") from None
    return torch


def tensor(samples: Samples, where: Where) -> Any:
    """A picture, uint8 (H, W, 3), as a float32 tensor (1, 3, H, W) from 0 to 1 on the device."""
    import torch

    return torch.from_numpy(samples.transpose(2, 0, 1).astype(np.float32) / 255)[None].to(where.device)


def require(where: Where, name: str) -> Path:
    """The path of a file or folder of weights. Raises `MissingError` if it is not there."""
    if where.models is None:
        raise MissingError(f"it needs {name} in a folder of models: name the folder as --models DIR")
    path = where.models / name
    if not path.exists():
        raise MissingError(f"{path} is not there")
    return path


@contextmanager
def _no_fetching(torch: Any, where: Where) -> Iterator[None]:
    """Keep libraries from downloading, unless the user allows it."""
    if where.fetch:
        yield
        return

    def refuse(address: str, *_: object, **__: object) -> None:
        raise MissingError(
            f"its weights ({address.rpartition('/')[2]}) are not in --models DIR/hub; --fetch lets the library download them"
        )

    download, offline = torch.hub.download_url_to_file, os.environ.get("HF_HUB_OFFLINE")
    torch.hub.download_url_to_file = refuse
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        yield
    finally:
        torch.hub.download_url_to_file = download
        if offline is None:
            del os.environ["HF_HUB_OFFLINE"]


@contextmanager
def _files(*pictures: Samples) -> Iterator[list[str]]:
    """The paths of PNG files of the pictures, for programs that take no arrays."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder) / f"{index}.png") for index in range(len(pictures))]
        for path, picture in zip(paths, pictures, strict=True):
            Image.fromarray(picture).save(path, compress_level=1)
        yield paths
