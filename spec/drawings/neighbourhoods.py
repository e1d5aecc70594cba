"""The pixels and samples that a context sees (clauses 7.4.3, 7.5.4, 7.5.7 and 8.3), from the declarations of the coders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from misc_format.coders.image.gridmodel import context
from misc_format.coders.maps import jbig2region
from misc_format.coders.maps.mapmodel import coarse, fine

from .canvas import circle, drawing, path, rectangle, text

Place = tuple[int, int]  # rows down and columns to the right of the present one
HERE: Place = (0, 0)


class Panel:
    """Cells around the present one, which is marked with an X. `labels` are written in cells, `dots` are marked with a dot."""

    def __init__(self, cells: Iterable[Place], side: float, *, kind: str = "blue", here: str = "X") -> None:
        self.cells = list(cells)
        self.side, self.kind, self.here = side, kind, here
        places = [*self.cells, HERE]
        self.top, self.left = (min(place[axis] for place in places) for axis in (0, 1))
        self.bottom, self.right = (max(place[axis] for place in places) + 1 for axis in (0, 1))

    @property
    def width(self) -> float:
        """The width of all cells."""
        return (self.right - self.left) * self.side

    @property
    def height(self) -> float:
        """The height of all cells."""
        return (self.bottom - self.top) * self.side

    def draw(
        self, x: float, y: float, labels: Mapping[Place, object] | None = None, dots: Iterable[Place] = ()
    ) -> list[str]:
        """The cells, the upper left one at (x, y)."""
        labels = labels or {}
        body = [rectangle(*self.corner(x, y, place), self.side, self.side, self.kind) for place in self.cells]
        if HERE not in self.cells:
            body.append(rectangle(*self.corner(x, y, HERE), self.side, self.side, "here"))
        body += [text(*self.centre(x, y, place), label, "small") for place, label in labels.items()]
        body += [circle(*self.centre(x, y, place), self.side / 7, "mark") for place in dots]
        if self.here:
            kind = "strong" if HERE in self.cells else "strong onto"
            body.append(text(*self.centre(x, y, HERE), self.here, kind))
        return body

    def corner(self, x: float, y: float, place: Place) -> tuple[float, float]:
        """The upper left corner of a cell."""
        return x + (place[1] - self.left) * self.side, y + (place[0] - self.top) * self.side

    def centre(self, x: float, y: float, place: Place) -> tuple[float, float]:
        """The middle of a cell."""
        left, top = self.corner(x, y, place)
        return left + self.side / 2, top + self.side / 2

    def rows(self, x: float, y: float) -> list[str]:
        """The number of each row, to its left, and the first and the last column of each, at its ends."""
        body = []
        for row in range(self.top, self.bottom):
            columns = sorted(column for down, column in self.cells if down == row)
            if columns:
                middle = y + (row - self.top + 0.5) * self.side
                body.append(text(x - 30, middle, f"row {row}", "right small"))
                body.append(text(self.corner(x, y, (row, columns[0]))[0] - 4, middle, columns[0], "right tiny"))
                after = columns[-1] + (2 if row == 0 else 1)  # behind the present one
                body.append(text(self.corner(x, y, (row, after))[0] + 4, middle, columns[-1], "left tiny"))
        return body


def square(reach: int) -> list[Place]:
    """The places of a square around the present one."""
    return [(row, column) for row in range(-reach, reach + 1) for column in range(-reach, reach + 1)]


def causal(offsets: Iterable[Iterable[int]]) -> list[Place]:
    """The offsets of a map model as places."""
    return [(int(row), int(column)) for row, column in offsets]


def flat() -> list[Place]:
    """The pixels that are of one colour around a flat pixel."""
    left = [(0, -step) for step in range(1, fine.FLAT_LEFT + 1)]
    rows = enumerate(fine.FLAT_ROWS, 1)
    return left + [(-up, column) for up, (before, behind) in rows for column in range(1 - before, behind)]


def fine_drawing() -> str:
    """The neighbourhood of a pixel of a fine map, the pixels that make it flat, and the square of the earlier maps."""
    panel, earlier = Panel(causal(fine.OFFSETS), 14), Panel(square(fine.EARLIER), 14, kind="amber")
    marked = flat()
    x, y = 76, 22
    body = [
        text(
            0,
            4,
            f"This map: {len(panel.cells)} pixels; with a dot, the {len(marked)} that are alike around a flat pixel",
            "left",
        )
    ]
    body += panel.draw(x, y, dots=marked) + panel.rows(x, y)
    right = x + panel.width + 50
    body += [text(right, 4, f"The earlier maps: {len(earlier.cells)} pixels", "left"), *earlier.draw(right, y)]
    said = (
        f"{len(panel.cells)} pixels of this map, {_said(panel)}; {len(marked)} of them decide whether a pixel is flat; "
        f"a square of {len(earlier.cells)} pixels of the union of the earlier maps. X is the present pixel."
    )
    return drawing("The neighbourhood of a pixel of a fine map", said, right + 200, y + panel.height, body)


def coarse_drawing() -> str:
    """The neighbourhood of a pixel of a coarse map, and the squares of the earlier maps and of the last one."""
    panel = Panel(causal(coarse.OFFSETS), 22)
    squares = [
        ("The earlier maps", Panel(square(coarse.EARLIER), 22, kind="amber")),
        ("The last of them", Panel(square(coarse.LAST), 22, kind="teal")),
    ]
    x, y = 76.0, 22
    body = [text(0, 4, f"This map: {len(panel.cells)} pixels", "left"), *panel.draw(x, y), *panel.rows(x, y)]
    x += panel.width + 60
    for name, part in squares:
        body += [text(x, 4, f"{name}: {len(part.cells)}", "left"), *part.draw(x, y)]
        x += max(part.width, 130) + 30
    counts = ", ".join(f"{name.lower()}: a square of {len(part.cells)}" for name, part in squares)
    said = f"{len(panel.cells)} pixels of this map, {_said(panel)}; {counts}. X is the present pixel."
    return drawing("The neighbourhood of a pixel of a coarse map", said, x - 30, y + panel.height, body)


def _said(panel: Panel) -> str:
    rows: dict[int, list[int]] = {}
    for row, column in panel.cells:
        rows.setdefault(row, []).append(column)
    return ", ".join(f"row {row}: {min(columns)} to {max(columns)}" for row, columns in rows.items())


def template(shape: jbig2region.Template) -> list[Place]:
    """The pixels of a template, from the most significant bit of the context."""
    rows = ((-2, shape.top, shape.top_right), (-1, shape.above, shape.above_right), (0, shape.here, -1))
    return [(row, column) for row, width, right in rows for column in range(right - width + 1, right + 1)]


def templates_drawing() -> str:
    """The four templates of JBIG2, each pixel with the number of its bit."""
    side, gap = 26, 40
    body: list[str] = []
    panels = [Panel(template(shape), side) for shape in jbig2region.TEMPLATES]
    wide, tall = max(panel.width for panel in panels), 3 * side
    for index, panel in enumerate(panels):
        x, y = index % 2 * (wide + gap + 60), index // 2 * (tall + gap + 20)
        bits = {place: len(panel.cells) - 1 - order for order, place in enumerate(panel.cells)}
        body.append(text(x, y + 4, f"Template {index}: {len(panel.cells)} pixels", "left"))
        body += panel.draw(x, y + 22, bits)
    said = "; ".join(f"template {index}: {_said(panel)}" for index, panel in enumerate(panels))
    return drawing(
        "The templates of JBIG2 and the bits of their pixels",
        said,
        2 * wide + gap + 60,
        2 * (tall + gap) + 22 + 20 - gap,
        body,
    )


def grid_drawing() -> str:
    """The samples that the context of a sample of a grid sees, in its own plane and in an earlier one, in the order of the inputs."""
    side = 30
    own, around = (
        Panel(_downwards(places), side, kind=kind)
        for places, kind in ((context.CAUSAL, "blue"), (context.AROUND, "amber"))
    )
    errors, edges = _downwards(context.ERROR_NEIGHBOURS), _downwards(context.EDGES)
    y = 22
    body = [text(0, 4, f"The plane of the sample: {len(own.cells)} samples", "left"), *own.draw(0, y, _order(own))]
    body += [_corner_mark(own, 0, y, place) for place in errors]
    x = own.width + 90
    body += [text(x, 4, f"A plane before it: {len(around.cells)} samples", "left"), *around.draw(x, y, _order(around))]
    body += [_corner_mark(around, x, y, place) for place in edges]
    bottom = y + max(own.height, around.height) + 22
    body.append(
        text(
            0,
            bottom,
            "Numbers are the order of the inputs. With a corner: in the plane of the sample, the errors are inputs, too;",
            "left small",
        )
    )
    body.append(
        text(
            0,
            bottom + 17,
            "in a plane before it, so is the magnitude of the difference from the sample at X.",
            "left small",
        )
    )
    said = f"In its own plane {_places(own)}; in a plane before it {_places(around)}; rows down and columns to the right of the sample."
    return drawing("The neighbours of a sample of a grid", said, max(x + around.width + 60, 620), bottom + 22, body)


def _downwards(places: Iterable[Place]) -> list[Place]:
    """Rows up, as the grid model has them, as rows down."""
    return [(-up, right) for up, right in places]


def _order(panel: Panel) -> dict[Place, int]:
    return {place: order for order, place in enumerate(panel.cells, 1)}


def _corner_mark(panel: Panel, x: float, y: float, place: Place) -> str:
    left, top = panel.corner(x, y, place)
    return path(f"M{left + 3:g} {top + 10:g}V{top + 3:g}H{left + 10:g}")


def _places(panel: Panel) -> str:
    return " ".join(map(str, panel.cells))
