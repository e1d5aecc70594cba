"""The colour space of a picture, and its conversion to sRGB by LittleCMS.

Rule 1.  What a file says about its colours is followed, or a note says that it was not. A picture in sRGB gets neither note nor change.
Rule 2.  Where a file says it several times, the first of these counts: code points (cICP), ICC profile, an sRGB mark, gamma and
         primaries, EXIF. The order is that of the PNG specification, third edition.
"""

from __future__ import annotations

import io
import struct
from typing import Any, Final, NamedTuple

import numpy as np
from PIL import ExifTags, Image, features

from misc_format.components import Samples
from misc_format.pictures import png, profiles
from misc_format.pictures.faults import DAMAGE
from misc_format.pictures.layouts import NOTE_CMYK
from misc_format.pictures.profiles import Curve, Primaries

#: The key of `Image.info` under which `opening` puts notes of its own.
NOTES: Final = "misc notes"

NOTE_CONVERTED: Final = "The colours were converted to sRGB from {0}."
NOTE_KEPT: Final = "The colours were left as they are; the file keeps the ICC profile of {0}."
NOTE_NOT_KEPT: Final = "The ICC profile was not kept, because the picture is not RGB."
NOTE_BROKEN: Final = png.NOTE_PROFILE
NOTE_MISFIT: Final = "The picture's ICC profile is for {0}, the picture is {1}; its colours were taken for sRGB."
NOTE_NO_LITTLECMS: Final = (
    "This Pillow has no LittleCMS, so colours were not converted from {0}; install a Pillow that has it."
)
NOTE_CODE_POINTS: Final = (
    "The picture's colours have code points {0} without a conversion to sRGB; they were taken for sRGB."
)
NOTE_PRIMARIES: Final = "The picture states {0}, which was ignored; its colours were taken for sRGB."

_SPACES: Final = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_TITLES: Final = {"RGB": "RGB", "GRAY": "grey", "CMYK": "CMYK inks", "Lab": "CIELAB", "L": "grey"}
_TOLERANCE: Final = 2  # levels by which profiles of sRGB differ from each other
_GAMMA_TOLERANCE: Final = 0.05  # of 1 / 2.2, which stands for sRGB; libpng's
_ADOBE_RGB, _INTEROPERABILITY = 2, "R03"  # EXIF 2.32, clause 4.6.5, and the DCF option file


class Space(NamedTuple):
    """A colour space that is not stated to be sRGB. `name`: for a note."""

    name: str
    icc: bytes


def to_srgb(
    colours: Image.Image, image: Image.Image, notes: list[str], *, keep_icc: bool
) -> tuple[Samples, bytes | None]:
    """Colours in mode L, RGB or CMYK as samples in sRGB, and the profile if it was kept. `image`: what its file says."""
    space = None if image.mode == "LAB" else _space(image, notes)
    is_ink = colours.mode == "CMYK"
    if space is not None:
        transformed = _Transform.of(space, colours.mode, notes)
        if transformed is not None:
            if keep_icc and transformed.is_rgb and not is_ink and not transformed.is_identity:
                notes.append(NOTE_KEPT.format(space.name))
                return np.asarray(colours), space.icc
            if keep_icc and not transformed.is_identity:
                notes.append(NOTE_NOT_KEPT)
            if not transformed.is_identity:
                notes.append(NOTE_CONVERTED.format(space.name))
            return (np.asarray(colours) if transformed.is_identity else transformed.apply(colours)), None
    if is_ink:
        notes.append(NOTE_CMYK)
        return np.asarray(colours.convert("RGB")), None
    return np.asarray(colours), None


class _Transform(NamedTuple):
    """A conversion of LittleCMS to sRGB. `is_identity`: it changes no colour beyond rounding. `is_rgb`: from an RGB space."""

    transform: Any
    mode: str
    is_rgb: bool
    is_identity: bool

    @classmethod
    def of(cls, space: Space, mode: str, notes: list[str]) -> _Transform | None:
        """The conversion of a picture in this mode; None, with a note, if there is none."""
        if not features.check("littlecms2"):
            notes.append(NOTE_NO_LITTLECMS.format(space.name))
            return None
        from PIL import ImageCms

        try:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(space.icc))
            stated = profile.profile.xcolor_space.strip()
            # A grey picture may have an RGB profile, whose neutral axis then counts.
            is_fitting = _SPACES.get(stated) == mode or (stated, mode) == ("RGB", "L")
            if not is_fitting:
                notes.append(NOTE_MISFIT.format(_TITLES.get(stated, stated), _TITLES.get(mode, mode)))
                return None
            transform = ImageCms.buildTransform(
                profile,
                ImageCms.createProfile("sRGB"),
                _SPACES[stated],
                "RGB",
                ImageCms.Intent.RELATIVE_COLORIMETRIC,
                ImageCms.Flags.BLACKPOINTCOMPENSATION,
            )
            probe = _probe(_SPACES[stated])
            change = np.asarray(ImageCms.applyTransform(probe, transform), np.int16) - np.asarray(probe.convert("RGB"))
        except (*DAMAGE, ImageCms.PyCMSError):
            notes.append(NOTE_BROKEN)
            return None
        is_identity = stated != "CMYK" and int(np.abs(change).max()) <= _TOLERANCE
        return cls(transform, _SPACES[stated], stated == "RGB", is_identity)

    def apply(self, colours: Image.Image) -> Samples:
        """Colours in sRGB: (H, W) for a grey picture, else (H, W, 3)."""
        from PIL import ImageCms

        converted = ImageCms.applyTransform(colours.convert(self.mode), self.transform)
        assert converted is not None
        samples = np.asarray(converted)
        return samples[..., 1] if colours.mode == "L" else samples


def _probe(mode: str) -> Image.Image:
    """Colours from all parts of a space."""
    steps = np.linspace(0, 255, 18).round().astype(np.uint8)
    if mode == "L":
        return Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(18, -1, 3)
    return Image.fromarray(cube).convert(mode)


def _space(image: Image.Image, notes: list[str]) -> Space | None:
    """The colour space that a file states; None for sRGB, or for one that cannot be followed, with a note."""
    info = image.info
    icc = info.get("icc_profile")
    if "cicp" in info:
        space, is_followed = _of_code_points(info["cicp"])
        if is_followed:
            return space
        if not icc:
            notes.append(NOTE_CODE_POINTS.format("/".join(map(str, info["cicp"][:3]))))
            return None
    if "icc_profile" in info:
        if not icc:
            notes.append(NOTE_BROKEN)
            return None
        return Space(f"the profile {_name(icc)}", icc)
    if "srgb" in info:
        return None
    if "gamma" in info or "chromaticity" in info:
        return _of_numbers(info.get("gamma"), info.get("chromaticity"), notes)
    return _of_tags(image, notes)


def _name(icc: bytes) -> str:
    """The description of a profile, in quotation marks, without control characters."""
    from PIL import ImageCms

    try:
        name = str(ImageCms.ImageCmsProfile(io.BytesIO(icc)).profile.profile_description or "")
    except (*DAMAGE, ImageCms.PyCMSError):
        name = ""
    return '"' + "".join(character for character in name if character.isprintable())[:60].strip() + '"'


def _of_code_points(points: tuple[int, ...]) -> tuple[Space | None, bool]:
    """The space of code points of H.273, None for sRGB; and whether there is a conversion from it."""
    primaries, transfer = (1 if point == profiles.UNSPECIFIED else point for point in points[:2])
    if primaries not in profiles.PRIMARIES or transfer not in profiles.CURVES:
        return None, False
    chosen, curve = profiles.PRIMARIES[primaries], profiles.CURVES[transfer]
    if (chosen, curve) == (profiles.SRGB, profiles.SRGB_CURVE):
        return None, True
    name = f"code points {primaries}/{transfer}"
    return Space(name, profiles.profile(name, chosen, curve)), True


def _of_numbers(gamma: float | None, chromaticity: Any, notes: list[str]) -> Space | None:
    """The space of PNG's gAMA and cHRM."""
    primaries = profiles.SRGB
    if chromaticity is not None:
        pairs = [tuple(chromaticity[place : place + 2]) for place in range(0, 8, 2)]
        given = Primaries(*pairs)
        primaries = profiles.SRGB if given.is_near(profiles.SRGB) else given
    if gamma is None or gamma <= 0:
        if gamma is not None or primaries != profiles.SRGB:
            notes.append(NOTE_PRIMARIES.format("a gamma of 0" if gamma is not None else "primaries without a gamma"))
        return None
    is_usual = abs(gamma * 2.2 - 1) <= _GAMMA_TOLERANCE
    if is_usual and primaries == profiles.SRGB:
        return None
    name = f"gamma 1/{1 / gamma:.3g}" + ("" if primaries == profiles.SRGB else " and primaries of its own")
    return _built(name, primaries, Curve(1 / gamma), notes)


def _built(name: str, primaries: Primaries, curve: Curve, notes: list[str]) -> Space | None:
    try:
        return Space(name, profiles.profile(name, primaries, curve))
    except (ValueError, struct.error):
        notes.append(NOTE_PRIMARIES.format("primaries or a gamma of no colour space"))
        return None


def _of_tags(image: Image.Image, notes: list[str]) -> Space | None:
    """The space of EXIF's mark for Adobe RGB; a note about what TIFF says in numbers."""
    if notable := _numbers_of_tiff(getattr(image, "tag_v2", {})):
        notes.append(NOTE_PRIMARIES.format(notable))
        return None
    if image.format not in ("JPEG", "MPO", "TIFF", "WEBP", "PNG", "AVIF"):
        return None
    try:
        exif = image.getexif()
        is_adobe_rgb = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.ColorSpace) == _ADOBE_RGB or str(
            exif.get_ifd(ExifTags.IFD.Interop).get(1, "")
        ).startswith(_INTEROPERABILITY)
    except DAMAGE:
        return None  # a note about EXIF is given where it is needed for the orientation
    name = "Adobe RGB, which EXIF states"
    return _built(name, profiles.ADOBE_RGB, Curve(profiles.ADOBE_GAMMA), notes) if is_adobe_rgb else None


def _numbers_of_tiff(tags: Any) -> str | None:
    """What the tags of a TIFF file say about colours, if that is not sRGB."""
    if 301 in tags:
        return "a transfer function"
    white, points = tags.get(318, profiles.D65), tags.get(319)
    if points is None or len(points) != 6 or len(white) != 2:
        return None
    try:
        numbers = [float(value) for value in (*white, *points)]
    except (ZeroDivisionError, ValueError):
        return "primaries of no colour space"
    pairs = [(numbers[place], numbers[place + 1]) for place in range(0, 8, 2)]
    return None if Primaries(*pairs).is_near(profiles.SRGB) else "primaries of its own"
