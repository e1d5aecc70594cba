"""The reader of tar shards: every member is read, or its loss is told."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import subprocess
import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from misc_format.engine.shards import BLOCK, MAX_EXTENSION, Fault, Member, ShardError, read
from tests.benchmarks.shards import DAMAGES, accounted, headers, packed

CONTENT = {f"{index:02d}.misc": random.Random(index).randbytes(100 + 300 * index) for index in range(6)}
Listing = list[tuple[str, bytes | str]]


def listing(data: bytes, chunk: int = 0) -> tuple[Listing, list[str]]:
    """The members, each with its content or the reason why it has none, and the faults."""
    members: Listing = []
    faults = []
    for item in read(Slow(data, chunk) if chunk else io.BytesIO(data)):  # type: ignore[arg-type]
        if isinstance(item, Fault):
            faults.append(item.reason)
        else:
            members.append((item.name, item.reason or content(item)))
    return members, faults


def content(member: Member) -> bytes | str:
    parts = []
    try:
        while part := member.data.read(1000):
            parts.append(part)
    except ShardError as error:
        return str(error)
    return b"".join(parts)


class Slow(io.BytesIO):
    """A stream that gives few bytes at a time, as a network does."""

    def __init__(self, data: bytes, chunk: int) -> None:
        super().__init__(data)
        self._chunk = chunk

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(self._chunk, self._chunk if size is None or size < 0 else size))


def tar(*members: tarfile.TarInfo | tuple[str, bytes], form: int = tarfile.USTAR_FORMAT) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for member in members:
            header = member if isinstance(member, tarfile.TarInfo) else tarfile.TarInfo(member[0])
            data = b"" if isinstance(member, tarfile.TarInfo) else member[1]
            header.size = len(data)
            archive.addfile(header, io.BytesIO(data))
    return stream.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.type, header.linkname = kind, target
    return header


@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("chunk", [0, 7, 1000])
def test_a_sound_shard_has_its_members_and_no_fault(compress: Callable[[bytes], bytes], form: int, chunk: int) -> None:
    names = {
        "l" * 90 + "/" + name if form == tarfile.USTAR_FORMAT else "ö" * 200 + name: data
        for name, data in CONTENT.items()
    }
    data = compress(tar(*names.items(), form=form))
    assert listing(data, chunk) == (list(names.items()), [])


def test_several_gzip_streams_in_a_row_are_one_shard() -> None:
    data = tar(*CONTENT.items())
    parts = b"".join(gzip.compress(data[begin : begin + 1500]) for begin in range(0, len(data), 1500))
    assert listing(parts + bytes(512)) == (list(CONTENT.items()), [])


def test_members_that_are_no_files_say_what_they_are() -> None:
    kinds = {
        tarfile.LNKTYPE: "hard link to a.misc",
        tarfile.SYMTYPE: "symbolic link to a.misc",
        tarfile.DIRTYPE: "directory",
        tarfile.CHRTYPE: "device",
        tarfile.BLKTYPE: "device",
        tarfile.FIFOTYPE: "pipe",
        b"Z": "type is 'Z'",
    }
    data = tar(("a.misc", b"a"), *(special("b.misc", kind, "a.misc") for kind in kinds), ("c.misc", b"c"))
    members, faults = listing(data)
    assert not faults and [name for name, _ in members] == ["a.misc", *["b.misc"] * len(kinds), "c.misc"]
    for said, (_, reason) in zip(kinds.values(), members[1:-1], strict=True):
        assert isinstance(reason, str) and said in reason and ";" in reason


@pytest.mark.parametrize("form", ["gnu", "posix"])
def test_sparse_members_are_refused_and_what_follows_is_read(form: str, tmp_path: Path) -> None:
    with (tmp_path / "a.misc").open("wb") as stream:
        for index in range(60):  # more holes than fit into a header
            stream.seek(index * 10**5)
            stream.write(b"data")
    (tmp_path / "b.misc").write_bytes(b"b")
    command = ["tar", "-C", tmp_path, "--sparse", f"--format={form}", "-cf", tmp_path / "s.tar", "a.misc", "b.misc"]
    subprocess.run(command, check=True)
    (first, second), faults = listing((tmp_path / "s.tar").read_bytes())
    assert first[0] == "a.misc" and "sparse" in str(first[1]) and second == ("b.misc", b"b") and not faults


def test_what_is_no_tar_file_is_one_fault() -> None:
    for data, said in (
        (b"", "empty"),
        (b"no tar" * 500, "not a tar archive"),
        (b"x", "not a tar archive"),
        (b"\0", "without an end mark"),
    ):
        members, [fault] = listing(data)
        assert not members and said in fault
    assert listing(bytes(1024)) == ([], [])  # an archive without members


def test_a_damaged_header_costs_its_member_alone() -> None:
    data = bytearray(tar(*CONTENT.items()))
    data[headers(bytes(data))[2] + 10] ^= 1
    members, [fault] = listing(bytes(data))
    assert members == [item for item in CONTENT.items() if item[0] != "02.misc"]
    assert "no sound header" in fault and "2,048 to" in fault


def test_shards_that_are_cut_or_lack_an_end_mark() -> None:
    data = tar(*CONTENT.items())
    begin = headers(data)[-1]
    members, [fault] = listing(data[: begin + 200])
    assert len(members) == 5 and "no header" in fault
    members, [fault] = listing(data[: begin + 1000])
    assert len(members) == 6 and "incomplete" in str(members[-1][1]) and "end mark" in fault
    for end in (begin + 512 + 2048, begin + 512 + 2048 + 600):
        members, [fault] = listing(data[:end])
        assert members == list(CONTENT.items()) and "end mark" in fault


def test_joined_archives_are_read_and_told() -> None:
    parts = list(CONTENT.items())
    members, [fault] = listing(tar(*parts[:3]) + tar(*parts[3:]))
    assert members == parts and "members follow" in fault


def test_zeros_in_the_place_of_a_member_are_told() -> None:
    data = bytearray(tar(*CONTENT.items()))
    begin, end = headers(bytes(data))[1:3]
    data[begin:end] = bytes(end - begin)
    members, [fault] = listing(bytes(data))
    assert len(members) == 5 and f"bytes {begin:,} to {end - 1:,} are zeros" in fault


def test_lost_blocks_do_not_hide_the_members_behind_them() -> None:
    data = tar(*((f"{index}.misc", bytes([65 + index]) * 700) for index in range(4)))
    for lost in (1, 2):  # of the data of the first: a whole member follows in their place
        members, faults = listing(data[:512] + data[512 + 512 * lost :])
        assert [name for name, _ in members] == [f"{index}.misc" for index in range(4)]
        assert "incomplete" in str(members[0][1]) and members[2][1] == b"C" * 700 and not faults


def test_a_member_that_is_skipped_and_damaged_is_a_fault() -> None:
    data = tar(("0.txt", b"x" * 700), ("1.misc", b"1"))
    items = [item if isinstance(item, Fault) else item.name for item in read(io.BytesIO(data[:512] + data[1024:]))]
    assert [item for item in items if isinstance(item, str)] == ["0.txt", "1.misc"]
    [fault] = [item for item in items if isinstance(item, Fault)]
    assert "0.txt" in fault.reason


def test_an_archive_within_an_archive_is_no_damage() -> None:
    inner = tar(*CONTENT.items())
    assert listing(tar(("inner.tar", inner), ("a.misc", b"a"))) == ([("inner.tar", inner), ("a.misc", b"a")], [])


def test_blocks_that_are_shifted_are_found_again() -> None:
    data = tar(*CONTENT.items())
    begin = headers(data)[3]
    members, [fault] = listing(data[:begin] + b"seven b" + data[begin:])
    assert members == list(CONTENT.items()) and "no sound header" in fault


def test_extended_headers_have_a_limit_and_may_be_damaged() -> None:
    long = "n" * 300 + ".misc"
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        data = bytearray(tar((long, b"1"), ("b.misc", b"2"), form=form))
        header = tarfile.TarInfo.frombuf(bytes(data[:BLOCK]), "utf-8", "strict")
        header.size = MAX_EXTENSION + 1
        data[:BLOCK] = header.tobuf(tarfile.GNU_FORMAT)
        members, faults = listing(bytes(data))
        assert "1,048,576 are read" in faults[0] and members[-1] == ("b.misc", b"2")
    data = bytearray(tar((long, b"1"), ("b.misc", b"2"), form=tarfile.PAX_FORMAT))
    data[BLOCK] = ord("x")
    members, [fault] = listing(bytes(data))
    assert "no record at its byte 0" in fault and [content for _, content in members] == [b"1", b"2"]
    members, faults = listing(tar((long, b"1"), form=tarfile.PAX_FORMAT)[: 2 * BLOCK])
    assert not members and "no member" in faults[0] and "end mark" in faults[1]


def test_damaged_compression_gives_what_came_before_and_is_told() -> None:
    data = tar(*CONTENT.items())
    whole = gzip.compress(data)
    members, [fault] = listing(whole[:-8] + b"\0\0\0\0" + whole[-4:])  # the checksum
    assert members == list(CONTENT.items()) and "checksum" in fault
    members, [fault] = listing(whole[: len(whole) // 2])
    assert 2 <= len(members) < 6 and "cut off" in fault
    for compress in (gzip.compress, lzma.compress):
        broken = bytearray(compress(data))
        broken[len(broken) // 2] ^= 255
        members, faults = listing(bytes(broken))
        assert len(members) >= 2 and faults


@given(st.integers(0, 2**32), st.sampled_from(sorted(DAMAGES)), st.booleans())
def test_no_member_that_has_a_header_is_unaccounted_for(seed: int, damage: str, compressed: bool) -> None:
    chance = random.Random(seed)
    shard = DAMAGES[damage](packed(chance, compressed=compressed), chance)
    found, done, reported = accounted(shard)
    assert done + reported >= found


def test_memory_does_not_grow_with_the_members() -> None:
    block = tar(("a.misc", b"a"))[: 2 * BLOCK]

    class Endless(io.RawIOBase):
        left = 0

        def read(self, size: int = -1) -> bytes:
            blocks = min(self.left, size // len(block))
            self.left -= blocks
            return block * blocks

    def peak(members: int) -> int:
        stream = Endless()
        stream.left = members
        tracemalloc.start()
        try:
            assert sum(isinstance(item, Member) for item in read(stream)) == members  # type: ignore[arg-type]
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(20_000) < peak(4_000) + 100_000
