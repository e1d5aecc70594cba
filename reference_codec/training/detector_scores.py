"""Choose the score from which the detector's objects of a kind are named, from names that a person has judged.

    python -m reference_codec.training.detector_scores tests/benchmarks/names-judged.csv

A row of the table is a kind that the detector suggests for a photo: the file, the kind, its best score, and whether the photo shows it.
A logistic model gives the probability that a name is right from the score's logarithm of odds and the kind. How far a kind departs from
the others is held back, so that a few judgements do not decide. The scores are those at which the probability is `MIN_PROBABILITY`.

Rule 1.  Photos of one thing, whose names begin alike up to "__", count together as one photo.
Rule 2.  The same table gives the same scores.
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import numpy as np
import typer
from numpy.typing import NDArray

from reference_codec.detector import NAMES

MIN_PROBABILITY: Final = 0.55  # of a name that is given: some 88 % of the names are right then
_SPREAD: Final = 0.7  # standard deviation of the kinds' departures from the mean
_SAME_THING: Final = "dream_"  # begins the files that have several photos of one thing
_STEPS: Final = 50  # of Newton's method
_PARTS: Final = 8  # of the cross-validation

Floats = NDArray[np.float64]


class Judgements(NamedTuple):
    """n judged names. kinds: indices into `NAMES`. odds: logarithms, of the scores. right: 1 or 0. things: the photo or thing of each."""

    kinds: NDArray[np.int64]
    odds: Floats
    right: Floats
    weights: Floats
    things: list[str]

    def part(self, chosen: NDArray[np.bool_]) -> Judgements:
        """The chosen names."""
        things = [thing for thing, is_chosen in zip(self.things, chosen, strict=True) if is_chosen]
        return Judgements(self.kinds[chosen], self.odds[chosen], self.right[chosen], self.weights[chosen], things)


def read(path: Path) -> Judgements:
    """The table in a file."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    things = [_thing(row["photo"]) for row in rows]
    names = [(thing, row["kind"]) for thing, row in zip(things, rows, strict=True)]
    repetitions = Counter(names)
    return Judgements(
        np.array([NAMES.index(row["kind"]) for row in rows]),
        _log_odds(np.array([float(row["score"]) for row in rows])),
        np.array([float(row["right"]) for row in rows]),
        np.array([1 / repetitions[name] for name in names]),
        things,
    )


def fit(judged: Judgements) -> Floats:
    """The parameters of the model by Newton's method: the weight of a score's odds, the mean of the kinds, and their departures."""
    columns = _columns(judged)
    penalties = np.array([0.02, 0.0] + [1 / _SPREAD**2] * len(NAMES))
    parameters = np.zeros(columns.shape[1])
    for _ in range(_STEPS):
        chances = _chances(columns, parameters)
        slope = columns.T @ (judged.weights * (chances - judged.right)) + penalties * parameters
        bend = (columns.T * (judged.weights * chances * (1 - chances))) @ columns + np.diag(penalties)
        parameters -= np.linalg.solve(bend, slope)
    return parameters


def min_scores(parameters: Floats) -> dict[str, float]:
    """For each kind the score at which a name has the probability `MIN_PROBABILITY`, to two decimals."""
    slope, mean, departures = parameters[0], parameters[1], parameters[2:]
    odds = (_log_odds(np.array(MIN_PROBABILITY)) - mean - departures) / slope
    return {name: round(float(score), 2) for name, score in zip(NAMES, 1 / (1 + np.exp(-odds)), strict=True)}


def cross_validated(judged: Judgements) -> tuple[float, float]:
    """Precision, and the share of the right names that are given, with models that have not seen the thing."""
    things = sorted(set(judged.things))
    parts = dict(zip(things, np.random.default_rng(0).integers(0, _PARTS, len(things)), strict=True))
    part = np.array([parts[thing] for thing in judged.things])
    chances = np.zeros(len(part))
    for index in range(_PARTS):
        is_left_out = part == index
        parameters = fit(judged.part(~is_left_out))
        chances[is_left_out] = _chances(_columns(judged.part(is_left_out)), parameters)
    return rates(judged, chances >= MIN_PROBABILITY)


def rates(judged: Judgements, is_named: NDArray[np.bool_]) -> tuple[float, float]:
    """Precision, and the share of the right names that are given, if these names are given."""
    right = float((judged.weights * judged.right)[is_named].sum())
    return right / float(judged.weights[is_named].sum()), right / float((judged.weights * judged.right).sum())


def _thing(photo: str) -> str:
    return photo.split("__", maxsplit=1)[0] if photo.startswith(_SAME_THING) else photo


def _log_odds(chances: Floats) -> Floats:
    clipped = np.clip(chances, 0.02, 0.98)
    return np.asarray(np.log(clipped / (1 - clipped)))


def _columns(judged: Judgements) -> Floats:
    return np.column_stack([judged.odds, np.ones(len(judged.odds)), np.eye(len(NAMES))[judged.kinds]])


def _chances(columns: Floats, parameters: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-columns @ parameters)))


def main(table: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Print the scores, and how good the names are with them and with 0.5 for every kind."""
    judged = read(table)
    for name, score in min_scores(fit(judged)).items():
        typer.echo(f'"{name}": {score:.2f},')
    for label, figures in (
        ("0.5 for every kind", rates(judged, judged.odds >= 0)),
        ("a score for each kind, cross-validated", cross_validated(judged)),
    ):
        typer.echo(f"{label}: precision {figures[0]:.3f}, share of the right names {figures[1]:.3f}")


if __name__ == "__main__":
    typer.run(main)
