"""The content of files as plain values. Coders turn content into payloads and back.

A constructor normalises its arguments: lists become tuples, numbers of any library become integers, and arrays of any library become NumPy
arrays of the documented dtype. It raises `MiscError` (MISC-ARG-001) with the path of a value that cannot be converted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.components import normalise
from misc_format.components.arrays import CodedString, Codes, ImagePart, Integers, Parts, Sets
from misc_format.components.content import Content
from misc_format.errors import MiscError
from misc_format.registry import CORE_KINDS

__all__ = [
    "Ancillary", "BoolMap", "CodedString", "Codes", "Codestream", "Content", "Generation", "Grid", "ImagePart", "Integers", "Item",
    "Latents", "Maps", "NamedText", "Opaque", "Parts", "Region", "Samples", "Sets", "Size", "Stream", "Strings", "Text",
]  # fmt: skip

BoolMap = NDArray[np.bool_]
Samples = NDArray[np.uint8]


class Size(NamedTuple):
    """Width and height of the original picture, in pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Item:
    """A thing in the picture: its name, and a detail (clause 6.1)."""

    name: str
    detail: str

    def __post_init__(self) -> None:
        normalise.fields(self, "text/items", name=normalise.string, detail=normalise.string)


@dataclass(frozen=True, slots=True)
class NamedText:
    """A text beside the description and the items, such as a negative prompt (clause 6.1).

    `name`: a registered name, such as `negative`, `alternative` or `language`, or a name of one's own of the same form as that of a part.
    """

    name: str
    value: str

    def __post_init__(self) -> None:
        normalise.fields(self, "text/named", name=normalise.string, value=normalise.string)


@dataclass(frozen=True, slots=True)
class Text(Content):
    """The overall description, the items, the most important item first, and named texts (clause 6). Any string may be empty."""

    kind: ClassVar[str] = "text"
    overall: str
    items: tuple[Item, ...] = ()
    named: tuple[NamedText, ...] = ()

    def __post_init__(self) -> None:
        normalise.fields(
            self, "text",
            overall=normalise.string, items=normalise.tuple_of(Item), named=normalise.tuple_of(NamedText),
        )  # fmt: skip

    def fields(self) -> Iterator[tuple[str, str]]:
        """(path, string) of each field in coding order: the overall description, the name and the detail of each item, the named texts."""
        yield "overall", self.overall
        for index, item in enumerate(self.items):
            yield f"items/{index}/name", item.name
            yield f"items/{index}/detail", item.detail
        for index, text in enumerate(self.named):
            yield f"named/{index}/name", text.name
            yield f"named/{index}/value", text.value


@dataclass(frozen=True, slots=True)
class Region:
    """A generic region of JBIG2 (clause 7.4).

    `template`: GBTEMPLATE, 0 to 3. `typical_prediction`: TPGDON. `data`: the data of the region as in a JBIG2 file, with or without FF AC
    at the end.
    """

    template: int
    typical_prediction: bool
    data: bytes

    def __post_init__(self) -> None:
        normalise.fields(
            self, "maps", template=normalise.integer, typical_prediction=normalise.boolean, data=normalise.octets
        )


@dataclass(frozen=True, slots=True, eq=False)
class Maps(Content):
    """Binary maps (clause 7). If there are items, there is one map for each item.

    `maps`: bool arrays of shape (height, width). Arrays of the numbers 0 and 1, or 0 and 255, are converted.
    `regions`: empty, or one region for each map, which method jbig2 writes unchanged; None: the method makes the region. Comparison
    ignores regions, because they do not change the pixels.
    """

    kind: ClassVar[str] = "maps"
    maps: tuple[BoolMap, ...]
    regions: tuple[Region | None, ...] = ()

    def __post_init__(self) -> None:
        normalise.fields(self, "maps", maps=normalise.bool_maps, regions=normalise.tuple_of(Region, optional=True))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Maps)
            and len(self.maps) == len(other.maps)
            and all(map(np.array_equal, self.maps, other.maps))
        )

    def __hash__(self) -> int:
        return hash(tuple((grid.shape, grid.tobytes()) for grid in self.maps))


@dataclass(frozen=True, slots=True, eq=False)
class Grid(Content):
    """A quantised pixel grid (clause 8).

    `samples`: uint8, shape (height, width) for grey or (height, width, 3) for RGB, from 0 (black) to 2^depth - 1 (full intensity).
    `depth`: 1 to 8 bits.
    `block`: the side of a cell, in pixels of the picture; the last row and column may extend past the picture. 0: the grid is
    stretched over the picture.
    """

    kind: ClassVar[str] = "image"
    samples: Samples
    depth: int = 8
    block: int = 0

    def __post_init__(self) -> None:
        normalise.fields(
            self, "image", samples=normalise.array(np.uint8, (2, 3)), depth=normalise.integer, block=normalise.integer
        )

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Grid)
            and (self.depth, self.block) == (other.depth, other.block)
            and np.array_equal(self.samples, other.samples)
        )

    def __hash__(self) -> int:
        return hash((self.depth, self.block, self.samples.shape, self.samples.tobytes()))


@dataclass(frozen=True, slots=True, eq=False)
class Latents(Content):
    """The latents of the learned codec (clause 9).

    `quality`: 0 to 127.
    `y`: int32, shape (rows, columns, channels): each latent less its mean, rounded. A row is 32 pixels of the picture high.
    `z`: int32, shape (hyper-rows, hyper-columns, hyper-channels): the same for the hyper-latents. A hyper-row is 128 pixels high.
    `grey`: whether the picture is grey.
    """

    kind: ClassVar[str] = "image"
    quality: int
    y: NDArray[np.int32]
    z: NDArray[np.int32]
    grey: bool = False

    def __post_init__(self) -> None:
        latents = normalise.array(np.int32, (3,))
        normalise.fields(self, "image", quality=normalise.integer, y=latents, z=latents, grey=normalise.boolean)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Latents)
            and (self.quality, self.grey) == (other.quality, other.grey)
            and np.array_equal(self.y, other.y)
            and np.array_equal(self.z, other.z)
        )

    def __hash__(self) -> int:
        return hash((self.quality, self.grey, self.y.shape, self.y.tobytes(), self.z.tobytes()))


@dataclass(frozen=True, slots=True)
class Strings(Content):
    """The result of `compress()` of a CompressAI model for one picture, and the model (clause 10).

    `architecture`: a registered name.
    `strings`: (y,) or (y, z), in the order of the library.
    `shape`: (rows, columns), as the library returns it.
    `quality`: the quality level of the library, 1 to 8.
    `metric`: "mse" or "ms-ssim".
    `digest`: 16 hexadecimal digits: the first 8 bytes of the SHA-256 of the file of weights; None: the pretrained weights of the
    library.
    """

    kind: ClassVar[str] = "image"
    architecture: str
    strings: tuple[bytes, ...]
    shape: tuple[int, int]
    quality: int
    metric: str = "mse"
    digest: str | None = None

    def __post_init__(self) -> None:
        normalise.fields(
            self, "image",
            architecture=normalise.string, strings=normalise.each(normalise.octets), shape=normalise.each(normalise.integer, 2),
            quality=normalise.integer, metric=normalise.string, digest=normalise.optional(normalise.string),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Codestream(Content):
    """A reference picture as a codestream of a conventional codec (clause 11).

    `format`: a name of `misc_format.coders.image.formats.FORMATS`. `data`: the whole codestream, without a container.
    `reduction`: 1, 2 or 3. The sides of the coded picture are those of the original divided by the reduction, rounded up.
    """

    kind: ClassVar[str] = "image"
    format: str
    data: bytes
    reduction: int = 1

    def __post_init__(self) -> None:
        normalise.fields(self, "image", format=normalise.string, data=normalise.octets, reduction=normalise.integer)


@dataclass(frozen=True, slots=True)
class Generation(Content):
    """The parameters with which a generative decoder paints the same picture again (clause 13). None: the decoder chooses.

    `model`: a registered name, a number, or 16 hexadecimal digits: the first 8 bytes of the SHA-256 of the weights.
    `seed`: less than 2^64. `steps`: an integer. `sampler`: a registered name or a number.
    `strength`: hundredths; 75 means 0.75. `guidance`: tenths; 35 means 3.5.
    `prompt_suffix`: text for the end of the prompt.
    `level`: the rate point of the codec, such as its quality level or qp.
    `settings`: 16 hexadecimal digits: the first 8 bytes of the SHA-256 of a file of settings that the decoder needs.
    """

    kind: ClassVar[str] = "generation"
    model: str | int | None = None
    seed: int | None = None
    sampler: str | int | None = None
    steps: int | None = None
    strength: int | None = None
    guidance: int | None = None
    prompt_suffix: str | None = None
    level: int | None = None
    settings: str | None = None

    def __post_init__(self) -> None:
        number, name = normalise.optional(normalise.integer), normalise.optional(normalise.name_or_number)
        normalise.fields(
            self, "generation",
            model=name, seed=number, sampler=name, steps=number, strength=number, guidance=number,
            prompt_suffix=normalise.optional(normalise.string), level=number, settings=normalise.optional(normalise.string),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opaque(Content):
    """The payload of a private-use method, unchanged (clause 4.5)."""

    payload: bytes

    def __post_init__(self) -> None:
        normalise.fields(self, "payload", payload=normalise.octets)


@dataclass(frozen=True, slots=True)
class Ancillary:
    """A member of the ancillary list (clause 14). `type`: 6 to 15. `payload`: its bytes; those of a checksum are computed by `write`."""

    type: int
    payload: bytes = b""

    def __post_init__(self) -> None:
        normalise.fields(self, "ancillary", type=normalise.integer, payload=normalise.octets)


@dataclass(frozen=True, slots=True)
class Stream:
    """The content of a whole file.

    `width`, `height`: the size of the original picture, in pixels. `profile`: a registered name.
    `image`: any content of an image, or `Parts`. Any core component may be `Opaque`.
    `unchecked`: the kinds of components that cannot be verified by decoding and have no check. Each part of `Parts` has its own `checked`.
    `methods`: the name of the method for each kind of component. For a kind that is left out, `write` chooses the smallest payload.
    """

    width: int
    height: int
    profile: str = "free"
    text: Text | Opaque | None = None
    maps: Maps | Opaque | None = None
    generation: Generation | Opaque | None = None
    image: Content | None = None
    ancillary: tuple[Ancillary, ...] = ()
    methods: Mapping[str, str] = field(default_factory=dict)
    unchecked: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        side = normalise.integer
        normalise.fields(self, "header", width=side, height=side, profile=normalise.string)
        normalise.fields(self, "", ancillary=normalise.tuple_of(Ancillary), methods=normalise.names_by(CORE_KINDS))
        for kind in CORE_KINDS:
            content = getattr(self, kind)
            if content is not None and not (isinstance(content, Content) and content.kind in (kind, None)):
                raise MiscError("MISC-ARG-001", f"{type(content).__name__} is not content of {kind}", path=kind)

    @property
    def size(self) -> Size:
        """Width and height of the original picture."""
        return Size(self.width, self.height)

    def core(self) -> dict[str, Content]:
        """The content of each core component that is present, by kind."""
        contents = {kind: getattr(self, kind) for kind in CORE_KINDS}
        return {kind: content for kind, content in contents.items() if content is not None}
