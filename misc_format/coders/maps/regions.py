"""A map as a generic region of JBIG2, and back. Numba is imported at first use, because that takes half a second."""

from __future__ import annotations

from misc_format.components import BoolMap, Region, Size

END_MARKER = b"\xff\xac"  # behind the data of a region in a JBIG2 file; in our files, a bit says so


def region_of(grid: BoolMap) -> Region:
    """The shortest region of a map, its data as in a JBIG2 file.

    Of several, it is the one of the smallest template, and of these the one without typical prediction.
    """
    from misc_format.coders.maps import jbig2region

    candidates = (
        Region(template, typical, jbig2region.encode(grid, template, typical) + END_MARKER)
        for template in range(len(jbig2region.TEMPLATES))
        for typical in (False, True)
    )
    return min(candidates, key=lambda region: len(region.data))


def pixels(region: Region, size: Size) -> BoolMap:
    """The map that a region decodes to."""
    from misc_format.coders.maps import jbig2region

    return jbig2region.decode(stored_data(region), *size, region.template, region.typical_prediction)


def stored_data(region: Region) -> bytes:
    """The data of a region without the end marker."""
    return region.data.removesuffix(END_MARKER)
