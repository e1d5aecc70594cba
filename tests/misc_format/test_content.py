"""Content is normalised when it is made, and what cannot be content is refused by rule and path, never by a bare exception from inside."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    Stream,
    Strings,
    Text,
)
from misc_format.components import Content
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
