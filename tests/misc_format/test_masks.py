"""Masks as people have them: taken, with a note unless they are plain, or refused with what was found and what to do."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

import misc_format
from misc_format.components import Maps, Size, Stream
from misc_format.errors import MiscError
from misc_format.folder import packing
from misc_format.folder.maskfiles import read_mask, read_masks
from misc_format.pictures import coco, masks
from misc_format.pictures.masks import MaskError
from tests.misc_format.small_pictures import png, tiff

SHAPE = np.zeros((8, 12), np.bool_)
SHAPE[2:6, 3:9] = True
ON = 255 * SHAPE.astype(np.uint8)
PHOTO = np.random.default_rng(1).integers(0, 256, (8, 12, 3)).astype(np.uint8)
NOISE = np.random.default_rng(2).integers(0, 256, (8, 12)).astype(np.uint8)


def saved(image: Image.Image, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG", **options)
    return stream.getvalue()


def array(values: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, values)
    return stream.getvalue()


def with_alpha(colours: Any, alpha: Any, mode: str) -> Image.Image:
    image = Image.fromarray(colours).convert(mode)
    image.putalpha(Image.fromarray(alpha))
    return image


def palette(indices: Any, *colours: tuple[int, int, int]) -> Image.Image:
    image = Image.fromarray(np.asarray(indices, np.uint8), "P")
    image.putpalette([value for colour in colours for value in colour])
    return image


def soft() -> Any:
    levels = ON.copy()
    levels[2, 3:9], levels[5, 3:9] = 100, 200
    return levels


SOFT = SHAPE.copy()
SOFT[2, 3:9] = False
ALPHA = (masks.NOTE_ALPHA,)
WHITE, BLACK, GREY = np.full((8, 12), 255, np.uint8), np.zeros((8, 12), np.uint8), np.full((8, 12), 90, np.uint8)
COUNTED = (masks.NOTE_SOFT.format(12, 96),)
VOC = [(0, 0, 0), (128, 0, 0), (0, 128, 0)]

TAKEN: dict[str, tuple[str, bytes, Any, tuple[str, ...]]] = {
    "1 bit": (".png", saved(Image.fromarray(SHAPE)), SHAPE, ()),
    "0 and 255": (".png", saved(Image.fromarray(ON)), SHAPE, ()),
    "RGB": (".png", saved(Image.fromarray(ON).convert("RGB")), SHAPE, ()),
    "all black": (".png", saved(Image.fromarray(BLACK)), SHAPE & False, ()),
    "all white": (".png", saved(Image.fromarray(WHITE)), SHAPE | True, ()),
    "16 bits": (".png", png(SHAPE * 65535, 16, 0), SHAPE, ()),
    "4 bits": (".png", png(SHAPE * 15, 4, 0), SHAPE, ()),
    "0 and 1": (".png", saved(Image.fromarray(SHAPE.astype(np.uint8))), SHAPE, (masks.NOTE_TWO.format(1),)),
    "0 and 1 of 16 bits": (".png", png(SHAPE * 1, 16, 0), SHAPE, (masks.NOTE_TWO.format(1),)),
    "0 and 1 of 2 bits": (".png", png(SHAPE * 1, 2, 0), SHAPE, (masks.NOTE_TWO.format(1),)),
    "all 1": (".png", png(SHAPE * 0 + 1, 8, 0), SHAPE | True, (masks.NOTE_ONE.format(1),)),
    "0 and 128": (".png", png(SHAPE * 128, 8, 0), SHAPE, (masks.NOTE_TWO.format(128),)),
    "soft edges": (".png", saved(Image.fromarray(soft())), SOFT, COUNTED),
    "soft edges, RGB": (".png", saved(Image.fromarray(soft()).convert("RGB")), SOFT, COUNTED),
    "soft edges, 16 bits": (".png", png(soft().astype(int) * 257, 16, 0), SOFT, COUNTED),
    "colour": (
        ".png",
        saved(palette(SHAPE, (0, 0, 0), (255, 0, 0)).convert("RGB")),
        SHAPE,
        (masks.NOTE_COLOUR.format("#ff0000"),),
    ),
    "palette": (".png", saved(palette(SHAPE, (0, 0, 0), (255, 255, 255))), SHAPE, ()),
    "palette, white first": (".png", saved(palette(~SHAPE, (255, 255, 255), (0, 0, 0))), SHAPE, ()),
    "palette of VOC": (".png", saved(palette(SHAPE, *VOC)), SHAPE, (masks.NOTE_COLOUR.format("#800000"),)),
    "alpha over white": (".png", saved(with_alpha(WHITE, ON, "RGBA")), SHAPE, ALPHA),
    "alpha over black": (".png", saved(with_alpha(BLACK, ON, "RGBA")), SHAPE, ALPHA),
    "alpha of grey": (".png", saved(with_alpha(WHITE, ON, "LA")), SHAPE, ALPHA),
    "alpha as the colours": (".png", saved(with_alpha(ON, ON, "RGBA")), SHAPE, ALPHA),
    "alpha of a cut-out photo": (".png", saved(with_alpha(PHOTO, ON, "RGBA")), SHAPE, ALPHA),
    "alpha of a palette": (".png", saved(palette(SHAPE, (9, 9, 9), (9, 9, 9)), transparency=0), SHAPE, ALPHA),
    "alpha value of grey": (".png", png(SHAPE * 9 + 3, 4, 0, (b"tRNS", b"\0\3")), SHAPE, ALPHA),
    "alpha of 16 bits": (".png", png(np.dstack([WHITE, ON]).astype(int) * 257, 16, 4), SHAPE, ALPHA),
    "alpha with soft edges": (".png", saved(with_alpha(WHITE, soft(), "RGBA")), SOFT, (*ALPHA, *COUNTED)),
    "nothing but transparent": (".png", saved(with_alpha(WHITE, BLACK, "RGBA")), SHAPE & False, ALPHA),
    "opaque alpha": (".png", saved(with_alpha(ON, WHITE, "RGBA")), SHAPE, ()),
    "white is zero": (".png", tiff(SHAPE * 65535, 16, 0), ~SHAPE, ()),
    "fractions of a TIFF": (".png", tiff(SHAPE * 1.0, 32, 1, sample_format=3), SHAPE, ()),
    "bool array": (".npy", array(SHAPE), SHAPE, ()),
    "array of 0 and 1": (".npy", array(SHAPE.astype(np.uint8)), SHAPE, (masks.NOTE_TWO.format(1),)),
    "array of 0 and 255": (".npy", array(ON), SHAPE, ()),
    "array of int64": (".npy", array(SHAPE.astype(np.int64)), SHAPE, (masks.NOTE_TWO.format(1),)),
    "array of floats 0 and 1": (".npy", array(SHAPE.astype(np.float32)), SHAPE, (masks.NOTE_TWO.format(1),)),
    "array of probabilities": (".npy", array(soft() / 255), SOFT, COUNTED),
    "array with a leading one": (".npy", array(SHAPE[None]), SHAPE, ()),
    "array with a channel": (".npy", array(SHAPE[..., None]), SHAPE, ()),
    "array of Fortran": (".npy", array(np.asfortranarray(SHAPE)), SHAPE, ()),
}


@pytest.mark.parametrize("name", TAKEN)
@pytest.mark.parametrize("many", [False, True])
def test_it_is_taken(name: str, many: bool, tmp_path: Path) -> None:
    ending, data, expected, notes = TAKEN[name]
    path = tmp_path / f"0{ending}"
    path.write_bytes(data)
    told: list[str] = []
    [mask] = read_masks(path, told.append) if many else (read_mask(path, told.append),)
    assert mask.dtype == np.bool_
    np.testing.assert_array_equal(mask, expected)
    assert told == [f"{path.name}: {note}." for note in notes]


REFUSED: dict[str, tuple[str, bytes, str]] = {
    "photo": (".png", saved(Image.fromarray(PHOTO)), "96 colours.*black and white"),
    "grey photo": (".png", saved(Image.fromarray(NOISE)), "too many of them neither black nor white; make it black"),
    "one grey": (".png", saved(Image.fromarray(GREY)), "the value 90 everywhere"),
    "label map": (".png", png(SHAPE * 2 + np.eye(8, 12, dtype=int) * (1 - SHAPE), 8, 0), "label map with the labels 1, 2; give each"),
    "label map of a palette": (".png", saved(palette(SHAPE * 2 + ~SHAPE, *VOC)), "labels 1, 2"),
    "red and blue": (".png", saved(palette(SHAPE, (255, 0, 0), (0, 0, 255)).convert("RGB")), "2 colours"),
    "two shapes": (".png", saved(with_alpha(np.roll(ON, 3, 1), ON, "RGBA")), "one shape in its colours and another"),
    "text": (".png", b"no picture", "not in a known picture format"),
    "empty": (".png", b"", "is empty"),
    "array of colours": (".npy", array(PHOTO), "shape 8x12x3; give one of height x width"),
    "array of one dimension": (".npy", array(SHAPE[0]), "shape 12"),
    "array of logits": (".npy", array(SHAPE * 12.5 - 6), "fractional values from -6 to 6.5"),
    "array of NaN": (".npy", array(SHAPE * np.nan), "not finite"),
    "negative array": (".npy", array(SHAPE * -1), "values from -1 to 0"),
    "objects": (".npy", array(np.array([[None]])), "valid .npy file of numbers"),
    "no array": (".npy", b"no array", "valid .npy file"),
    "cut array": (".npy", array(SHAPE)[:-4], "valid .npy file"),
    "empty array": (".npy", array(np.zeros((0, 3), bool)), "shape 0x3"),
    "no JSON": (".json", b"{", "is not JSON"),
    "other JSON": (".json", b'{"a": 1}', "another form than COCO's; give an annotation"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(name: str, tmp_path: Path) -> None:
    ending, data, message = REFUSED[name]
    path = tmp_path / f"0{ending}"
    path.write_bytes(data)
    with pytest.raises(MiscError, match=message) as error:
        read_mask(path, pytest.fail)
    assert (error.value.rule, error.value.path) == ("MISC-PCK-003", path.name)


# Label maps


@pytest.mark.parametrize("kind", ["grey", "palette", "array", "4 bits", "16 bits"])
def test_a_label_map_alone_becomes_a_map_for_each_label(kind: str, tmp_path: Path) -> None:
    labels = np.random.default_rng(3).choice([0, 1, 2, 7], (8, 12))
    data = {
        "grey": png(labels, 8, 0),
        "palette": saved(palette(labels, *[(index, 40, 99 - index) for index in range(8)])),
        "array": array(labels),
        "4 bits": png(labels, 4, 0),
        "16 bits": png(labels, 16, 0),
    }[kind]
    path = tmp_path / ("labels.npy" if kind == "array" else "labels.png")
    path.write_bytes(data)
    notes: list[str] = []
    found = packing.read_maps(path, notes.append).maps
    assert [label for label, mask in zip((1, 2, 7), found, strict=True) if np.array_equal(mask, labels == label)] == [
        1,
        2,
        7,
    ]
    assert notes == [f"{path.name}: {masks.NOTE_LABELS.format('1, 2, 7', 3)}."]


def test_pixels_without_a_label_are_named(tmp_path: Path) -> None:
    labels = np.random.default_rng(3).choice([0, 1, 2, 255], (8, 12))
    (tmp_path / "labels.png").write_bytes(png(labels, 8, 0))
    notes: list[str] = []
    assert len(read_masks(tmp_path / "labels.png", notes.append)) == 2
    assert masks.NOTE_VOID.format(255) in notes[1]


def test_more_labels_than_maps_are_refused_with_the_limit(tmp_path: Path) -> None:
    (tmp_path / "labels.npy").write_bytes(array(np.arange(20)[None]))
    with pytest.raises(MiscError, match="19 labels, and a file holds at most 16 maps"):
        read_masks(tmp_path / "labels.npy", pytest.fail)


def test_an_array_of_several_maps(tmp_path: Path) -> None:
    (tmp_path / "maps.npy").write_bytes(array(np.stack([SHAPE, ~SHAPE])))
    first, second = read_masks(tmp_path / "maps.npy", pytest.fail)
    np.testing.assert_array_equal(first, ~second)
    with pytest.raises(MiscError, match="shape 2x8x12"):
        read_mask(tmp_path / "maps.npy", pytest.fail)


@given(
    arrays.arrays(
        st.sampled_from([np.bool_, np.uint8, np.int16, np.float32]), st.tuples(st.integers(1, 6), st.integers(1, 6))
    )
)
def test_any_array_is_taken_or_refused(values: Any) -> None:
    notes: list[str] = []
    try:
        found = masks.of_array(values, notes.append, split=True)
    except MaskError as error:
        assert ";" in str(error)
        return
    assert all(mask.dtype == np.bool_ and mask.shape == values.shape for mask in found)
    plain = values.dtype == np.bool_ or set(np.unique(values).tolist()) <= {0, 255}
    assert plain == (not notes)


@pytest.mark.parametrize("fraction", [2**-9, 1 - 2**-9])
def test_fractions_that_round_to_black_or_white_have_a_note(fraction: float, tmp_path: Path) -> None:
    values = np.where(SHAPE, 1, 0).astype(np.float32)
    values[0, 0] = fraction
    notes: list[str] = []
    masks.of_array(values, notes.append, split=False)
    assert masks.NOTE_NEAR.format(1, values.size) in notes
    Image.fromarray(values).save(tmp_path / "mask.tif")
    noted: list[str] = []
    read_mask(tmp_path / "mask.tif", noted.append)
    assert any(masks.NOTE_NEAR.format(1, values.size) in line for line in noted)


# COCO. The run lengths and polygons were encoded by pycocotools 2.0.


@pytest.mark.parametrize(
    ("size", "counts", "rows"),
    [
        ((5, 7), "3110001020O0N31M11O", ["0111000", "0000101", "0100111", "1000100", "0001100"]),
        ((1, 9), "21130", ["001011110"]),
        (
            (8, 8),
            "0180000000000000",
            ["1" + "0" * 7] + ["0" * place + "1" + "0" * (7 - place) for place in range(1, 8)],
        ),
    ],
)
def test_compressed_run_lengths(size: tuple[int, int], counts: str, rows: list[str]) -> None:
    expected = np.array([[int(bit) for bit in row] for row in rows], np.bool_)
    found = coco.mask_of({"size": list(size), "counts": counts})
    np.testing.assert_array_equal(found, expected)
    runs = [len(run) for run in _runs(expected)]
    np.testing.assert_array_equal(coco.mask_of({"size": list(size), "counts": runs}), expected)


def _runs(mask: Any) -> list[list[bool]]:
    runs: list[list[bool]] = [[]]
    for value in mask.T.ravel().tolist():
        if value != (len(runs) % 2 == 0):
            runs.append([])
        runs[-1].append(value)
    return runs


@pytest.mark.parametrize(
    ("polygons", "counts", "tolerance"),
    [
        ([[5, 5, 25, 5, 25, 30, 5, 30]], "U:i0W10000000000000000000000000000000000000k]3", 0),
        (
            [[10.5, 10.2, 60.3, 15.7, 40.1, 70.9]],
            "Zf02n12O1N2N2N2N2N2N2N2N2O2M2N2N2N2N2N2N2N2O1N2N2N2N2N2N1O0001O00000N2M3M3N2M3M4L3N2M3M3N2M3M3M3N3L3McW1",
            11,
        ),
        (
            [[20, 20, 60, 60, 20, 60, 60, 20]],
            "kY11h00=1C0;1E091G071I051K031M011O0O110M130K150I170G190E1;0C1=0A1?0_O1a00]O1c00[O1e00YO1g0OYO1g0N[O1e0N]O1c0N_O1a0NA1?"
            "NC1=NE1;NG19NI17NK15NM13NO11N11ON31MN51KN71IN91GN;1EN=1j0OUV1",
            40,
        ),
        (
            [[3.2, 3.9, 7.7, 3.1, 5.5, 9.4], [50, 50, 70, 55, 60, 58.5]],
            "T61o12N2MO2Mbg20bXM0O1O1O100O001O10O00000O2O000O101OYd0",
            1,
        ),
    ],
)
def test_polygons_are_those_of_pycocotools_up_to_their_edges(polygons: Any, counts: str, tolerance: int) -> None:
    expected = coco.mask_of({"size": [64, 80], "counts": counts})
    found = coco.polygon_mask(polygons, Size(80, 64))
    assert int((found != expected).sum()) <= tolerance


@given(st.lists(st.tuples(st.floats(-20, 40), st.floats(-20, 40)), min_size=3, max_size=6))
def test_a_polygon_sets_the_pixels_whose_centres_it_encloses(corners: list[tuple[float, float]]) -> None:
    found = coco.polygon_mask([[value for corner in corners for value in corner]], Size(9, 7))
    for row, column in np.ndindex(7, 9):
        y, x = row + 0.5, column + 0.5
        crossed = False
        for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
            if (y0 <= y) != (y1 <= y) and x0 + (y - y0) * ((x1 - x0) / (y1 - y0)) <= x:
                crossed = not crossed
        assert found[row, column] == crossed


RUNS = {"size": [8, 12], "counts": [len(run) for run in _runs(SHAPE)]}
BOX = [[3, 2, 9, 2, 9, 6, 3, 6]]


@pytest.mark.parametrize(
    "document",
    [
        RUNS,
        [RUNS],
        {"segmentation": RUNS},
        [{"segmentation": RUNS, "image_id": 3}],
        {"annotations": [{"segmentation": RUNS, "image_id": 3}]},
        {"images": [{"id": 3, "width": 12, "height": 8}], "annotations": [{"segmentation": BOX, "image_id": 3}]},
        {"images": [{"id": 3, "width": 12, "height": 8}], "annotations": [{"segmentation": BOX[0], "image_id": 3}]},
    ],
)
def test_forms_of_annotations(document: Any, tmp_path: Path) -> None:
    path = tmp_path / "masks.json"
    path.write_text(json.dumps(document))
    [mask] = read_masks(path, pytest.fail)
    np.testing.assert_array_equal(mask, SHAPE)


def test_several_annotations_keep_their_order_and_their_names(tmp_path: Path) -> None:
    path = tmp_path / "masks.json"
    document = {
        "images": [{"id": 3, "width": 12, "height": 8}],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog\x1b"}],
        "annotations": [
            {"image_id": 3, "category_id": 2, "segmentation": BOX},
            {"image_id": 3, "category_id": 1, "segmentation": [[0, 0, 1, 0, 1, 1, 0, 1]]},
        ],
    }
    path.write_text(json.dumps(document))
    notes: list[str] = []
    first, second = read_masks(path, notes.append)
    assert (first.sum(), second.sum()) == (24, 1)
    assert notes == ["masks.json: the maps are, in this order: dog, cat."]
    with pytest.raises(MiscError, match="2 masks"):
        read_mask(path, lambda _: None)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "another form"),
        (3, "another form"),
        ({"segmentation": BOX}, "polygons without the size"),
        ({"segmentation": [[1, 2, 3, 4]]}, "another form"),
        ({"segmentation": [[1, 2, 3, 4, 5, "6"]]}, "another form"),
        ({"segmentation": [[1, 2, 3, 4, 5, 1e300]]}, "another form"),
        ({"size": [8, 12], "counts": [5]}, "run lengths of 5 pixels for 12x8"),
        ({"size": [8, 12], "counts": [97, -1]}, "not run lengths"),
        ({"size": [8, 12], "counts": [96.0]}, "not run lengths"),
        ({"size": [8, 12], "counts": "P"}, "cut short"),
        ({"size": [8, 12], "counts": "o" * 9}, "broken"),
        ({"size": [8, 12], "counts": "\u00e9"}, "broken"),
        ({"size": [8], "counts": [8]}, "size is not"),
        ({"size": [8, 70_000], "counts": [8]}, "a side has 1 to 65,535"),
        ({"size": [65_535, 65_535], "counts": [65_535**2]}, "a map has at most 16,777,216"),
        ({"annotations": []}, "0 annotations"),
        ({"annotations": [{"segmentation": RUNS}] * 17}, "17 annotations, and a file holds 1 to 16"),
        ({"annotations": [{"segmentation": RUNS, "image_id": index} for index in (1, 2)]}, "annotations of 2 pictures"),
        ({"annotations": [3]}, "another form"),
        (
            {"images": [{"id": 1, "width": 3, "height": 3}], "annotations": [{"segmentation": RUNS, "image_id": 1}]},
            "12x8 pixels for a picture of 3x3",
        ),
    ],
)
def test_annotations_that_are_refused(document: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / "masks.json"
    path.write_text(json.dumps(document))
    with pytest.raises(MiscError, match=message):
        read_masks(path, lambda _: None)


@given(
    st.recursive(
        st.none() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["segmentation", "size", "counts", "annotations", "images", "image_id"]),
                inner,
                max_size=4,
            )
        ),
    )
)
def test_any_document_is_taken_or_refused(document: Any) -> None:
    try:
        found = coco.masks_of(document, lambda _: None, Size(4, 4))
    except MaskError as error:
        assert str(error)
        return
    assert all(mask.dtype == np.bool_ for mask in found)


# Where masks are taken


def test_a_folder_to_be_packed_takes_them_and_gives_notes(tmp_path: Path) -> None:
    (tmp_path / "maps").mkdir()
    (tmp_path / "manifest.json").write_text('{"width": 12, "height": 8}')
    (tmp_path / "maps/0.png").write_bytes(TAKEN["alpha over white"][1])
    (tmp_path / "maps/1.npy").write_bytes(TAKEN["array of 0 and 1"][1])
    (tmp_path / "maps/2.json").write_text(json.dumps(BOX))  # the size is that of the manifest
    notes: list[str] = []
    stream = misc_format.read(misc_format.pack(tmp_path, notes.append))
    assert isinstance(stream.maps, Maps)
    assert all(np.array_equal(mask, SHAPE) for mask in stream.maps.maps)
    assert len(stream.maps.maps) == 3
    assert [note.split(":")[0] for note in notes] == ["0.png", "1.npy"]


def test_a_map_is_given_once(tmp_path: Path) -> None:
    (tmp_path / "0.png").write_bytes(TAKEN["1 bit"][1])
    (tmp_path / "0.npy").write_bytes(array(SHAPE))
    with pytest.raises(MiscError, match=r"given as 0\.npy, too"):
        packing.read_maps(tmp_path)


def test_the_rule_about_maps_states_the_limit() -> None:
    with pytest.raises(MiscError, match="17 maps; a file has 1 to 16") as error:
        misc_format.write(Stream(12, 8, maps=Maps((SHAPE,) * 17)))
    assert error.value.rule == "MISC-MAP-005"
    with pytest.raises(MiscError, match="map 1 has 65,536 x 1 pixels; a side has 1 to 65,535"):
        misc_format.write(Stream(12, 8, maps=Maps((SHAPE, np.zeros((1, 65_536), np.bool_)))))
