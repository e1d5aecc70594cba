"""Every layout of samples: read right, or refused by name. The table of docs/pictures.md is that of `layouts.LAYOUTS`."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, features
from PIL.TiffImagePlugin import OPEN_INFO

from misc_format.errors import PictureError
from misc_format.pictures import conversion, from_bytes, from_image, layouts
from misc_format.pictures.layouts import LAYOUTS, MODES, NOTE_16_BIT, NOTE_ALPHA, NOTE_CMYK, NOTE_LAB
from tests.misc_format.small_pictures import png, tiff

RAMP = np.arange(0, 256, 5, dtype=np.uint8)[None].repeat(3, 0)
RGB = np.random.default_rng(3).integers(0, 256, (4, 6, 3))
ALPHA = np.random.default_rng(4).integers(0, 256, (4, 6))


def samples_of(data: bytes, *notes: str) -> Any:
    picture = from_bytes(data, "a picture")
    assert picture.notes == notes
    assert picture.samples.dtype == np.uint8
    return picture.samples.astype(int)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def over_white(colours: Any, alpha: Any) -> Any:
    cover = (alpha if np.ndim(colours) == 2 else alpha[..., None]) / 255
    return np.floor(colours * cover + 255 * (1 - cover) + 0.5)


def refused(data: bytes, *words: str) -> None:
    with pytest.raises(PictureError) as error:
        from_bytes(data, "a picture")
    assert all(word in str(error.value) for word in words), str(error.value)
    assert "damaged" not in str(error.value)


def bilevel() -> None:
    bits = np.array([[1, 0, 1, 1, 0, 0, 1, 0, 1]])
    for data in (
        png(bits, 1, 0),
        tiff(bits, 1, 1),
        b"P4 9 1 " + bytes((0b01001101, 0b00000000)),
        saved(Image.fromarray(bits.astype(bool)), "GIF"),
    ):
        np.testing.assert_array_equal(np.atleast_3d(samples_of(data))[..., 0], 255 * bits)


def grey() -> None:
    for bits in (2, 4, 8):
        values = np.arange(2**bits)[None]
        for data in (png(values, bits, 0), tiff(values, bits, 1)):
            np.testing.assert_array_equal(samples_of(data), values * 255 // (2**bits - 1))


def grey_16() -> None:
    values = np.array([[0, 128, 129, 257, 32768, 65535]])
    expected = [[0, 0, 1, 1, 128, 255]]
    pgm = b"P5 6 1 65535 " + values.astype(">u2").tobytes()
    for data in (png(values, 16, 0), tiff(values, 16, 1), tiff(values, 16, 1, order=">"), pgm):
        np.testing.assert_array_equal(samples_of(data, NOTE_16_BIT), expected)
    np.testing.assert_array_equal(samples_of(tiff([[0, 2048, 4095, 16]], 12, 1), NOTE_16_BIT), [[0, 128, 255, 1]])
    dark = b"P5 2 1 1023 " + np.array([[0, 4]]).astype(">u2").tobytes()  # no sample is above 255
    np.testing.assert_array_equal(samples_of(dark, NOTE_16_BIT), [[0, 1]])


def grey_value() -> None:
    for bits in (1, 2, 4, 8, 16):
        largest = 2**bits - 1
        values = np.array([[0, largest // 3, largest]])
        level = largest // 3
        expected = np.where(values == level, 255, values * 255 // largest)
        notes = (NOTE_16_BIT, NOTE_ALPHA) if bits == 16 else (NOTE_ALPHA,)
        np.testing.assert_array_equal(samples_of(png(values, bits, 0, (b"tRNS", level.to_bytes(2))), *notes), expected)
    opaque = png([[3, 4]], 4, 0, (b"tRNS", b"\0\5"))
    np.testing.assert_array_equal(samples_of(opaque), [[51, 68]])
    # A value that differs in the lower byte alone is not transparent.
    near = png([[0x1234, 0x1235]], 16, 0, (b"tRNS", b"\x12\x34"))
    np.testing.assert_array_equal(samples_of(near, NOTE_16_BIT, NOTE_ALPHA), [[255, 18]])


def grey_alpha() -> None:
    values = np.stack([RGB[..., 0], ALPHA], axis=2)
    expected = over_white(RGB[..., 0], ALPHA)
    for data in (png(values, 8, 4), tiff(values, 8, 1, extra=(2,))):
        np.testing.assert_array_equal(samples_of(data, NOTE_ALPHA), expected)
    np.testing.assert_array_equal(samples_of(png(values * 257, 16, 4), NOTE_ALPHA, NOTE_16_BIT), expected)
    multiplied = np.stack([RGB[..., 0] * ALPHA // 255, ALPHA], axis=2)
    assert np.abs(samples_of(tiff(multiplied, 8, 1, extra=(1,)), NOTE_ALPHA) - expected).max() <= 2


def rgb() -> None:
    image = Image.fromarray(RGB.astype(np.uint8))
    kinds = ["PNG", "BMP", "TIFF", "PPM"]
    for data in (saved(image, kind) for kind in kinds):
        np.testing.assert_array_equal(samples_of(data), RGB)
    for kind in ("WEBP", "JPEG2000"):
        np.testing.assert_array_equal(samples_of(saved(image, kind, lossless=True)), RGB)
    flat = Image.new("RGB", (16, 16), (40, 90, 200))
    for kind in ("JPEG", *(["AVIF"] if features.check("avif") else [])):
        assert np.abs(samples_of(saved(flat, kind)) - [40, 90, 200]).max() <= 4
    np.testing.assert_array_equal(samples_of(saved(flat, "GIF")), np.full((16, 16, 3), [40, 90, 200]))


def rgb_16() -> None:
    ppm = b"P6 6 4 65535 " + (RGB * 257).astype(">u2").tobytes()
    for data in (png(RGB * 257, 16, 2), tiff(RGB * 257, 16, 2)):
        np.testing.assert_array_equal(samples_of(data, NOTE_16_BIT), RGB)
    np.testing.assert_array_equal(from_bytes(ppm, "a picture").samples, RGB)


def rgb_value() -> None:
    for bits, unit in ((8, 1), (16, 257)):
        values = RGB * unit
        level = b"".join(int(value).to_bytes(2) for value in values[1, 2])
        expected = RGB.copy()
        expected[1, 2] = 255
        notes = (NOTE_ALPHA,) if bits == 8 else (NOTE_ALPHA, NOTE_16_BIT)
        np.testing.assert_array_equal(samples_of(png(values, bits, 2, (b"tRNS", level)), *notes), expected)
    near = png([[[0x1234, 0, 0], [0x1235, 0, 0]]], 16, 2, (b"tRNS", b"\x12\x34\0\0\0\0"))
    np.testing.assert_array_equal(samples_of(near, NOTE_ALPHA, NOTE_16_BIT), [[[255] * 3, [18, 0, 0]]])


def rgb_alpha() -> None:
    values = np.dstack([RGB, ALPHA])
    expected = over_white(RGB, ALPHA)
    image = Image.fromarray(values.astype(np.uint8), "RGBA")
    for data in (png(values, 8, 6), tiff(values, 8, 2, extra=(2,)), saved(image, "WEBP", lossless=True, exact=True)):
        np.testing.assert_array_equal(samples_of(data, NOTE_ALPHA), expected)
    for data in (png(values * 257, 16, 6), tiff(values * 257, 16, 2, extra=(2,))):
        np.testing.assert_array_equal(samples_of(data, NOTE_ALPHA, NOTE_16_BIT), expected)
    multiplied = np.dstack([RGB * ALPHA[..., None] // 255, ALPHA])
    assert np.abs(samples_of(tiff(multiplied, 8, 2, extra=(1,)), NOTE_ALPHA) - expected).max() <= 2


def palette() -> None:
    colours = np.random.default_rng(5).integers(0, 256, (256, 3))
    for bits in (1, 2, 4, 8):
        values = np.arange(2**bits)[None]
        table = colours[: 2**bits]
        data = png(values, bits, 3, (b"PLTE", table.astype(np.uint8).tobytes()))
        np.testing.assert_array_equal(samples_of(data), table[None])
        np.testing.assert_array_equal(samples_of(tiff(values, bits, 3, tags=colour_map(table))), table[None])
    image = Image.fromarray(np.arange(256, dtype=np.uint8)[None], "P")
    image.putpalette(colours.astype(np.uint8).tobytes())
    for kind in ("GIF", "BMP"):
        np.testing.assert_array_equal(samples_of(saved(image, kind)), colours[None])


def colour_map(table: Any) -> dict[int, tuple[int, bytes]]:
    return {320: (3, (table.T * 257).astype("<u2").tobytes())}


def palette_alpha() -> None:
    entries = (b"PLTE", bytes((200, 0, 0, 0, 0, 200, 9, 9, 9)))
    data = png([[0, 1, 2]], 8, 3, entries, (b"tRNS", bytes((255, 0, 100))))
    expected = [[[200, 0, 0], [255, 255, 255], over_white(np.array([[9]]), np.array([[100]]))[0, 0] * np.ones(3)]]
    np.testing.assert_array_equal(samples_of(data, NOTE_ALPHA), expected)
    one = png([[0, 1]], 1, 3, (b"PLTE", bytes((200, 0, 0, 0, 0, 200))), (b"tRNS", b"\0"))
    np.testing.assert_array_equal(samples_of(one, NOTE_ALPHA), [[[255, 255, 255], [0, 0, 200]]])
    image = Image.new("P", (2, 1))
    image.putpalette([200, 0, 0, 0, 0, 200])
    image.putdata([0, 1])
    np.testing.assert_array_equal(
        samples_of(saved(image, "GIF", transparency=1), NOTE_ALPHA), [[[200, 0, 0], [255] * 3]]
    )


def white_is_zero() -> None:
    for order in "<>":
        for bits in (1, 2, 4, 8):
            values = np.arange(2**bits)[None]
            data = tiff(values, bits, 0, order=order)
            np.testing.assert_array_equal(samples_of(data), 255 - values * 255 // (2**bits - 1))
        for big in (False, True) if order == "<" else (False,):
            data = tiff(RAMP.astype(int) * 257, 16, 0, order=order, big=big, deflated=big)
            np.testing.assert_array_equal(samples_of(data, NOTE_16_BIT), 255 - RAMP.astype(int))
        stretched = np.array([[0, 2**31, 2**32 - 1]])
        data = tiff(stretched, 32, 0, order=order)
        np.testing.assert_array_equal(samples_of(data, conversion.NOTE_WIDE_STRETCHED), [[255, 127, 0]])
        signed = tiff(np.array([[-100, 0, 100]]), 32, 0, order=order, sample_format=2)
        np.testing.assert_array_equal(samples_of(signed, conversion.NOTE_WIDE_STRETCHED), [[255, 127, 0]])
        fractions = tiff(np.array([[0.0, 0.2, 1.0]]), 32, 0, order=order, sample_format=3)
        np.testing.assert_array_equal(samples_of(fractions, conversion.NOTE_WIDE_UNIT), [[255, 204, 0]])
    np.testing.assert_array_equal(samples_of(tiff([[0, 4095]], 12, 0), NOTE_16_BIT), [[255, 0]])


def signed() -> None:
    for bits, order, deflated, photometric in product((8, 16, 32), "<>", (False, True), (0, 1)):
        data = tiff(np.array([[-100, 0, 100]]), bits, photometric, sample_format=2, order=order, deflated=deflated)
        expected = [[0, 128, 255]] if photometric == 1 else [[255, 127, 0]]
        np.testing.assert_array_equal(samples_of(data, conversion.NOTE_WIDE_STRETCHED), expected)


def unsigned_32() -> None:
    for order, sample_format, deflated in product("<>", (1, None), (False, True)):
        form = {"order": order, "sample_format": sample_format, "deflated": deflated}
        data = tiff(np.array([[0, 2**31 - 1, 2**31, 2**32 - 1]]), 32, 1, **form)
        np.testing.assert_array_equal(samples_of(data, conversion.NOTE_WIDE_STRETCHED), [[0, 127, 128, 255]])
        small = tiff(np.array([[0, 7, 255]]), 32, 1, **form)
        np.testing.assert_array_equal(samples_of(small, conversion.NOTE_WIDE_KEPT), [[0, 7, 255]])


def floating() -> None:
    values = np.array([[0.0, 0.5, 1.0]])
    pfm = b"Pf\n3 1\n-1.0\n" + values.astype("<f4").tobytes()
    for data in (
        *(
            tiff(values, 32, 1, sample_format=3, order=order, deflated=deflated)
            for order, deflated in product("<>", (False, True))
        ),
        pfm,
    ):
        np.testing.assert_array_equal(samples_of(data, conversion.NOTE_WIDE_UNIT), [[0, 128, 255]])


def cmyk() -> None:
    inks = np.zeros((16, 16, 4), np.uint8)
    inks[:, 8:] = [0, 255, 255, 0]
    expected = np.full((16, 16, 3), 255)
    expected[:, 8:] = [255, 0, 0]
    for data in (tiff(inks, 8, 5), tiff(inks.astype(int) * 257, 16, 5)):
        assert np.abs(from_bytes(data, "a picture").samples - expected).max() <= 1
        assert NOTE_CMYK in from_bytes(data, "a picture").notes
    jpeg = saved(Image.fromarray(inks, "CMYK"), "JPEG", quality=100)
    assert b"Adobe" in jpeg  # whose inks are inverted in the file
    assert np.abs(samples_of(jpeg, NOTE_CMYK) - expected).max() <= 6


def ycbcr() -> None:
    values = np.full((16, 16, 3), [120, 90, 200])
    expected = np.asarray(Image.fromarray(values.astype(np.uint8), "YCbCr").convert("RGB"))
    square = {530: (3, np.array([1, 1], "<u2").tobytes())}
    np.testing.assert_array_equal(samples_of(tiff(values, 8, 6, tags=square)), expected)
    jpeg = saved(Image.fromarray(expected), "JPEG", quality=100)
    assert np.abs(samples_of(jpeg) - expected).max() <= 2


def lab() -> None:
    neutral = samples_of(tiff(np.full((2, 2, 3), [128, 0, 0]), 8, 8), NOTE_LAB)
    assert np.abs(neutral - 119).max() <= 2  # L* of 50 is 119 in sRGB
    red = samples_of(tiff(np.full((2, 2, 3), [136, 81, 70]), 8, 8), NOTE_LAB)[0, 0]
    assert np.abs(red - [255, 0, 0]).max() <= 12  # CIELAB of the red of sRGB under D50 is 54, 81, 70


def frames() -> None:
    pictures = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    for kind in ("GIF", "PNG", "WEBP", "TIFF", "MPO"):
        options = {"lossless": True} if kind == "WEBP" else {}
        data = saved(pictures[0], kind, save_all=True, append_images=pictures[1:], **options)
        assert np.abs(samples_of(data, conversion.NOTE_FRAME)[0, 0] - [255, 0, 0]).max() <= 2


def other_tiff() -> None:
    refused(tiff([[0.5]], 64, 1, sample_format=3), "1 x 64-bit floating-point", "grey", "convert it to 8-bit PNG")
    refused(tiff([[0.5]], 16, 1, sample_format=3), "16-bit floating-point")
    refused(tiff([[[0.5] * 3]], 32, 2, sample_format=3), "3 x 32-bit floating-point", "RGB")
    refused(tiff([[[5] * 3]], 32, 2), "3 x 32-bit unsigned integer")
    refused(tiff([[5]], 64, 1), "64-bit unsigned integer")
    refused(tiff([[[5, 6]]], 16, 1, extra=(2,)), "2 x 16-bit")
    refused(tiff([[5]], 8, 32844), "LogL")
    refused(tiff([[5]], 8, 1, order=">", big=True), "64-bit offsets in big-endian order")
    refused(tiff([[5]], 8, 1, tags={259: (3, b"\x39\x30")}), "compression number 12345")


def other_jpeg() -> None:
    jpeg = saved(Image.new("L", (8, 8)), "JPEG")
    place = jpeg.index(b"\xff\xc0")
    refused(jpeg[: place + 4] + b"\x0c" + jpeg[place + 5 :], "JPEG", "12 bits per sample")
    refused(jpeg[:place] + b"\xff\xc3" + jpeg[place + 2 :], "lossless")


def camera_raw() -> None:
    refused(tiff([[5]], 8, 32803), "raw file", "develop it")
    thumbnail = {254: (4, b"\1\0\0\0"), 330: (4, b"\x08\0\0\0")}
    refused(tiff([[[5] * 3]], 8, 2, tags=thumbnail), "raw file")
    refused(
        tiff([[5]], 8, 1, tags={50706: (1, b"\1\4\0\0"), 254: (4, b"\1\0\0\0"), 330: (4, b"\x08\0\0\0")}), "raw file"
    )
    refused(b"II*\0\x10\0\0\0CR\2\0" + bytes(40), "raw file")


CHECKS: dict[str, Callable[[], None]] = {
    "bilevel": bilevel, "grey": grey, "grey-16": grey_16, "grey-value": grey_value, "grey-alpha": grey_alpha, "rgb": rgb,
    "rgb-16": rgb_16, "rgb-value": rgb_value, "rgb-alpha": rgb_alpha, "palette": palette, "palette-alpha": palette_alpha,
    "white-is-zero": white_is_zero, "signed": signed, "unsigned-32": unsigned_32, "float": floating, "cmyk": cmyk, "ycbcr": ycbcr,
    "lab": lab, "frames": frames, "other-tiff": other_tiff, "other-jpeg": other_jpeg, "camera-raw": camera_raw,
}  # fmt: skip


@pytest.mark.parametrize("key", [row.key for row in LAYOUTS])
def test_each_row_of_the_table(key: str) -> None:
    CHECKS[key]()


def test_the_document_has_the_table() -> None:
    page = (Path(__file__).parents[2] / "docs" / "pictures.md").read_text(encoding="utf-8")
    assert layouts.table() in page


def of_mode(mode: str) -> tuple[Image.Image, Any]:
    """A picture of Pillow in a mode, and its samples in 8 bits."""
    grey, opaque = RGB[..., 0].astype(np.uint8), np.full((4, 6), 255, np.uint8)
    image = Image.fromarray(RGB.astype(np.uint8))
    match mode:
        case "1":
            return Image.fromarray(grey > 127), np.where(grey > 127, 255, 0)
        case "La":
            return Image.fromarray(np.dstack([grey, opaque]), "LA").convert("La"), grey
        case "I" | "F":
            return Image.fromarray(grey.astype(np.int32 if mode == "I" else np.float32)), grey
        case "I;16" | "I;16L" | "I;16B" | "I;16N":
            kind = ">u2" if mode == "I;16B" else "<u2"
            return Image.frombytes(mode, (6, 4), (RGB[..., 0] * 257).astype(kind).tobytes()), grey
        case "P" | "PA":
            image = Image.fromarray(grey, "P")
            image.putpalette(bytes(255 - value for value in range(256) for _ in range(3)))
            return image.convert(mode), (255 - grey)[..., None].repeat(3, 2)
        case "L" | "LA":
            return Image.fromarray(grey).convert(mode), grey
        case "RGBa":
            return image.convert("RGBA").convert("RGBa"), RGB
        case "CMYK":
            return image.convert("CMYK"), RGB
        case "LAB":
            image = Image.frombytes("LAB", (6, 4), bytes((128, 0, 0)) * 24)
            return image, np.full((4, 6, 3), 119)
    return image.convert(mode), RGB


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_of_pillow(mode: str) -> None:
    image, expected = of_mode(mode)
    picture = from_image(image)
    assert picture.samples.shape == expected.shape
    tolerance = {"YCbCr": 3, "HSV": 8, "LAB": 2}.get(mode, 0)
    assert np.abs(picture.samples.astype(int) - expected).max() <= tolerance


def test_every_mode_of_pillow_is_in_the_table_or_refused() -> None:
    from PIL import ImageMode

    for mode in (*ImageMode._modes, "I;16N") if hasattr(ImageMode, "_modes") else (*Image.MODES, "I;16N"):
        assert mode in MODES, mode


def test_an_unknown_mode_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(MODES, "HSV")
    with pytest.raises(PictureError, match="HSV"):
        from_image(Image.new("HSV", (2, 2)))


# Pillow lists these layouts, but has no code for their bits.
REVERSED_WITHOUT_READER = [
    key for key in OPEN_INFO if key[3] == 2 and ((key[1], key[4]) in ((0, (8,)), (3, (1,)), (3, (2,)), (3, (4,))))
]


# Pillow's own table of TIFF layouts: byte order, photometric, sample format, fill order, bits, extra samples.
@pytest.mark.parametrize("key", OPEN_INFO, ids=str)
def test_each_layout_of_tiff_that_pillow_reads(key: tuple[Any, ...]) -> None:
    mark, photometric, (sample_format,), fill, bits, extra = key
    order = "<" if mark == b"II" else ">"
    depth, channels = bits[0], len(bits)
    largest = 2**depth - 1
    rng = np.random.default_rng(6)
    values: Any = rng.integers(0, min(largest, 2**31) + 1, (4, 8, channels))
    tags: dict[int, tuple[int, bytes]] = {}
    if sample_format == 3:
        values = rng.random((4, 8, channels))
        largest = 1
    elif sample_format == 2 or depth == 32:
        values = rng.integers(0, 128, (4, 8, channels))
        values[0, 0], values[0, 1] = 0, 127 if depth == 8 else 255
        largest = 255
    table = rng.integers(0, 256, (2**depth if depth <= 8 else 1, 3))
    if photometric == 3:
        tags[320] = (3, (table.T * 257).astype(order + "u2").tobytes())
    if photometric == 6:
        tags[530] = (3, np.array([1, 1], order + "u2").tobytes())
    data = tiff(values, bits, photometric, order=order, sample_format=sample_format, fill=fill, extra=extra, tags=tags)
    if fill == 2 and key in REVERSED_WITHOUT_READER:
        refused(data, "reverse order")
        return
    actual = from_bytes(data, "a picture").samples.astype(int)
    scaled = np.floor(values * 255 / largest + 0.5).astype(int)
    expected, tolerance = (None, 0) if photometric == 3 else _expected(photometric, scaled, extra)
    if photometric == 3:
        colours = table[values[..., 0]]
        expected = over_white(colours, values[..., 1]) if 2 in extra else colours
    assert actual.shape == expected.shape
    assert np.abs(actual - expected).max() <= tolerance + (depth == 16 and channels > 1)


def _expected(photometric: int, scaled: Any, extra: tuple[int, ...]) -> tuple[Any, int]:
    """The 8-bit samples that these are meant to be, and by how much rounding may change them."""
    if photometric in (0, 1):
        grey = 255 - scaled[..., 0] if photometric == 0 else scaled[..., 0]
        return _laid(grey, scaled[..., 1:], extra), 3 if 1 in extra else 0
    if photometric == 2:
        has_alpha = scaled.shape[2] == 4 and not extra
        kind = (2,) if has_alpha else extra
        return _laid(scaled[..., :3], scaled[..., 3:], kind), 3 if 1 in kind else 1 if scaled.shape[2] > 3 else 0
    if photometric == 5:
        return np.asarray(Image.fromarray(scaled[..., :4].astype(np.uint8), "CMYK").convert("RGB")).astype(int), 2
    if photometric == 6 and scaled.shape[2] == 1:
        return scaled[..., 0], 0
    if photometric == 6:
        return np.asarray(Image.fromarray(scaled.astype(np.uint8), "YCbCr").convert("RGB")).astype(int), 0
    lab = Image.frombytes("LAB", (8, 4), scaled.astype(np.uint8).tobytes())
    return np.asarray(lab.convert("RGB")).astype(int), 0


def _laid(colours: Any, others: Any, extra: tuple[int, ...]) -> Any:
    if not extra or extra[0] == 0:
        return colours
    alpha = others[..., 0]
    if extra[0] == 1:  # the colours are multiplied by alpha; those above it are out of range
        wide = alpha if colours.ndim == 2 else alpha[..., None]
        return np.where(wide == 0, 255, np.minimum(colours, wide) + 255 - wide)
    return over_white(colours, alpha)
