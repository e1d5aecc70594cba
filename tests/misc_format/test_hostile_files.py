"""Files of masks and arrays that someone has made to break their reader: each is refused with a reason, in little time and memory."""

from __future__ import annotations

import io
import json
import struct
import time
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from conformance.fuzzing.budget import Budget
from misc_format.batch import plan
from misc_format.batch.journal import Journal, Journals, key
from misc_format.components import Size
from misc_format.engine.stores import LocalStore, UnavailableError
from misc_format.errors import MiscError, PictureError
from misc_format.folder import maskfiles, npz, packing
from misc_format.limits import MAX_MAP_PIXELS
from misc_format.pictures import coco, from_bytes
from misc_format.pictures.faults import UnreadableError
from misc_format.pictures.opening import opened
from tests.misc_format.small_pictures import tiff

HUGE = 10**4299  # as many digits as Python reads
DEEP = 400
SQUARE = [1, 1, 5, 1, 5, 5, 1, 5]
PLAN = "0123456789abcdef"


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def file_of(annotations: Any, **more: Any) -> dict[str, Any]:
    return {"images": [{"id": 1, "width": 8, "height": 8}], "annotations": annotations, **more}


ANNOTATIONS: dict[str, Any] = {
    "a coordinate too large for a float": [[HUGE, 1, 2, 2, 3, 3]],
    "a coordinate that is infinite": [[float("inf"), 1, 2, 2, 3, 3]],
    "a coordinate that is not a number": [[float("nan"), 1, 2, 2, 3, 3]],
    "a sum of runs with more digits than Python writes": {"size": [8, 8], "counts": [HUGE * 9] * 20},
    "a run of a billion pixels": {"size": [8, 8], "counts": [10**9, 64]},
    "a size of a billion": {"size": [10**9, 10**9], "counts": [1]},
    "a size that is a list": {"size": [nested(DEEP), 8], "counts": [64]},
    "a size of many digits": {"size": [HUGE, HUGE], "counts": [64]},
    "counts that are objects": {"size": [8, 8], "counts": [{}]},
    "an id that is a list": file_of([{"image_id": [1], "segmentation": [SQUARE]}]),
    "the id of a picture that is an object": {"images": [{"id": {}}], "annotations": [{"segmentation": [SQUARE]}]},
    "the id of a category that is a list": file_of([{"segmentation": [SQUARE]}], categories=[{"id": [], "name": "a"}]),
    "a deeply nested id": file_of([{"image_id": nested(DEEP), "segmentation": [SQUARE]}]),
    "deeply nested polygons": nested(DEEP),
    "edges that cross a billion rows": [[0, -1, 1, 65_536, 3, -1] * 6_000],
    "a million polygons": [[0, 0, 0, 9_000, 5, 5]] * 100_000,
}


@pytest.mark.parametrize("value", ANNOTATIONS.values(), ids=ANNOTATIONS.keys())
def test_hostile_annotations_are_refused(value: Any, tmp_path: Path) -> None:
    path = tmp_path / "0.json"
    path.write_text(json.dumps(value).replace("Infinity", "1e999"))
    begin = time.process_time()
    with pytest.raises(MiscError) as caught:
        maskfiles.read_masks(path, lambda _: None, Size(256, 65_535))
    assert (caught.value.rule, caught.value.path) == ("MISC-PCK-003", "0.json")
    assert len(caught.value.message) < 400
    assert time.process_time() - begin < 5


def test_the_id_of_a_picture_may_be_a_fraction() -> None:
    masks = coco.masks_of(file_of([{"image_id": 1.0, "segmentation": [SQUARE]}]), lambda _: None)
    assert masks[0].sum() == 16


def test_a_name_that_is_no_text_is_shown_as_unknown() -> None:
    notes: list[str] = []
    rows = [{"id": 1, "name": nested(DEEP)}]
    coco.masks_of(file_of([{"image_id": 1, "category_id": 1, "segmentation": [SQUARE]}], categories=rows), notes.append)
    assert notes == [coco.NOTE_NAMES.format("?")]


def test_many_polygons_of_a_large_picture_take_seconds() -> None:
    begin = time.process_time()
    triangle, size = [0, 0, 9, 0, 9, 9], Size(4096, 4096)
    mask = coco.polygon_mask([triangle] * 200_000, size)
    assert time.process_time() - begin < 10
    assert np.array_equal(mask, coco.polygon_mask([triangle], size))


# Arrays


def archive(compression: int, data: bytes) -> bytearray:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as file:
        file.writestr("a.npy", data)
    return bytearray(stream.getvalue())


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_member_is_refused_whatever_its_compression(compression: int, tmp_path: Path) -> None:
    stream = io.BytesIO()
    np.save(stream, np.arange(200, dtype=np.uint8))
    data = archive(compression, stream.getvalue())
    refused = 0
    for place in range(35, len(data), 7):
        changed = data.copy()
        changed[place : place + 4] = b"\xff\xff\xff\xff"
        (tmp_path / "image.npz").write_bytes(changed)
        try:
            npz.read_arrays(tmp_path / "image.npz")  # not every byte of a zip file matters
        except MiscError as error:
            refused += error.rule == "MISC-PCK-003"
    assert refused > 10


def header(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


HEADERS = {
    "not Python": "{'descr': '|u1', 'fortran_order': False, 'shape': (1,",
    "an open text": "{'descr': '''",
    "deep": "(" * 3000 + ")" * 3000,
    "negative": "{'descr': '|u1', 'fortran_order': False, 'shape': (-1, -5), }",
    "objects": "{'descr': '|O', 'fortran_order': False, 'shape': (5,), }",
    "a sum of types": "{'descr': [('a', '|u1'), ('b', '|O')], 'fortran_order': False, 'shape': (5,), }",
    "too many numbers": "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999, 99999999999), }",
}


@pytest.mark.parametrize("text", HEADERS.values(), ids=HEADERS.keys())
@pytest.mark.parametrize("ending", [".npy", ".npz"])
def test_a_hostile_header_of_an_array_is_refused(text: str, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"image{ending}"
    data = header(text) + bytes(5)
    path.write_bytes(data if ending == ".npy" else archive(zipfile.ZIP_STORED, data))
    with pytest.raises(MiscError, match="MISC-PCK-003"):
        npz.read_array(path) if ending == ".npy" else npz.read_arrays(path)


def test_arrays_that_inflate_a_thousandfold_are_refused_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npz, "MAX_BYTES", 2**20)
    np.savez_compressed(tmp_path / "image.npz", *([np.zeros(2**19, np.uint8)] * 3))
    with pytest.raises(MiscError, match="bytes together"):
        npz.read_arrays(tmp_path / "image.npz")


# Journals and plans of a batch

ROW = '{"row": {"file": "a"}, "good": true, "size": 5}\n'
LINES = {
    "a row without its numbers": '{"row": {}}\n',
    "a negative size": '{"row": {}, "good": true, "size": -5}\n',
    "an output without a size": '{"row": {}, "good": true, "size": 5, "output": "a"}\n',
    "an output of NaN bytes": '{"row": {}, "good": true, "size": 5, "output": "a NaN 1"}\n',
    "an output that is a number": '{"row": {}, "good": true, "size": 5, "output": 1}\n',
    "two kinds": '{"row": {}, "retry": [0]}\n',
    "a round of a row before the first": '{"retry": [-1]}\n',
    "an end that is no tally": '{"end": [1, 0]}\n',
    "an end of texts": '{"end": ["1", 0, 0]}\n',
    "deep": "[" * 100_000 + "\n",
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())
def test_a_line_of_a_journal_without_its_form_is_cut_off(line: str, tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    store.write(key(PLAN, 0), (ROW + line + '{"end": [1, 0, 5]}\n').encode())
    journals = Journals(store, PLAN)
    assert 0 in journals.finished()
    with pytest.raises(UnavailableError, match="is damaged"):
        journals.read(0)
    journal = Journal(store, PLAN, 0)
    assert (journal.done, journal.ended) == (1, False)
    journal.close()
    assert (tmp_path / key(PLAN, 0)).read_text() == ROW


@pytest.mark.parametrize("lines, done", [(['{"retry": [0]}\n', ROW, ROW], 1), (['{"retry": [1]}\n', ROW], 1)])
def test_a_line_that_cannot_follow_is_cut_off(lines: list[str], done: int, tmp_path: Path) -> None:
    """A row behind the end of a round, and a round of a row that there is not."""
    store = LocalStore(str(tmp_path))
    store.write(key(PLAN, 0), "".join([ROW, *lines]).encode())
    journal = Journal(store, PLAN, 0)
    assert journal.done == done
    journal.close()
    assert (tmp_path / key(PLAN, 0)).read_text() == "".join([ROW, *lines][: 3 if len(lines) == 3 else 1])


HEAD = {"id": PLAN, "units": 1, "files": 1, "shards": 0, "root": "in", "listed": True, "settings": {}}
PLANS: dict[str, tuple[Any, Any]] = {
    "a head that is a list": ([1], []),
    "a head without numbers": ({"id": PLAN}, []),
    "a head of many units": ({**HEAD, "units": "1"}, []),
    "a summary of texts": ({**HEAD, "summary": ["1", 2, 3]}, []),
    "a page that is an object": (HEAD, {"0": []}),
    "a file with too much": (HEAD, [[[["a", "b", None, "", "x"]], None, "", ""]]),
    "a file whose name is a number": (HEAD, [[[[1, "b", None, ""]], None, "", ""]]),
    "a unit with too little": (HEAD, [[[]]]),
    "a page without its unit": (HEAD, []),
}


@pytest.mark.parametrize("head, page", PLANS.values(), ids=PLANS.keys())
def test_a_plan_without_its_form_is_damaged(head: Any, page: Any, tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    store.write(plan.PLAN, json.dumps(head).encode())
    store.write(plan.page_key(0), json.dumps(page).encode())
    with pytest.raises(UnavailableError, match="is damaged; remove the folder _batch"):
        plan.head(store)
        plan.Plans(store).unit(0)


# Folders


@pytest.mark.parametrize(
    "name", ["overall.txt", "items.json", "image.png", "image.npz", "maps/0.png", "maps/0.jb2", "comment.txt"]
)
def test_a_folder_in_the_place_of_a_file_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"width": 8, "height": 8}')
    (tmp_path / name / "inside").mkdir(parents=True)
    with pytest.raises(MiscError) as caught:
        packing.read_folder(tmp_path)
    assert (caught.value.rule, caught.value.path) == ("MISC-PCK-003", name)


@pytest.mark.parametrize("name", ["maps", "ancillary"])
def test_a_file_in_the_place_of_a_folder_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"width": 8, "height": 8}')
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(MiscError) as caught:
        packing.read_folder(tmp_path)
    assert (caught.value.rule, caught.value.path) == ("MISC-PCK-003", name)


def test_a_folder_among_maps_of_the_user_is_refused(tmp_path: Path) -> None:
    (tmp_path / "0.png").mkdir()
    with pytest.raises(MiscError, match=r"MISC-PCK-003 at maps/0\.png: it is a folder"):
        packing.read_maps(tmp_path)


# Pictures


def tiffs() -> Iterator[tuple[str, bytes]]:
    """A TIFF file with each tag of its directory spoiled in each way, and with directories that lead to others or to themselves."""
    sound = bytearray(tiff(np.arange(64).reshape(8, 8), 8, 1))
    [place] = struct.unpack_from("<I", sound, 4)
    [count] = struct.unpack_from("<H", sound, place)
    following = place + 2 + 12 * count
    spoiled = {
        "4 GiB of values": (4, 2**32 - 1, 0),
        "values in the directory itself": (4, 2**20, place),
        "no values": (3, 0, 1),
        "the largest value": (4, 1, 2**32 - 1),
        "zero": (4, 1, 0),
        "text": (2, 4, 0),
        "fractions": (5, 1, place),
        "NaN": (11, 1, 0x7FC00000),
        "a type that there is not": (99, 1, 1),
    }
    for row in range(count):
        for name, fields in spoiled.items():
            data = sound.copy()
            struct.pack_into("<HII", data, place + 2 + 12 * row + 2, *fields)
            yield f"{struct.unpack_from('<H', data, place + 2 + 12 * row)[0]}: {name}", bytes(data)
    for name, where, value in (
        ("a directory that leads to itself", following, place),
        ("a directory behind the end", 4, 2**32 - 16),
        ("a directory in the header", 4, 4),
    ):
        data = sound.copy()
        struct.pack_into("<I", data, where, value)
        yield name, bytes(data)
    chain = sound.copy()
    struct.pack_into("<I", chain, following, len(chain))
    for _ in range(50_000):
        chain += struct.pack("<HI", 0, len(chain) + 6)
    yield "50,000 directories", bytes(chain)


def test_damaged_tiffs_are_read_or_refused_in_little_time_and_memory() -> None:
    budget = Budget(5, 2**30)

    def read(data: bytes) -> None:
        with suppress(PictureError):
            from_bytes(data, "picture.tif")

    for name, data in tiffs():
        try:
            budget.spend(partial(read, data))
        except Exception as error:
            raise AssertionError(name) from error


def test_a_signalling_nan_gives_no_warning() -> None:
    data = bytearray(tiff(np.zeros((2, 2)), 32, 1, sample_format=3))
    data[8:24] = struct.pack("<4I", *[0x7F800001] * 4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not from_bytes(bytes(data), "picture.tif").samples.any()


def test_a_picture_whose_decoder_gives_up_is_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow's reader of AVIF raises `RuntimeError`."""
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, "PNG")

    def load(self: Any) -> None:
        raise RuntimeError("Failed to decode frame 0")

    with opened(stream.getvalue()) as picture:
        monkeypatch.setattr(type(picture.image), "load", load)
        with pytest.raises(UnreadableError, match="is damaged"):
            picture.load()


def test_a_map_may_still_be_as_large_as_the_format_allows() -> None:
    side = int(MAX_MAP_PIXELS**0.5)
    assert coco.polygon_mask([[0, 0, side, 0, side, side, 0, side]], Size(side, side)).all()
