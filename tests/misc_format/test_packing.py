"""Folders and files: loss-free both ways, strict, all or nothing."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from PIL import Image

import misc_format
from conformance.authoring import users_files
from misc_format import MiscError, Stream
from misc_format.system.files import new_folder, write_file
from misc_format.testing import valid_streams

VECTORS = Path(__file__).parents[2] / "conformance" / "vectors"
CONFORMING = sorted(path for path in VECTORS.glob("*.misc") if not path.name.startswith("bad-"))


@pytest.mark.usefixtures("small_language_model")
@given(valid_streams())
def test_unpacked_files_are_packed_to_the_same_bytes(stream: Stream) -> None:
    data = misc_format.write(stream)
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "folder"
        misc_format.unpack(data, folder)
        assert misc_format.pack(folder) == data


@pytest.mark.parametrize("path", CONFORMING, ids=lambda path: path.stem)
def test_vectors_too(path: Path, tmp_path: Path) -> None:
    with users_files.available():
        misc_format.unpack(path.read_bytes(), tmp_path / "folder")
        assert misc_format.pack(tmp_path / "folder") == path.read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The smallest folder that can be packed."""
    made = tmp_path / "folder"
    made.mkdir()
    (made / "manifest.json").write_text('{"width": 300, "height": 200}')
    (made / "overall.txt").write_text("A cup.", encoding="utf-8")
    return made


def test_a_plain_folder_is_enough(folder: Path) -> None:
    (folder / "items.json").write_text('[{"name": "cup", "detail": "rötlich"}]', encoding="utf-8")
    (folder / "maps").mkdir()
    Image.fromarray(np.eye(8, dtype=np.uint8) * 255).save(folder / "maps" / "0.png")
    Image.fromarray(np.full((4, 6, 3), 85, np.uint8)).save(folder / "image.png")
    (folder / "comment.txt").write_text("hello")
    stream = misc_format.read(misc_format.pack(folder))
    assert stream.text == misc_format.Text("A cup.", (misc_format.Item("cup", "rötlich"),))
    assert stream.maps == misc_format.Maps((np.eye(8, dtype=np.bool_),))
    assert stream.image == misc_format.Grid(np.full((4, 6, 3), 1, np.uint8), 2)  # 85 is a level of two bits
    assert stream.profile == "free" and stream.ancillary == (misc_format.Ancillary(6, b"hello"),)


def test_text_is_kept_to_the_byte(folder: Path) -> None:
    text = "\ufeffline\r\nline\x00\n\n"
    (folder / "overall.txt").write_bytes(text.encode())
    stream = misc_format.read(misc_format.pack(folder))
    assert isinstance(stream.text, misc_format.Text) and stream.text.overall == text


@pytest.mark.parametrize(
    "manifest, rule",
    [
        (None, "MISC-PCK-001"),
        ("{", "MISC-PCK-003"),
        (b"\xff", "MISC-PCK-003"),
        ("[" * 100_000, "MISC-PCK-003"),
        ("[]", "MISC-PCK-002"),
        ('{"width": 3}', "MISC-PCK-001"),
        ('{"width": 3, "height": 0}', "MISC-PCK-002"),
        ('{"width": 3, "height": 65536}', "MISC-PCK-002"),
        ('{"width": true, "height": 3}', "MISC-PCK-002"),
        ('{"width": 3.0, "height": 3}', "MISC-PCK-002"),
        ('{"width": 3, "height": 3, "colour": 1}', "MISC-PCK-002"),
        ('{"width": 3, "height": 3, "profile": "nobody"}', "MISC-CON-004"),
        ('{"width": 3, "height": 3, "profile": "misc-1"}', "MISC-PRO-001"),
        ('{"width": 3, "height": 3, "methods": {"sound": "raw"}}', "MISC-PCK-002"),
        ('{"width": 3, "height": 3, "methods": {"text": "zip"}}', "MISC-CON-012"),
        ('{"width": 3, "height": 3, "generation": {}}', "MISC-GEN-001"),
        ('{"width": 3, "height": 3, "generation": {"strength": 0.505}}', "MISC-PCK-002"),
        ('{"width": 3, "height": 3, "generation": {"strength": NaN}}', "MISC-PCK-002"),
        ('{"width": 3, "height": 3, "generation": {"guidance": Infinity}}', "MISC-PCK-002"),
        ('{"width": 3, "height": 3, "generation": {"seed": -1}}', "MISC-PCK-002"),
        ('{"width": 3, "height": 3, "generation": {"model": "nobody"}}', "MISC-GEN-002"),
        ('{"width": 3, "height": 3, "checksum": 1}', "MISC-PCK-002"),
    ],
)
def test_a_manifest_that_does_not_fit_is_explained(manifest: str | bytes | None, rule: str, folder: Path) -> None:
    path = folder / "manifest.json"
    if manifest is None:
        path.unlink()
    else:
        path.write_bytes(manifest if isinstance(manifest, bytes) else manifest.encode())
    with pytest.raises(MiscError) as caught:
        misc_format.pack(folder)
    assert caught.value.rule == rule and caught.value.path


def picture(array: np.ndarray, mode: str | None = None) -> Image.Image:
    made = Image.fromarray(array)
    return made.convert(mode) if mode else made


@pytest.mark.parametrize(
    "name, content, rule",
    [
        ("overall.txt", b"\xff", "MISC-TXT-001"),
        ("overal.txt", b"typo", "MISC-PCK-003"),
        ("image.jpg", b"", "MISC-CDS-003"),
        ("image.gif", b"", "MISC-PCK-003"),
        ("items.json", b"{}", "MISC-PCK-003"),
        ("items.json", b'[{"name": 3, "detail": ""}]', "MISC-PCK-003"),
        ("items.json", b'[{"name": "", "detail": "", "colour": ""}]', "MISC-PCK-003"),
        ("image.png", b"not a picture", "MISC-PCK-003"),
        ("image.png", picture(np.zeros((2, 2, 4), np.uint8)), "MISC-PCK-003"),
        ("image.png", picture(np.zeros((201, 2), np.uint8)), "MISC-IMG-004"),
        ("maps/1.png", picture(np.zeros((2, 2), np.uint8)), "MISC-PCK-003"),
        ("maps/0.png", picture(np.full((2, 2), 128, np.uint8)), "MISC-PCK-003"),
        ("maps/0.txt", b"", "MISC-PCK-003"),
        ("maps/0.png", b"\x89PNG\r\n\x1a\n", "MISC-PCK-003"),
        ("ancillary/x.bin", b"", "MISC-PCK-003"),
        ("ancillary/3.bin", b"", "MISC-CON-015"),
        ("comment.txt", b"\xff", "MISC-ANC-003"),
    ],
)
def test_a_file_that_does_not_fit_is_explained(
    name: str, content: bytes | Image.Image, rule: str, folder: Path
) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content.save(path)
    with pytest.raises(MiscError) as caught:
        misc_format.pack(folder)
    assert caught.value.rule == rule and caught.value.path


def test_a_depth_that_loses_samples_is_refused(folder: Path) -> None:
    Image.fromarray(np.array([[0, 7]], np.uint8)).save(folder / "image.png")
    (folder / "manifest.json").write_text('{"width": 300, "height": 200, "grid": {"depth": 4}}')
    with pytest.raises(MiscError, match="MISC-PCK-003"):
        misc_format.pack(folder)


def test_an_empty_maps_folder_and_a_missing_folder_are_told_apart(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        misc_format.pack(tmp_path / "nowhere")
    (folder / "maps").mkdir()
    with pytest.raises(MiscError, match="MISC-PCK-003"):
        misc_format.pack(folder)


def test_unpack_is_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = (VECTORS / "profile-misc-1.misc").read_bytes()
    monkeypatch.setattr("misc_format.folder.plainfiles.json.dumps", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        misc_format.unpack(data, tmp_path / "folder")
    with pytest.raises(MiscError):
        misc_format.unpack(data[:50], tmp_path / "folder")
    assert list(tmp_path.iterdir()) == []


def test_unpacking_into_the_folder_that_one_stands_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = (VECTORS / "profile-misc-1.misc").read_bytes()
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    misc_format.unpack(data, ".")
    assert misc_format.pack(".") == data
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="not an empty folder"):
        misc_format.unpack((VECTORS / "text-raw.misc").read_bytes(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "a.misc"
    write_file(target, b"one")
    write_file(target, b"two")
    assert target.read_bytes() == b"two"
    with pytest.raises(OSError, match="nowhere"):
        write_file(tmp_path / "nowhere" / "a.misc", b"")
    (tmp_path / "busy").mkdir()
    with pytest.raises(OSError):
        write_file(tmp_path / "busy", b"")
    with pytest.raises(KeyError), new_folder(tmp_path / "made") as temporary:
        (temporary / "x").write_text("x")
        raise KeyError
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.misc", "busy"]


def test_manifest_is_readable(tmp_path: Path) -> None:
    misc_format.unpack((VECTORS / "generation-all.misc").read_bytes(), tmp_path / "folder")
    manifest = json.loads((tmp_path / "folder" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["generation"] == {
        "model": "diffbir-v1",
        "seed": 4_294_967_295,
        "sampler": "ddpm-spaced",
        "steps": 50,
        "strength": 0.8,
        "guidance": 7.0,
        "prompt_suffix": ", hyper detail, masterpiece, 4K",
    }


@pytest.mark.parametrize(
    "name, content, manifest, rule",
    [
        ("text.bin", "T", "{}", "MISC-PCK-003"),
        ("image.bin", "I", '{"methods": {"image": "grid"}}', "MISC-PCK-002"),
    ],
)
def test_nothing_is_left_out_in_silence(name: str, content: str, manifest: str, rule: str, folder: Path) -> None:
    (folder / name).write_text(content)
    (folder / "manifest.json").write_text(json.dumps({"width": 3, "height": 3} | json.loads(manifest)))
    with pytest.raises(MiscError, match=rule):
        misc_format.pack(folder)


def test_json_with_a_key_twice_is_refused_and_a_byte_order_mark_is_not(folder: Path) -> None:
    (folder / "manifest.json").write_text('{"width": 3, "width": 4, "height": 3}')
    with pytest.raises(MiscError, match="twice"):
        misc_format.pack(folder)
    (folder / "manifest.json").write_bytes(b'\xef\xbb\xbf{"width": 3, "height": 3}')
    assert misc_format.read(misc_format.pack(folder)).width == 3
