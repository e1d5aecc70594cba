"""Arrays of codes and integers: sizes against targets, beside general compressors, and the time to decode.

python tests/benchmarks/arrays.py --photos FOLDER --train FOLDER --tokens FILE.npy

Of an array the codeword is counted. Ratios are to N log2 K, or to the payload of the method latents for integers. Peers get the same
array as bytes, in the smallest type that holds it. Sections whose data is not given are left out.

Codes of k-means: photos are scaled to 512 x 512, and each 8 x 8 patch of RGB samples is a vector. The codebook comes from patches of the
photos to train on, in no order (`sorted`: by mean luminance, which a trained codebook would not be). Each picture is coded alone. All have
as many codes, so the mean of their ratios is the ratio of the totals.
"""

from __future__ import annotations

import argparse
import lzma
import math
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from misc_format.coders.image.arrays import adaptive, context, graded, integers, sets, uniform
from misc_format.entropy.rangesteps import ONE, code_span
from misc_format.entropy.stepcoder import Decoder, Encoder

RATES = {0.005: 1.20, 0.009: 1.14, 0.012: 1.09, 0.021: 1.05}  # bits a pixel, and the target there
CODES = {16: 0.36, 64: 0.52, 256: 0.60}  # alphabet, and the target
ZIPF_ALPHABET, ZIPF_ENTROPY = 1 << 16, 10.15
# Words in the names of photos whose latents are coded: those of Kodak, which the figures were set on, and others.
LATENTS = {"kodim": "of Kodak", "wikimedia": "others"}
PATCH, GRID = 8, 64
SAMPLE = 300  # patches of a photo to train on
ROUNDS = 20
MOST_TIME = 50.0  # milliseconds


def size(walk: Callable[..., bool], values: np.ndarray, *alphabet: int) -> int:
    """Bytes of the codeword."""
    coder = Encoder()
    walk(coder, values.copy(), *alphabet)
    return len(coder.codeword())


def as_bytes(values: np.ndarray) -> bytes:
    kinds = (np.int8, np.int16, np.int32) if values.min() < 0 else (np.uint8, np.uint16, np.uint32)
    kind = next(kind for kind in kinds if np.iinfo(kind).min <= values.min() and values.max() <= np.iinfo(kind).max)
    return values.astype(kind).tobytes()


PEERS: dict[str, Callable[[bytes], int]] = {
    "zlib": lambda data: len(zlib.compress(data, 9)),
    "lzma": lambda data: len(lzma.compress(data, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 9}])),
}


def show(
    name: str, value: float, target: float | None = None, values: Sequence[np.ndarray] = (), unit: float = 0.0
) -> None:
    """A line: a figure, its target and the same figure of the peers; `unit` is the bytes for which the figure is 1."""
    peers = [sum(peer(as_bytes(part)) for part in values) / unit for peer in PEERS.values()] if values else []
    verdict = "" if target is None else f"{target:>10.3f} {'met' if value <= target else 'MISSED'}"
    print(f"{name:<68}{value:>10.4f}{verdict:<18}" + "".join(f"{peer:>10.3f}" for peer in peers), flush=True)


def uniform_codes() -> None:
    rng = np.random.default_rng(1)
    worst = 0.0
    for alphabet in (2, 3, 5, 10, 100, 256, 1000, 1024, 16384, 65535, 65536, 10**6 + 1, 2**20 - 1, 2**20):
        for count in (1, 10, 128, 4096, 65536):
            values = rng.integers(0, alphabet, count).astype(np.uint32)
            worst = max(worst, size(uniform.walk, values, alphabet) - count * math.log2(alphabet) / 8)
    show("uniform, K 2 to 2^20: most bytes beyond N log2 K", worst, 1.0)


def index_sets() -> None:
    rng = np.random.default_rng(2)
    for chosen in (10, 20, 50):
        values = np.sort(np.stack([rng.choice(16384, chosen, replace=False) for _ in range(30)]), axis=1)
        exact = 30 * math.log2(math.comb(16384, chosen)) / 8
        show(
            f"30 sets of {chosen} of 16,384: to log2 of the binomial",
            size(sets.walk, values.astype(np.uint32), 16384) / exact,
            1.01,
            [values],
            exact,
        )


def zipf() -> np.ndarray:
    """Probabilities under Zipf's law with the exponent that gives the entropy."""
    low, high = 1.0, 2.0
    for _ in range(50):
        p = np.arange(1, ZIPF_ALPHABET + 1) ** -((low + high) / 2)
        p /= p.sum()
        entropy = -(p * np.log2(p)).sum()
        low, high = ((low + high) / 2, high) if entropy > ZIPF_ENTROPY else (low, (low + high) / 2)
    return p


def seeds() -> None:
    """Mean over many draws of the codeword less the information of the draw, plus the entropy: the draws vary more than the coders."""
    rng, p = np.random.default_rng(3), zipf()
    for count, draws in ((600, 200), (10000, 20)):
        parts = [rng.choice(ZIPF_ALPHABET, count, p=p) for _ in range(draws)]
        excess = np.mean(
            [8 * size(graded.walk, part.astype(np.uint32), ZIPF_ALPHABET) + np.log2(p[part]).sum() for part in parts]
        )
        show(
            f"{count:,} seeds under Zipf's law: bits a seed",
            ZIPF_ENTROPY + excess / count,
            10.2,
            parts,
            draws * count / 8,
        )


def patches(path: Path) -> np.ndarray:
    side = GRID * PATCH
    samples = np.asarray(Image.open(path).convert("RGB").resize((side, side), Image.Resampling.LANCZOS), np.float32)
    return samples.reshape(GRID, PATCH, GRID, PATCH, 3).swapaxes(1, 2).reshape(GRID * GRID, -1)


def nearest(vectors: np.ndarray, book: np.ndarray) -> np.ndarray:
    squares = (book**2).sum(1)
    blocks = [vectors[start : start + 8192] for start in range(0, len(vectors), 8192)]
    return np.concatenate([(squares - 2 * block @ book.T).argmin(1) for block in blocks])


def codebook(vectors: np.ndarray, alphabet: int, rng: np.random.Generator) -> np.ndarray:
    book = vectors[rng.choice(len(vectors), alphabet, replace=False)].copy()
    for _ in range(ROUNDS):
        places = nearest(vectors, book)
        for code in range(alphabet):
            members = vectors[places == code]
            book[code] = members.mean(0) if len(members) else vectors[rng.integers(len(vectors))]
    return book


def pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in {".png", ".jpg"})


def patch_codes(photos: Path, train: Path) -> None:
    rng = np.random.default_rng(1)
    parts = []
    for path in pictures(train):
        vectors = patches(path)
        parts.append(vectors[rng.choice(len(vectors), SAMPLE, replace=False)])
    found = [patches(path) for path in pictures(photos)]
    for alphabet, target in CODES.items():
        book = codebook(np.concatenate(parts), alphabet, rng)
        grids = [nearest(vectors, book).reshape(1, GRID, GRID).astype(np.uint32) for vectors in found]
        order = np.argsort(np.argsort(book.mean(1))).astype(np.uint32)
        one = GRID * GRID * math.log2(alphabet) / 8
        sizes = [size(context.walk, grid, alphabet) for grid in grids]
        name = f"k-means codes, K {alphabet}"
        show(f"{name}: context, mean of {len(grids)} pictures", np.mean(sizes) / one, target, grids, one * len(grids))
        show(
            f"{name}: context, sorted codebook",
            np.mean([size(context.walk, order[grid], alphabet) for grid in grids]) / one,
        )
        show(f"{name}: adaptive", np.mean([size(adaptive.walk, grid.ravel(), alphabet) for grid in grids]) / one)


def tokens(path: Path) -> None:
    frames = np.load(path).astype(np.uint32)
    alphabet, count = 1024, frames[0].size
    one = count * math.log2(alphabet) / 8
    flat = (uniform.walk, adaptive.walk, graded.walk)
    sizes = {
        walk.__module__.rsplit(".", 1)[1]: np.array([size(walk, frame.ravel(), alphabet) for frame in frames])
        for walk in flat
    }
    sizes["context"] = np.array([size(context.walk, frame[None], alphabet) for frame in frames])
    for name, found in sizes.items():
        show(f"real tokens, each frame alone: {name}", found.mean() / one)
    parts = list(frames)
    show(
        "real tokens, each frame alone: the smallest",
        np.minimum.reduce([*sizes.values()]).mean() / one,
        1.0,
        parts,
        one * len(frames),
    )
    show("real tokens, a static table of the other half", static(frames, alphabet) / one, 0.99)
    blocks = [frames[start : start + 20] for start in range(0, len(frames), 20)]
    show(
        "real tokens, 20 frames as planes: context",
        sum(size(context.walk, block, alphabet) for block in blocks) / one / len(frames),
        None,
        blocks,
        one * len(frames),
    )


def static(frames: np.ndarray, alphabet: int) -> float:
    """Mean bytes of a frame under a table of the frames of the other half, each code counted once more."""
    halves = np.array_split(frames, 2)
    total = 0
    for half, other in (halves, halves[::-1]):
        counts = np.bincount(other.ravel(), minlength=alphabet) + 1
        frequencies = np.maximum(counts * ONE // counts.sum(), 1)
        frequencies[frequencies.argmax()] += ONE - frequencies.sum()
        below = np.cumsum(frequencies) - frequencies
        for frame in half:
            coder = Encoder()
            coder.reserve(frame.size)
            for code in frame.ravel():
                code_span(coder.state, coder.words, False, int(below[code]), int(frequencies[code]))
            total += len(coder.codeword())
    return total / len(frames)


def latents(photos: Sequence[Path], name_of_set: str) -> None:
    """Latents less their means, as the method codes them; `values`: means added, rounded, which no network has predicted."""
    from misc_format.coders.image import latents as method
    from misc_format.coders.image.latentmodel.model import Model
    from reference_codec.images.latents.codec import Encoder as Analyser

    model = Model.shipped(method.MODEL)
    found: dict[float, list[Any]] = {rate: [] for rate in RATES}
    for path in photos:
        samples = np.asarray(Image.open(path).convert("RGB"))
        analyser = Analyser(samples)
        for rate in RATES:
            content = analyser.within(int(rate * samples.shape[0] * samples.shape[1]))
            means_added = np.rint(method.values(content, model) / 64).astype(np.int32)
            found[rate].append(
                (len(method.encode_under(content, analyser.picture, model)), content.y, content.z, means_added)
            )
    for rate, target in RATES.items():
        total = sum(entry[0] for entry in found[rate])
        for name, place in (("y and z", 1), ("y with means and z", 3)):
            arrays = [
                np.ascontiguousarray(part.transpose(2, 0, 1), np.int32)
                for entry in found[rate]
                for part in (entry[place], entry[2])
            ]
            ratio = sum(size(integers.walk, part) for part in arrays) / total
            show(
                f"{name}, {rate} bpp, {len(found[rate])} {name_of_set}: to method latents",
                ratio,
                target if place == 1 else None,
                arrays,
                total,
            )


def timed(walk: Callable[..., bool], values: np.ndarray, *alphabet: int) -> float:
    """Milliseconds of processor time to decode, the best of five."""
    coder = Encoder()
    walk(coder, values.copy(), *alphabet)
    codeword, times = coder.codeword(), []
    for _ in range(5):
        out = np.zeros_like(values)
        start = time.process_time()
        walk(Decoder(codeword), out, *alphabet)
        times.append(time.process_time() - start)
        assert np.array_equal(out, values)
    return 1000 * min(times)


def times() -> None:
    """Of 65,536 codes or integers."""
    rng = np.random.default_rng(4)
    shape, p = (16, 64, 64), zipf()

    def cases() -> Iterator[tuple[str, float]]:
        for alphabet in (256, 1 << 16):
            codes = rng.integers(0, alphabet, 1 << 16).astype(np.uint32)
            yield f"uniform, K {alphabet}", timed(uniform.walk, codes, alphabet)
            yield f"adaptive, K {alphabet}", timed(adaptive.walk, codes, alphabet)
            yield f"context, K {alphabet}, codes at random", timed(context.walk, codes.reshape(1, 256, 256), alphabet)
        smooth = np.add.outer(np.arange(256), np.arange(256)) // 5 + rng.integers(0, 2, (256, 256))
        yield "context, K 256, a gradient with noise", timed(context.walk, smooth[None].astype(np.uint32), 256)
        yield "graded, seeds", timed(graded.walk, rng.choice(1 << 16, 1 << 16, p=p).astype(np.uint32), 1 << 16)
        chosen = np.sort(np.stack([rng.choice(16384, 64, replace=False) for _ in range(1024)]), axis=1).astype(
            np.uint32
        )
        yield "sets, 30 of 32 of 16,384 (960 codes)", timed(sets.walk, chosen[:30, ::2].copy(), 16384)
        yield "sets, 1,024 of 64 of 16,384 (2^24 places)", timed(sets.walk, chosen, 16384)
        for scale in (0.3, 1, 5, 1000):
            values = np.rint(rng.laplace(0, scale, shape)).astype(np.int32)
            yield f"integers, Laplace of scale {scale}", timed(integers.walk, values)
        yield "integers, any 32 bits", timed(integers.walk, rng.integers(1 - 2**31, 2**31, shape).astype(np.int32))

    for name, found in cases():
        show(f"ms to decode 65,536: {name}", found, MOST_TIME)


def main() -> None:
    """Print a row a figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--train", type=Path)
    parser.add_argument("--tokens", type=Path)
    arguments = parser.parse_args()
    print(f"{'':<68}{'figure':>10}{'target':>10}{'':<8}" + "".join(f"{name:>10}" for name in PEERS))
    uniform_codes()
    index_sets()
    seeds()
    if arguments.tokens:
        tokens(arguments.tokens)
    if arguments.photos and arguments.train:
        patch_codes(arguments.photos, arguments.train)
    if arguments.photos:
        for word, name_of_set in LATENTS.items():
            latents([path for path in pictures(arguments.photos) if word in path.name], name_of_set)
    times()


if __name__ == "__main__":
    main()
