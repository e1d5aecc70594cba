"""A training run: the codec, its moving average, the optimiser, the progress, and the checkpoint."""

from __future__ import annotations

import copy
import math
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from misc_format.system.files import replacing
from reference_codec.images.latents.networks import Networks
from reference_codec.training.latents.objective import Figures, figures
from reference_codec.training.latents.photos import Pictures
from reference_codec.training.latents.stages import Recipe
from reference_codec.training.schedule import Average, Schedule

SCHEDULE = Schedule(warm_up=200, last=0.01)  # over all stages; the rise is repeated with a new optimiser
AVERAGE = Average(decay=0.999, delay=50)
MAX_NORM = 20.0
WEIGHT_DECAY = 1e-4
BETAS = (0.9, 0.99)
MIDDLE = (0.4, 0.75)  # the range of qualities whose figures are logged
HELD_OUT_QUALITIES = (32, 64, 96, 127)
HELD_OUT_BATCH = 16
TIMED_STEPS = 3
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


class Run:
    """A training run. `seconds`: its whole duration. `origin`: what it started from."""

    def __init__(self, recipe: Recipe, device: str = "cpu", precision: str = "float32") -> None:
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.device = torch.device(device)
        self.precision = precision
        self.codec = Networks().to(self.device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.codec).eval()
        self.best: dict[str, Tensor] | None = None  # weights of the average with the smallest held-out loss
        self.best_loss, self.best_step = math.inf, 0
        self.optimiser = torch.optim.AdamW(
            self.codec.parameters(),
            lr=recipe.rate,
            weight_decay=WEIGHT_DECAY,
            betas=BETAS,
            fused=self.device.type == "cuda",
        )
        self.step = 0
        self.warm_from = 0  # the step at which the optimiser was new
        self.seconds = 0.0
        self.origin = "principal components of squares"
        self._sums: Tensor = torch.zeros(5, device=self.device)
        self._count = 0

    def begin(self, squares: Pictures) -> None:
        """Start from the linear transform of squares (N, 32, 32, 3), their principal components."""
        self.codec.cpu().begin(torch.from_numpy(squares).permute(0, 3, 1, 2).float() / 255)
        self.codec.to(self.device)
        self.average.load_state_dict(self.codec.state_dict())

    def begin_from(self, state: dict[str, Tensor], origin: str) -> None:
        """Start from the weights of a trained codec."""
        self.codec.load_state_dict(state)
        self.average.load_state_dict(state)
        self.origin = origin

    def save(self, path: Path) -> None:
        """Write a checkpoint. Raises `FloatingPointError` if a weight is not finite."""
        self.check()
        state = {name: getattr(self, name).state_dict() for name in ("codec", "average", "optimiser")}
        names = ("step", "warm_from", "seconds", "origin", "precision", "best_loss", "best_step")
        state |= {name: getattr(self, name) for name in names}
        state |= {"recipe": self.recipe.plain(), "sums": self._sums, "count": self._count, "device": self.device.type}
        with replacing(path) as temporary:
            torch.save(state, temporary)

    def load(self, state: dict[str, Any], best: dict[str, Tensor] | None) -> None:
        """Resume from a checkpoint of `save`, and the best weights that were kept beside it."""
        for name in ("codec", "average", "optimiser"):
            getattr(self, name).load_state_dict(state[name])
        for group in self.optimiser.param_groups:
            group["fused"] = self.device.type == "cuda"
        for name in ("step", "warm_from", "seconds", "origin", "best_loss", "best_step"):
            setattr(self, name, state[name])
        self._sums, self._count = state["sums"].to(self.device), state["count"]
        self.best = best

    def check(self) -> None:
        """Raise `FloatingPointError` if a weight is not finite."""
        if not all(bool(values.isfinite().all()) for values in self.codec.parameters()):
            raise FloatingPointError(f"weights are not finite after step {self.step}; the last checkpoint is unharmed")

    def advance(self, batch: Pictures) -> None:
        """Take one step."""
        progress = self.step / self.recipe.steps
        SCHEDULE.apply(self.optimiser, self.recipe.rate, self.step - self.warm_from, progress)
        result = self._backward(batch)
        norm = torch.nn.utils.clip_grad_norm_(self.codec.parameters(), MAX_NORM)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.step += 1
        AVERAGE.update(self.average, self.codec, self.step)
        with torch.no_grad():
            count = len(result.loss)
            middle = slice(int(MIDDLE[0] * count), math.ceil(MIDDLE[1] * count))
            parts = (norm, result.bpp[middle], result.psnr()[middle], 1 - result.structure[middle])
            self._sums += torch.stack([result.loss.mean(), *(part.mean() for part in parts)])
        self._count += 1

    def _backward(self, batch: Pictures) -> Figures:
        """Compute the figures of a batch, and the gradient of the mean loss with respect to the parameters."""
        original = tensors(batch, self.device)
        torch.manual_seed(self.recipe.seed * 1_000_003 + self.step)
        quality = ((torch.arange(len(batch)) + torch.rand(1)) / len(batch)).to(self.device)
        progress = 1.0 if self.recipe.is_settled else self.step / self.recipe.steps
        result = figures(self.codec, original, quality, PRECISIONS[self.precision], progress)
        result.loss.mean().backward()
        return result

    def means(self) -> dict[str, float]:
        """The mean figures of the steps since the last call."""
        values = (self._sums / max(self._count, 1)).tolist()
        self._sums, self._count = torch.zeros_like(self._sums), 0
        return dict(zip(("loss", "norm", "bpp", "psnr", "ms_ssim"), values, strict=True))

    def measure(self, crops: Pictures) -> dict[str, float]:
        """The figures of the average on held-out crops. Its weights are kept if they are the best so far."""
        means = held_out_figures(self.average, crops, self.device)
        if means["loss"] < self.best_loss:
            self.best_loss, self.best_step = means["loss"], self.step
            self.best = {name: values.detach().clone() for name, values in self.average.state_dict().items()}
        return means

    def stale(self, every: int) -> int:
        """The number of measurements in the last stage since the best one."""
        return max(0, self.step - max(self.best_step, self.recipe.last_begins)) // every

    def times(self, batch: Pictures) -> dict[str, float]:
        """The seconds per step in each precision, measured without a change of the weights."""
        before, seconds = self.precision, {}
        for name in PRECISIONS:
            self.precision = name
            laps = [self._lap(batch) for _ in range(1 + TIMED_STEPS)]
            seconds[name] = min(laps[1:])
        self.precision = before
        self.optimiser.zero_grad(set_to_none=True)
        return seconds

    def _lap(self, batch: Pictures) -> float:
        start = time.perf_counter()
        self._backward(batch)
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - start

    def exported(self) -> Networks:
        """The best averaged codec on the CPU, or the current average if none was measured."""
        codec = Networks()
        codec.load_state_dict(self.best or self.average.state_dict())
        return codec.eval()


def held_out_figures(codec: Networks, crops: Pictures, device: torch.device) -> dict[str, float]:
    """Mean loss over crops (N, H, W, 3) and HELD_OUT_QUALITIES, and means at each quality, in single precision."""
    rows = []
    for number in HELD_OUT_QUALITIES:
        torch.manual_seed(number)
        parts = []
        for start in range(0, len(crops), HELD_OUT_BATCH):
            originals = tensors(crops[start : start + HELD_OUT_BATCH], device)
            quality = torch.full((len(originals),), number / 127, device=device)
            with torch.no_grad():
                result = figures(codec, originals, quality)
            parts.append(torch.stack([result.loss, result.bpp, result.psnr(), 1 - result.structure]))
        rows.append(torch.cat(parts, 1).mean(1).tolist())
    by_quality = {
        f"{name}_{number}": value
        for number, row in zip(HELD_OUT_QUALITIES, rows, strict=True)
        for name, value in zip(("bpp", "psnr", "ms_ssim"), row[1:], strict=True)
    }
    return {"loss": sum(row[0] for row in rows) / len(rows), **by_quality}


def tensors(batch: Pictures, device: torch.device) -> Tensor:
    """Pictures (N, H, W, 3) as (N, 3, H, W) in [0, 1] on a device."""
    samples = torch.from_numpy(batch)
    if device.type == "cuda":
        samples = samples.pin_memory().to(device, non_blocking=True)
    originals = samples.permute(0, 3, 1, 2).float() / 255
    return originals.contiguous(memory_format=torch.channels_last)
