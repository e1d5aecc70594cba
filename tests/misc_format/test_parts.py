"""Images of several parts: their frames, checks, paths, accounts, files in a folder, and what nobody may write."""

from __future__ import annotations

import binascii
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import misc_format
from conformance.authoring.parts import CODE, LAST, SIZED, image, part
from misc_format import CodedString, Codes, Grid, ImagePart, MiscError, Opaque, Parts, Sets, Stream, Text
from misc_format.components import Size, Strings
from misc_format.profiles import PROFILES
from misc_format.registry import ROLES
from misc_format.structure.container import Framed, check_of, write_structure

GRID = Grid(np.arange(12, dtype=np.uint8).reshape(3, 4), 4)
CODES = Codes(np.arange(24).reshape(4, 6) % 16, 16)
LABELS = Codes([[0, 1], [2, 2]], 3, ("sky", "grass", "häuser"))
SETS = Sets([[0, 5, 9], [1, 2, 3]], 10)
STRING = CodedString(b"a string of a codec", "torchac", (320, 8, 12))
PARTS = Parts(
    (
        ImagePart("image", GRID),
        ImagePart("semantic", CODES, "coarse"),
        ImagePart("semantic", CODES, "fine"),
        ImagePart("labels", LABELS),
        ImagePart("seeds", SETS),
        ImagePart("detail", STRING),
        ImagePart("private", Opaque(b"mine"), checked=False),
    )
)
STREAM = Stream(512, 384, text=Text("A dog."), image=PARTS)


def contents(parts: Parts) -> list[tuple[str, object, bool]]:
    return [(part.label, part.content, part.checked) for part in parts.parts]


def test_parts_come_back_as_they_were() -> None:
    data = misc_format.write(STREAM)
    stream = misc_format.read(data)
    assert isinstance(stream.image, Parts) and contents(stream.image) == contents(PARTS)
    assert misc_format.write(stream) == data
    assert "image" not in stream.methods and stream.image["labels"] == LABELS
    with pytest.raises(KeyError):
        stream.image["labels-none"]


def test_every_bit_of_a_part_has_the_path_of_the_part() -> None:
    data = misc_format.write(STREAM)
    account = misc_format.account(data, deep=True)
    assert account.file_bits == 8 * len(data)
    paths = [part.path for part in account.components]
    assert {"image/image/grey", "image/semantic-coarse/codes", "image/semantic-fine/codes", "image/seeds/sets"} < {
        *paths
    }
    assert len(set(paths)) == len(paths)
    statuses = {part.path: part.status for part in account.components}
    assert statuses["image/semantic-fine/codes"] == "verified"
    assert statuses["image/detail/string"] == statuses["image/private/payload"] == "self-declared"
    leaves = misc_format.inspect(data)
    assert sum(leaf.bit_length for leaf in leaves) == 8 * len(data)
    assert [leaf.path for leaf in leaves if leaf.path.endswith("/role")] == [
        f"framing/image/{i}/role" for i in range(7)
    ]
    flat = misc_format.account(data)
    assert account.self_declared_bits == flat.self_declared_bits > 8 * (len(STRING.data) + 4)
    assert statuses["image/detail/header"] == "self-declared"
    assert [part.path for part in flat.components if part.kind == "image"] == [
        f"image/{part.label}" for part in PARTS.parts
    ]


def test_the_verdict_says_how_many_parts_are_self_declared() -> None:
    report = misc_format.validate(misc_format.write(STREAM))
    assert report.self_declared == ("image/detail", "image/private")
    assert report.summary == "conforming, 2 parts self-declared"
    assert report.as_dict()["self_declared"] == ["image/detail", "image/private"]
    plain = misc_format.validate(misc_format.write(Stream(8, 8, text=Text("a"))))
    assert plain.summary == "conforming" and plain.self_declared == ()


@pytest.mark.parametrize(
    "content",
    [STRING, Opaque(b"mine" * 100), Strings("bmshj2018-factorized", (b"y" * 300,), (4, 8), 3)],
    ids=lambda content: type(content).__name__,
)
@pytest.mark.parametrize("checked", [True, False])
def test_a_payload_without_a_check_of_its_own_is_neither_cut_nor_doubled(
    content: misc_format.Content, checked: bool
) -> None:
    """The length alone finds both; the check finds other damage as well."""
    stream = Stream(64, 64, image=content, unchecked=frozenset() if checked else frozenset({"image"}))
    data = misc_format.write(stream)
    assert misc_format.write(misc_format.read(data)) == data
    assert any(leaf.path.endswith("/check") for leaf in misc_format.inspect(data)) == checked
    for end in range(len(data)):
        assert misc_format.validate(data[:end]).verdict == "non-conforming", end
    for longer in (data + data, data + b"\0", data + data[8:]):
        assert [issue.id for issue in misc_format.validate(longer).issues] == ["MISC-CON-021"]
    damaged = bytearray(data)
    damaged[-5] ^= 64
    ids = [issue.id for issue in misc_format.validate(bytes(damaged)).issues]
    assert ids == (["MISC-CON-020"] if checked else [])


@pytest.mark.parametrize("kind", ["text", "maps", "generation", "image"])
def test_private_payloads_of_every_kind_have_a_check(kind: str) -> None:
    others = {} if kind in ("text", "image") else {"text": Text("a")}
    stream = Stream(64, 64, **others, **{kind: Opaque(b"\1\2\3\4\5")})
    data = misc_format.write(stream)
    assert misc_format.validate(data).self_declared == (kind,)
    place = next(leaf for leaf in misc_format.inspect(data) if leaf.path.startswith(f"{kind}/payload"))
    assert place.bit_length == 40
    damaged = bytearray(data)
    damaged[place.bit_offset >> 3] ^= 1
    [issue] = misc_format.validate(bytes(damaged)).issues
    assert (issue.id, issue.path) == ("MISC-CON-020", f"framing/{kind}/check")
    assert misc_format.write(misc_format.read(data)) == data
    bare = misc_format.write(replace(stream, unchecked={kind}))
    assert len(bare) == len(data) - 2 and misc_format.read(bare).unchecked == {kind}


@given(st.binary(max_size=100))
def test_the_check_is_the_one_of_the_specification(payload: bytes) -> None:
    check = 0xFFFF
    for byte in payload:
        for place in range(7, -1, -1):
            top = check >> 15
            check = check << 1 & 0xFFFF
            if top != byte >> place & 1:
                check ^= 0x1021
    assert check_of(payload) == check == binascii.crc_hqx(payload, 0xFFFF)


def test_the_check_of_the_usual_nine_bytes() -> None:
    assert check_of(b"123456789") == 0x29B1


@pytest.mark.parametrize(
    "parts, rule",
    [
        ([], "MISC-PRT-005"),
        ([ImagePart("image", GRID)], "MISC-PRT-004"),
        ([ImagePart("semantic", CODES)] * 2, "MISC-PRT-003"),
        ([ImagePart("semantic", CODES, str(index)) for index in range(17)], "MISC-PRT-005"),
        ([ImagePart("semantics", CODES)], "MISC-PRT-001"),
        ([ImagePart("semantic", CODES, "Upper")], "MISC-PRT-002"),
        ([ImagePart("semantic", CODES, "x" * 33)], "MISC-PRT-002"),
        ([ImagePart("semantic", CODES, "-x")], "MISC-PRT-002"),
        ([ImagePart("semantic", Parts((ImagePart("labels", CODES),)))], "MISC-PRT-005"),
        ([ImagePart("semantic", CODES, method="grid")], "MISC-CON-012"),
        ([ImagePart("semantic", CODES, method="vq")], "MISC-CON-012"),
        ([ImagePart("semantic", Codes([9], 9))], "MISC-ARR-003"),
        ([ImagePart("semantic", Codes([0], 1))], "MISC-ARR-001"),
        ([ImagePart("semantic", Codes([0], 0))], "MISC-ARR-001"),
        ([ImagePart("semantic", Codes([0], 2**32 + 1))], "MISC-ARR-001"),
        ([ImagePart("semantic", Codes([0], 3, ("a", "b")))], "MISC-ARR-003"),
        ([ImagePart("semantic", Codes(np.zeros(2**22 + 1, np.uint8), 2))], "MISC-ARR-002"),
        ([ImagePart("seeds", Sets([[3, 2]], 10))], "MISC-ARR-003"),
        ([ImagePart("seeds", Sets([[2, 2]], 10))], "MISC-ARR-003"),
        ([ImagePart("seeds", Sets([[2, 10]], 10))], "MISC-ARR-003"),
        ([ImagePart("seeds", Sets([[0, 1, 2]], 2))], "MISC-ARR-004"),
        ([ImagePart("seeds", Sets(np.zeros((5, 1), np.uint8), 2**22))], "MISC-ARR-004"),
        ([ImagePart("detail", CodedString(b"", "zip"))], "MISC-ARR-003"),
        ([ImagePart("detail", CodedString(b"", 32))], "MISC-ARR-003"),
        ([ImagePart("detail", CodedString(b"", shape=(0,)))], "MISC-ARR-003"),
        ([ImagePart("detail", CodedString(b"", shape=(2**12, 2**12)))], "MISC-ARR-002"),
        ([ImagePart("detail", CodedString(b"", shape=(1, 1, 1, 1, 1)))], "MISC-ARR-003"),
    ],
)  # fmt: skip
def test_parts_that_no_file_can_have(parts: list[ImagePart], rule: str) -> None:
    with pytest.raises(MiscError) as caught:
        misc_format.write(Stream(64, 64, image=Parts(tuple(parts))))
    assert caught.value.rule == rule and caught.value.path.startswith("image")


@given(st.binary(max_size=40))
def test_any_list_of_parts_is_read_or_refused(payload: bytes) -> None:
    """The frames of parts are read by every reader, so they must not raise anything else, or loop."""
    data = write_structure(64, 64, 0, {"image": Framed(4, payload)}, [])
    report = misc_format.validate(data)
    if report.verdict == "conforming":
        assert misc_format.write(misc_format.read(data)) == data
    else:
        with pytest.raises(MiscError):
            misc_format.read(data)


@given(st.data())
def test_changed_bits_of_parts_give_a_result_or_a_reason(data: st.DataObject) -> None:
    whole = bytearray(misc_format.write(STREAM))
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(8, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    changed = bytes(whole)
    if misc_format.validate(changed).verdict == "conforming":
        assert misc_format.write(misc_format.read(changed)) == changed


def test_every_role_is_a_part_of_its_own() -> None:
    roles = [row.name for row in ROLES][:16]
    image = Parts(tuple(ImagePart(role, CODES) for role in roles))
    stream = misc_format.read(misc_format.write(Stream(64, 64, image=image)))
    assert isinstance(stream.image, Parts) and [part.role for part in stream.image.parts] == roles


def test_parts_are_files_of_a_folder(tmp_path: Path) -> None:
    data = misc_format.write(STREAM)
    misc_format.unpack(data, tmp_path / "folder")
    names = {path.name for path in (tmp_path / "folder" / "image").iterdir()}
    assert names == {
        "image.png", "semantic-coarse.npy", "semantic-fine.npy", "labels.npy", "seeds.npy", "detail.bin", "private.bin"
    }  # fmt: skip
    assert misc_format.pack(tmp_path / "folder") == data


@pytest.mark.parametrize(
    "content", [CODES, LABELS, SETS, STRING, Opaque(b"mine")], ids=lambda content: type(content).__name__
)
def test_arrays_without_parts_are_files_of_a_folder(content: misc_format.Content, tmp_path: Path) -> None:
    unchecked = frozenset({"image"} if isinstance(content, CodedString | Opaque) else ())
    data = misc_format.write(Stream(64, 64, image=content, unchecked=unchecked))
    misc_format.unpack(data, tmp_path / "folder")
    assert misc_format.pack(tmp_path / "folder") == data


MANIFEST = '{"width": 8, "height": 8, "parts": [{"role": "labels", "codes": {"alphabet": 4}}]}'


@pytest.mark.parametrize(
    "files, manifest, path",
    [
        ((), MANIFEST, "manifest.json/parts/0"),
        (("image/labels.npy", "image/labels.bin"), MANIFEST, "image/labels.npy"),
        (("image/labels.npy", "image/other.npy"), MANIFEST, "image/other.npy"),
        (("image/labels.txt",), MANIFEST, "image/labels.txt"),
        (("image/labels.npy", "image.npy"), MANIFEST, "image.npy"),
        (("image/labels.npy", "image.bin"), MANIFEST, "image.bin"),
        (("image/labels.npy",), MANIFEST.replace("labels", "label"), "image/labels.npy"),
        (("image/labels.npy",), MANIFEST.replace('"role": "labels", ', ""), "manifest.json/parts/0"),
        (("image/labels.npy",), MANIFEST.replace("alphabet", "size"), "manifest.json/parts/labels/codes"),
        (("image/labels.npy",), MANIFEST.replace('{"alphabet": 4}', "{}"), "manifest.json/parts/labels/codes"),
        (("image/labels.npy",), MANIFEST.replace(', "codes": {"alphabet": 4}', ""), "image/labels.npy"),
        (("image/labels.npy",), '{"width": 8, "height": 8}', "image/"),
        (("image.npy",), '{"width": 8, "height": 8}', "image.npy"),
    ],
)  # fmt: skip
def test_folders_of_parts_that_do_not_fit(files: tuple[str, ...], manifest: str, path: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        np.save(tmp_path / name, np.zeros((2, 2), np.uint8)) if name.endswith(".npy") else (tmp_path / name).touch()
    with pytest.raises(MiscError) as caught:
        misc_format.pack(tmp_path)
    assert caught.value.path == path


def test_an_array_of_other_numbers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"width": 8, "height": 8, "codes": {"alphabet": 4}}')
    for values in (np.zeros(3), np.zeros(3, bool), np.array([-1]), np.array([2**40])):
        np.save(tmp_path / "image.npy", values)
        with pytest.raises(MiscError) as caught:
            misc_format.pack(tmp_path)
        assert caught.value.rule in ("MISC-PCK-003", "MISC-ARG-001")


def named(**contents: misc_format.Content) -> Parts:
    return Parts(tuple(ImagePart(role, content) for role, content in contents.items()))


def zeros(*shape: int, alphabet: int) -> Codes:
    return Codes(np.zeros(shape, np.uint8), alphabet)


def string(*shape: int) -> CodedString:
    return CodedString(b"string", shape=shape)


SEMANTIC = zeros(8, 12, alphabet=16_384)
DETAIL = Opaque(b"integers under a model")
GLC = named(semantic=SEMANTIC, detail=DETAIL)
SKETCH = Strings("cheng2020-attn", (b"y", b"z"), (8, 12), 1)


@pytest.mark.parametrize(
    "profile, image, faults",
    [
        ("glc", GLC, []),
        ("glc", Parts(GLC.parts[:1]), [("MISC-PRO-008", "image")]),
        ("glc", SEMANTIC, [("MISC-PRO-008", "image")] * 3),
        ("glc", named(semantic=zeros(8, 11, alphabet=16_384), detail=DETAIL), [("MISC-PRO-009", "image/semantic")]),
        ("glc", named(semantic=zeros(8, 12, alphabet=8_192), detail=DETAIL), [("MISC-PRO-009", "image/semantic")]),
        ("glc", named(semantic=SEMANTIC, detail=DETAIL, labels=CODES), [("MISC-PRO-008", "image/labels")]),
        ("glc", named(semantic=SEMANTIC, detail=CODES), [("MISC-PRO-009", "image/detail")]),
        ("perco", zeros(64, 64, alphabet=256), []),
        ("perco", zeros(32, 32, alphabet=8_196), []),
        ("perco", zeros(64, 64, alphabet=1_024), [("MISC-PRO-009", "image")]),
        ("ddcm", named(seeds=zeros(99, 2, alphabet=1_024), coefficients=zeros(99, 1, alphabet=2)), []),
        ("ddcm", named(seeds=zeros(99, 2, alphabet=1_000)), [("MISC-PRO-009", "image/seeds")]),
        ("diffeic", named(hyper=string(192, 8, 12), detail=string(320, 32, 48)), []),
        ("diffeic", named(hyper=string(192, 8, 8), detail=string()), [("MISC-PRO-009", "image/hyper")]),
        ("pics", named(sketch=SKETCH), []),
        ("pics", SKETCH, [("MISC-PRO-008", "image")] * 2),
        ("cmc-full", GLC, [("MISC-PRO-008", "image")]),
    ],
)  # fmt: skip
def test_profiles_know_the_parts_of_their_codec(
    profile: str, image: misc_format.Content, faults: list[tuple[str, str]]
) -> None:
    required = PROFILES[profile].required
    others = {"text": Text("A dog.")} if "text" in required else {}
    generation = misc_format.Generation(level=1) if "generation" in required else None
    stream = Stream(768, 512, profile, image=image, generation=generation, **others)
    issues = misc_format.validate(misc_format.write(stream, check_profile=False)).issues
    assert [(issue.id, issue.path) for issue in issues if issue.severity == "error"] == faults
    assert all(issue.bit_offset is not None for issue in issues)


def test_the_size_of_the_picture_is_that_of_the_header() -> None:
    size = Size(512, 384)
    assert misc_format.read(misc_format.write(STREAM)).size == size
    with pytest.raises(MiscError, match="image/image"):
        misc_format.write(Stream(2, 2, image=Parts((ImagePart("image", GRID), ImagePart("labels", CODES)))))


@pytest.mark.parametrize(
    "choices",
    [
        {"image": Parts((ImagePart("semantic", CODES),)), "methods": {"image": "codes-uniform"}},
        {"image": Parts((ImagePart("semantic", CODES),)), "unchecked": frozenset({"image"})},
        {"image": Parts((ImagePart("semantic", CODES, checked=False),))},
        {"image": CODES, "unchecked": frozenset({"image"})},
        {"image": CODES, "unchecked": frozenset({"text"})},
    ],
)
def test_choices_of_methods_and_checks_that_would_do_nothing_are_refused(choices: dict[str, Any]) -> None:
    with pytest.raises(MiscError) as caught:
        misc_format.write(Stream(8, 8, **choices))
    assert caught.value.rule == "MISC-ARG-001"


ARRAY = np.array([[1, 2], [3, 4]])
TWO = {"codes": {"alphabet": 16}, "integers": {}}


@pytest.mark.parametrize(
    "manifest, files, path",
    [
        ({"codes": {"alphabet": 16}}, {"overall.txt": "a"}, "codes"),
        (TWO, {"image.npy": ARRAY}, "integers"),
        ({"grid": {}, "codes": {"alphabet": 16}}, {"image.npy": ARRAY}, "grid"),
        ({"methods": {"image": "grid"}}, {"overall.txt": "a"}, "methods/image"),
        ({"parts": [{"role": "labels", **TWO}]}, {"image/labels.npy": ARRAY}, "parts/labels/integers"),
        ({"parts": [{"role": "labels", **TWO}]}, {"image/labels.bin": "a"}, "parts/labels/codes"),
        ({"parts": [{"role": "labels"}], "grid": {}}, {"image/labels.bin": "a"}, "grid"),
    ],
)
def test_keys_about_content_that_the_folder_does_not_have_are_refused(
    manifest: dict[str, Any], files: dict[str, Any], path: str, tmp_path: Path
) -> None:
    (tmp_path / "image").mkdir()
    (tmp_path / "manifest.json").write_text(json.dumps({"width": 64, "height": 64, **manifest}))
    for name, value in files.items():
        if isinstance(value, str):
            (tmp_path / name).write_text(value)
        else:
            np.save(tmp_path / name, value)
    if not any(name.startswith("image/") for name in files):
        (tmp_path / "image").rmdir()
    with pytest.raises(MiscError) as caught:
        misc_format.pack(tmp_path)
    assert (caught.value.rule, caught.value.path) == ("MISC-PCK-002", f"manifest.json/{path}")


@pytest.mark.parametrize("name", [b"A", b"a\xff", None])
def test_a_part_whose_role_or_name_breaks_a_rule_is_called_by_its_index(name: bytes | None) -> None:
    """Paths of two parts are then never alike, and the fault of the second payload has a place."""
    first = part(1, SIZED, CODE)
    wrong = part(1, LAST, b"\x01\x00\x00", last=True, name=name)  # a byte too many
    issues = misc_format.validate(image(first, wrong)).issues
    rule = {b"A": "MISC-PRT-002", b"a\xff": "MISC-ANC-003", None: "MISC-PRT-003"}[name]
    assert [issue.id for issue in issues] == [rule, "MISC-CON-018"] and issues[1].path == "image/1"
