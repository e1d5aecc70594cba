"""Where and how models run: the device, the number type, and what is kept in main memory."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from reference_codec.errors import ModelError
from reference_codec.models.failures import first_line, needs_accelerate


class Dtype(StrEnum):
    """The number type that a model computes in. AUTO: float16 on a GPU, float32 on a CPU."""

    AUTO = "auto"
    FLOAT32 = "float32"
    FLOAT16 = "float16"
    BFLOAT16 = "bfloat16"


class Offload(StrEnum):
    """What is kept in main memory until it is needed on the GPU: nothing, whole models, or single layers."""

    NONE = "none"
    MODEL = "model"
    LAYER = "layer"


@dataclass(frozen=True, slots=True)
class Runtime:
    """Where and how models run.

    `device`: a device of torch (cpu, cuda, cuda:1, mps), or auto for the first GPU and, without one, the CPU. `strict`: weights that
    differ from the recorded ones are an error, not a note.
    """

    device: str = "auto"
    dtype: Dtype = Dtype.AUTO
    offload: Offload = Offload.NONE
    strict: bool = False

    def torch_device(self) -> Any:
        """The device as a `torch.device`. Raises `ModelError` if torch cannot use it."""
        import torch

        name = self.device
        if name == "auto":
            name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        try:
            device = torch.device(name)
            torch.empty(1, device=device)
        except (RuntimeError, AssertionError, NotImplementedError) as error:
            raise ModelError(
                f"device {name!r} cannot be used: {first_line(error)}; --device cpu always works"
            ) from None
        return device

    def torch_dtype(self) -> Any:
        """The number type as a `torch.dtype`."""
        import torch

        if self.dtype is Dtype.AUTO:
            return torch.float32 if self.torch_device().type == "cpu" else torch.float16
        return getattr(torch, self.dtype.value)

    def place(self, pipeline: Any) -> Any:
        """A pipeline of diffusers, moved to the device or set up to move its parts there in turn."""
        device = self.torch_device()
        if self.offload is Offload.NONE or device.type == "cpu":
            return pipeline.to(device)
        with needs_accelerate():
            if self.offload is Offload.MODEL:
                pipeline.enable_model_cpu_offload(device=device)
            else:
                pipeline.enable_sequential_cpu_offload(device=device)
        return pipeline
