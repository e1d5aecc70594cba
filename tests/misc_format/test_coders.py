"""Each coder against the independent decoders, its golden bytes, and its limits."""

from __future__ import annotations

import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.plain import maps as plain_maps
from conformance.plain import rangecoder as plain
from conformance.plain import text as plain_text
from conformance.plain.bits import Bits
from conformance.plain.grid import GridDecoder, GridModel, Plane, grid_model
from misc_format import Grid, Item, Maps, MiscError, Stream, Text, read, tables, write
from misc_format.coders.image import grid as image_grid
from misc_format.coders.image.gridmodel import model as gridmodel
from misc_format.coders.maps import jbig2 as maps_jbig2
from misc_format.coders.maps import packed as maps_packed
from misc_format.coders.maps import runlength as maps_runlength
from misc_format.coders.text import huffman as text_huffman
from misc_format.coders.text import raw as text_raw
from misc_format.coders.text.fields import coded
from misc_format.components import Size
from misc_format.entropy import rangecoder
from misc_format.pictures import load
from misc_format.structure.bits import BitReader, BitWriter
from misc_format.structure.container import Framed, write_structure
from misc_format.tables import load_bytes, load_rows
from misc_format.testing import grids, maps, texts
from reference_codec.images.grid import stretch

PICTURE = Size(96, 64)
TOTAL = 1 << 24
DEMO = Path(__file__).parents[2] / "examples" / "coffee.misc"


def bits_of(data: bytes) -> str:
    return "".join(f"{byte:08b}" for byte in data)


# Range coder


@st.composite
def frequencies(draw: st.DrawFn) -> list[int]:
    """Tables from even to extreme, each with the sum 2^24."""
    count = draw(st.integers(2, 12))
    weights = draw(st.lists(st.integers(0, 2 ** draw(st.integers(1, 40))), min_size=count, max_size=count))
    found = [1 + weight * (TOTAL - count) // max(sum(weights), 1) for weight in weights]
    found[draw(st.integers(0, count - 1))] += TOTAL - sum(found)
    return found


@st.composite
def messages(draw: st.DrawFn) -> list[tuple[list[int], int]]:
    choices = draw(st.lists(frequencies(), min_size=1, max_size=4))
    return draw(
        st.lists(
            st.sampled_from(choices).flatmap(lambda f: st.tuples(st.just(f), st.integers(0, len(f) - 1))), max_size=80
        )
    )


@settings(max_examples=300)
@given(messages())
def test_range_coder_equals_the_independent_one(message: list[tuple[list[int], int]]) -> None:
    ours, theirs = rangecoder.Encoder(), plain.RangeEncoder()
    positions = [0]
    for table, symbol in message:
        ours.encode(symbol, rangecoder.model(table))
        theirs.encode(table, symbol)
        assert ours.position == theirs.position >= positions[-1]
        positions.append(ours.position)
    codeword = ours.codeword()
    assert codeword == theirs.codeword()
    decoder, slow = rangecoder.Decoder(BitReader(codeword)), plain.RangeDecoder(codeword)
    for table, symbol in message:
        assert decoder.decode(rangecoder.model(table)) == slow.decode(table) == symbol
    assert 8 * len(codeword) <= ours.information + 8.1


@settings(max_examples=300)
@given(st.binary(max_size=24), st.lists(frequencies(), min_size=1, max_size=20))
def test_any_bytes_decode_alike_or_fail_alike(codeword: bytes, tables_: list[list[int]]) -> None:
    decoder, slow = rangecoder.Decoder(BitReader(codeword)), plain.RangeDecoder(codeword)
    for table in tables_:
        try:
            wanted: int | None = slow.decode(table)
        except plain.NoSymbol:
            wanted = None
        if wanted is None:
            with pytest.raises(MiscError, match="MISC-ENT-001"):
                decoder.decode(rangecoder.model(table))
            return
        assert decoder.decode(rangecoder.model(table)) == wanted


def test_ending_costs_less_than_three_bits_on_average() -> None:
    rng = np.random.default_rng(1)
    costs = []
    for _ in range(400):
        encoder = rangecoder.Encoder()
        model = rangecoder.model([1 + int(x) for x in rng.multinomial(2**24 - 8, rng.dirichlet(np.ones(8)))])
        for symbol in rng.choice(8, 30, p=model.frequencies / 2**24):
            encoder.encode(int(symbol), model)
        costs.append(8 * len(encoder.codeword()) - encoder.information)
    assert max(costs) <= 8.1 and 1.5 < float(np.mean(costs)) < 3


@pytest.mark.parametrize("table", [[2**24], [2**24, 0], [2**23, 2**23 + 1], []])
def test_a_table_that_is_no_model_is_refused(table: list[int]) -> None:
    with pytest.raises(ValueError, match="2\\^24"):
        rangecoder.model(table)


# Text


def test_huffman_table_is_a_complete_prefix_code_that_padding_cannot_end() -> None:
    book = text_huffman.codebook()
    used = {symbol: length for symbol, length in enumerate(book.lengths) if length}
    assert sum(2.0**-length for length in used.values()) == 1
    assert set(range(256)) - set(used) == {0xC0, 0xC1, *range(0xF5, 0xFF)}
    codes = plain_text.codes()
    assert {(length, book.codes[symbol]): symbol for symbol, length in used.items()} == codes
    [zeros] = [length for length, code in codes if code == 0]
    assert zeros == book.max_length > 8


@given(texts())
def test_huffman_is_read_bit_by_bit_to_the_text_bytes(text: Text) -> None:
    codes = {f"{code:0{length}b}": value for (length, code), value in plain_text.codes().items()}
    bits = bits_of(text_huffman.encode(text, PICTURE))
    found, code = bytearray(), ""
    for bit in bits:
        code += bit
        if code in codes:
            found.append(codes[code])
            code = ""
    assert found == text_raw.encode(text, PICTURE)
    assert len(code) < 8 and "1" not in code


def test_golden_text() -> None:
    text = Text("A red cup.", (Item("cup", "rote Tasse ☕"),))
    assert text_raw.encode(text, PICTURE) == b"A red cup.\xffcup\xffrote Tasse \xe2\x98\x95"
    assert text_huffman.encode(text, PICTURE).hex() == GOLDEN_TEXT


GOLDEN_TEXT = "04d3cd8a40e141ca40e0f317f02ad57c03900b601600"


@given(texts())
def test_price_of_text_is_its_length(text: Text) -> None:
    for coder in (text_raw, text_huffman):
        shares = coder.split_bits(text, PICTURE)
        assert sum(share.bits for share in shares) == 8 * len(coder.encode(text, PICTURE))
        assert [share.value for share in shares if share.path != "padding"] == [field.value for field in coded(text)]


# Maps


@given(maps(PICTURE))
def test_run_lengths_are_read_bit_by_bit_to_the_maps(content: Maps) -> None:
    payload = maps_runlength.encode(content, PICTURE)
    reader = BitReader(payload)
    from misc_format.coders.maps import sizes as mapsizes

    sizes = mapsizes.read(reader, PICTURE)
    bits = Bits(payload, reader.position, 8 * len(payload))
    for grid, size in zip(content.maps, sizes, strict=True):
        assert (size.height, size.width) == grid.shape
        assert plain_maps.runlength_map(bits, size.width, size.height, "maps") == grid.tobytes()
    assert bits.left < 8 and bits.number(bits.left) == 0


@given(maps(PICTURE))
def test_price_of_maps_is_their_length(content: Maps) -> None:
    for coder in (maps_packed, maps_runlength, maps_jbig2):
        payload = coder.encode(content, PICTURE)
        leaves: list = []
        assert coder.decode(BitReader(payload, path="maps", leaves=leaves), PICTURE) == content
        declared = sum(leaf.bit_length for leaf in leaves)
        assert declared + sum(share.bits for share in coder.split_bits(content, PICTURE)) == 8 * len(payload)


@pytest.mark.parametrize("coder", [maps_packed, maps_runlength, maps_jbig2])
def test_what_is_true_is_set_whatever_its_byte(coder: ModuleType) -> None:
    strange = np.arange(256, dtype=np.uint8).reshape(16, 16)  # Pillow's own bool arrays have 255
    maps_ = Maps((strange.view(np.bool_),))
    assert coder.decode(BitReader(coder.encode(maps_, PICTURE)), PICTURE) == Maps((strange > 0,))


@given(maps(PICTURE))
def test_run_lengths_are_priced_as_they_are_written(content: Maps) -> None:
    for grid in content.maps:
        lengths = []
        for k in range(8):
            writer = BitWriter()
            for runs in maps_runlength._runs(grid):
                for run in zip(*(column.tolist() for column in runs), strict=True):
                    maps_runlength._write_run(writer, *run, k)
            lengths.append(len(writer))
        assert maps_runlength._totals(grid).tolist() == lengths


@given(maps(PICTURE))
def test_runs_are_the_same_however_many_at_a_time(content: Maps) -> None:
    whole = maps_runlength.encode(content, PICTURE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(maps_runlength, "BLOCK", 7)
        assert maps_runlength.encode(content, PICTURE) == whole


def test_golden_maps() -> None:
    disc = np.array([[0, 1, 1, 0], [1, 1, 1, 1], [0, 1, 1, 0]], np.bool_)
    assert maps_packed.encode(Maps((disc, ~disc)), PICTURE).hex() == "1e03026f6909"
    assert maps_runlength.encode(Maps((disc,)), PICTURE).hex() == GOLDEN_RUNS


GOLDEN_RUNS = "0e03021b6a70"


@pytest.mark.parametrize(
    "payload", [b"\xf0", b"\x0e\xfe\xff\x03\xfe\xff\x03"], ids=["sixteen of the picture", "explicit"]
)
def test_sizes_are_checked_before_memory_is_taken(payload: bytes) -> None:
    side = 65_535 if len(payload) == 1 else 100
    data = write_structure(side, side, 0, {"maps": Framed(1, payload)}, [])
    read(DEMO.read_bytes())
    tracemalloc.start()
    with pytest.raises(MiscError, match="MISC-MAP-003"):
        read(data)
    assert tracemalloc.get_traced_memory()[1] < 100_000
    tracemalloc.stop()


def chequered(side: int) -> None:
    """As many runs as pixels."""
    even = np.arange(side) % 2 == 0
    maps_runlength.split_bits(Maps((even[:, None] ^ even,)), PICTURE)


def behind_specks(side: int) -> None:
    specks = [np.zeros((1, 1), np.bool_)] * 15
    read(write(Stream(8, 8, maps=Maps((*specks, np.zeros((side, side), np.bool_))), methods={"maps": "context"})))


def latents_without_codeword(side: int) -> None:
    """64 latents for each place of 32 x 32 pixels."""
    read(write_structure(4 * side, 4 * side, 0, {"image": Framed(1, b"\x7f")}, []))


@pytest.mark.parametrize(("work", "most"), [(chequered, 10), (behind_specks, 10), (latents_without_codeword, 24)])
def test_memory_grows_by_few_bytes_a_sample(work: Callable[[int], None], most: int) -> None:
    work(64)
    peaks = []
    for side in (512, 1024):
        tracemalloc.start()
        work(side)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] <= most * (1024**2 - 512**2)


# Grid


def plain_planes(model: GridModel, codeword: bytes, shape: tuple[int, ...], depth: int) -> list[Plane]:
    """The planes of a codeword, as the plain decoder has them."""
    rows, columns, count = shape
    decoder = GridDecoder(model, codeword, columns, rows, depth)
    return [decoder.plane() for _ in range(count)]


CASES = st.tuples(st.integers(1, 12), st.integers(1, 12)).flatmap(
    lambda pair: grids(Size(*pair)).map(lambda grid: (Size(*pair), grid))
)


@settings(max_examples=40, deadline=None)
@given(CASES)
def test_grid_equals_the_independent_decoder(case: tuple[Size, Grid]) -> None:
    picture, grid = case
    payload = image_grid.encode(grid, picture)
    reader = BitReader(payload, path="image", leaves=[])
    assert image_grid.decode(reader, picture) == grid
    reader = BitReader(payload, path="image")
    image_grid.read_header(reader, picture)
    start = reader.position // 8
    rows, columns = grid.samples.shape[:2]
    planes = grid.samples.reshape(rows, columns, -1)
    decoded = plain_planes(grid_model(), payload[start:], planes.shape, grid.depth)
    order = (1, 0, 2) if planes.shape[2] == 3 else (0,)
    assert decoded == [planes[..., channel].tolist() for channel in order]
    shares = image_grid.split_bits(grid, picture)
    assert 8 * start + sum(share.bits for share in shares) == 8 * len(payload)
    assert [share.path for share in shares] == [
        *(("green", "red", "blue") if len(order) == 3 else ("grey",)),
        "padding",
    ]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=40), st.integers(1, 8), st.booleans())
def test_any_codeword_of_a_grid_ends_in_samples_or_one_rule(codeword: bytes, depth: int, grey: bool) -> None:
    payload = bytes([(not grey) << 5 | depth - 1 << 2, 3, 2]) + codeword
    try:
        grid = image_grid.decode(BitReader(payload), PICTURE)
    except MiscError as error:
        assert error.rule == "MISC-ENT-001"
        return
    assert grid.samples.shape[:2] == (3, 4)
    assert int(grid.samples.max()) >> depth == 0
    assert image_grid.decode(BitReader(image_grid.encode(grid, PICTURE)), PICTURE) == grid


def test_extreme_weights_stay_exact() -> None:
    """Sums of the network at their bounds, all levels at the ends: as the independent decoder, which knows no bounds."""
    arrays = dict(gridmodel.Model.parse(load_bytes(image_grid.MODEL)).arrays)
    for key, values in arrays.items():
        if key.endswith("_bias"):
            arrays[key] = np.zeros_like(values)
        elif "/" in key:
            most = ((1 << 31) - 1) // (gridmodel.LAYERS[key.partition("/")[2]] * len(values))
            signs = np.where(np.indices(values.shape).sum(0) % 3 == 0, -1, 1)
            arrays[key] = signs * min(most, 32767)
    data = gridmodel.Model.build(gridmodel.Model.sizes_of(arrays), arrays)
    grid = Grid(np.random.default_rng(1).choice([0, 255], (9, 7, 3)).astype(np.uint8))
    payload = image_grid.encode_under(grid, PICTURE, gridmodel.Model.parse(data))
    decoded = plain_planes(GridModel(data), payload[3:], grid.samples.shape, 8)
    assert decoded == [grid.samples[..., channel].tolist() for channel in (1, 0, 2)]


def test_the_grid_model_is_built_again_from_its_arrays() -> None:
    data = load_bytes(image_grid.MODEL)
    model = gridmodel.Model.parse(data)
    assert zlib.decompress(gridmodel.Model.build(model.sizes, model.arrays)) == zlib.decompress(data)
    assert len(data) <= 150_000


@pytest.mark.parametrize(
    ("key", "value"),
    [("0/first", 32_767), ("1/second_bias", (1 << 31) - 1), ("2/third", -32_768), ("logistic", 0), ("exp2", 65_537)],
)
def test_grid_models_out_of_bounds_are_refused(key: str, value: int) -> None:
    arrays = dict(gridmodel.Model.parse(load_bytes(image_grid.MODEL)).arrays)
    arrays[key] = np.full_like(arrays[key], value)
    with pytest.raises(tables.TableError, match="out of bounds"):
        gridmodel.Model.parse(gridmodel.Model.build(gridmodel.Model.sizes_of(arrays), arrays))


def test_a_logistic_that_falls_is_refused() -> None:
    arrays = dict(gridmodel.Model.parse(load_bytes(image_grid.MODEL)).arrays)
    arrays["logistic"] = arrays["logistic"][::-1]
    with pytest.raises(tables.TableError, match="out of bounds"):
        gridmodel.Model.parse(gridmodel.Model.build(gridmodel.Model.sizes_of(arrays), arrays))


def test_a_grid_of_a_photo_is_far_below_packed_bits() -> None:
    """Measured 0.5; packed bits are 1."""
    photo = load(Path(__file__).parents[2] / "examples" / "coffee.png").samples
    grid = stretch(photo, Size(16, 16), 6)
    assert 8 * len(image_grid.encode(grid, Size(photo.shape[1], photo.shape[0]))) < 0.6 * 6 * grid.samples.size


def test_golden_grid() -> None:
    y, x = np.mgrid[0:4, 0:5]
    grid = Grid(np.stack([5 * x, 3 * y + x, 20 - x * y], -1).astype(np.uint8), 5)
    assert image_grid.encode(grid, PICTURE).hex() == GOLDEN_GRID


GOLDEN_GRID = "3004030bf8591973e92bc07871e5d1308563d7d9c1ad4a591187d76274a5"


@pytest.mark.parametrize(
    "grid, rule",
    [
        (Grid(np.zeros((2, 2, 4), np.uint8)), "MISC-IMG-001"),
        (Grid(np.zeros((2, 2), np.uint8), 9), "MISC-IMG-001"),
        (Grid(np.full((2, 2), 16, np.uint8), 4), "MISC-IMG-003"),
        (Grid(np.zeros((65, 2), np.uint8)), "MISC-IMG-004"),
        (Grid(np.zeros((2, 2), np.uint8), 8, 32), "MISC-IMG-005"),
        (Grid(np.zeros((1, 1), np.uint8), 8, 97), "MISC-IMG-005"),
    ],
)
def test_a_grid_that_no_file_can_have_is_refused(grid: Grid, rule: str) -> None:
    with pytest.raises(MiscError, match=rule):
        image_grid.encode(grid, PICTURE)


# Tables


@pytest.mark.parametrize("name", tables.DIGESTS)
def test_an_altered_or_missing_table_is_not_used(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tables.load_rows.cache_clear()
    monkeypatch.setitem(tables.DIGESTS, name, "0" * 64)
    with pytest.raises(tables.TableError, match=name):
        load_rows(name)
    monkeypatch.setitem(tables.DIGESTS, "nothing.csv", "0" * 64)
    with pytest.raises(tables.TableError, match="install the package again"):
        load_rows("nothing.csv")
    tables.load_rows.cache_clear()
