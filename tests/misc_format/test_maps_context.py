"""Maps under the map model: against an evaluation in plain integers, its file, its coder, and any bytes."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from conformance.authoring import users_files
from conformance.plain import bits
from conformance.plain import mapmodel as plain
from conformance.suite import FOLDER as VECTORS
from conformance.suite import MANIFEST
from misc_format import Maps, MiscError, Stream, account, read, tables, write
from misc_format.coders.maps import context as maps_context
from misc_format.coders.maps import jbig2 as maps_jbig2
from misc_format.coders.maps import ragged as maps_ragged
from misc_format.coders.maps.mapmodel import fine, scale
from misc_format.coders.maps.mapmodel import model as mapmodel
from misc_format.components import Size
from misc_format.entropy import rangesteps
from misc_format.entropy.rangecoder import shortest
from misc_format.registry import METHOD_BY_NAME
from misc_format.structure.bits import BitReader
from misc_format.structure.container import read_structure
from misc_format.tables import TableError
from tests.sweeps import has_large_context_maps

MODEL = files(tables).joinpath(maps_context.MODEL).read_bytes()
SMALL_VECTORS_IN_CONTEXT = [  # tests/conformance/test_plain.py decodes the large ones
    entry
    for entry in json.loads(MANIFEST.read_text(encoding="utf-8"))
    if entry["verdict"] == "conforming"
    and entry["symbols"]["methods"].get("maps") in ("context", "ragged")
    and not has_large_context_maps(entry)
]
small_maps = st.tuples(st.integers(1, 20), st.integers(1, 20), st.integers(1, 4)).flatmap(
    lambda sizes: st.lists(arrays(np.bool_, sizes[:2]), min_size=sizes[2], max_size=sizes[2])
)


def blob(rows: int, columns: int, seed: int) -> np.ndarray:
    """A mask with straight and round edges, holes and parts."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:rows, 0:columns]
    grid = np.zeros((rows, columns), np.bool_)
    for _ in range(4):
        a, b = rng.normal(size=2)
        cy, cx, r = rng.random() * rows, rng.random() * columns, rng.random() * rows / 2 + 3
        inside = ((y - cy) ** 2 + (x - cx) ** 2 < r * r) & (a * (y - cy) + b * (x - cx) < r / 3)
        grid ^= inside
    return grid


def decoded(payload: bytes, picture: Size) -> Maps:
    return maps_context.CODER.decode(BitReader(payload, path="maps"), picture)


# Against the evaluation in plain integers


@pytest.mark.parametrize("entry", SMALL_VECTORS_IN_CONTEXT, ids=lambda entry: entry["file"])
def test_vectors_equal_the_plain_evaluation(entry: dict[str, Any]) -> None:
    data = (VECTORS / entry["file"]).read_bytes()
    structure = read_structure(data)
    [payload] = [data[part.start // 8 : part.end // 8] for part in structure.components if part.kind == "maps"]
    picture = bits.Size(structure.width, structure.height)
    decoded = [
        np.array(grid, np.bool_) for grid in plain.decode_maps(plain.map_model(plain.OUTLINES), payload, picture)
    ]
    with users_files.available():  # text of some vectors is under it
        assert Maps(tuple(decoded)) == read(data).maps


@settings(max_examples=300)
@given(st.lists(st.sampled_from(["up", "left", "down", "right"]), min_size=1, max_size=40))
def test_straight_segments_equal_their_definition(directions: list[str]) -> None:
    numbers = np.array([("up", "left", "down", "right").index(step) for step in directions])
    longest = 1
    while longest < len(directions) and is_straight(directions[: longest + 1]):
        longest += 1
    assert fine.straight(numbers, 0, len(numbers)) == plain.straight(directions) == min(longest, 63)


def is_straight(directions: list[str]) -> bool:
    """Whether there are two directions at most, not opposite ones, and balanced.

    A word of two letters is a piece of a digital straight line exactly if, of any two of its pieces of one length, the numbers of
    one letter differ by one at most.
    """
    kinds = set(directions)
    if len(kinds) > 2 or kinds in ({"up", "down"}, {"left", "right"}):
        return False
    sums = np.cumsum([0, *(int(step == directions[0]) for step in directions)])
    return all(np.ptp(sums[n:] - sums[:-n]) <= 1 for n in range(1, len(directions)))


@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 60))
def test_straight_lines_are_straight_and_their_turns_are_not(a: int, b: int, offset: int) -> None:
    steps = [0 if (n * a + offset) // (a + b) > ((n - 1) * a + offset) // (a + b) else 3 for n in range(1, 60)]
    assert fine.straight(np.array(steps), 0, len(steps)) == len(steps)
    bent = np.array([*steps[:30], *[3 - step for step in steps[:20]]])
    assert fine.straight(bent, 0, len(bent)) <= 50


# Maps


@settings(max_examples=60, deadline=None)
@given(small_maps)
def test_small_maps_come_back(grids: list[np.ndarray]) -> None:
    maps, picture = Maps(tuple(grids)), Size(64, 64)
    payload = maps_context.CODER.encode(maps, picture)
    assert decoded(payload, picture) == maps
    shares = maps_context.CODER.split_bits(maps, picture)
    assert sum(share.bits for share in shares) == 8 * len(payload)


@settings(max_examples=15, deadline=None)
@given(st.integers(60, 130), st.integers(70, 130), st.integers(0, 10**6), st.integers(1, 3))
def test_large_maps_come_back(rows: int, columns: int, seed: int, count: int) -> None:
    maps, picture = Maps(tuple(blob(rows, columns, seed + index) for index in range(count))), Size(columns, rows)
    payload = maps_context.CODER.encode(maps, picture)
    assert decoded(payload, picture) == maps


@pytest.mark.parametrize("shape", [(1, 5000), (5000, 1), (65, 64), (64, 64), (3, 1400), (1400, 3)])
@pytest.mark.parametrize("kind", ["noise", "empty", "full"])
def test_any_shape_comes_back(shape: tuple[int, int], kind: str) -> None:
    noise = np.random.default_rng(3).random(shape) < 0.4
    grid = {"noise": noise, "empty": np.zeros(shape, np.bool_), "full": np.ones(shape, np.bool_)}[kind]
    picture = Size(shape[1], shape[0])
    payload = maps_context.CODER.encode(Maps((grid, ~grid)), picture)
    assert decoded(payload, picture) == Maps((grid, ~grid))


def test_a_small_map_beside_another_is_cheaper_than_alone() -> None:
    one = scale.sampled(blob(60, 60, 5), 16, 16)
    together = maps_context.CODER.split_bits(Maps((one, ~one)), Size(64, 64))[2]
    alone = maps_context.CODER.split_bits(Maps((~one,)), Size(64, 64))[1]
    assert (together.path, alone.path) == ("1", "0")
    assert together.information_bits < alone.information_bits


@pytest.mark.parametrize("step", [0, 1, 5, 13, 31])
def test_an_enlarged_map_costs_what_its_source_does(step: int) -> None:
    size = (240, 320)
    source = blob(scale.reduced_side(size[0], step), scale.reduced_side(size[1], step), 8)
    large = scale.enlarged(source, *size)
    assert np.array_equal(scale.enlarged(scale.reduced(large, step), *size), large)  # else the source is too rough
    picture = Size(size[1], size[0])
    payload = maps_context.CODER.encode(Maps((large,)), picture)
    assert decoded(payload, picture) == Maps((large,))
    assert len(payload) <= len(maps_context.CODER.encode(Maps((source,)), picture)) + 2


def ragged(rows: int, columns: int, seed: int) -> np.ndarray:
    """A disc whose outline follows noise."""
    y, x = np.mgrid[0:rows, 0:columns]
    noise = np.random.default_rng(seed).normal(size=(rows, columns))
    smooth = sum(np.roll(noise, (j, i), (0, 1)) for j in range(-2, 3) for i in range(-2, 3))
    return np.hypot(y - rows / 2, x - columns / 2) + smooth < rows / 3


@pytest.mark.parametrize("kind", [blob, ragged])
def test_each_method_codes_masks_of_its_kind_in_fewer_bytes(kind: Callable[[int, int, int], np.ndarray]) -> None:
    maps, picture = Maps((kind(200, 240, 3),)), Size(240, 200)
    lengths = {}
    for method in (maps_context, maps_ragged):
        payload = method.CODER.encode(maps, picture)
        assert method.CODER.decode(BitReader(payload, path="maps"), picture) == maps
        lengths[method] = len(payload)
    assert min(lengths, key=lambda method: lengths[method]) is (maps_context if kind is blob else maps_ragged)
    chosen = read_structure(write(Stream(*picture, maps=maps))).components[0].number
    assert chosen == METHOD_BY_NAME["maps", "context" if kind is blob else "ragged"].id


@given(small_maps)
def test_small_maps_are_the_same_under_both(maps: list[np.ndarray]) -> None:
    content, picture = Maps(tuple(maps)), Size(64, 64)
    assert maps_context.CODER.encode(content, picture) == maps_ragged.CODER.encode(content, picture)


def test_it_needs_less_than_half_of_jbig2() -> None:
    y, x = np.mgrid[0:300, 0:400]
    lean = (2 * x + 3 * y < 900) & (x > 40 + y // 7) & (y > 30)
    maps, picture = Maps((lean, ((x - 250) ** 2 + (y - 150) ** 2 < 4000) & ~lean)), Size(400, 300)
    assert len(maps_context.CODER.encode(maps, picture)) < 0.5 * len(maps_jbig2.encode(maps, picture))


def test_bits_are_divided_by_map_and_nothing_is_decoded_without_deep() -> None:
    data = write(Stream(90, 70, maps=Maps((blob(70, 90, 1), blob(70, 90, 2))), methods={"maps": "context"}))
    paths = [part.path for part in account(data, deep=True).components]
    assert paths[-4:] == ["maps/sizes", "maps/0", "maps/1", "maps/padding"] or paths[-3:] == [
        "maps/sizes",
        "maps/0",
        "maps/1",
    ]
    assert account(data).components[-1].path == "maps"


# Any bytes


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes_end_in_maps_or_a_rule(payload: bytes) -> None:
    try:
        maps = decoded(payload, Size(80, 60))
    except MiscError as error:
        assert error.rule in {"MISC-MAP-002", "MISC-MAP-003", "MISC-MAP-005"}
        assert error.bit_offset == 0
        return
    assert decoded(maps_context.CODER.encode(maps, Size(80, 60)), Size(80, 60)) == maps


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(1, 2**24 - 1)), max_size=300))
def test_decisions_come_back(decisions: list[tuple[int, int]]) -> None:
    state, words = rangesteps.encoder(), np.zeros(300, np.uint32)
    low, size, shifts = 0, 2**64 - 1, 0
    for bit, ones in decisions:
        rangesteps.code(state, words, False, bit, ones)
        rare = int(ones < 2**23)
        split = (size >> 24) * (ones if rare else 2**24 - ones)
        low, size = (low, split) if bit == rare else (low + split, size - split)
        if size < 2**32:
            low, size, shifts = low << 32, size << 32, shifts + 1
    assert (int(state[1]), int(state[2])) == (size, shifts)
    state, words = rangesteps.decoder(shortest(low, size, 4 * shifts + 8))
    assert [rangesteps.code(state, words, True, 0, ones) for _, ones in decisions] == [bit for bit, _ in decisions]


# The model file


@cache
def content() -> bytes:
    return zlib.decompress(MODEL)


def test_the_model_is_built_again_from_its_arrays() -> None:
    model = mapmodel.Model.parse(MODEL)
    assert zlib.decompress(mapmodel.Model.build(model.sizes, model.arrays)) == content()
    assert len(MODEL) <= 2_000_000


@pytest.mark.parametrize("data", [b"", b"x", MODEL[:-1], MODEL + b"x", zlib.compress(b""), zlib.compress(b"MISC-MM1")])
def test_broken_files_are_named(data: bytes) -> None:
    with pytest.raises(TableError, match="map model"):
        mapmodel.Model.parse(data)


@pytest.mark.parametrize("units", [0, 600])
def test_sizes_out_of_bounds_are_refused(units: int) -> None:
    changed = content()[:8] + units.to_bytes(2, "little") + content()[10:]
    with pytest.raises(TableError, match=r"outlines_hidden .* 1 to 512"):
        mapmodel.Model.parse(zlib.compress(changed))


@pytest.mark.parametrize("change", [b"\0", None])
def test_other_lengths_are_refused(change: bytes | None) -> None:
    changed = content() + change if change else content()[:-1]
    with pytest.raises(TableError, match=r"goes on|ends within"):
        mapmodel.Model.parse(zlib.compress(changed))


@pytest.mark.parametrize(
    ("name", "value"),
    [("outlines/second", 32_767), ("coarse/first_bias", 1 << 30), ("ragged/flat", 0), ("logistic", 1 << 24)],
)
def test_arrays_out_of_bounds_are_refused(name: str, value: int) -> None:
    changed = dict(mapmodel.Model.parse(MODEL).arrays)
    changed[name] = np.full_like(changed[name], value)
    with pytest.raises(TableError, match="out of bounds"):
        mapmodel.Model.parse(mapmodel.Model.build(mapmodel.Model.sizes_of(changed), changed))
