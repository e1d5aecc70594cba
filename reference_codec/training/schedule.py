"""What all training runs share: the learning rate over the steps, and a moving average of the weights."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import nn
from torch.optim.swa_utils import get_ema_multi_avg_fn


class Schedule(NamedTuple):
    """A learning rate that rises linearly, then falls along half a cosine."""

    warm_up: int  # steps of the rise
    last: float  # rate at the end, as a fraction of the highest

    def rate(self, highest: float, step: int, progress: float) -> float:
        """The learning rate of a step. `step`: steps since the optimiser was new. `progress`: the fraction of the training that is done."""
        cosine = (1 + math.cos(math.pi * min(1.0, progress))) / 2
        return highest * min(1.0, (step + 1) / self.warm_up) * (self.last + (1 - self.last) * cosine)

    def apply(self, optimiser: torch.optim.Optimizer, highest: float, step: int, progress: float) -> None:
        """Set the learning rate of a step."""
        for group in optimiser.param_groups:
            group["lr"] = self.rate(highest, step, progress)


class Average(NamedTuple):
    """An exponential moving average of weights, which follows faster in the first steps."""

    decay: float
    delay: int  # after so many steps, the decay is at most a half

    def update(self, average: nn.Module, current: nn.Module, step: int) -> None:
        """Move the average towards the current weights. `step`: the number of steps that were taken."""
        decay = min(self.decay, step / (step + self.delay))
        get_ema_multi_avg_fn(decay)(list(average.parameters()), list(current.parameters()), step)
