"""What a file carries, as plain values: the content that coders turn into payloads. No bits, no files in here.

Content is normalised when it is made: lists become tuples, numbers of any library become integers, arrays of any library become NumPy
arrays of the documented type. What cannot become that is a `MiscError` with rule MISC-ARG-001, at the path of the value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.components import normalise
from misc_format.errors import MiscError
from misc_format.registry import CORE_KINDS

BoolMap = NDArray[np.bool_]
Samples = NDArray[np.uint8]


class Size(NamedTuple):
    """Width and height of the original picture, in pixels."""

    width: int
    height: int


class Content:
    """What a component carries. `kind`: of the components that carry it, one of `registry.CORE_KINDS`; None: any of them."""

    __slots__ = ()
    kind: ClassVar[str | None] = None


@dataclass(frozen=True, slots=True)
class Item:
    """A thing in the picture."""

    name: str
    detail: str

    def __post_init__(self) -> None:
        normalise.fields(self, "text/items", name=normalise.string, detail=normalise.string)


@dataclass(frozen=True, slots=True)
class Text(Content):
    """The overall description and the items, most important first. Any of the strings may be empty."""

    kind: ClassVar[str] = "text"
    overall: str
    items: tuple[Item, ...] = ()

    def __post_init__(self) -> None:
        normalise.fields(self, "text", overall=normalise.string, items=normalise.tuple_of(Item))

    def fields(self) -> Iterator[tuple[str, str]]:
        """(path, string) in coding order: overall, then name and detail of each item."""
        yield "overall", self.overall
        for index, item in enumerate(self.items):
            yield f"items/{index}/name", item.name
            yield f"items/{index}/detail", item.detail


@dataclass(frozen=True, slots=True)
class Region:
    """A generic region of JBIG2: GBTEMPLATE (0 to 3), TPGDON, and its data as they stand in a JBIG2 file, perhaps with FF AC at the end."""

    template: int
    typical_prediction: bool
    data: bytes

    def __post_init__(self) -> None:
        normalise.fields(
            self, "maps", template=normalise.integer, typical_prediction=normalise.boolean, data=normalise.octets
        )


@dataclass(frozen=True, slots=True, eq=False)
class Maps(Content):
    """Binary maps, one for each item where there are items: bool arrays of shape (height, width).

    An array of other numbers is taken if they are 0 and 1, or 0 and 255.

    `regions`: empty, or for each map the region that method jbig2 writes for it; None: one is made. Like the choice of a
    method, they are no part of what the maps say, and are not compared.
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
    """A quantised pixel grid.

    `samples`: uint8, shape (height, width) for grey or (height, width, 3) for RGB, values 0 to 2^depth - 1 that stand for black
    to full intensity. `depth`: 1 to 8 bits. `block`: each cell covers block x block pixels of the picture, the last row and column
    perhaps partly outside it; 0: the grid is stretched over the picture.
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
    """The latents of the learned codec (clause 17).

    `quality`: 0 to 127. `y`: int32, shape (rows, columns, channels), each latent less its mean, rounded; `z`: int32, shape (hyper-rows,
    hyper-columns, hyper-channels), the hyper-latents, likewise. `grey`: the picture has no colours. A row is 32
    pixels of the picture high, a hyper-row 128.
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
    """What `compress()` of a model of CompressAI returns for one picture, and which model it was.

    `architecture`: a registered name. `strings`: as the library orders them, (y,) or (y, z). `shape`: rows and columns, as the library
    returns it. `quality`: the library's level, 1 to 8. `metric`: "mse" or "ms-ssim". `digest`: 16 hexadecimal digits, the
    first 8 bytes of the SHA-256 of the file of weights; None: the library's own pretrained weights.
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
    """The picture as another codec wrote it.

    `format`: a name of `misc_format.coders.image.formats.FORMATS`. `data`: the whole codestream, without a container.
    `reduction`: 1, 2 or 3; the picture was encoded at 1 / reduction of its sides, rounded up, and must be enlarged.
    """

    kind: ClassVar[str] = "image"
    format: str
    data: bytes
    reduction: int = 1

    def __post_init__(self) -> None:
        normalise.fields(self, "image", format=normalise.string, data=normalise.octets, reduction=normalise.integer)


@dataclass(frozen=True, slots=True)
class Generation(Content):
    """What a generative decoder needs to repeat itself; None: fixed by the profile or left to the decoder.

    `model`: a registered name, a registered or unregistered number, or 16 hexadecimal digits, the first 8 bytes of the SHA-256
    of its weights. `sampler`: a registered name or a number. `strength`: hundredths, so that 75 stands for 0.75. `guidance`: tenths,
    so that 35 stands for 3.5.
    """

    kind: ClassVar[str] = "generation"
    model: str | int | None = None
    seed: int | None = None
    sampler: str | int | None = None
    steps: int | None = None
    strength: int | None = None
    guidance: int | None = None
    prompt_suffix: str | None = None

    def __post_init__(self) -> None:
        number, name = normalise.optional(normalise.integer), normalise.optional(normalise.name_or_number)
        normalise.fields(
            self, "generation",
            model=name, seed=number, sampler=name, steps=number, strength=number, guidance=number,
            prompt_suffix=normalise.optional(normalise.string),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opaque(Content):
    """The payload of a private-use method, kept as it is."""

    payload: bytes

    def __post_init__(self) -> None:
        normalise.fields(self, "payload", payload=normalise.octets)


@dataclass(frozen=True, slots=True)
class Ancillary:
    """A member of the ancillary list: registered number of its type, and its bytes. A checksum's are computed when written."""

    type: int
    payload: bytes = b""

    def __post_init__(self) -> None:
        normalise.fields(self, "ancillary", type=normalise.integer, payload=normalise.octets)


@dataclass(frozen=True, slots=True)
class Stream:
    """All that a file says. `methods` maps a component's kind to the name of its method; a kind left out is chosen, smallest first.

    `image` is a `Grid`, `Latents`, `Strings` or `Codestream`; any component may be `Opaque`, the payload of a private-use method.
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

    def __post_init__(self) -> None:
        side = normalise.integer
        normalise.fields(self, "header", width=side, height=side, profile=normalise.string)
        normalise.fields(self, "", ancillary=normalise.tuple_of(Ancillary), methods=normalise.names_by(CORE_KINDS))
        for kind in CORE_KINDS:
            content = getattr(self, kind)
            if content is not None and not (isinstance(content, Content) and content.kind in (kind, None)):
                raise MiscError("MISC-ARG-001", f"{type(content).__name__} is no content of {kind}", path=kind)

    @property
    def size(self) -> Size:
        """Width and height of the original picture."""
        return Size(self.width, self.height)

    def core(self) -> dict[str, Content]:
        """The core components that are present, by kind."""
        parts = {kind: getattr(self, kind) for kind in CORE_KINDS}
        return {kind: content for kind, content in parts.items() if content is not None}
