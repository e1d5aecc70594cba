"""Tiny models, built once for all tests and all of pytest's workers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.needs import extra, require


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that the first worker to need it fills, and that the others wait for."""
    from filelock import FileLock

    base = factory.getbasetemp()
    shared = base.parent if base.name.startswith("popen-") else base  # xdist gives each worker a folder of its own
    folder, done = shared / name, shared / f"{name}.done"
    with FileLock(shared / f"{name}.lock"):
        if not done.exists():
            make(folder)
            done.touch()
    return folder


@pytest.fixture(scope="session")
def seeing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tiny models that see: qwen and llava, which always answer `tiny_models.REPLY`, blip, clip, grounding_dino and sam."""
    require(extra("models"))
    from tests.reference_codec import tiny_models

    def make(root: Path) -> None:
        tiny_models.qwen(root / "qwen", tiny_models.REPLY)
        tiny_models.llava(root / "llava", tiny_models.REPLY)
        for kind in (tiny_models.blip, tiny_models.clip, tiny_models.grounding_dino, tiny_models.sam):
            kind(root / kind.__name__)

    return once(tmp_path_factory, "seeing", make)


@pytest.fixture(scope="session")
def painting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tiny Stable Diffusions of each family, of a ControlNet for each, and of DiffBIR's kind of control for 2.1."""
    require(extra("models"))
    import torch

    from tests.reference_codec import tiny_diffusion

    def make(root: Path) -> None:
        for family in tiny_diffusion.FAMILIES:
            tiny_diffusion.pipeline(root / family, family)
            tiny_diffusion.control(root / f"control-{family}", family)
        tiny_diffusion.latent_control(root / "diffbir.pth")

    torch.set_num_threads(1)  # tests run side by side
    return once(tmp_path_factory, "painting", make)


@pytest.fixture
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """SEDIC and MISC with few steps for an item, for which a file has no parameter."""
    from reference_codec.decoders.parameters import PARAMETERS

    for name, row in PARAMETERS.items():
        monkeypatch.setitem(PARAMETERS, name, row._replace(item_steps=row.item_steps and (2,)))
