"""CompressAI strings as content: what a file with them costs, the folder form, and what is refused."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import misc_format
from conformance.authoring import compressai_strings
from misc_format import MiscError, Stream, Strings
from misc_format.coders.image import compressai as image_compressai
from misc_format.components import Size
from misc_format.folder import npz
from misc_format.registry import ARCHITECTURE_BY_NAME
from misc_format.testing import strings

SIZE = Size(100, 60)
CONTENT = Strings("cheng2020-attn", (b"y" * 20, b"z" * 12), (1, 2), 1)
OWN = replace(CONTENT, digest="0123456789abcdef")
COMMITTED = compressai_strings.contents()


@given(st.data())
def test_content_comes_back(data: st.DataObject) -> None:
    size = Size(data.draw(st.integers(1, 5000)), data.draw(st.integers(1, 5000)))
    content = data.draw(strings(size))
    assert misc_format.read(misc_format.write(Stream(*size, image=content))).image == content


@pytest.mark.parametrize(
    "content, overhead",
    [
        (CONTENT, 2),
        (OWN, 10),
        (replace(CONTENT, strings=(b"", b"z" * 62)), 2),
        (replace(CONTENT, strings=(b"", b"z" * 63)), 3),
        (replace(CONTENT, strings=(b"y" * 9999, b"z" * 191)), 4),
        (replace(CONTENT, shape=(2, 2)), 4),
        (Strings("bmshj2018-factorized", (b"y" * 500,), (4, 8), 3), 2),
    ],
)
def test_what_stands_beside_the_strings(content: Strings, overhead: int) -> None:
    data = misc_format.write(Stream(*SIZE, image=content, unchecked={"image"}))
    size = overhead + sum(map(len, content.strings))
    frame = 2 if size < 2047 else 4
    assert len(data) == 8 + frame + size
    account = {part.path: part.bits for part in misc_format.account(data, deep=True).components}
    named = dict(zip(("image/y", "image/z"), content.strings, strict=False))
    assert account == {
        "header": 64,
        "framing": 8 * frame,
        "image/header": 8 * overhead,
        **{path: 8 * len(part) for path, part in named.items()},
    }


def test_golden_bytes() -> None:
    data = misc_format.write(Stream(*SIZE, image=replace(OWN, metric="ms-ssim", quality=3, shape=(2, 3))))
    assert data[8:10].hex() == "282c"  # method 2, a check, 44 bytes
    assert data[12:].hex() == "6a" + "cc" + "0123456789abcdef" + "01" + "02" + "7a" * 12 + "79" * 20
    leaves = {leaf.path: leaf.value for leaf in misc_format.inspect(data) if leaf.path.startswith("image/")}
    assert list(leaves)[:5] == [
        f"image/{name}" for name in ("architecture", "metric", "quality_minus_1", "own_weights", "explicit_shape")
    ]
    assert leaves["image/z"] == "12 bytes" and leaves["image/y"] == "20 bytes"


@pytest.mark.parametrize("name", COMMITTED)
def test_the_librarys_shape_is_the_usual_one(name: str) -> None:
    size = Size(compressai_strings.WIDTH, compressai_strings.HEIGHT)
    assert COMMITTED[name].shape == image_compressai.usual_shape(ARCHITECTURE_BY_NAME[name], size)


@pytest.mark.parametrize(
    "changes, rule",
    [
        ({"architecture": "cheng2021"}, "MISC-CAI-001"),
        ({"shape": (5, 2)}, "MISC-CAI-003"),
        ({"shape": (1, 5)}, "MISC-CAI-003"),
        ({"shape": (0, 1)}, "MISC-CAI-005"),
        ({"strings": (b"",)}, "MISC-CAI-005"),
        ({"strings": (b"",) * 3}, "MISC-CAI-005"),
        ({"quality": 0}, "MISC-CAI-005"),
        ({"quality": 9}, "MISC-CAI-005"),
        ({"metric": "psnr"}, "MISC-CAI-005"),
        ({"digest": "0123456789ABCDEF"}, "MISC-CAI-005"),
        ({"digest": "0123"}, "MISC-CAI-005"),
    ],
)
def test_content_that_no_file_can_have_is_refused(changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(MiscError, match=f"{rule} at image/"):
        misc_format.write(Stream(*SIZE, image=replace(CONTENT, **changes)))


def test_methods_of_other_content_are_refused() -> None:
    with pytest.raises(MiscError, match="MISC-CON-012"):
        misc_format.write(Stream(*SIZE, image=CONTENT, methods={"image": "grid"}))
    grid = misc_format.Grid(np.zeros((1, 1), np.uint8))
    with pytest.raises(MiscError, match="MISC-CON-012"):
        misc_format.write(Stream(*SIZE, image=grid, methods={"image": "compressai"}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What somebody with CompressAI alone would write."""
    manifest = {"width": 100, "height": 60, "compressai": {"architecture": "cheng2020-attn", "quality": 1}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    y, z = (np.frombuffer(part, np.uint8) for part in CONTENT.strings)
    np.savez(tmp_path / "image.npz", strings_0=y, strings_1=z, shape=(1, 2))
    return tmp_path


def test_a_folder_with_strings(folder: Path) -> None:
    assert misc_format.read(misc_format.pack(folder)).image == CONTENT


@pytest.mark.parametrize("content", [*COMMITTED.values(), CONTENT, replace(OWN, shape=(3, 3), strings=(b"", b""))])
def test_unpacked_strings_are_packed_to_the_same_bytes(content: Strings, tmp_path: Path) -> None:
    data = misc_format.write(Stream(*SIZE, image=content))
    misc_format.unpack(data, tmp_path / "folder")
    assert misc_format.pack(tmp_path / "folder") == data


BYTES = np.zeros(4, np.uint8)


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"shape": (1, 2)},
        {"strings_0": BYTES},
        {"strings_0": BYTES, "strings_2": BYTES, "shape": (1, 2)},
        {"strings_0": BYTES, "strings_1": BYTES, "shape": (1, 2, 3)},
        {"strings_0": BYTES, "strings_1": BYTES, "shape": (1.0, 2.0)},
        {"strings_0": BYTES.astype(np.int64), "strings_1": BYTES, "shape": (1, 2)},
        {"strings_0": BYTES.reshape(2, 2), "strings_1": BYTES, "shape": (1, 2)},
        {"strings_0": np.array([{}], object), "strings_1": BYTES, "shape": (1, 2)},
    ],
)
def test_other_arrays_are_refused(folder: Path, arrays: dict[str, Any]) -> None:
    np.savez(folder / "image.npz", **arrays)
    with pytest.raises(MiscError, match=r"MISC-PCK-003 at image\.npz"):
        misc_format.pack(folder)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"architecture": "cheng2020-attn"},
        {"architecture": "cheng2020-attn", "quality": 9},
        {"architecture": 6, "quality": 1},
        {"architecture": "cheng2020-attn", "quality": 1, "digest": "xyz"},
        {"architecture": "cheng2020-attn", "quality": 1, "weights": "mine"},
    ],
)
def test_a_model_that_is_not_named_rightly_is_refused(folder: Path, options: dict[str, Any]) -> None:
    manifest = {"width": 100, "height": 60, "compressai": options}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(MiscError, match=r"MISC-PCK-002 at manifest\.json/compressai"):
        misc_format.pack(folder)


def test_two_images_are_refused(folder: Path) -> None:
    (folder / "image.png").write_bytes(b"")
    with pytest.raises(MiscError, match="MISC-PCK-003"):
        misc_format.pack(folder)


def archive(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members:
            made.writestr(name, content)
    return buffer.getvalue()


def header(shape: tuple[int, ...], descr: str = "|u1") -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"shape": shape, "fortran_order": False, "descr": descr})
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        archive(("a.txt", b"")),
        archive(("a.npy", b"")),
        archive(("a.npy", b"\x93NUMPY\x03\x00")),
        archive(("a.npy", header((2**40,)))),
        archive(("a.npy", header((-1,)) + b"x")),
        archive(("a.npy", header((1,), "|O") + bytes(8))),
        archive(("a.npy", header((3,)) + b"xx")),
        archive(("a.npy", bytes(npz.MAX_BYTES + 1))),
        archive(*((f"{index}.npy", header((0,))) for index in range(npz.MAX_ARRAYS + 1))),
        archive(("a.npy", header((1,)) + b"x"))[:-30],
    ],
)
def test_hostile_files_of_arrays(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "image.npz").write_bytes(content)
    with pytest.raises(MiscError, match=r"MISC-PCK-003 at image\.npz"):
        npz.read_arrays(tmp_path / "image.npz")


def test_arrays_in_either_order(tmp_path: Path) -> None:
    values = np.arange(12, dtype=">i2").reshape(3, 4)
    np.savez_compressed(tmp_path / "a.npz", rows=values, columns=np.asfortranarray(values))
    found = npz.read_arrays(tmp_path / "a.npz")
    assert np.array_equal(found["rows"], values) and np.array_equal(found["columns"], values)
