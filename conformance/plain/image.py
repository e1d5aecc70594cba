"""Clauses 8, 17 and 18: the image; clause 19 is `codestream`."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

from conformance.plain import coder, codestream
from conformance.plain.bits import Bits, Broken, TooMuch, first_difference
from conformance.plain.tables import table
from conformance.plain_grid import PlainGrid, PlainModel
from conformance.plain_latents import PlainLatents

Found = tuple[dict[str, Any], list[tuple[str, int]]]
Size = tuple[int, int]  # width, height
MAX_GRID_CELLS = 2**18
MAX_STRING_POSITIONS = 2**20
MOST = 2**14  # cells or places that this decoder does not refuse as too many
MAX_LATENT_PLACES, PLACE = 2**16, 32
# Name, number of strings, pixels (clause 18.1).
ARCHITECTURES = {
    1: ("bmshj2018-factorized", 1, 16),
    2: ("bmshj2018-hyperprior", 2, 64),
    3: ("mbt2018-mean", 2, 64),
    4: ("mbt2018", 2, 64),
    5: ("cheng2020-anchor", 2, 64),
    6: ("cheng2020-attn", 2, 64),
    14: ("private-14", 1, 16),
    15: ("private-15", 2, 64),
}


def decode(bits: Bits, method: int, picture: Size) -> Found:
    """The image of a payload."""
    return {0: _grid, 1: _latents, 2: _strings, 3: codestream.decode}[method](bits, picture)


def _grid(bits: Bits, picture: Size) -> Found:
    """Clause 8."""
    columns, rows, colour, depth, block = _grid_header(bits, picture)
    if columns * rows > MOST:
        raise TooMuch(f"{columns * rows} cells")
    begin, codeword = bits.place, bits.rest()
    names = ("green", "red", "blue") if colour else ("grey",)
    positions: dict[int, int] = {}
    decoder = PlainGrid(_grid_model(), codeword, lambda seen: positions.update({seen["plane"]: seen["position"]}))
    try:
        planes = decoder.decode(rows, columns, len(names), depth)
    except ValueError:
        raise Broken("MISC-ENT-001", begin, "image/codeword") from None
    again = coder.decoded(codeword, *decoder.state)
    if again != codeword:
        raise Broken("MISC-CON-018", begin + first_difference(codeword, again), "image")
    ordered = (planes[1], planes[0], planes[2]) if colour else (planes[0],)  # red, green, blue
    samples = bytes(plane[y][x] for y in range(rows) for x in range(columns) for plane in ordered)
    found = {"columns": columns, "rows": rows, "planes": len(names), "sha256": hashlib.sha256(samples).hexdigest()}
    marks = [(name, positions[number]) for number, name in enumerate(names)]
    return {**found, "depth": depth, "block": block}, coder.shares(marks, len(codeword))


def _grid_header(bits: Bits, picture: Size) -> tuple[int, int, int, int, int]:
    """Clause 8.1: columns, rows, colour, depth, block size or 0."""
    start = bits.place
    layout = bits.u(1, "image/layout")
    colour = bits.u(2, "image/colour")
    if colour > 1:
        raise Broken("MISC-IMG-001", start + 1, "image/colour")
    depth = bits.u(3, "image/depth_minus_1") + 1
    bits.f(2, 0, "image/reserved")
    block = 0
    places = [bits.place]
    if layout:
        block = bits.v("image/block_size_minus_1") + 1
        if block > max(picture):
            raise Broken("MISC-IMG-005", places[0], "image/block_size_minus_1")
        columns, rows = (-(-side // block) for side in picture)
    else:
        columns = bits.v("image/grid_width_minus_1") + 1
        places.append(bits.place)
        rows = bits.v("image/grid_height_minus_1") + 1
        for name, place, side, most in zip(("width", "height"), places, (columns, rows), picture, strict=True):
            if side > most:
                raise Broken("MISC-IMG-004", place, f"image/grid_{name}_minus_1")
    if columns * rows > MAX_GRID_CELLS:
        raise Broken("MISC-IMG-002", start, "image")
    return columns, rows, colour, depth, block


@cache
def _grid_model() -> PlainModel:
    return PlainModel(table("grid-context-1.bin"))


def _latents(bits: Bits, picture: Size) -> Found:
    """Clause 17.2."""
    start = bits.place
    grey = bits.u(1, "image/grey_picture")
    quality = bits.u(7, "image/quality")
    if -(-picture[0] // PLACE) * -(-picture[1] // PLACE) > MAX_LATENT_PLACES:
        raise Broken("MISC-LAT-001", start, "image")
    if -(-picture[0] // PLACE) * -(-picture[1] // PLACE) > MOST:
        raise TooMuch(f"latents of {picture[0]} x {picture[1]} pixels")
    begin, codeword = bits.place, bits.rest()
    decoder = _Latents(table("latents-1.bin"), bits.data[start // 8 : bits.end // 8], *picture)
    try:
        found = decoder.decode()
    except ValueError:
        raise Broken("MISC-ENT-001", begin, "image/codeword") from None
    again = coder.decoded(codeword, decoder.difference, decoder.range, decoder.words)
    if again != codeword:
        raise Broken("MISC-CON-018", begin + first_difference(codeword, again), "image")
    marks = [("z", decoder.positions[0]), ("y", decoder.positions[-1])]
    symbols = {"quality": quality, "grey": bool(grey), "y": _numbers(found.y), "z": _numbers(found.z)}
    return symbols, coder.shares(marks, len(codeword))


def _numbers(values: Any) -> dict[str, Any]:
    """Sizes, and the digest of the values as four bytes each."""
    rows, columns, channels = values.shape
    digest = hashlib.sha256(values.astype("<i4").tobytes()).hexdigest()
    return {"columns": columns, "rows": rows, "planes": channels, "sha256": digest}


class _Latents(PlainLatents):
    """Clauses 17.3 to 17.7, with the position behind each part."""

    def __init__(self, model: bytes, payload: bytes, width: int, height: int) -> None:
        super().__init__(model, payload, width, height)
        self.positions: list[int] = []

    def _values(self, scales: Any) -> Any:
        found = super()._values(scales)
        self.positions.append(coder.position(self.range, self.words))
        return found


def _strings(bits: Bits, picture: Size) -> Found:
    """Clauses 18.1 and 18.2."""
    start = bits.place
    architecture = bits.u(4, "image/architecture")
    if architecture not in ARCHITECTURES:
        raise Broken("MISC-CAI-001", start, "image/architecture")
    name, count, pixels = ARCHITECTURES[architecture]
    metric = bits.u(1, "image/metric")
    quality = bits.u(3, "image/quality_minus_1") + 1
    own = bits.u(1, "image/own_weights")
    explicit = bits.u(1, "image/explicit_shape")
    z_place, length = bits.place, 0
    if count == 1:
        bits.f(6, 0, "image/reserved")
    else:
        length = bits.u(6, "image/z_length")
        if length == 63:
            length += bits.v("image/z_length_extra")
    digest = {"digest": f"{bits.u(64, 'image/weights_digest'):016x}"} if own else {}
    shape = _shape(bits, picture, pixels) if explicit else _covering(picture, 64, pixels)
    if explicit and shape == _covering(picture, 64, pixels):
        raise Broken("MISC-CAI-002", start + 9, "image/explicit_shape")
    if shape[0] * shape[1] * (pixels // 16) ** 2 > MAX_STRING_POSITIONS:
        raise Broken("MISC-CAI-004", start, "image")
    if length > bits.left // 8:
        raise Broken("MISC-CON-007", z_place, "image/z_length")
    z, y = bits.octets(length), bits.rest()
    found: dict[str, Any] = {
        "architecture": name,
        "strings": [string.hex() for string in (y, z)[:count]],
        "shape": list(shape),
    }
    found |= {"quality": quality, "metric": ("mse", "ms-ssim")[metric], **digest}
    return found, [(path, 8 * len(part)) for path, part in (("z", z), ("y", y))[2 - count :]]


def _shape(bits: Bits, picture: Size, pixels: int) -> tuple[int, int]:
    found = []
    for name, most in zip(("rows", "columns"), _covering(picture, 256, pixels), strict=True):
        place = bits.place
        found.append(bits.v(f"image/{name}_minus_1") + 1)
        if found[-1] > most:
            raise Broken("MISC-CAI-003", place, f"image/{name}_minus_1")
    return found[0], found[1]


def _covering(picture: Size, multiple: int, pixels: int) -> tuple[int, int]:
    """Clause 18.2: rows and columns."""
    width, height = picture
    return -(-height // multiple) * multiple // pixels, -(-width // multiple) * multiple // pixels
