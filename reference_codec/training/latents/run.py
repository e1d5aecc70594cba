"""A training run: the codec, its slow average, the optimiser, how far they are, and what of it is kept."""

from __future__ import annotations

import copy
import math
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.optim.swa_utils import get_ema_multi_avg_fn

from misc_format.system.files import replacing
from reference_codec.images.latents.networks import Networks
from reference_codec.training.latents.objective import Figures, figures
from reference_codec.training.latents.photos import Pictures
from reference_codec.training.latents.stages import Recipe

WARM_UP = 200  # steps, at the start and with a fresh optimiser
LAST_RATE = 0.01  # of the highest learning rate
AVERAGE = 0.999
MAX_NORM = 20.0
WEIGHT_DECAY = 1e-4
BETAS = (0.9, 0.99)
MIDDLE = (0.4, 0.75)  # qualities whose figures the log has
HELD_OUT_QUALITIES = (32, 64, 96, 127)
HELD_OUT_BATCH = 16
TIMED_STEPS = 3
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


class Run:
    """A training run. `seconds` counts all that it took, `origin` says what it began with."""

    def __init__(self, recipe: Recipe, device: str = "cpu", precision: str = "float32") -> None:
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.device = torch.device(device)
        self.precision = precision
        self.codec = Networks().to(self.device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.codec).eval()
        self.best: dict[str, Tensor] | None = None  # weights of the average when the held-out loss was least
        self.best_loss, self.best_step = math.inf, 0
        self.optimiser = torch.optim.AdamW(
            self.codec.parameters(),
            lr=recipe.rate,
            weight_decay=WEIGHT_DECAY,
            betas=BETAS,
            fused=self.device.type == "cuda",
        )
        self.step = 0
        self.warm_from = 0  # the step at which the optimiser was fresh
        self.seconds = 0.0
        self.origin = "principal components of squares"
        self._sums: Tensor = torch.zeros(5, device=self.device)
        self._count = 0

    def begin(self, squares: Pictures) -> None:
        """Begin with the linear transform that suits squares (N, 32, 32, 3)."""
        self.codec.cpu().begin(torch.from_numpy(squares).permute(0, 3, 1, 2).float() / 255)
        self.codec.to(self.device)
        self.average.load_state_dict(self.codec.state_dict())

    def save(self, path: Path) -> None:
        """Keep everything that going on needs. Raises `FloatingPointError` where a weight is no finite number."""
        self.check()
        state = {name: getattr(self, name).state_dict() for name in ("codec", "average", "optimiser")}
        kept = ("step", "warm_from", "seconds", "origin", "precision", "best_loss", "best_step")
        state |= {name: getattr(self, name) for name in kept}
        state |= {"recipe": self.recipe.plain(), "sums": self._sums, "count": self._count, "device": self.device.type}
        with replacing(path) as temporary:
            torch.save(state, temporary)

    def load(self, state: dict[str, Any], best: dict[str, Tensor] | None) -> None:
        """Go on from what `save` kept, and the best weights that were kept beside it."""
        for name in ("codec", "average", "optimiser"):
            getattr(self, name).load_state_dict(state[name])
        for group in self.optimiser.param_groups:
            group["fused"] = self.device.type == "cuda"
        for name in ("step", "warm_from", "seconds", "origin", "best_loss", "best_step"):
            setattr(self, name, state[name])
        self._sums, self._count = state["sums"].to(self.device), state["count"]
        self.best = best

    def check(self) -> None:
        """Raise `FloatingPointError` where a weight is no finite number."""
        if not all(bool(values.isfinite().all()) for values in self.codec.parameters()):
            raise FloatingPointError(f"weights are not finite after step {self.step}; what was kept before is unharmed")

    def advance(self, batch: Pictures) -> None:
        """Take one step."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate()
        found = self._backward(batch)
        norm = torch.nn.utils.clip_grad_norm_(self.codec.parameters(), MAX_NORM)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.step += 1
        ours, theirs = list(self.average.parameters()), list(self.codec.parameters())
        get_ema_multi_avg_fn(min(AVERAGE, self.step / (self.step + 50)))(ours, theirs, None)
        with torch.no_grad():
            count = len(found.loss)
            middle = slice(int(MIDDLE[0] * count), math.ceil(MIDDLE[1] * count))
            parts = (norm, found.bpp[middle], found.psnr()[middle], 1 - found.structure[middle])
            self._sums += torch.stack([found.loss.mean(), *(part.mean() for part in parts)])
        self._count += 1

    def _backward(self, batch: Pictures) -> Figures:
        """The figures of a batch, and the gradient of their mean loss in the parameters."""
        wanted = _pictures(batch, self.device)
        torch.manual_seed(self.recipe.seed * 1_000_003 + self.step)
        quality = ((torch.arange(len(batch)) + torch.rand(1)) / len(batch)).to(self.device)
        progress = self.step / self.recipe.steps
        found = figures(self.codec, wanted, quality, PRECISIONS[self.precision], progress)
        found.loss.mean().backward()
        return found

    def rate(self) -> float:
        """The learning rate of this step: a cosine over all steps, with a warm-up where the optimiser is fresh."""
        cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, self.step / self.recipe.steps)))
        warm = min(1.0, (self.step - self.warm_from + 1) / WARM_UP)
        return self.recipe.rate * warm * (LAST_RATE + (1 - LAST_RATE) * cosine)

    def means(self) -> dict[str, float]:
        """The figures of the steps since the last call: means of them."""
        values = (self._sums / max(self._count, 1)).tolist()
        self._sums, self._count = torch.zeros_like(self._sums), 0
        return dict(zip(("loss", "norm", "bpp", "psnr", "ms_ssim"), values, strict=True))

    def measure(self, crops: Pictures) -> dict[str, float]:
        """The average's figures on held-out crops; keeps its weights where they are the best so far."""
        found = held_out_figures(self.average, crops, self.device)
        if found["loss"] < self.best_loss:
            self.best_loss, self.best_step = found["loss"], self.step
            self.best = {name: values.detach().clone() for name, values in self.average.state_dict().items()}
        return found

    def stale(self, every: int) -> int:
        """Measurements of the last stage since the best."""
        return max(0, self.step - max(self.best_step, self.recipe.last_begins)) // every

    def times(self, batch: Pictures) -> dict[str, float]:
        """Seconds per step in each precision, measured without taking a step."""
        before, found = self.precision, {}
        for name in PRECISIONS:
            self.precision = name
            laps = [self._lap(batch) for _ in range(1 + TIMED_STEPS)]
            found[name] = min(laps[1:])
        self.precision = before
        self.optimiser.zero_grad(set_to_none=True)
        return found

    def _lap(self, batch: Pictures) -> float:
        start = time.perf_counter()
        self._backward(batch)
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - start

    def exported(self) -> Networks:
        """The best averaged codec, or the average where none was measured, on the CPU."""
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
            wanted = _pictures(crops[start : start + HELD_OUT_BATCH], device)
            quality = torch.full((len(wanted),), number / 127, device=device)
            with torch.no_grad():
                found = figures(codec, wanted, quality)
            parts.append(torch.stack([found.loss, found.bpp, found.psnr(), 1 - found.structure]))
        rows.append(torch.cat(parts, 1).mean(1).tolist())
    named = {
        f"{name}_{number}": value
        for number, row in zip(HELD_OUT_QUALITIES, rows, strict=True)
        for name, value in zip(("bpp", "psnr", "ms_ssim"), row[1:], strict=True)
    }
    return {"loss": sum(row[0] for row in rows) / len(rows), **named}


def _pictures(batch: Pictures, device: torch.device) -> Tensor:
    """Pictures (N, H, W, 3) as (N, 3, H, W) in [0, 1] on a device."""
    samples = torch.from_numpy(batch)
    if device.type == "cuda":
        samples = samples.pin_memory().to(device, non_blocking=True)
    wanted = samples.permute(0, 3, 1, 2).float() / 255
    return wanted.contiguous(memory_format=torch.channels_last)
