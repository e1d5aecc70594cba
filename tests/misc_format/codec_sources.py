"""Files and arrays of published codecs, written byte by byte from their layouts and not with the code that reads them."""

from __future__ import annotations

import base64
import heapq
import io
import json
import pickle
import struct
import zlib
from collections.abc import Mapping
from math import comb
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

RNG = np.random.default_rng(11)
CAPTION = "A red lighthouse on a rocky coast under a cloudy sky."
WIDTH, HEIGHT = 768, 512


class Case(NamedTuple):
    """A source, what a user must say beside it, and what an import makes of it.

    `labels`: of the parts, in file order. `form`: that of an export, if it is not the first. `exact`: whether it gives the same bytes.
    """

    codec: str
    labels: tuple[str, ...]
    files: Mapping[str, bytes] = MappingProxyType({})
    arrays: Mapping[str, Any] = MappingProxyType({})
    options: Mapping[str, Any] = MappingProxyType({})
    settings: Mapping[str, Any] = MappingProxyType({})
    settings_file: bytes | None = None
    form: str | None = None
    profile: str = "free"
    exact: bool = True


def octets(count: int) -> bytes:
    return RNG.bytes(count)


def numbers_as_bits(values: list[int], width: int) -> str:
    return "".join(f"{value:0{width}b}" for value in values)


def packed(bits: str) -> bytes:
    return bytes(int(bits[place : place + 8].ljust(8, "0"), 2) for place in range(0, len(bits), 8))


class Torchac:
    """The arithmetic coder of torchac, symbol by symbol, from its description (Witten, Neal and Cleary, 32 bits)."""

    def __init__(self, alphabet: int) -> None:
        cdf = np.arange(alphabet + 1, dtype=np.float32) / np.float32(alphabet)
        self.cdf = [round(float(value) * (65_536 - alphabet)) + place for place, value in enumerate(cdf)]
        self.cdf[-1] = 65_536

    def encode(self, symbols: list[int]) -> bytes:
        low, high, pending, out = 0, 2**32 - 1, 0, []

        def emit(bit: int) -> None:
            nonlocal pending
            out.append(str(bit) + str(1 - bit) * pending)
            pending = 0

        for symbol in symbols:
            span = high - low + 1
            high = low - 1 + (span * self.cdf[symbol + 1] >> 16)
            low += span * self.cdf[symbol] >> 16
            while True:
                if high < 2**31:
                    emit(0)
                elif low >= 2**31:
                    emit(1)
                elif low >= 2**30 and high < 3 * 2**30:
                    pending += 1
                    low ^= 2**30  # what the general step below takes away
                    high |= 2**30
                    low, high = (low << 1) & 0x7FFFFFFF, (high << 1 | 1) | 0x80000000
                    high &= 0xFFFFFFFF
                    continue
                else:
                    break
                low, high = low << 1 & 0xFFFFFFFF, (high << 1 | 1) & 0xFFFFFFFF
        pending += 1
        emit(0 if low < 2**30 else 1)
        return packed("".join(out))


def body(y: bytes, z: bytes, rows: int, columns: int) -> bytes:
    return struct.pack(">3I", rows, columns, 2) + b"".join(struct.pack(">I", len(part)) + part for part in (y, z))


def perco(side: int, alphabet: int, caption: str = CAPTION, protocol: int = 4) -> bytes:
    codes = RNG.integers(0, alphabet, side * side).tolist()
    stream = packed(numbers_as_bits(codes, alphabet.bit_length() - 1) + "01")
    return perco_of(zlib.compress(caption.encode(), 9), stream, protocol)


def perco_of(text: bytes, stream: bytes, protocol: int = 4, size: tuple[int, int] = (512, 512)) -> bytes:
    values = (text, stream, size)
    return pickle.dumps({key: pickle.dumps(value, protocol) for key, value in enumerate(values)}, protocol)


def right_aligned(bits: str) -> bytes:
    return int(bits, 2).to_bytes((len(bits) + 7) // 8, "big")


def ddcm(steps: int, codes: int, chosen: int, coefficient_bits: int) -> bytes:
    index_bits = (codes - 1).bit_length()
    bits = ""
    for _ in range(steps):
        bits += f"{RNG.integers(codes):0{index_bits}b}"
        for _ in range(chosen - 1):
            bits += f"{RNG.integers(1 << coefficient_bits):0{coefficient_bits}b}{RNG.integers(codes):0{index_bits}b}"
    return right_aligned(bits)


def rank(members: list[int], codes: int) -> int:
    """The published sum, term by term."""
    total, previous = 0, -1
    for place, member in enumerate(members):
        total += sum(comb(codes - x - 1, len(members) - place - 1) for x in range(previous + 1, member))
        previous = member
    return total


def turbo(steps: int, codes: int, chosen: int) -> bytes:
    bits = ""
    for _ in range(steps):
        members = sorted(RNG.choice(codes, chosen, replace=False).tolist())
        bits += f"{rank(members, codes):0{(comb(codes, chosen) - 1).bit_length()}b}"
        bits += "".join(map(str, RNG.integers(0, 2, chosen).tolist()))
    return right_aligned(bits)


def turbo_config(codes: int, chosen: int) -> bytes:
    values = {
        "input_dir": "in",
        "M": chosen,
        "gpu": 0,
        "float32": False,
        "seed": 88888888,
        "T": 30,
        "K": codes,
        "model_id": "m",
    }
    return json.dumps(values).encode()


def diffc(seeds: bytes, old: bool = False, caption: str = CAPTION) -> bytes:
    text = zlib.compress(caption.encode())
    size = b"" if old else struct.pack("<3H", WIDTH, HEIGHT, 80)
    return struct.pack("<I", len(text)) + size + text + seeds


def padded_bits(bits: str) -> bytes:
    """A file of Control-GIC."""
    count = 8 - len(bits) % 8
    return bytes([count]) + packed(bits + "0" * count)


def huffman(counts: list[int]) -> dict[int, str]:
    """The Huffman code of Control-GIC, from its description."""
    heap: list[Any] = []

    class Node:
        def __init__(self, count: int, leaves: dict[int, str]) -> None:
            self.count, self.leaves = count, leaves

        def __lt__(self, other: Any) -> bool:
            return bool(self.count < other.count)

    for name in sorted(str(symbol) for symbol in range(len(counts))):
        heapq.heappush(heap, Node(counts[int(name)], {int(name): ""}))
    while len(heap) > 1:
        left, right = heapq.heappop(heap), heapq.heappop(heap)
        joined = {key: "0" + code for key, code in left.leaves.items()} | {
            key: "1" + code for key, code in right.leaves.items()
        }
        heapq.heappush(heap, Node(left.count + right.count, joined))
    return dict(heap[0].leaves)


SMALL = {"width": 128, "height": 64}
COUNTS = RNG.integers(0, 5_000, 1024)


def npy(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def control_gic(mode: int, code: dict[int, str]) -> dict[str, bytes]:
    rows, columns = SMALL["height"] // 16, SMALL["width"] // 16
    coarse = RNG.random((rows, columns)) < 0.3
    up = coarse.repeat(2, 0).repeat(2, 1)
    medium = ~up & (RNG.random(up.shape) < 0.5)
    if mode == 1:
        coarse[:] = False
        medium = RNG.random(up.shape) < 0.5
    fine = ~(medium.repeat(2, 0).repeat(2, 1) | coarse.repeat(4, 0).repeat(4, 1))
    if mode == 3:
        medium = ~up
    counts = {"coarse": int(coarse.sum()), "medium": int(medium.sum()), "fine": int(fine.sum())}
    names = {0: "coarse medium fine", 1: "medium fine", 3: "coarse medium", 4: "coarse"}[mode].split()
    if mode == 4:
        counts["coarse"] = rows * columns
    files = {
        f"indices_{name}.bin": padded_bits(
            "".join(code[symbol] for symbol in RNG.integers(0, 1024, counts[name]).tolist())
        )
        for name in names
    }
    masks = {0: {"coarse": coarse, "medium": medium}, 1: {"medium": medium}, 3: {"coarse": coarse}, 4: {}}[mode]
    for name, mask in masks.items():
        files[f"mask_{name}.bin"] = padded_bits("".join("01"[int(bit)] for bit in mask.ravel()))
    return files


def hific(y: bytes, z: bytes) -> bytes:
    fence = bytes.fromhex("46E28492")
    head = np.array([8, 12, HEIGHT, WIDTH, 320, 8, 12, 220, 32, 48, 1], "<u2").tobytes()
    return head + fence + struct.pack("<I", len(z)) + z + fence + struct.pack("<I", len(y)) + y + fence


def crdr(y: bytes, z: bytes, multi: bool = True) -> bytes:
    header = struct.pack("<HHB", HEIGHT, WIDTH, 37) + (b"\x28" if multi else b"")
    return b"".join(struct.pack("<I", len(part)) + part for part in (header, z, y))


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value % 128 + 128])
        value //= 128
    return out + bytes([value])


def message(field: int, content: bytes) -> bytes:
    return varint(field * 8 + 2) + varint(len(content)) + content


def egic(strings: list[bytes]) -> bytes:
    """Eleven strings: z, then ten of y."""
    shapes = [(HEIGHT, WIDTH), (HEIGHT // 16, WIDTH // 16), (HEIGHT // 64, WIDTH // 64)]
    tensors = [message(3, message(1, b"".join(map(varint, shape)))) for shape in shapes]
    tensors += [message(1, message(1, string)) for string in strings]
    entries = [message(1, chr(place).encode()) + message(2, tensor) for place, tensor in enumerate(tensors, 1)]
    return message(1, b"".join(message(1, entry) for entry in entries))


def adaptive(value: int) -> bytes:
    if value < 2**7:
        return bytes([value])
    if value < 2**14:
        return struct.pack(">H", value | 0x8000)
    return struct.pack(">I", value | 0xC0000000)


def dcvc(string: bytes, coding: int = 0) -> bytes:
    sequence = b"\x00" + adaptive(HEIGHT) + adaptive(WIDTH) + bytes([coding])
    return sequence + bytes([0x10, 21]) + adaptive(len(string)) + string


def pics(y: bytes, z: bytes, caption: str = CAPTION) -> bytes:
    lines = ["bpp_caption: 0.0014", "bpp_sketch: 0.01", "bpp_total: 0.0114", f"caption: {caption}"]
    lines += [
        f"hyper_strings: !!binary |\n  {base64.b64encode(z).decode()}",
        f"prior_strings: !!binary |\n  {base64.b64encode(y).decode()}",
    ]
    return "\n".join(lines).encode() + b"\n"


def compressai(y: bytes, z: bytes, old: bool = False) -> bytes:
    """cheng2020-attn, MS-SSIM, quality 3."""
    head = bytes([5, 1 << 4 | 2]) + struct.pack(">2I", HEIGHT, WIDTH) + (b"" if old else b"\x08")
    return head + body(y, z, HEIGHT // 64, WIDTH // 64)


def factorized(y: bytes) -> bytes:
    head = bytes([0, 0]) + struct.pack(">2I", HEIGHT, WIDTH) + b"\x08"
    return head + struct.pack(">3I", HEIGHT // 16, WIDTH // 16, 1) + struct.pack(">I", len(y)) + y


SEDIC_TEXT = (
    b'name,prompt\nkodim01.png,"lighthouse,rocks.\nwhite with a red roof\n\ngrey and wet\nA lighthouse on rocks."\n'
)


def png() -> bytes:
    stream = io.BytesIO()
    Image.fromarray((RNG.random((SMALL["height"], SMALL["width"])) < 0.01).astype(np.uint8) * 255).save(stream, "PNG")
    return stream.getvalue()


SIZE = {"width": WIDTH, "height": HEIGHT}
SIDES = struct.pack(">2I", HEIGHT, WIDTH)
Y, Z = octets(150), octets(24)
WHOLE = RNG.integers(-3, 4, (1, 256, 32, 48)).astype(np.float32)
SETS = np.sort(RNG.permuted(np.tile(np.arange(64), (6, 1)), axis=1)[:, :5], axis=1)
ARRAYS = {"strings_0": np.frombuffer(Y, np.uint8), "strings_1": np.frombuffer(Z, np.uint8), "shape": np.array([8, 12])}
CODE = huffman(COUNTS.tolist())
DLF = {
    "z_bit_stream": np.frombuffer(Torchac(4096).encode(RNG.integers(0, 4096, 192).tolist()), np.uint8),
    "h_bit_stream": np.frombuffer(octets(300), np.uint8),
    "img_shape": np.array([512, 768]), "feat_shape": np.array([1, 768, 16, 24]), "stack_shape": np.array([2, 3]),
    "token_length": np.array([192]), "z_indices_shape": np.array([6, 12, 1, 32]),
}  # fmt: skip
NORMS = RNG.normal(size=(1, 4)).astype(np.float32)

CASES: dict[str, Case] = {
    **{
        f"perco {side} {alphabet}": Case("perco-sd", ("image",), {"a.pkl": perco(side, alphabet)}, options=SIZE, profile="perco")
        for side, alphabet in ((64, 256), (64, 64), (32, 256), (16, 1024), (8, 1024), (8, 256))
    },
    "perco 8196": Case("perco-sd", ("image",), {"a.pkl": perco_of(zlib.compress(b"x", 9), octets(1665))}, options=SIZE),
    "perco 8196 arrays": Case("perco-sd", ("image",), arrays={"index_string": octets(1665)}, options=SIZE, form="arrays"),
    "perco without a caption": Case("perco-sd", ("image",), {"a.pkl": perco(8, 256, "")}, options=SIZE),
    "perco arrays": Case(
        "perco-sd", ("image",), arrays={"indices": RNG.integers(0, 1024, (1, 8, 8))},
        options={**SIZE, "caption": CAPTION}, settings={"alphabet": 1024, "steps": 20, "guidance": "3.0", "seed": 3_868_512_668_962_463},
        form="arrays", profile="perco",
    ),
    "glc": Case(
        "glc", ("semantic", "detail"), arrays={"index": RNG.integers(0, 16_384, (1, 8, 12)), "y_q": WHOLE},
        options=SIZE, settings={"level": 2}, profile="glc",
    ),
    "dlf": Case("dlf", ("semantic", "detail"), arrays=DLF, options=SIZE, settings={"level": 1}),
    "oscar": Case(
        "oscar", ("semantic", "statistics"), arrays={"indices": RNG.integers(0, 2048, (1, 32, 48)), "A_z": NORMS},
        options=SIZE, settings={"level": 3},
    ),
    "ddcm M 1": Case("ddcm", ("seeds",), {"a.bin": ddcm(999, 1024, 1, 1)}, options=SIZE, settings={"K": 1024, "M": 1, "T": 1000}, profile="ddcm"),
    "ddcm M 3": Case("ddcm", ("seeds", "coefficients"), {"a.bin": ddcm(29, 1000, 3, 3)}, options=SIZE, settings={"K": 1000, "M": 3, "C": 3}),
    "ddcm tiny steps": Case("ddcm", ("seeds",), {"a.bin": ddcm(29, 8, 1, 1)}, options=SIZE, settings={"K": 8, "M": 1, "T": 30}, profile="ddcm"),
    "turbo-ddcm": Case(
        "turbo-ddcm", ("seeds", "coefficients"), {"a.turbo_ddcm": turbo(6, 600, 10)}, options=SIZE, settings_file=turbo_config(600, 10),
    ),
    "turbo-ddcm arrays": Case(
        "turbo-ddcm", ("seeds", "coefficients"), arrays={"indices": SETS, "signs": RNG.integers(0, 2, (6, 5))},
        options=SIZE, settings={"K": 64}, form="arrays",
    ),
    "diffc": Case("diffc", ("seeds",), {"a.diffc": diffc(octets(700))}, settings_file=b"manual_dkl_per_step: null\n"),
    "diffc without a caption": Case("diffc", ("seeds",), {"a.diffc": diffc(octets(70), caption="")}),
    "diffc old": Case("diffc", ("seeds",), {"a.diffc": diffc(octets(700), old=True)}, options=SIZE, form="old-file"),
    "diffc arrays": Case(
        "diffc", ("seeds", "statistics"), arrays={"chunk_seeds": RNG.integers(0, 65_536, 600), "Dkl_per_step": RNG.random(80) * 20},
        options={**SIZE, "caption": CAPTION}, settings={"step_idx": 80}, form="arrays",
    ),
    **{
        f"control-gic mode {mode}": Case(
            "control-gic", labels, control_gic(mode, CODE), options=SMALL, settings={"mode": mode}, settings_file=npy(COUNTS.astype(np.float32))
        )
        for mode, labels in (
            (0, ("partition-coarse", "partition-medium", "semantic-coarse", "semantic-medium", "semantic-fine")),
            (1, ("partition-medium", "semantic-medium", "semantic-fine")),
            (3, ("partition-coarse", "semantic-coarse", "semantic-medium")),
            (4, ("semantic-coarse",)),
        )
    },
    "control-gic without counts": Case(
        "control-gic", ("partition-medium", "semantic-medium", "semantic-fine"), control_gic(1, CODE), options=SMALL, settings={"mode": 1},
    ),
    "diffeic": Case("diffeic", ("hyper", "detail"), {"kodim01": body(Y, Z, 8, 12)}, options=SIZE, settings={"steps": 50, "seed": 231, "sampler": "ddpm"}, profile="diffeic"),
    "stablecodec": Case("stablecodec", ("hyper", "detail"), {"a": body(Y, Z, 2, 3)}, options=SIZE),
    "stablecodec color_fix": Case(
        "stablecodec", ("hyper", "detail", "statistics"), arrays={"y": Y, "z": Z, "shape": [2, 3], "color_fix": RNG.integers(0, 65_536, 6)}, options=SIZE, form="arrays",
    ),
    "resulic": Case("resulic", ("hyper", "detail"), {"a": body(Y, Z, 8, 12)}, options={**SIZE, "caption": CAPTION}, settings={"level": 4}),
    "taco": Case("taco", ("hyper", "image"), {"a.png": SIDES + body(Y, Z, 8, 12)}, options={"caption": CAPTION}),
    "mlic++": Case("mlic++", ("hyper", "image"), {"0": SIDES + body(Y, Z, 8, 12)}),
    "tcm": Case("tcm", ("hyper", "image"), arrays=ARRAYS, options=SIZE),
    "lalic": Case("lalic", ("hyper", "image"), arrays=ARRAYS, options=SIZE),
    "ms-illm": Case(
        "ms-illm", ("hyper", "image"),
        arrays={"latent_strings": np.frombuffer(Y, np.uint8), "hyper_latent_strings": np.frombuffer(Z, np.uint8), "image_size": np.array([512, 768]), "padded_size": np.array([512, 768])},
    ),
    "hific": Case("hific", ("hyper", "image"), {"a.hfc": hific(Y[:148], Z)}),
    "egic": Case("egic", ("hyper", *(f"image-{place}" for place in range(10))), {"a.tfci": egic([octets(9 + place) for place in range(11)])}, options=SIZE),
    "crdr": Case("crdr", ("hyper", "image", "statistics"), {"a.bin": crdr(Y, Z)}),
    "crdr single": Case("crdr", ("hyper", "image", "statistics"), {"a.bin": crdr(Y, Z, multi=False)}),
    "cdc": Case("cdc", ("image", "hyper"), arrays={"q_latent": WHOLE, "q_hyper_latent": WHOLE[:, :, :8, :12]}, options=SIZE, settings={"steps": 65}),
    "dcvc": Case("dcvc-intra", ("image",), {"a.bin": dcvc(Y)}),
    "dcvc long": Case("dcvc-intra", ("image", "private-coding"), {"a.bin": dcvc(octets(17_000), coding=5)}),
    "dcvc 2021": Case("dcvc-intra", ("hyper", "detail"), {"a.bin": struct.pack(">4I", HEIGHT, WIDTH, len(Y), len(Z)) + Y + Z}),
    "pics": Case("pics", ("sketch", "seeds"), {"0_caption.yaml": pics(Y, Z)}, options=SIZE, settings={"quality": 1, "index": 2, "candidates": 4}, profile="pics", exact=False),
    "sedic": Case(
        "sedic", ("image",), {"a.csv": SEDIC_TEXT, "mask0.png": png(), "mask1.png": png()}, {"strings_0": Y, "strings_1": Z, "shape": [1, 2]}, options=SMALL,
        settings={"quality": 1}, profile="sedic", exact=False,
    ),
    "sedic without an image": Case("sedic", (), {"a.csv": SEDIC_TEXT, "mask0.png": png(), "mask1.png": png()}, options=SMALL, exact=False),
    "cfte": Case("cfte", ("points",), {"frame0001.bin": octets(12)}, options={"width": 256, "height": 256}),
    "cfte arrays": Case("cfte", ("points",), arrays={"value": RNG.integers(-9, 9, (1, 16))}, options={"width": 256, "height": 256}),
    "compressai": Case("compressai", ("image",), {"a.bin": compressai(Y, Z)}),
    "compressai old": Case("compressai", ("image",), {"a.bin": compressai(Y, Z, old=True)}, form="old-file"),
    "compressai one string": Case("compressai", ("image",), {"a.bin": factorized(Y)}),
    "compressai arrays": Case(
        "compressai", ("image",), arrays=ARRAYS, options=SIZE, settings={"architecture": "mbt2018", "quality": 3, "metric": "mse", "digest": "0123456789abcdef"}, form="arrays",
    ),
}  # fmt: skip
FILES = {name: case for name, case in CASES.items() if case.files}
