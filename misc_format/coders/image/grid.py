"""The quantised pixel grid (clause 8): the small pictures of MISC (equation 5), and the 64 x 64 blocks of CMC-Bench.

Green, red and blue are range coded one after the other. A normative integer network gives the distribution of each sample from the
samples around it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from misc_format import limits
from misc_format.coders import Coder, ContentForm, Opened, opened
from misc_format.coders.folderform import Files, FolderForm, Key, number_in
from misc_format.coders.image.levels import dequantise, quantise, smallest_depth
from misc_format.coders.symbols import array_symbols
from misc_format.components import Grid, Samples, Size
from misc_format.errors import MiscError
from misc_format.structure.bits import BitReader, BitWriter, Share
from misc_format.structure.grammar import Field, Syntax, build, parse
from misc_format.structure.steps import CODEWORD, Step, check, fields, let

if TYPE_CHECKING:  # numba takes a while to import
    from misc_format.coders.image.gridmodel.model import Model
    from misc_format.entropy.stepcoder import Coder as StepCoder
    from misc_format.entropy.stepcoder import Decoder, Encoder

MODEL = "grid-context-1.bin"
GREY, RGB = 0, 1
Planes = tuple[tuple[int, str], ...]
# Channels of the samples in coding order, with their names.
PLANES: dict[int, Planes] = {GREY: ((0, "grey"),), RGB: ((1, "green"), (0, "red"), (2, "blue"))}

GRID_HEADER = Syntax(
    "grid_header",
    "8.1",
    "Grid",
    (
        Field("layout", "u", 1, "0: stretched over the picture; 1: blocks"),
        Field("colour", "u", 2, "0: grey; 1: RGB; others: reject", allowed=(GREY, RGB), rule="MISC-IMG-001"),
        Field("depth_minus_1", "u", 3, "bits per sample - 1"),
        Field("reserved", "f", 2, "0", recover=True),
        Field("grid_width_minus_1", "v", 0, "columns - 1", when=("layout", (0,))),
        Field("grid_height_minus_1", "v", 0, "rows - 1", when=("layout", (0,))),
        Field("block_size_minus_1", "v", 0, "pixels on a side of a block - 1", when=("layout", (1,))),
    ),
)


def grid_size(picture: Size, block: int) -> Size:
    """The columns and rows of blocks that cover the picture."""
    return Size(-(-picture.width // block), -(-picture.height // block))


def encode(content: Grid, picture: Size) -> bytes:
    return encode_under(content, picture, _shipped())


def encode_under(content: Grid, picture: Size, model: Model) -> bytes:
    """The payload under any model."""
    writer = _write_header(content, picture)
    writer.octets(_encode_planes(content, model).codeword())
    return writer.to_bytes()


def decode(reader: BitReader, picture: Size) -> Grid:
    return _decoded(reader, picture)[0]


def open_payload(reader: BitReader, picture: Size) -> Opened:
    """The canonical codeword is known without encoding again, if it is the one that was decoded."""
    content, coder = _decoded(reader, picture)
    return opened(
        content,
        coder,
        lambda: _write_header(content, picture).to_bytes(),
        partial(_encode_planes, content, _shipped()),
    )


def _decoded(reader: BitReader, picture: Size) -> tuple[Grid, Decoder]:
    from misc_format.entropy.stepcoder import Decoder

    size, colour, depth, block = read_header(reader, picture)
    reader.path = "image/codeword"
    start = reader.position
    planes = PLANES[colour]
    samples = np.zeros((size.height, size.width, len(planes)), np.uint8)
    coder = Decoder(reader.rest())
    if not _code(coder, samples, depth, planes, _shipped()):
        reader.fail("MISC-ENT-001", "the codeword fits no symbol", bit_offset=start)
    return Grid(samples if colour == RGB else samples[..., 0], depth, block), coder


def split_bits(content: Grid, picture: Size) -> list[Share]:
    return _encode_planes(content, _shipped()).shares()


def _shipped() -> Model:
    from misc_format.coders.image.gridmodel.model import Model

    return Model.shipped(MODEL)


def _encode_planes(content: Grid, model: Model) -> Encoder:
    from misc_format.entropy.stepcoder import Encoder

    samples = content.samples
    planes = PLANES[GREY if samples.ndim == 2 else RGB]
    encoder = Encoder()
    _code(encoder, samples.reshape(*samples.shape[:2], len(planes)), content.depth, planes, model)
    return encoder


def _code(coder: StepCoder, samples: Samples, depth: int, planes: Planes, model: Model) -> bool:
    """Code all planes. Returns False if the codeword fits no symbol.

    `samples` (rows, columns, planes) are read by an encoder and filled by a decoder.
    """
    from misc_format.coders.image.gridmodel.network import workspace
    from misc_format.coders.image.gridmodel.plane import walk

    values = np.zeros((len(planes), *samples.shape[:2]), np.int32)
    errors, sums = np.zeros_like(values), np.zeros((len(planes), 3), np.int64)
    for plane, (channel, name) in enumerate(planes):
        levels = np.ascontiguousarray(samples[..., channel])
        weights = model.weights[plane]
        coder.reserve(levels.size)
        if not walk(
            levels, depth, plane, values, errors, sums,
            weights, workspace(weights), coder.state, coder.words, coder.decoding, coder.cost,
        ):  # fmt: skip
            return False
        if coder.decoding:
            samples[..., channel] = levels
        coder.mark(name)
    return True


def _write_header(content: Grid, picture: Size) -> BitWriter:
    samples = content.samples
    rows, columns = samples.shape[:2]
    size = Size(columns, rows)
    if samples.ndim not in (2, 3) or samples.shape[2:] not in ((), (3,)) or not 1 <= content.depth <= 8:
        raise MiscError(
            "MISC-IMG-001",
            f"a grid of shape {samples.shape} and depth {content.depth} is neither grey nor RGB",
            path="image",
        )
    for rule, field, message in _misfits(size, content.block, picture):
        raise MiscError(rule, message, path=field)
    if content.block and grid_size(picture, content.block) != size:
        raise MiscError(
            "MISC-IMG-005", f"{columns}x{rows} blocks of {content.block} do not just cover the picture", path="image"
        )
    if samples.max() >> content.depth:
        raise MiscError("MISC-IMG-003", f"a sample is outside {content.depth} bits", path="image")
    values = {
        "layout": int(content.block > 0),
        "colour": GREY if samples.ndim == 2 else RGB,
        "depth_minus_1": content.depth - 1,
        "grid_width_minus_1": columns - 1,
        "grid_height_minus_1": rows - 1,
        "block_size_minus_1": content.block - 1,
    }
    writer = BitWriter()
    build(GRID_HEADER, writer, values)
    return writer


def read_header(reader: BitReader, picture: Size) -> tuple[Size, int, int, int]:
    """The size of the grid, and its colour, depth and block (0: stretched), from the fields of a payload; raises `MiscError`."""
    start = reader.position
    values = parse(GRID_HEADER, reader, prefix="image/")
    block = values["block_size_minus_1"] + 1 if values["layout"] else 0
    size = grid_size(picture, block) if block else Size(*(values[f"grid_{side}_minus_1"] + 1 for side in Size._fields))
    for rule, path, message in _misfits(size, block, picture):
        if path == "image":  # too many cells to be decoded
            reader.fail(rule, message, path=path, bit_offset=start)
        reader.flaw(rule, message, path=path)
    return size, values["colour"], values["depth_minus_1"] + 1, block


def _misfits(size: Size, block: int, picture: Size) -> Iterator[tuple[str, str, str]]:
    """The rule, the path of the field and the message for each limit that a grid of this size breaks."""
    if block > max(picture):
        yield "MISC-IMG-005", "image/block_size_minus_1", f"a block of {block} pixels is larger than the picture"
    for side, cells, pixels in zip(Size._fields, size, picture, strict=True):
        if cells > pixels:
            yield "MISC-IMG-004", f"image/grid_{side}_minus_1", f"the grid's {side} is {cells}, the picture's {pixels}"
    if size.width * size.height > limits.MAX_GRID_CELLS:
        yield "MISC-IMG-002", "image", f"the grid has {size.width * size.height:,} cells"


FILE = "image.png"
KEYS = (
    Key(
        "depth",
        "1 to 8",
        "bits per sample; the smallest depth that gives the picture's samples if left out",
        number_in(1, 8),
    ),
    Key(
        "block",
        "0 to 65,535",
        "pixels of the original on a side of a cell; 0 or left out: stretched over the picture",
        number_in(0, limits.MAX_SIDE),
    ),
)


def _read(files: Files) -> Grid:
    picture, options = files.values[FILE], files.options
    if picture.mode not in ("1", "L", "RGB"):
        raise MiscError("MISC-PCK-003", f"a grid is grey or RGB with 8 bits per sample, not {picture.mode}", path=FILE)
    samples = picture.grey() if picture.mode == "1" else picture.samples
    depth = options.get("depth", smallest_depth(samples))
    levels = quantise(samples, depth)
    if not np.array_equal(dequantise(levels, depth), samples):
        raise MiscError("MISC-PCK-003", f"its samples are not levels of {depth} bits; leave out depth", path=FILE)
    return Grid(levels, depth, options.get("block", 0))


def _write(content: Grid) -> Files:
    samples = dequantise(content.samples, content.depth)
    return Files({FILE: samples}, {"depth": content.depth, "block": content.block})


def _symbols(content: Grid) -> dict[str, Any]:
    return {**array_symbols(content.samples), "depth": content.depth, "block": content.block}


FORM = ContentForm(
    Grid,
    FolderForm(
        _read,
        _write,
        files=(FILE,),
        one_file=True,
        section="grid",
        section_meaning=f"how {FILE} is meant, see below",
        keys=KEYS,
    ),
    _symbols,
    lambda content: {FILE: content.samples},
)


def _cells(side: str) -> Step:
    """The cells along a side of the picture."""
    return let(f"{side}_cells", ["if", "block", ["ceil", side, "block"], ["+", f"grid_{side}_minus_1", 1]])


STEPS = [
    fields(GRID_HEADER),
    let("block", ["if", "layout", ["+", "block_size_minus_1", 1], 0]),
    _cells("width"),
    _cells("height"),
    check("MISC-IMG-005", [">", "block", ["max", "width", "height"]], "block_size_minus_1", stop=False),
    check("MISC-IMG-004", [">", "width_cells", "width"], "grid_width_minus_1", stop=False),
    check("MISC-IMG-004", [">", "height_cells", "height"], "grid_height_minus_1", stop=False),
    check("MISC-IMG-002", [">", ["*", "width_cells", "height_cells"], "MAX_GRID_CELLS"]),
    CODEWORD,
]

CODER = Coder(
    FORM, encode, decode, split_bits,
    {"image/": GRID_HEADER}, rule_families=("IMG", "ENT"), open_payload=open_payload, steps=STEPS,
)  # fmt: skip
