"""The learning rate over a training run, and the moving average of its weights."""

from __future__ import annotations

import pytest

from tests.needs import extra, needs

pytestmark = needs(extra("torch"))


@pytest.mark.parametrize(
    ("step", "progress", "rate"),
    [(0, 0, 0.005), (199, 0.02, 1), (5000, 0.5, 0.505), (0, 0.5, 0.505 / 200), (199, 0.52, 0.474), (10_000, 1, 0.01), (10_500, 1.05, 0.01)],
)  # fmt: skip
def test_the_rate_rises_with_a_new_optimiser_and_falls_to_the_last_one(step: int, progress: float, rate: float) -> None:
    import torch

    from reference_codec.training.schedule import Schedule

    schedule = Schedule(warm_up=200, last=0.01)
    assert schedule.rate(1.0, step, progress) == pytest.approx(rate, abs=2e-3)
    optimiser = torch.optim.Adam([torch.nn.Parameter(torch.zeros(2))])
    schedule.apply(optimiser, 3.0, step, progress)
    assert optimiser.param_groups[0]["lr"] == pytest.approx(3 * rate, abs=6e-3)


def test_the_average_follows_faster_in_the_first_steps() -> None:
    import torch

    from reference_codec.training.schedule import Average

    average, current = torch.nn.Linear(2, 3), torch.nn.Linear(2, 3)
    rule = Average(decay=0.9, delay=50)
    for step, decay in ((0, 0.0), (50, 0.5), (5000, 0.9)):
        before = average.weight.detach().clone()
        with torch.no_grad():
            current.weight.add_(1)
        rule.update(average, current, step)
        torch.testing.assert_close(average.weight.detach(), decay * before + (1 - decay) * current.weight.detach())
