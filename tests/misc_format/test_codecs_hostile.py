"""Sources from strangers: one clear error each, nothing executed, and no more memory than the source itself justifies."""

from __future__ import annotations

import io
import os
import pickle
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from misc_format import MiscError, SourceError
from misc_format.codecs import Source, export_codec, import_codec
from misc_format.codecs.layout import ADAPTIVE, Layout, Number, read, write
from misc_format.components import Stream
from misc_format.testing import mutations
from tests.misc_format.codec_sources import (
    CASES,
    FILES,
    SIZE,
    Case,
    Y,
    Z,
    body,
    crdr,
    dcvc,
    egic,
    hific,
    message,
    padded_bits,
    perco_of,
    pics,
    varint,
)
from tests.needs import extra, needs

IMPORT_RULES = ("MISC-IMP-001", "MISC-IMP-003")
MAX_MEMORY = 2**25  # of an import of a few kilobytes
# What a shorter file still is: a string or a list of steps that goes to the end of the file can end anywhere.
OPEN_ENDED = ("sedic", "diffc", "ddcm", "turbo-ddcm", "cfte", "control-gic")


def attempt(
    case: Case, files: dict[str, bytes] | None = None, arrays: dict[str, Any] | None = None
) -> Stream | MiscError:
    """The stream, or the error. Any other exception, and a lot of memory, is a failure."""
    tracemalloc.start()
    try:
        source = Source(case.files if files is None else files, case.arrays if arrays is None else arrays)
        form = case.form if source.arrays else None
        return import_codec(
            case.codec, source, settings=case.settings, settings_file=case.settings_file, form=form, **case.options
        )
    except MiscError as error:
        assert error.rule in (*IMPORT_RULES, "MISC-ARG-001"), error
        assert len(str(error)) < 1_000
        return error
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < MAX_MEMORY, f"{peak:,} bytes"


def short(case: Case) -> dict[str, bytes]:
    """The largest file of a case."""
    name = max(case.files, key=lambda key: len(case.files[key]))
    return {name: case.files[name]}


def places(size: int) -> list[int]:
    """Every byte of the first and the last 150, and every 97th between them."""
    return sorted({*range(min(size, 150)), *range(150, size, 97), *range(max(size - 150, 0), size)})


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_cut_short_is_refused(name: str) -> None:
    case = FILES[name]
    for key, data in short(case).items():
        for size in places(len(data)):
            result = attempt(case, {**case.files, key: data[:size]})
            if case.codec in OPEN_ENDED:
                continue
            # Base64 that is cut short at a whole group.
            assert isinstance(result, SourceError) or case.codec == "pics", (size, result)


@pytest.mark.parametrize("name", FILES)
def test_bytes_behind_the_end_are_refused(name: str) -> None:
    case = FILES[name]
    # It goes on to the end of the file.
    if case.codec in ("diffc", "cfte", "sedic") or name in (
        "ddcm M 1",
        "ddcm M 3",
        "turbo-ddcm",
        "control-gic without counts",
    ):
        return
    for key, data in case.files.items():
        for rest in (b"\x01", b"\x01" * 9, data):
            assert isinstance(attempt(case, {**case.files, key: data + rest}), SourceError), key


@pytest.mark.parametrize("name", FILES)
@given(st.data())
@settings(max_examples=15)
def test_a_changed_file_gives_a_stream_or_an_error(name: str, data: st.DataObject) -> None:
    case = FILES[name]
    [(key, content)] = short(case).items()
    changed = data.draw(mutations(content))
    result = attempt(case, {**case.files, key: changed})
    if isinstance(result, Stream) and case.exact and case.codec not in ("control-gic", "egic"):
        try:
            files = export_codec(case.codec, result, settings_file=case.settings_file, form=case.form)
        except MiscError:
            return
        if case.codec in ("perco-sd", "diffc"):  # zlib has many forms of a text
            return
        assert changed in files.values()


@given(st.binary(max_size=300))
@settings(max_examples=15)
def test_any_bytes_give_a_stream_or_an_error(data: bytes) -> None:
    for case in FILES.values():
        attempt(case, dict.fromkeys(case.files, data))


HUGE = struct.pack(">I", 2**32 - 1)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("diffeic", body(Y, Z, 8, 12)[:12] + HUGE + Y, "4,294,967,295 bytes from byte 16"),
        ("diffeic", HUGE * 2 + body(Y, Z, 8, 12)[8:], "it is 4,294,967,295; a picture of 768x512 has 8"),
        ("diffeic", struct.pack(">2I", 0, 12) + body(Y, Z, 8, 12)[8:], "rows is 0"),
        ("diffeic", body(Y, Z, 8, 12)[:8] + HUGE + body(Y, Z, 8, 12)[12:], "number of strings is 4,294,967,295, not 2"),
        ("taco", struct.pack(">2I", 2**31, 768) + body(Y, Z, 8, 12), "height: it is 2,147,483,648 pixels"),
        ("taco", struct.pack(">2I", 0, 768) + body(Y, Z, 8, 12), "height is 0"),
        ("hific", hific(Y[:148], Z).replace(bytes.fromhex("46E28492"), b"fake"), "not 46e28492"),
        ("hific", hific(Y[:147], Z), "not a multiple of 4"),
        ("crdr", crdr(Y, Z)[4:], "length of the header is"),
        ("dcvc", b"\x10" + dcvc(Y)[1:], "type and id of the sequence is 16, not 0"),
        ("dcvc", b"\x00\x80\x05" + dcvc(Y)[3:], "height is 5 in 2 bytes; it fits in fewer"),
        ("egic", egic([Z] * 10), "the tensors are"),
        ("egic", b"", "a message has the fields"),
        ("egic", message(1, b"\x0a\xff\xff\xff\xff\xff"), "a number is not below 2^32"),
        ("egic", message(1, b"\x08\x01"), "wire type 0"),
        ("egic", message(1, message(1, message(1, b"\x01") + message(2, message(3, message(1, varint(1) * 65))))), "more than 64 integers"),
        ("egic", message(1, message(1, message(1, b"\x01") + message(2, message(7, b"")))), "kind 7"),
        ("compressai", b"\x06" + CASES["compressai"].files["a.bin"][1:], "video and later models"),
        ("compressai", b"\x05\x7f" + CASES["compressai"].files["a.bin"][2:], "no metric with a quality"),
        ("pics", pics(Y, Z) + b"caption: again\n", "'caption' twice"),
        ("pics", pics(Y, Z) + b"more: again\n", "'more' twice, or PICS does not write it"),
        ("pics", b"caption: !!python/object/apply:os.system ['touch x']\n", "is not one text or number"),
        ("pics", b"caption: !!python/name:os.system x\n", "python/name:os.system"),
        ("pics", b"caption: &a x\nhyper_strings: *a\n", "'hyper_strings' is not one text"),
        ("pics", b"[" * 30_000, "not a mapping"),
        ("pics", b"a: " + b"[" * 30_000, "'a' is not one text"),
        ("pics", b"? " * 30_000, "something follows the mapping"),
        ("pics", b"- caption\n", "not a mapping"),
        ("pics", b"\xff\xfe\x00", "not YAML"),
        ("pics", pics(Y, Z).replace(b"!!binary |\n  ", b"!!binary '??' #"), "not base64"),
        ("control-gic mode 4", b"", "0 codes, and the masks leave 32"),
        ("control-gic mode 4", padded_bits("0" * 8)[:1], "the file does not end in them"),
        ("control-gic mode 4", b"\x00" + bytes(9), "0 padding bits"),
        ("control-gic mode 4", b"\x09" + bytes(9), "9 padding bits"),
        ("diffc", struct.pack("<I3H", 2**32 - 1, 768, 512, 1), "4,294,967,295 bytes"),
        ("diffc", struct.pack("<I3H", 30, 768, 512, 1) + b"x" * 30, "not a zlib stream"),
        ("diffc", struct.pack("<I3H", 0, 768, 512, 1), "cut short"),
        ("sedic", b"name,prompt\n", "0 rows for a picture"),
        ("sedic", b"name,prompt\na,x\nb,y\n", "2 rows for a picture; give --set picture=NAME"),
        ("sedic", b"name\n", "its columns are not name and prompt"),
        ("sedic", b"\xff", "not a CSV file in UTF-8"),
        ("sedic", b'name,prompt\na,"', "not a CSV file in UTF-8"),
        ("sedic", b'name,prompt\na,"a,b.\nx\nall"\n', "3 lines"),
        ("sedic", b'name,prompt\na,"a,b.c\nx\ny\nall"\n', "4 lines"),
        ("sedic", b'name,prompt\na,""\n', "0 lines"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(name: str, data: bytes, reason: str) -> None:
    case = CASES[name]
    key = "a.csv" if name == "sedic" else max(case.files, key=lambda key: len(case.files[key]))
    result = attempt(case, {**case.files, key: data})
    assert isinstance(result, SourceError)
    assert reason in str(result)


BOMB = zlib.compress(bytes(10_000_000))


class Evil:
    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, ("touch executed",)


def nested(depth: int) -> bytes:
    return b"\x80\x04" + b"]" * depth + b"." if depth else b""


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (pickle.dumps(Evil()), "holds text or names a class at byte"),
        (pickle.dumps({0: Evil()}), "holds text or names a class at byte"),
        (pickle.dumps({0: pickle.dumps(b"a"), 1: pickle.dumps(b"b"), 2: pickle.dumps(Evil())}), "a.pkl/2: the pickle holds text"),
        (b"cos\nsystem\n(S'touch executed'\ntR.", "names a class at byte"),
        (b"\x80\x04\x8c\x02os\x8c\x06system\x93.", "holds text or names a class at byte"),
        (b"\x80\x04r\xff\xff\xff\x7f.", "has the operation LONG_BINPUT"),  # a memo of 2^31 entries
        (b"\x80\x04h\x00.", "has the operation BINGET"),
        (b"\x80\x04\x8e" + b"\xff" * 8 + b"x.", "cut short"),
        (b"\x80\x04B\xff\xff\xff\x7fx.", "cut short"),
        (b"\x80\x04\x8b\xff\xff\xff\x7f1.", "cut short or damaged"),
        (nested(100), "has the operation EMPTY_LIST"),
        (b"\x80\x04" + b"}" * 100 + b".", "more than 64 operations"),
        (b"\x80\x04" + b"K\x01" * 2 + b".", "does not leave one object"),
        (b"\x80\x04(.", "does not leave one object"),
        (b"\x80\x04.", "does not leave one object"),
        (b"\x80\x04\x86.", "has the operation TUPLE2"),
        (b"\x80\x04u.", "has the operation SETITEMS"),
        (b"\x80\x04(u.", "has the operation SETITEMS"),
        (b"\x80\x04}(K\x01u.", "has the operation SETITEMS"),
        (b"\x80\x04}(}K\x01u.", "has the operation SETITEMS"),
        (b"\x80\x04}(K\x01K\x02K\x01K\x02u.", "has the operation SETITEMS"),
        (b"\x80\x04}K\x01(s.", "has the operation SETITEM"),
        (b"\x80\x04K\x01.more", "4 bytes follow the pickle"),
        (b"\x80\x04K\x01.", "not a dictionary of 0, 1 and 2"),
        (pickle.dumps({0: 1, 1: 2, 2: 3}), "not a dictionary of 0, 1 and 2"),
        (perco_of(zlib.compress(b"x"), bytes(64)), "the codes have 64 bytes"),
        (perco_of(zlib.compress(b"x"), bytes(65)), "does not end in the bits 01"),
        (perco_of(zlib.compress(b"x"), b"\xff" * 65), "does not end in the bits 01"),
        (perco_of(zlib.compress(b"x"), bytes(64) + b"\x40", size=(768, 512)), "the size (512, 512)"),
        (perco_of(BOMB, bytes(64) + b"\x40"), "more than 8,191 bytes"),
        (perco_of(zlib.compress(b"\xff"), bytes(64) + b"\x40"), "byte 0 of the caption is not UTF-8"),
        (perco_of(zlib.compress(b"x")[:-1], bytes(64) + b"\x40"), "cut short"),
        (perco_of(zlib.compress(b"x") + b"y", bytes(64) + b"\x40"), "1 bytes follow"),
        (pickle.dumps(np.arange(3)), "holds text or names a class at byte 11; only integers, bytes, tuples and dictionaries"),
        (pickle.dumps({0: b"x" * 10}, 2), "names a class at byte"),
    ],
)  # fmt: skip
def test_a_pickle_is_plain_data_or_refused(
    data: bytes, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = attempt(CASES["perco 8 256"], {"a.pkl": data})
    assert isinstance(result, SourceError)
    assert reason in str(result)
    assert not list(tmp_path.iterdir())


GLC = CASES["glc"].arrays
SETS = CASES["turbo-ddcm arrays"].arrays["indices"]


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        ("perco arrays", {"indices": np.full((1, 8, 8), 1024)}, "the code 1,024; the codes are 0 to 1,023"),
        ("perco arrays", {"indices": np.full((1, 8, 8), -1)}, "the code -1"),
        ("perco arrays", {"indices": np.full((8, 8), 2**63, np.uint64)}, "which is no index"),
        ("perco arrays", {"indices": np.full((8, 8), 0.5)}, "0.5, which is not a whole number"),
        ("perco arrays", {"indices": np.full((8, 8), np.nan)}, "nan, which is not a whole number"),
        ("perco arrays", {"indices": np.full((8, 8), np.inf)}, "inf, which"),
        ("perco arrays", {"indices": np.zeros((2, 8, 8), int)}, "it has 2 axes"),
        ("perco arrays", {"indices": np.zeros((0, 8, 8), int)}, "0 elements"),
        ("perco arrays", {"indices": np.broadcast_to(np.int8(1), (2**12, 2**12))}, "16,777,216 elements"),
        ("perco arrays", {"indices": np.array([[object()]], object)}, "an array of object"),
        ("perco arrays", {"indices": np.array([["a"]])}, "not of numbers"),
        ("perco arrays", {"indices": [[1, 2], [3]]}, "not an array of numbers"),
        ("perco arrays", {"indices": np.zeros((8, 8), complex)}, "complex128, not of numbers"),
        ("perco arrays", {"codes": np.zeros((8, 8), int)}, "PerCo (SD) takes no array of this name; it takes indices"),
        ("glc", {"y_q": None}, "not of numbers"),
        ("glc", {"y_q": GLC["y_q"] + 0.25}, "which is not a whole number"),
        ("glc", {"y_q": GLC["y_q"] * 1e12}, "the largest value is 2,147,483,647"),
        ("glc", {"y_q": np.full((256, 32, 48), -(2**63))}, "the largest value is 2,147,483,647"),
        ("oscar", {"A_z": np.full(4, 1e300)}, "do not fit in float32"),
        ("glc", {"y_q": GLC["y_q"][:, :, :8]}, "a picture of this size has (256, 32, 48)"),
        ("glc", {"index": GLC["index"][:, :4]}, "a picture of this size has (8, 12)"),
        ("dlf", {"z_bit_stream": np.zeros(289, np.uint16)}, "a string is uint8"),
        ("dlf", {"z_bit_stream": np.zeros(288, np.uint8)}, "take 289 bytes, but there are 288"),
        ("dlf", {"z_bit_stream": np.zeros(289, np.uint8)}, "does not end in the bits 01"),
        ("dlf", {"feat_shape": np.array([1, 767, 16, 24])}, "767 where 768 is written"),
        ("dlf", {"img_shape": np.array([512, 768, 3])}, "3 numbers, not 2"),
        ("dlf", {"img_shape": np.array([512, 1024])}, "padded_width: it is 1,024"),
        ("dlf", {"indices": np.zeros((6, 32), int)}, "it is there beside z_bit_stream"),
        ("oscar", {"A_z": np.full(4, np.nan, np.float32)}, "not finite"),
        ("oscar", {"A_z": np.full(4, 0.1)}, "do not fit in float32"),
        ("oscar", {"indices": np.full((32, 48), 2048)}, "the code 2,048"),
        ("turbo-ddcm arrays", {"indices": SETS[:, ::-1]}, "strictly ascending"),
        ("turbo-ddcm arrays", {"indices": SETS * 0}, "strictly ascending"),
        ("tcm", {"shape": np.array([8, 13])}, "columns: it is 13"),
        ("tcm", {"strings_0": np.zeros((2, 2), np.uint8)}, "uint8 with one axis"),
        ("ms-illm", {"image_size": np.array([0, 768])}, "0 pixels"),
        ("cdc", {"q_latent": np.zeros((32, 48))}, "it has 3 axes"),
        ("compressai arrays", {"strings_0": 5}, "uint8 with one axis"),
    ],
)  # fmt: skip
def test_arrays_have_the_numbers_of_their_codec_or_are_refused(name: str, changes: dict[str, Any], reason: str) -> None:
    case = CASES[name]
    result = attempt(case, arrays=case.arrays | changes)
    assert isinstance(result, SourceError)
    assert reason in str(result)


@pytest.mark.parametrize(
    ("name", "settings", "reason"),
    [
        ("perco arrays", {"alphabet": 0}, "not a whole number from 2 to"),
        ("perco arrays", {"alphabet": 1}, "not a whole number from 2 to"),
        ("perco arrays", {"alphabet": 2**33}, "not a whole number from 2 to"),
        ("perco arrays", {}, "give --set alphabet=N"),
        ("oscar", {}, "give --set level=N"),
        ("ddcm M 1", {"K": 1, "M": 1}, "not a whole number from 2 to"),
        ("ddcm M 1", {"K": 1024, "M": 0}, "not a whole number from 1 to"),
        ("ddcm M 1", {"K": 1024}, "MISC-IMP-003 at M"),
        ("ddcm M 1", {"K": 700, "M": 1}, "and K is 700"),
        ("ddcm M 1", {"K": 2048, "M": 7, "C": 3}, "no whole number of steps"),
        ("ddcm tiny steps", {"K": 8, "M": 1}, "give --set T=N"),
        ("ddcm tiny steps", {"K": 8, "M": 1, "T": 1000}, "no whole number of steps"),
        ("control-gic mode 0", {"mode": 3}, "the files are"),
        ("control-gic mode 0", {}, "MISC-IMP-003 at mode"),
        ("pics", {"quality": 1, "index": 4, "candidates": 4}, "the code 4; the codes are 0 to 3"),
        ("pics", {"quality": 1, "index": 0, "candidates": 1}, "not a whole number from 2 to"),
        ("pics", {"index": 0, "candidates": 2}, "MISC-IMP-003 at quality"),
        ("diffeic", {"steps": "1e400"}, "not a whole number from 0"),
        ("diffeic", {"steps": "NaN"}, "not a whole number from 0"),
        ("diffeic", {"steps": -1}, "not a whole number from 0"),
        ("diffeic", {"seed": 2**64}, "not a whole number from 0"),
        ("diffeic", {"steps": "9" * 5_000}, "not a whole number from 0"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(name: str, settings: dict[str, Any], reason: str) -> None:
    result = attempt(CASES[name]._replace(settings=settings))
    assert isinstance(result, MiscError)
    assert reason in str(result)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("turbo-ddcm", b"", "not a JSON object"),
        ("turbo-ddcm", b"[" * 60_000, "not a JSON object"),
        ("turbo-ddcm", b'{"K": 1e9, "M": 10}', "not an integer"),
        ("turbo-ddcm", b'{"K": 600, "M": 700}', "MISC-IMP-003 at M"),
        ("turbo-ddcm", b'{"K": -5, "M": 10}', "not a whole number from 2 to 16,777,216"),
        ("turbo-ddcm", b'{"K": 1000000000000, "M": 2}', "not a whole number from 2 to"),
        ("turbo-ddcm", b'{"K": 4194304, "M": 1}', "more than are read"),
        ("turbo-ddcm", b'{"K": 900, "M": 10}', "no whole number of steps"),
        ("control-gic mode 0", b"", "not an .npy file"),
        ("control-gic mode 0", b"\x93NUMPY\x01\x00", "not an .npy file"),
    ],
)  # fmt: skip
def test_files_of_settings_that_cannot_be_are_refused(name: str, data: bytes, reason: str) -> None:
    result = attempt(CASES[name]._replace(settings_file=data))
    assert isinstance(result, MiscError)
    assert reason in str(result)


def test_ranks_beyond_the_last_set_are_refused() -> None:
    case = CASES["turbo-ddcm"]
    assert "a rank is not below" in str(
        attempt(case, {"a.turbo_ddcm": b"\x00" + b"\xff" * (len(case.files["a.turbo_ddcm"]) - 1)})
    )


def test_files_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    case = CASES["diffeic"]
    assert "one file is needed, and there are 2" in str(attempt(case, case.files | {"b": b""}))
    assert "it is given twice" in str(attempt(case, arrays={"y": Y}))
    assert "one file is needed, and there are 0" in str(attempt(case, {}))
    for place in range(20):
        (tmp_path / str(place)).touch()
    with pytest.raises(SourceError, match="20 entries"):
        import_codec("control-gic", tmp_path)
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / "out").symlink_to("/etc/passwd")
    with pytest.raises(SourceError, match="leads out of the folder"):
        import_codec("control-gic", tmp_path / "link")


def test_array_files_from_strangers_are_sources_too(tmp_path: Path) -> None:
    for name, data in (("a.npz", b"PK"), ("index.npy", b"\x93NUMPY\x01\x00\x06\x00{'desc"), ("b.npz", b"")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(SourceError, match="is not a valid"):
            import_codec("glc", tmp_path / name, **SIZE)
    np.save(tmp_path / "index.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(SourceError, match="is not a valid"):
        import_codec("glc", tmp_path / "index.npy", **SIZE)
    np.savez(tmp_path / "a.npz", index=np.zeros((8, 12), int))
    np.save(tmp_path / "index.npy", np.zeros((8, 12), int))
    with pytest.raises(SourceError, match="given twice"):
        import_codec("glc", [tmp_path / "a.npz", tmp_path / "index.npy"], **SIZE)


@needs(extra("torch"))
def test_files_of_torch_save_are_tensors_or_refused(tmp_path: Path) -> None:
    import torch

    dlf = {name: torch.tensor(array) for name, array in CASES["dlf"].arrays.items()}
    dlf |= {name: bytes(dlf[name].tolist()) for name in ("z_bit_stream", "h_bit_stream")}
    dlf |= {"feat_shape": torch.Size((1, 768, 16, 24)), "img_shape": (512, 768), "token_length": 192}
    path = tmp_path / "a.pt"
    torch.save(dlf, path)
    case = CASES["dlf"]
    assert import_codec("dlf", path, settings=case.settings, **SIZE) == attempt(case)

    def refused(data: bytes, reason: str) -> None:
        path.write_bytes(data)
        with pytest.raises(SourceError, match=reason):
            import_codec("glc", path, **SIZE)

    def saved(value: Any) -> bytes:
        stream = io.BytesIO()
        torch.save(value, stream)
        return stream.getvalue()

    refused(saved({"index": Evil()}), "does not read it as plain tensors")
    assert not Path("executed").exists()
    refused(saved([torch.zeros(3)]), "not hold a dictionary")
    refused(saved({"index": torch.zeros(1).expand(2**16, 2**16)}), "more than 268,435,456 bytes")
    refused(saved({"index": torch.zeros(8, 12, dtype=torch.bfloat16)}), "not of plain numbers")
    refused(saved({"index": torch.zeros(8, 12).to_sparse()}), "not of plain numbers|no such array|not read")
    refused(b"", "not a file of torch.save")
    whole = saved({"index": torch.zeros(8, 12)})
    for size in range(0, len(whole), 53):
        refused(whole[:size], "not a file of torch.save|does not read it")
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for member in archive.infolist():
            target.writestr(member.filename, archive.read(member))
    refused(stream.getvalue(), "a member is compressed")
    for place in range(0, len(whole), 11):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            import_codec("glc", path, **SIZE)
        except MiscError as error:
            assert error.rule in IMPORT_RULES


@given(st.integers(0, 2**30 - 1))
def test_adaptive_numbers_have_one_form(value: int) -> None:
    table = Layout(">", (Number("a", ADAPTIVE), Number("b", "B")))
    data = write(table, {"a": value, "b": 7})
    assert read(table, data, "x") == {"a": value, "b": 7}
    assert len(data) == 1 + (1 if value < 2**7 else 2 if value < 2**14 else 4)


def test_values_beyond_their_field_are_not_written() -> None:
    table = Layout(">", (Number("a", ADAPTIVE, most=2**32), Number("b", "B", most=2**9)))
    for values in ({"a": 2**30, "b": 1}, {"a": 1, "b": 256}, {"a": 1, "b": 2**10}):
        with pytest.raises(MiscError, match="MISC-IMP-002"):
            write(table, values)


@pytest.mark.parametrize(
    "value", [None, "text", b"bytes", [[1], [2, 3]], {}, np.nan, 10**30, [], np.zeros((1, 1, 1, 1, 1)), object()]
)
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.arrays and not case.files])
def test_any_value_in_the_place_of_an_array_is_refused_or_taken(name: str, value: Any) -> None:
    case = CASES[name]
    for field in (*case.arrays, "width", "mask_coarse", "caption", *case.settings):
        attempt(case, arrays={**case.arrays, field: value})


def test_masks_and_codes_of_control_gic_fit_each_other() -> None:
    case = CASES["control-gic mode 1"]
    cells = np.zeros((8, 16), int)
    arrays = {"mask_medium": cells, "ind_fine": np.zeros(512, int)}
    assert isinstance(attempt(case, {}, arrays), Stream)
    for changes in (
        {"ind_medium": np.zeros(3, int)},
        {"mask_medium": cells + 0.5},
        {"mask_medium": np.full((8, 16), np.nan)},
        {"mask_medium": cells + 1},
    ):
        assert isinstance(attempt(case, {}, arrays | changes), SourceError)
