"""What a file says about its colours is followed, or a note says that it was not."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from misc_format.pictures import colour, from_bytes, from_image, profiles
from misc_format.pictures.layouts import NOTE_ALPHA, NOTE_CMYK
from misc_format.pictures.metadata import NOTE_BMP, NOTE_GIF, NOTE_JPEG_2000
from misc_format.pictures.profiles import Curve, Primaries
from tests.misc_format.small_pictures import png, tiff
from tests.needs import AVIF, LITTLECMS, needs, require

pytestmark = needs(LITTLECMS)

RGB = np.random.default_rng(1).integers(0, 256, (6, 8, 3))
GREY = np.arange(0, 256, 8)[None]
DISPLAY_P3 = profiles.profile("Display P3", profiles.PRIMARIES[12], profiles.SRGB_CURVE)
ADOBE_RGB = profiles.profile("Adobe RGB (1998)", profiles.ADOBE_RGB, Curve(profiles.ADOBE_GAMMA))
SWAPPED = profiles.profile(
    "swapped", Primaries(profiles.D65, profiles.SRGB.blue, profiles.SRGB.green, profiles.SRGB.red), profiles.SRGB_CURVE
)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def iccp(icc: bytes) -> tuple[bytes, bytes]:
    return b"iCCP", b"a\0\0" + zlib.compress(icc)


def read(data: bytes) -> tuple[Any, tuple[str, ...]]:
    picture = from_bytes(data, "a picture")
    return picture.samples.astype(int), picture.notes


def unchanged(data: bytes, samples: Any, note: str | None = None) -> None:
    actual, notes = read(data)
    np.testing.assert_array_equal(actual, samples)
    assert notes == (() if note is None else (note,))


def by_formula(samples: Any, primaries: Primaries, gamma: float | None) -> Any:
    """The conversion to sRGB in floating point. `gamma`: None for the curve of sRGB."""
    x = samples / 255
    linear = np.where(x > 0.04045, ((x + 0.055) / 1.055) ** 2.4, x / 12.92) if gamma is None else x**gamma
    light = linear @ (np.linalg.inv(profiles._to_d50(profiles.SRGB)) @ profiles._to_d50(primaries)).T
    light = light.clip(0, 1)
    return 255 * np.where(light > 0.0031308, 1.055 * light ** (1 / 2.4) - 0.055, 12.92 * light)


@pytest.mark.parametrize(
    ("icc", "primaries", "gamma", "name"),
    [
        (DISPLAY_P3, profiles.PRIMARIES[12], None, "Display P3"),
        (ADOBE_RGB, profiles.ADOBE_RGB, profiles.ADOBE_GAMMA, "Adobe RGB (1998)"),
    ],
)
def test_a_profile_is_converted_to_srgb_with_a_note(icc: bytes, primaries: Primaries, gamma: Any, name: str) -> None:
    expected = by_formula(RGB, primaries, gamma)
    image = Image.fromarray(RGB.astype(np.uint8))
    files = [png(RGB, 8, 2, iccp(icc))]
    for kind, options in (("TIFF", {}), ("WEBP", {"lossless": True})):
        stream = io.BytesIO()
        image.save(stream, kind, icc_profile=icc, **options)
        files.append(stream.getvalue())
    for data in files:
        actual, notes = read(data)
        assert notes == (colour.NOTE_CONVERTED.format(f'the profile "{name}"'),)
        assert np.abs(actual - expected).max() <= 2
    image.info["icc_profile"] = icc
    assert np.abs(from_image(image).samples - expected).max() <= 2


def test_channels_that_a_profile_swaps_are_swapped() -> None:
    actual, notes = read(png(RGB, 8, 2, iccp(SWAPPED)))
    assert np.abs(actual - RGB[..., ::-1]).max() <= 1
    assert notes == (colour.NOTE_CONVERTED.format('the profile "swapped"'),)


@pytest.mark.parametrize("icc", [SRGB, profiles.profile("own sRGB", profiles.SRGB, profiles.SRGB_CURVE)])
def test_a_profile_of_srgb_changes_nothing(icc: bytes) -> None:
    unchanged(png(RGB, 8, 2, iccp(icc)), RGB)
    unchanged(png(GREY, 8, 0, iccp(icc)), GREY)


def test_transparency_is_laid_over_white_after_the_conversion() -> None:
    alpha = np.full((6, 8), 255)
    alpha[0, 0] = 0
    actual, notes = read(png(np.dstack([RGB, alpha]), 8, 6, iccp(SWAPPED)))
    expected = RGB[..., ::-1].copy()
    expected[0, 0] = 255
    assert np.abs(actual - expected).max() <= 1
    assert notes[-1] == NOTE_ALPHA


def test_a_palette_with_a_profile() -> None:
    data = png([[0, 1]], 8, 3, iccp(SWAPPED), (b"PLTE", bytes((200, 10, 20, 5, 6, 7))))
    assert np.abs(read(data)[0] - [[[20, 10, 200], [7, 6, 5]]]).max() <= 1


def grey_profile(gamma: float) -> bytes:
    """A profile for grey: its curve, its white point and nothing else."""
    tags = {
        b"desc": profiles._text("grey"),
        b"wtpt": profiles._xyz(profiles._D50),
        b"kTRC": b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)),
    }
    body, table, start = b"", b"", 132 + 12 * len(tags)
    for signature, content in tags.items():
        table += struct.pack(">4sII", signature, start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"\0\0\0\0", 0x02400000, b"mntr", b"GRAY", b"XYZ ")
    head += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(24) + struct.pack(">I3i", 0, 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def test_a_grey_picture_with_a_grey_profile_stays_grey() -> None:
    actual, notes = read(png(GREY, 8, 0, iccp(grey_profile(1.0))))
    assert actual.shape == GREY.shape
    assert notes == (colour.NOTE_CONVERTED.format('the profile "grey"'),)
    assert np.abs(actual - by_formula(GREY[..., None].repeat(3, 2), profiles.SRGB, 1.0)[..., 0]).max() <= 2


def test_a_profile_for_other_channels_is_named() -> None:
    unchanged(png(RGB, 8, 2, iccp(grey_profile(1.0))), RGB, colour.NOTE_MISFIT.format("grey", "RGB"))
    image = Image.new("CMYK", (4, 4), (0, 255, 255, 0))
    stream = io.BytesIO()
    image.save(stream, "TIFF", icc_profile=DISPLAY_P3)
    actual, notes = read(stream.getvalue())
    assert notes == (colour.NOTE_MISFIT.format("RGB", "CMYK inks"), NOTE_CMYK)
    np.testing.assert_array_equal(actual[0, 0], [255, 0, 0])


def test_inks_with_a_profile_are_converted_by_it() -> None:
    image = Image.new("CMYK", (4, 4), (0, 0, 0, 128))
    stream = io.BytesIO()
    image.save(stream, "TIFF", icc_profile=cmyk_profile())
    actual, notes = read(stream.getvalue())
    assert notes == (colour.NOTE_CONVERTED.format('the profile "inks"'),)
    # The profile's table says that black ink takes away lightness L* in proportion: half of it leaves 50, which is 119 in sRGB.
    assert np.abs(actual - 119).max() <= 3


def cmyk_profile() -> bytes:
    """A profile of a printer whose table has two points for each ink: L* is 100 without ink, and 0 with any full ink."""
    grid = np.array(list(np.ndindex(2, 2, 2, 2)))
    light = np.where(grid.any(axis=1), 0, 255)
    table = np.stack([light, np.full(16, 128), np.full(16, 128)], axis=1).astype(np.uint8)
    linear = np.arange(256, dtype=np.uint8).tobytes()
    lut = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    lut += linear * 4 + table.tobytes() + linear * 3
    tags = {b"desc": profiles._text("inks"), b"wtpt": profiles._xyz(profiles._D50), b"A2B0": lut, b"A2B1": lut}
    body, directory, start = b"", b"", 132 + 12 * len(tags)
    for signature, content in tags.items():
        directory += struct.pack(">4sII", signature, start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"\0\0\0\0", 0x02400000, b"prtr", b"CMYK", b"Lab ")
    head += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(24) + struct.pack(">I3i", 0, 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + directory + body


@pytest.mark.parametrize("icc", [b"", b"no profile", SRGB[:200], bytes(600)])
def test_a_broken_profile_is_named(icc: bytes) -> None:
    unchanged(png(RGB, 8, 2, iccp(icc)), RGB, colour.NOTE_BROKEN)
    stream = io.BytesIO()
    Image.fromarray(RGB.astype(np.uint8)).save(stream, "TIFF", icc_profile=icc or b"\0")
    unchanged(stream.getvalue(), RGB, colour.NOTE_BROKEN)


def test_a_profile_chunk_that_is_no_zlib_stream_or_a_bomb_is_named() -> None:
    unchanged(png(RGB, 8, 2, (b"iCCP", b"a\0\0junk")), RGB, colour.NOTE_BROKEN)
    unchanged(png(RGB, 8, 2, (b"iCCP", b"a\0\0" + zlib.compress(bytes(2**24 + 1)))), RGB, colour.NOTE_BROKEN)


def test_a_profile_of_more_than_a_mebibyte_is_followed() -> None:
    padded = SWAPPED + bytes(2**21)
    padded = struct.pack(">I", len(padded)) + padded[4:]
    assert np.abs(read(png(RGB, 8, 2, iccp(padded)))[0] - RGB[..., ::-1]).max() <= 1


@given(st.binary(max_size=400), st.integers(0, 400))
def test_a_damaged_profile_is_followed_or_named_but_never_an_error(junk: bytes, place: int) -> None:
    icc = DISPLAY_P3[:place] + junk + DISPLAY_P3[place + len(junk) :]
    actual, notes = read(png(RGB, 8, 2, iccp(icc)))
    assert actual.shape == RGB.shape
    assert len(notes) == 1 or icc == DISPLAY_P3 or np.array_equal(actual, RGB)


# The chunks of PNG beside the profile


def chunk_of_gamma(gamma: float) -> tuple[bytes, bytes]:
    return b"gAMA", struct.pack(">I", round(gamma * 100_000))


def chunk_of(primaries: Primaries) -> tuple[bytes, bytes]:
    return b"cHRM", struct.pack(">8I", *(round(value * 100_000) for pair in primaries for value in pair))


USUAL = chunk_of_gamma(0.45455)


@pytest.mark.parametrize(
    "chunks",
    [
        [(b"sRGB", b"\0")],
        [USUAL],
        [USUAL, chunk_of(profiles.SRGB)],
        [chunk_of(profiles.SRGB)],
        [(b"sRGB", b"\0"), chunk_of_gamma(1.0)],
        [(b"cICP", bytes((1, 13, 0, 1)))],
        [(b"cICP", bytes((2, 2, 0, 1)))],
        [(b"cICP", bytes((1, 13, 0, 1))), iccp(SWAPPED)],
    ],
)
def test_chunks_that_say_srgb_change_nothing(chunks: list[tuple[bytes, bytes]]) -> None:
    unchanged(png(RGB, 8, 2, *chunks), RGB)


@pytest.mark.parametrize(
    ("chunks", "primaries", "gamma", "name"),
    [
        ([chunk_of_gamma(1.0)], profiles.SRGB, 1.0, "gamma 1/1"),
        ([chunk_of_gamma(1 / 1.8)], profiles.SRGB, 1.8, "gamma 1/1.8"),
        ([USUAL, chunk_of(profiles.ADOBE_RGB)], profiles.ADOBE_RGB, 2.2, "gamma 1/2.2 and primaries of its own"),
        ([(b"cICP", bytes((12, 13, 0, 1)))], profiles.PRIMARIES[12], None, "code points 12/13"),
        ([(b"cICP", bytes((12, 13, 0, 1))), iccp(SRGB)], profiles.PRIMARIES[12], None, "code points 12/13"),
        ([(b"cICP", bytes((1, 8, 0, 1)))], profiles.SRGB, 1.0, "code points 1/8"),
        ([(b"cICP", bytes((9, 16, 0, 1))), iccp(DISPLAY_P3)], profiles.PRIMARIES[12], None, 'the profile "Display P3"'),
    ],
)
def test_chunks_that_say_another_space_are_followed(
    chunks: list[tuple[bytes, bytes]], primaries: Primaries, gamma: float | None, name: str
) -> None:
    actual, notes = read(png(RGB, 8, 2, *chunks))
    assert notes == (colour.NOTE_CONVERTED.format(name),)
    assert np.abs(actual - by_formula(RGB, primaries, gamma)).max() <= 2


@pytest.mark.parametrize(
    ("chunks", "note"),
    [
        ([(b"cICP", bytes((9, 16, 0, 1)))], colour.NOTE_CODE_POINTS.format("9/16/0")),
        ([(b"cICP", bytes((9, 18, 0, 1)))], colour.NOTE_CODE_POINTS.format("9/18/0")),
        ([chunk_of_gamma(0)], colour.NOTE_PRIMARIES.format("a gamma of 0")),
        ([chunk_of(profiles.ADOBE_RGB)], colour.NOTE_PRIMARIES.format("primaries without a gamma")),
        (
            [USUAL, (b"cHRM", bytes(32))],
            colour.NOTE_PRIMARIES.format("primaries or a gamma of no colour space"),
        ),
        (
            [(b"gAMA", struct.pack(">I", 1))],
            colour.NOTE_PRIMARIES.format("primaries or a gamma of no colour space"),
        ),
    ],
)
def test_chunks_that_cannot_be_followed_are_named(chunks: list[tuple[bytes, bytes]], note: str) -> None:
    unchanged(png(RGB, 8, 2, *chunks), RGB, note)


@given(st.lists(st.integers(0, 2**32 - 1), min_size=8, max_size=8), st.integers(0, 2**32 - 1))
def test_any_numbers_are_followed_or_named(numbers: list[int], gamma: int) -> None:
    data = png(RGB, 8, 2, (b"gAMA", struct.pack(">I", gamma)), (b"cHRM", struct.pack(">8I", *numbers)))
    actual, notes = read(data)
    assert actual.shape == RGB.shape
    assert len(notes) <= 1
    assert notes or np.array_equal(actual, RGB)


# Other formats


def test_the_code_points_of_avif_are_followed() -> None:
    require(AVIF)
    stream = io.BytesIO()
    Image.new("RGB", (16, 16), (200, 100, 50)).save(stream, "AVIF", quality=100, subsampling="4:4:4")
    data = stream.getvalue()
    place = data.index(b"colrnclx") + 8
    before, notes = read(data)
    assert notes == ()
    wide, notes = read(data[:place] + struct.pack(">HH", 12, 13) + data[place + 4 :])
    assert notes == (colour.NOTE_CONVERTED.format("code points 12/13"),)
    assert np.abs(wide - by_formula(before, profiles.PRIMARIES[12], None)).max() <= 2
    _, notes = read(data[:place] + struct.pack(">HH", 9, 16) + data[place + 4 :])
    assert notes == (colour.NOTE_CODE_POINTS.format("9/16/6"),)


@pytest.mark.parametrize("interoperability", [False, True])
def test_adobe_rgb_that_exif_states_is_converted(interoperability: bool) -> None:
    exif = Image.Exif()
    if interoperability:
        exif.get_ifd(0x8769)[0xA001] = 65535
        exif.get_ifd(0x8769)[0xA005] = {1: "R03"}
    else:
        exif.get_ifd(0x8769)[0xA001] = 2
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), (60, 200, 90)).save(stream, "JPEG", quality=100, exif=exif)
    actual, notes = read(stream.getvalue())
    assert notes == (colour.NOTE_CONVERTED.format("Adobe RGB, which EXIF states"),)
    assert (
        np.abs(actual[4, 4] - by_formula(np.array([60, 200, 90]), profiles.ADOBE_RGB, profiles.ADOBE_GAMMA)).max() <= 4
    )


def bmp(space: bytes, ends: bytes = bytes(48), profile: bytes = b"") -> bytes:
    """A BMP of version 5 with the pixels of RGB."""
    pixels = RGB[::-1, :, ::-1].astype(np.uint8).tobytes()
    header = struct.pack("<IiiHHIIiiII", 124, 8, 6, 1, 24, 0, len(pixels), 0, 0, 0, 0) + bytes(16) + space + ends
    header += struct.pack("<IIII", 4, 124 + len(pixels), len(profile), 0)
    return struct.pack("<2sIHHI", b"BM", 138 + len(pixels) + len(profile), 0, 0, 138) + header + pixels + profile


def test_the_colour_space_of_a_bmp_is_followed_or_named() -> None:
    unchanged(bmp(b"BGRs"), RGB)
    unchanged(bmp(b" niW"), RGB)
    unchanged(bmp(bytes(4)), RGB)
    unchanged(bmp(bytes(4), struct.pack("<I", 5) + bytes(44)), RGB, NOTE_BMP)
    unchanged(bmp(b"KNIL"), RGB, NOTE_BMP)
    actual, notes = read(bmp(b"DEBM", profile=SWAPPED))
    assert notes == (colour.NOTE_CONVERTED.format('the profile "swapped"'),)
    assert np.abs(actual - RGB[..., ::-1]).max() <= 1


def test_the_colour_space_of_a_jpeg_2000_is_followed_or_named() -> None:
    stream = io.BytesIO()
    Image.fromarray(RGB.astype(np.uint8)).save(stream, "JPEG2000")
    data = stream.getvalue()
    unchanged(data, RGB)
    place = data.index(b"colr")
    unchanged(data[: place + 7] + struct.pack(">I", 21) + data[place + 11 :], RGB, NOTE_JPEG_2000)
    box = struct.pack(">I", 11 + len(SWAPPED)) + b"colr\2\0\0" + SWAPPED
    header = data.index(b"jp2h") - 4
    [length] = struct.unpack_from(">I", data, header)
    grown = struct.pack(">I", length + len(box) - 15)
    changed = data[:header] + grown + data[header + 4 : place - 4] + box + data[place + 11 :]
    actual, notes = read(changed)
    assert notes == (colour.NOTE_CONVERTED.format('the profile "swapped"'),)
    assert np.abs(actual - RGB[..., ::-1]).max() <= 1


def test_the_profile_of_a_gif_is_named() -> None:
    stream = io.BytesIO()
    Image.new("L", (4, 4)).save(stream, "GIF")
    data = stream.getvalue()
    place = data.index(b"\x2c")
    _, notes = read(data[:place] + b"\x21\xff\x0bICCRGBG1012\x01a\0" + data[place:])
    assert notes == (NOTE_GIF,)


def rationals(*values: float) -> tuple[int, bytes]:
    return 5, b"".join(struct.pack("<II", round(value * 10_000), 10_000) for value in values)


def test_the_numbers_of_a_tiff_are_named() -> None:
    white, points = rationals(*profiles.D65), [value for pair in profiles.SRGB[1:] for value in pair]
    unchanged(tiff(RGB, 8, 2, tags={318: white, 319: rationals(*points)}), RGB)
    wide = rationals(*(value for pair in profiles.ADOBE_RGB[1:] for value in pair))
    unchanged(tiff(RGB, 8, 2, tags={318: white, 319: wide}), RGB, colour.NOTE_PRIMARIES.format("primaries of its own"))
    curve = 3, np.zeros(256, "<u2").tobytes()
    unchanged(tiff(RGB, 8, 2, tags={301: curve}), RGB, colour.NOTE_PRIMARIES.format("a transfer function"))


def test_without_littlecms_a_note_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(colour.features, "check", lambda _: False)
    unchanged(png(RGB, 8, 2, iccp(SWAPPED)), RGB, colour.NOTE_NO_LITTLECMS.format('the profile "swapped"'))


def test_the_name_of_a_profile_cannot_control_a_terminal() -> None:
    icc = profiles.profile("\x1b[2J" + "x" * 100, profiles.PRIMARIES[12], profiles.SRGB_CURVE)
    [note] = read(png(RGB, 8, 2, iccp(icc)))[1]
    assert note.isprintable() and len(note) < 140


# Keeping a profile


def test_a_profile_is_kept_where_asked_for() -> None:
    picture = from_bytes(png(RGB, 8, 2, iccp(SWAPPED)), "a picture", keep_icc=True)
    np.testing.assert_array_equal(picture.samples, RGB)
    assert (picture.icc, picture.notes) == (SWAPPED, (colour.NOTE_KEPT.format('the profile "swapped"'),))
    built = from_bytes(png(RGB, 8, 2, (b"cICP", bytes((12, 13, 0, 1)))), "a picture", keep_icc=True)
    assert built.icc is not None
    np.testing.assert_array_equal(built.samples, RGB)


def test_a_profile_of_srgb_is_not_kept_for_it_says_nothing() -> None:
    picture = from_bytes(png(RGB, 8, 2, iccp(SRGB)), "a picture", keep_icc=True)
    assert (picture.icc, picture.notes) == (None, ())


def test_a_profile_for_grey_is_not_kept() -> None:
    picture = from_bytes(png(GREY, 8, 0, iccp(grey_profile(1.0))), "a picture", keep_icc=True)
    assert picture.icc is None
    assert picture.notes == (colour.NOTE_NOT_KEPT, colour.NOTE_CONVERTED.format('the profile "grey"'))
