"""Content is normalised when it is made, and what cannot be content is refused by rule and path, never by a bare exception from inside."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import misc_format
from misc_format import (
    Ancillary,
    Codestream,
    Generation,
    Grid,
    Item,
    Latents,
    Maps,
    MiscError,
    Opaque,
    Region,
    Size,
    Stream,
    Strings,
    Text,
)
from misc_format.coders.image.formats import FORMATS
from misc_format.components import Content
from misc_format.registry import ARCHITECTURES, METHODS, METRICS, MODELS, PROFILES, SAMPLERS
from misc_format.structure.container import CHECKSUM
from misc_format.testing.codestream_headers import KINDS, header
from tests.needs import extra, needs

EYE = np.eye(4, dtype=np.bool_)
HYPER = Strings("bmshj2018-hyperprior", (b"y", b"z"), (1, 1), 1)


def test_what_is_written_is_read_again_whatever_the_types_were() -> None:
    listed = Strings("bmshj2018-hyperprior", [bytearray(b"y"), memoryview(b"z")], [1, np.int64(1)], np.uint8(1))  # type: ignore[arg-type]
    assert listed == HYPER and listed.shape == (1, 1)
    data = misc_format.write(Stream(np.int64(40), np.uint16(30), image=listed))  # type: ignore[arg-type]
    assert misc_format.read(data).image == HYPER
    assert data == misc_format.write(Stream(40, 30, image=HYPER))


@pytest.mark.parametrize(
    "array",
    [EYE, EYE.astype(np.uint8), EYE * 255, EYE.astype(float), EYE.tolist(), EYE.astype(int).tolist(), np.uint8(255) * EYE],
    ids=["bool", "uint8", "0-255", "float", "list", "int-list", "uint8-255"],
)  # fmt: skip
def test_maps_of_any_library(array: Any) -> None:
    assert Maps([array]) == Maps((EYE,))  # type: ignore[arg-type]


@needs(extra("torch"))
def test_tensors_are_arrays() -> None:
    import torch

    assert Maps((torch.from_numpy(EYE),)) == Maps((EYE,))
    grid = torch.zeros(2, 3, 3, dtype=torch.uint8, requires_grad=False)
    assert Grid(grid, torch.tensor(4)) == Grid(np.zeros((2, 3, 3), np.uint8), 4)  # type: ignore[arg-type]


def test_lists_are_tuples_and_arrays() -> None:
    assert Text("a", [Item("b", "c")]).items == (Item("b", "c"),)  # type: ignore[arg-type]
    assert Stream(1, 1, text=Text(""), ancillary=[Ancillary(np.int8(6), bytearray(b"x"))]).ancillary == (
        Ancillary(6, b"x"),
    )  # type: ignore[arg-type]
    latents = Latents(3, np.zeros((1, 1, 64), np.int64), [[[0] * 16]])  # type: ignore[arg-type]
    assert latents.y.dtype == latents.z.dtype == np.int32
    assert Codestream("jpeg", np.frombuffer(b"\xff\xd8", np.uint8)).data == b"\xff\xd8"  # type: ignore[arg-type]


WRONG: dict[str, tuple[Any, str]] = {
    "a mask of three levels": (lambda: Maps((np.array([[0, 1, 2]]),)), "maps/0"),
    "a mask of three dimensions": (lambda: Maps((np.zeros((2, 2, 3), np.bool_),)), "maps/0"),
    "a mask of words": (lambda: Maps((np.array([["a"]]),)), "maps/0"),
    "one mask in place of several": (lambda: Maps(EYE), "maps/0"),
    "text in place of maps": (lambda: Stream(1, 1, maps=Text("a")), "maps"),
    "a string in place of text": (lambda: Stream(1, 1, text="a cup"), "text"),
    "bytes in place of an image": (lambda: Stream(1, 1, image=b"abc"), "image"),
    "a kind that is none": (lambda: Stream(1, 1, text=Text(""), methods={"txt": "auto"}), "methods"),
    "methods that are none": (lambda: Stream(1, 1, text=Text(""), methods="raw"), "methods"),
    "guidance that is no integer": (lambda: Generation(guidance=3.5), "generation/guidance"),
    "a seed of text": (lambda: Generation(seed="1"), "generation/seed"),
    "a truth value as number": (lambda: Generation(steps=True), "generation/steps"),
    "a sampler that is neither": (lambda: Generation(sampler=1.0), "generation/sampler"),
    "items that are strings": (lambda: Text("", ("cup",)), "text/items/0"),
    "an overall text of bytes": (lambda: Text(b"cup"), "text/overall"),
    "a name that is none": (lambda: Item(None, ""), "text/items/name"),
    "a grid of fractions": (lambda: Grid(np.full((2, 2), 0.5)), "image/samples"),
    "a grid of large numbers": (lambda: Grid(np.full((2, 2), 256)), "image/samples"),
    "a grid without samples": (lambda: Grid(np.zeros((0, 2), np.uint8)), "image/samples"),
    "a grid of ragged lists": (lambda: Grid([[1, 2], [3]]), "image/samples"),
    "latents of two dimensions": (lambda: Latents(1, np.zeros((2, 2)), np.zeros((1, 1, 1))), "image/y"),
    "a shape of three": (lambda: Strings("mbt2018", (b"", b""), (1, 1, 1), 1), "image/shape"),
    "a string of text": (lambda: Strings("mbt2018", ("y", b"z"), (1, 1), 1), "image/strings/0"),
    "a codestream of text": (lambda: Codestream("jpeg", "data"), "image/data"),
    "a payload of text": (lambda: Opaque("data"), "payload/payload"),
    "a region in place of none": (lambda: Maps((EYE,), (b"region",)), "maps/regions/0"),
    "a truth value of text": (lambda: Region(0, "no", b""), "maps/typical_prediction"),
    "a side of text": (lambda: Stream("640", 480, text=Text("")), "header/width"),
    "a side of half a pixel": (lambda: Stream(640.5, 480, text=Text("")), "header/width"),
    "an ancillary member that is none": (lambda: Stream(1, 1, text=Text(""), ancillary=(b"x",)), "ancillary/0"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_content_is_refused_when_it_is_made(name: str) -> None:
    make, path = WRONG[name]
    with pytest.raises(MiscError) as caught:
        make()
    error = caught.value
    assert (error.rule, error.path, error.fault, error.bit_offset) == ("MISC-ARG-001", path, "caller", None)
    assert isinstance(error, ValueError)


@pytest.mark.parametrize(
    "stream",
    [
        Stream(1, 1, text=Opaque(b"x"), methods={"text": "raw"}),
        Stream(1, 1, text=Text(""), methods={"text": "packed"}),
        Stream(1, 1, text=Content()),
    ],
)
def test_methods_that_do_not_code_the_content_are_refused(stream: Stream) -> None:
    with pytest.raises(MiscError, match="MISC-CON-012"):
        misc_format.write(stream)


ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(-10, 300), st.floats(), st.text(max_size=3), st.binary(max_size=3),
    st.lists(st.integers(0, 300), max_size=3), st.just(EYE), st.just(np.zeros((2, 2, 3))), st.just(Text("a")), st.just(object()),
)  # fmt: skip


@pytest.mark.parametrize(
    "kind", [Text, Item, Maps, Region, Grid, Latents, Strings, Codestream, Generation, Opaque, Ancillary, Stream]
)
@given(data=st.data())
def test_no_argument_gives_anything_but_content_or_one_error(kind: type, data: st.DataObject) -> None:
    arguments = {field.name: data.draw(ANYTHING, label=field.name) for field in fields(kind)}
    try:
        content = kind(**arguments)
    except MiscError as error:
        assert error.rule == "MISC-ARG-001" and error.path
        return
    if isinstance(content, Stream):
        try:
            misc_format.read(misc_format.write(content))
        except MiscError as error:
            assert error.path


def unbuilt(kind: type, **arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A call of a class with drawn arguments that `built` makes: an error of a constructor belongs to the test, not to the draw."""
    return st.builds(partial, st.just(kind), **arguments)


def built(value: Any) -> Any:
    """The value, with every call in it made."""
    if isinstance(value, partial):
        return value.func(**{name: built(argument) for name, argument in value.keywords.items()})
    return tuple(map(built, value)) if isinstance(value, list) else value


NUMBERS = st.integers(-5, 300) | st.integers(-(2**70), 2**70)
WORDS = st.text(st.characters(), max_size=6)  # lone surrogates among them
DIGESTS = (
    WORDS
    | st.binary(min_size=8, max_size=8).map(bytes.hex)
    | st.text("0123456789abcdefABCDEF", min_size=16, max_size=16)
)
SIDES = st.integers(1, 64) | st.integers(-1, 70_000)
SHAPES = arrays.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=9)
REGIONS = st.none() | unbuilt(
    Region, template=st.integers(0, 9), typical_prediction=st.booleans(), data=st.binary(max_size=8)
)
CODESTREAMS = st.binary(max_size=40) | st.builds(
    bytes.__add__, st.sampled_from([header(kind, Size(8, 8)) for kind in KINDS]), st.binary(max_size=40)
)
LATENTS = {
    "small": (st.integers(-4, 4), st.just((1, 1, 64)), st.just((1, 1, 16))),
    "any": (
        st.integers(-(2**31), 2**31 - 1),
        arrays.array_shapes(min_dims=3, max_dims=3, max_side=3),
        st.just((1, 1, 16)),
    ),
}


def latents(values: st.SearchStrategy[int], *shapes: st.SearchStrategy[tuple[int, ...]]) -> st.SearchStrategy[Any]:
    y, z = (arrays.arrays(np.int32, shape, elements=values, fill=st.just(0)) for shape in shapes)
    return unbuilt(Latents, quality=NUMBERS, y=y, z=z, grey=st.booleans())


def one_of(*names: str) -> st.SearchStrategy[str]:
    return st.sampled_from(names) | WORDS


ANY_CONTENT: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    "text": ("text", unbuilt(Text, overall=WORDS, items=st.lists(unbuilt(Item, name=WORDS, detail=WORDS), max_size=20))),
    "maps": ("maps", unbuilt(
        Maps, maps=st.lists(arrays.arrays(np.bool_, SHAPES), max_size=18), regions=st.lists(REGIONS, max_size=3))),
    "one map": ("maps", unbuilt(
        Maps, maps=st.lists(arrays.arrays(np.bool_, SHAPES), min_size=1, max_size=1), regions=st.lists(REGIONS, max_size=1))),
    "generation": ("generation", unbuilt(
        Generation,
        model=st.none() | NUMBERS | DIGESTS | one_of(*(row.name for row in MODELS)), seed=st.none() | NUMBERS,
        sampler=st.none() | NUMBERS | one_of(*(row.name for row in SAMPLERS)), steps=st.none() | NUMBERS,
        strength=st.none() | NUMBERS, guidance=st.none() | NUMBERS, prompt_suffix=st.none() | WORDS)),
    "grid": ("image", unbuilt(
        Grid,
        samples=arrays.arrays(np.uint8, SHAPES | SHAPES.map(lambda shape: (*shape, 3)) | SHAPES.map(lambda shape: (*shape, 2))),
        depth=st.integers(-1, 12), block=st.just(0) | st.integers(-1, 70_000))),
    "small latents": ("image", latents(*LATENTS["small"])),
    "latents": ("image", latents(*LATENTS["any"])),
    "strings": ("image", unbuilt(
        Strings,
        architecture=one_of(*(row.name for row in ARCHITECTURES)), strings=st.lists(st.binary(max_size=9), max_size=3),
        shape=st.lists(st.integers(1, 4) | NUMBERS, min_size=2, max_size=2), quality=st.integers(-3, 12) | NUMBERS,
        metric=one_of(*(row.name for row in METRICS)), digest=st.none() | DIGESTS)),
    "codestream": ("image", unbuilt(Codestream, format=one_of(*FORMATS), data=CODESTREAMS, reduction=st.integers(-1, 5) | NUMBERS)),
    "opaque": ("text", unbuilt(Opaque, payload=st.binary(max_size=9))),
}  # fmt: skip
MEMBERS = st.lists(unbuilt(Ancillary, type=st.integers(-3, 20), payload=st.binary(max_size=9)), max_size=3)


@pytest.mark.usefixtures("small_language_model")
@pytest.mark.parametrize("name", ANY_CONTENT)
@settings(max_examples=30)
@given(data=st.data())
def test_content_of_any_values_is_read_as_it_was_written_or_refused(name: str, data: st.DataObject) -> None:
    kind, content = ANY_CONTENT[name]
    methods = st.dictionaries(st.just(kind), one_of("auto", *(row.name for row in METHODS if row.kind == kind)))
    call = data.draw(
        unbuilt(
            Stream,
            width=SIDES,
            height=SIDES,
            profile=st.just("free") | one_of(*(row.name for row in PROFILES)),
            ancillary=st.just([]) | MEMBERS,
            methods=st.just({}) | methods,
            **{kind: content} | ({"text": st.just(Text(""))} if kind == "generation" else {}),
        )
    )
    try:
        stream = built(call)
        written = misc_format.write(stream)
    except MiscError as error:
        assert error.path and error.fault in ("caller", "machine"), error
        return
    content_read = misc_format.read(written)
    assert (content_read.size, content_read.profile) == (stream.size, stream.profile)
    assert content_read.core() == {part: named(content) for part, content in stream.core().items()}
    assert without_checksum(content_read) == without_checksum(stream)
    assert misc_format.write(content_read) == written


def named(content: Content) -> Content:
    """The content as it is read: registered numbers are read as names, and digests in lower case."""
    if not isinstance(content, Generation):
        return content
    if isinstance(content.model, str) and content.model not in {row.name for row in MODELS}:
        content = replace(content, model=content.model.lower())
    models, samplers = ({row.id: row.name for row in table} for table in (MODELS, SAMPLERS))
    return replace(
        content,
        model=models.get(content.model, content.model),  # type: ignore[arg-type]
        sampler=samplers.get(content.sampler, content.sampler),  # type: ignore[arg-type]
    )


def without_checksum(stream: Stream) -> list[tuple[int, bytes]]:
    """The members of the ancillary list in order; the payload of a checksum is computed when it is written."""
    return sorted((member.type, b"" if member.type == CHECKSUM else member.payload) for member in stream.ancillary)
