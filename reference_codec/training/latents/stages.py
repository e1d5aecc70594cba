"""The plan of a training run: its stages, one after another under one learning rate schedule."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

SIDE_STEP = 128  # pixels: a side is a multiple of the side of a hyper-place
MIN_SIDE = 256  # MS-SSIM needs at least 176
FORM = re.compile(r"(\d+)x(\d+)x(\d+)")


@dataclass(frozen=True)
class Stage:
    """A number of steps with batches of one shape."""

    steps: int
    batch: int  # squares per step
    side: int  # pixels

    @classmethod
    def parse(cls, text: str) -> Stage:
        """Read "STEPSxBATCHxSIDE". Raises `ValueError`."""
        match = FORM.fullmatch(text)
        if not match:
            raise ValueError(f"{text!r} is not STEPSxBATCHxSIDE, such as 5000x8x384")
        stage = cls(*map(int, match.groups()))
        if not stage.batch or stage.side < MIN_SIDE or stage.side % SIDE_STEP:
            raise ValueError(
                f"{text!r}: the side must be a multiple of {SIDE_STEP} and at least {MIN_SIDE}, and the batch at least 1"
            )
        return stage

    def __str__(self) -> str:
        return f"{self.steps:,} steps of {self.batch} squares of {self.side} x {self.side} pixels"


@dataclass(frozen=True)
class Recipe:
    """The stages, the highest learning rate, and the seed of all random numbers."""

    stages: tuple[Stage, ...]
    rate: float
    seed: int
    is_settled: bool = False  # the factors of the loss have their final values from the first step

    @property
    def steps(self) -> int:
        """The number of steps of all stages."""
        return sum(stage.steps for stage in self.stages)

    @property
    def last_begins(self) -> int:
        """The first step of the last stage."""
        return self.steps - self.stages[-1].steps

    def stage(self, step: int) -> Stage:
        """The stage of a step."""
        end = 0
        for stage in self.stages:
            end += stage.steps
            if step < end:
                return stage
        return self.stages[-1]

    def plain(self) -> dict[str, Any]:
        """The recipe as plain values, for a checkpoint."""
        return asdict(self)

    @classmethod
    def of(cls, values: dict[str, Any]) -> Recipe:
        """The recipe of `plain`."""
        return cls(
            tuple(Stage(**stage) for stage in values["stages"]),
            values["rate"],
            values["seed"],
            values.get("is_settled", False),
        )


DEFAULTS = {
    "cpu": Recipe((Stage(30_000, 8, 256), Stage(5_000, 8, 384)), 4e-4, 1),
    "cuda": Recipe((Stage(60_000, 32, 256), Stage(5_000, 32, 384)), 6e-4, 1),
}
