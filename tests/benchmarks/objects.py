"""The embedded map maker and describer: regions beside human masks, names beside human names, and the time of it all.

    python tests/benchmarks/objects.py [PHOTO]                      # the time of `encode` and `decode` of a photo after imports
    python tests/benchmarks/objects.py --masks MASKS.jsonl --photos FOLDER
    python tests/benchmarks/objects.py --names FOLDER

MASKS.jsonl has a row for each mask: image (a file of FOLDER), h, w, category, area and counts, COCO's compressed run lengths. The three
largest of an image count, as of a file. For each: the overlap (intersection over union) with the best of as many regions, as they are and
without the detector; and of the regions with a name, how many have that of the mask that they overlap most.

With --names, FOLDER has the pictures of `names-dev.json`. For each: the kinds that the description names, those of them that are wrong, and
those that it misses. Precision and the share of right names are printed as they are, and with 0.5 as the least score of every kind.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

import numpy as np
from PIL import Image

import reference_codec
from misc_format.components import BoolMap
from misc_format.pictures import load
from reference_codec import detector
from reference_codec.detector import Detection
from reference_codec.maps import embedded, salience
from reference_codec.maps.patches import Mask
from reference_codec.text.things import kinds
from reference_codec.training.maps import masks

REPEATS = 5
PHOTO = Path(__file__).parents[2] / "examples" / "coffee.png"
SIZE = 768, 512
NAMES = Path(__file__).parent / "names-dev.json"
OLD_MIN_SCORE = 0.5


class Names(NamedTuple):
    """The kinds that a picture's description names, and those that its picture shows, or may be said to show."""

    named: Sequence[str]
    shown: Sequence[str]
    accepted: Sequence[str]

    @property
    def wrong(self) -> list[str]:
        return [kind for kind in self.named if kind not in (*self.shown, *self.accepted)]

    @property
    def missed(self) -> list[str]:
        return [kind for kind in self.shown if kind not in self.named]


def scaled(mask: BoolMap, like: Mask) -> Mask:
    """The mask at the size of another."""
    return np.asarray(Image.fromarray(mask).resize(like.shape[::-1]))


def overlap(one: Mask, other: Mask) -> float:
    return float((one & other).sum() / max((one | other).sum(), 1))


def by_image(path: Path) -> dict[str, list[tuple[str, BoolMap]]]:
    """Category and mask of the largest of each image."""
    images: dict[str, list[dict[str, object]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        images.setdefault(row["image"], []).append(row)
    return {
        name: [
            (row["category"], masks.decode(row["counts"], row["h"], row["w"]))
            for row in sorted(rows, key=lambda row: -row["area"])[: masks.MAPS]
        ]
        for name, rows in images.items()
    }


def compare(path: Path, folder: Path) -> None:
    before, after, named, right = [], [], 0, 0
    for name, truths in by_image(path).items():
        if not (folder / name).exists():
            continue
        samples = load(folder / name).samples
        plain = salience.salient_regions(samples, masks.MAPS)
        found = embedded.regions(samples, masks.MAPS, detector.find(samples))
        for _, mask in truths:
            before.append(max(overlap(region, scaled(mask, region)) for region in plain))
            after.append(max(overlap(region.mask, scaled(mask, region.mask)) for region in found))
        for region in found:
            if region.name:
                best = max(truths, key=lambda truth: overlap(region.mask, scaled(truth[1], region.mask)))
                named, right = named + 1, right + (region.name == best[0])
    print(
        f"{len(before)} masks: mean overlap {np.mean(before):.3f} by salience alone, {np.mean(after):.3f} with objects"
    )
    print(f"{right} of {named} named regions have the name of the mask that they overlap most")


def check_names(folder: Path) -> None:
    before, after = [], []
    for name, truth in json.loads(NAMES.read_text(encoding="utf-8"))["pictures"].items():
        samples = load(folder / name).samples
        before.append(Names(_kinds(detector.suggest(samples, OLD_MIN_SCORE)), **truth))
        after.append(Names(_kinds(detector.find(samples)), **truth))
        if any(after[-1]):
            words = (
                f"{label} {', '.join(getattr(after[-1], label)) or 'none'}" for label in ("named", "wrong", "missed")
            )
            print(f"{name}: {'; '.join(words)}")
    print(f"with a least score of {OLD_MIN_SCORE}: {_rates(before)}")
    print(f"with a least score for each kind: {_rates(after)}")


def _kinds(detections: Sequence[Detection]) -> list[str]:
    return kinds([detection.name for detection in detections])


def _rates(pictures: Sequence[Names]) -> str:
    named, wrong, shown, missed = (
        sum(len(getattr(picture, label)) for picture in pictures) for label in ("named", "wrong", "shown", "missed")
    )
    return (
        f"share of right names {(shown - missed) / shown:.3f} ({shown - missed} of {shown}), "
        f"precision {(named - wrong) / named:.3f} ({named - wrong} of {named})"
    )


def timed(path: Path) -> None:
    picture = Image.open(path).convert("RGB").resize(SIZE)
    data = reference_codec.encode(picture)
    reference_codec.decode(data)
    for name, work in (
        ("encode", lambda: reference_codec.encode(picture)),
        ("decode", lambda: reference_codec.decode(data)),
    ):
        times = []
        for _ in range(REPEATS):
            start = perf_counter()
            work()
            times.append(perf_counter() - start)
        print(
            f"{name}: {median(times):.2f} s ({min(times):.2f} to {max(times):.2f}), median of {REPEATS}, after imports"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photo", type=Path, nargs="?", default=PHOTO, help="made 768 x 512")
    parser.add_argument("--masks", type=Path)
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--names", type=Path)
    arguments = parser.parse_args()
    timed(arguments.photo)
    if arguments.names:
        check_names(arguments.names)
    if arguments.masks and arguments.photos:
        compare(arguments.masks, arguments.photos)
