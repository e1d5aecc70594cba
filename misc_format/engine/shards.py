"""The reader of tar shards. It reads a shard once, from beginning to end, and loses no member without a word.

`tarfile` stops in silence at the first header that it cannot read. This reader goes through the blocks of 512 bytes itself:

| in the shard | result |
|---|---|
| a header whose checksum is right, and its data | the member |
| blocks that are no header | one fault for the whole run of blocks; reading goes on at the next header |
| a header inside the data of a member | blocks were lost: the data end with an error, and the header is the next member |
| blocks of zeros between members, as where two archives were joined | one fault; the members behind them are read |
| no end mark of two blocks of zeros | one fault |
| compressed data that are damaged, or whose checksum is wrong | one fault; all that could be decompressed is read |
| a link, a directory, a device, a sparse file | a member that says why it has no data |

The memory that it takes does not depend on the number of members. Source of the format: POSIX.1-2017, pax, "Interchange Format"; GNU
tar manual, "Basic Tar Format".
"""

from __future__ import annotations

import bz2
import lzma
import re
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, Final, NamedTuple

from misc_format.system.reading import CHUNK

BLOCK: Final = 512  # bytes
MAX_EXTENSION: Final = 2**20  # bytes of an extended header, such as a long name
PIECE: Final = 256  # bytes that a decompressor takes at a time, if it cannot be copied
ZEROS: Final = bytes(BLOCK)
CHECKSUM: Final = re.compile(rb"[0-7 ]{5}[0-7][\0 0-7][\0 ]")
MAGIC: Final = b"ustar"
MAGIC_AT: Final = 257
EXTENSIONS: Final = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
SIZE: Final = re.compile(r"[0-9]{1,19}")  # in a record; `int` also takes signs, underscores and digits of other scripts
NESTED: Final = ".tar"  # only members of this ending may begin with a header
SPARSE: Final = "it is a sparse file, which is not read; pack it without --sparse"
# Members without data, by type: what they are, and what to do.
SPECIAL: Final = {
    tarfile.LNKTYPE: "it is a hard link to {target}; pack with tar --hard-dereference",
    tarfile.SYMTYPE: "it is a symbolic link to {target}; pack with tar --dereference",
    tarfile.DIRTYPE: "it is a directory; name files so that only files have this ending",
    tarfile.CHRTYPE: "it is a device, not a file; leave it out of the shard",
    tarfile.BLKTYPE: "it is a device, not a file; leave it out of the shard",
    tarfile.FIFOTYPE: "it is a pipe, not a file; leave it out of the shard",
}  # fmt: skip


class ShardError(OSError):
    """A part of a shard is damaged or cut off. The message is a clause about the shard or the member."""


class Member(NamedTuple):
    """A member. `data`: its bytes, to be read before the next member is taken. `reason`: why it has none, if it is no regular file."""

    name: str
    data: Data
    reason: str = ""


class Fault(NamedTuple):
    """Damage to a shard. `reason`: a clause that says what is wrong, and at which byte."""

    reason: str


def read(stream: IO[bytes]) -> Iterator[Member | Fault]:
    """The members and faults of a tar file, in order. Compression with gzip, bzip2 or xz is recognised.

    What `stream` raises is raised: an error of the store is no damage.
    """
    return _Walker(_Bytes(_decompressed(stream))).walk()


class Data:
    """The data of a member. Blocks are taken from the shard as they are read."""

    def __init__(self, source: _Bytes, size: int, *, nested: bool = False) -> None:
        self._source, self._left, self._nested = source, size, nested
        self._ready = b""
        self._error: ShardError | None = None
        self.reported: bool = False

    def read(self, size: int) -> bytes:
        """At most `size` bytes; none at the end. Raises `ShardError` where the data end too early."""
        if not self._ready:
            self._ready = self._fetch()
        if not self._ready and self._error is not None:
            self.reported = True
            raise self._error
        part, self._ready = self._ready[:size], self._ready[size:]
        return part

    def drain(self) -> ShardError | None:
        """Pass over the rest. The error of data that end too early, unless `read` has raised it."""
        while self._fetch():
            pass
        return None if self.reported else self._error

    def _fetch(self) -> bytes:
        """The next blocks of the data, without padding."""
        if self._left <= 0 or self._error is not None:
            return b""
        begin = self._source.offset
        size = min(CHUNK, -(-self._left // BLOCK) * BLOCK)
        blocks = self._source.take(size)
        header = None if self._nested else _header_inside(blocks)
        if header is not None:
            self._source.give_back(len(blocks) - header)
            place = f"at byte {begin + header:,} of the shard, where another member begins"
            self._error = ShardError(f"its data are damaged or incomplete: they end {place}")
            blocks = blocks[:header]
        elif len(blocks) < min(size, self._left):
            self._error = ShardError(f"its data are incomplete: the shard ends at byte {self._source.offset:,}")
        data = blocks[: self._left]
        self._left -= len(data)
        return data


class _Bytes:
    """The decompressed bytes of a shard. `offset`: the position. `damage`: why they end early, if they do."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._buffer, self._start = b"", 0
        self.offset = 0
        self.damage = ""

    def take(self, size: int) -> bytes:
        """The next `size` bytes; fewer at the end."""
        if len(self._buffer) - self._start < size:
            self._fill(size)
        part = self._buffer[self._start : self._start + size]
        self._start += len(part)
        self.offset += len(part)
        return part

    def give_back(self, size: int) -> None:
        """Go back by the last `size` bytes that were taken at once, or by two blocks."""
        self._start -= size
        self.offset -= size

    def _fill(self, size: int) -> None:
        kept = min(self._start, BLOCK)  # so that two blocks in a row can be given back
        parts = [self._buffer[self._start - kept :]]
        length = len(parts[0]) - kept
        try:
            while length < size and (chunk := next(self._chunks, b"")):
                parts.append(chunk)
                length += len(chunk)
        except ShardError as error:
            self.damage = str(error)
        self._buffer, self._start = b"".join(parts), kept


class _Gap:
    """Consecutive blocks that are no header. `begin`: the position of the first."""

    def __init__(self, begin: int) -> None:
        self.begin = begin
        self.end = begin
        self.garbage = -1  # the position of the first block that is not all zeros

    def add(self, blocks: bytes) -> None:
        """Add blocks at the end."""
        if self.garbage < 0 and blocks.strip(b"\0"):
            self.garbage = self.end
        self.end += len(blocks)

    def before_header(self) -> str:
        """What is wrong with the gap, if a header follows it."""
        where = f"bytes {self.begin:,} to {self.end - 1:,}"
        if self.garbage >= 0:
            return f"{where} hold no sound header: members there are lost, and reading went on behind them"
        return (
            f"{where} are zeros, as at the end of an archive, but members follow, which were read too; "
            "if archives were joined, pack one archive instead"
        )

    def at_end(self, members: int) -> str:
        """What is wrong with the gap at the end of a shard; "" for an end mark."""
        if self.garbage >= 0 and not members and not self.begin:
            return "it is not a tar archive"
        if self.garbage >= 0:
            return f"there is no header at byte {self.garbage:,}, and none follows; the members behind it are lost"
        if self.end - self.begin >= 2 * BLOCK:
            return ""
        if not self.end:
            return "it is empty; even a tar archive without members has an end mark"
        return f"it ends at byte {self.end:,} without an end mark, so members may be missing"


class _Extended:
    """What the extended headers before a member say about it."""

    def __init__(self) -> None:
        self.always: dict[str, str] = {}  # global: for all members that follow
        self.values: dict[str, str] = {}

    def add(self, kind: bytes, data: bytes) -> None:
        """Add an extended header. Raises `ValueError` for one that cannot be understood."""
        if kind in (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK):
            name = "path" if kind == tarfile.GNUTYPE_LONGNAME else "linkpath"
            self.values[name] = data.partition(b"\0")[0].decode("utf-8", "surrogateescape")
        else:
            (self.always if kind == tarfile.XGLTYPE else self.values).update(_records(data))

    def take(self) -> dict[str, str]:
        """The values for the next member."""
        values, self.values = self.always | self.values, {}
        return values


class _Walker:
    def __init__(self, source: _Bytes) -> None:
        self._source = source
        self._extended = _Extended()
        self._members = 0

    def walk(self) -> Iterator[Member | Fault]:
        gap = _Gap(0)
        while block := self._source.take(BLOCK):
            header = _header(block)
            if header is None:
                gap.add(self._skip(block))
                continue
            if gap.end > gap.begin:
                self._extended.values.clear()  # they belong to a member that is lost
                yield Fault(gap.before_header())
            yield from self._extension(header) if header.type in EXTENSIONS else self._member(header, block)
            gap = _Gap(self._source.offset)
        if self._extended.values:
            yield Fault("an extended header at its end has no member")
        if self._source.damage:
            yield Fault(self._source.damage)
        elif reason := gap.at_end(self._members):
            yield Fault(reason)

    def _skip(self, block: bytes) -> bytes:
        """The block, or only its beginning, if a header begins in it."""
        if block == ZEROS or len(block) < BLOCK:
            return block
        following = self._source.take(BLOCK)
        both = block + following
        at = both.find(MAGIC)
        while at >= 0:
            begin = at - MAGIC_AT
            if 0 < begin < BLOCK and _header(both[begin : begin + BLOCK]) is not None:
                self._source.give_back(len(following))
                self._source.give_back(BLOCK - begin)
                return block[:begin]
            at = both.find(MAGIC, at + 1)
        self._source.give_back(len(following))
        return block

    def _extension(self, header: tarfile.TarInfo) -> Iterator[Fault]:
        begin = self._source.offset - BLOCK
        data = Data(self._source, header.size)
        try:
            if header.size > MAX_EXTENSION:
                raise ValueError(f"it has {header.size:,} bytes, and {MAX_EXTENSION:,} are read")
            parts = []
            while part := data.read(CHUNK):
                parts.append(part)
            self._extended.add(header.type, b"".join(parts))
        except (ShardError, ValueError) as error:
            self._extended.values.clear()
            yield Fault(
                f"the extended header at byte {begin:,} cannot be read ({error}); the next member has a wrong name, or is lost"
            )
        if error_behind := data.drain():
            yield Fault(f"the extended header at byte {begin:,} is damaged: {error_behind}")

    def _member(self, header: tarfile.TarInfo, block: bytes) -> Iterator[Member | Fault]:
        begin = self._source.offset - BLOCK
        values = self._extended.take()
        name = values.get("GNU.sparse.name") or values.get("path") or header.name
        stated_size = values.get("size", str(header.size))
        size = int(stated_size) if SIZE.fullmatch(stated_size) else 0
        self._members += 1
        reason = SPECIAL.get(header.type, "").format(target=values.get("linkpath") or header.linkname)
        if not SIZE.fullmatch(stated_size):
            reason = f"its size at byte {begin:,} of the shard is not a number, so its data are lost; pack it again"
        elif not reason and name.endswith("/"):
            reason = "its name ends in a slash, as that of a directory; rename it"
        if header.type == tarfile.GNUTYPE_SPARSE:
            yield from self._sparse_map(block)
            reason = SPARSE
        elif any(key.startswith("GNU.sparse.") for key in values):
            reason = SPARSE
        elif not header.isreg() and not reason:
            reason = f"its type is {header.type.decode('latin-1')!r}, which is no regular file; pack it as one"
        data = Data(self._source, 0 if header.type in SPECIAL else size, nested=name.lower().endswith(NESTED))
        yield Member(name.rstrip("/"), data, reason)
        error = data.drain()
        if error is not None:
            yield Fault(f"the member {name} at byte {begin:,} is damaged: {error}")

    def _sparse_map(self, block: bytes) -> Iterator[Fault]:
        """Pass over the blocks that list the parts of an old GNU sparse file."""
        more = block[482]
        while more:
            begin = self._source.offset
            listing = self._source.take(BLOCK)
            if len(listing) < BLOCK or _header(listing) is not None:
                self._source.give_back(len(listing))
                yield Fault(f"the map of a sparse file is damaged at byte {begin:,}")
                return
            more = listing[504]


def _header(block: bytes) -> tarfile.TarInfo | None:
    """The header in a block; None if it is none, or its checksum is wrong."""
    if len(block) < BLOCK or CHECKSUM.match(block, 148) is None:
        return None
    try:
        header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        return None
    return header if header.size >= 0 else None


def _header_inside(blocks: bytes) -> int | None:
    """The position of the first block that is a header; None if there is none."""
    digits = blocks[153::BLOCK]  # the last digit of the checksum of each block
    for match in re.finditer(rb"[0-7]", digits):
        begin = match.start() * BLOCK
        if _header(blocks[begin : begin + BLOCK]) is not None:
            return begin
    return None


def _records(data: bytes) -> Iterator[tuple[str, str]]:
    """The records of a pax header, "LENGTH KEY=VALUE\\n". Raises `ValueError`."""
    begin = 0
    while begin < len(data) and data[begin]:
        match = re.compile(rb"([1-9][0-9]{0,7}) ").match(data, begin)
        end = begin + int(match[1]) if match else 0
        record = data[match.end() : end] if match else b""
        key, equals, value = record.removesuffix(b"\n").partition(b"=")
        if not record.endswith(b"\n") or not equals or end > len(data):
            raise ValueError(f"there is no record at its byte {begin:,}")
        yield key.decode("utf-8", "replace"), value.decode("utf-8", "surrogateescape")
        begin = end


def _decompressed(stream: IO[bytes]) -> Iterator[bytes]:
    """The bytes of a stream, decompressed if they are compressed. Raises `ShardError` for damaged compressed data."""
    head = b""
    while len(head) < 6 and (part := stream.read(CHUNK)):
        head += part
    chunks = _chunks(head, stream)
    if head.startswith(b"\x1f\x8b"):
        return _expanded(chunks, "gzip", lambda: zlib.decompressobj(31))
    if head.startswith(b"BZh"):
        return _expanded(_pieces(chunks), "bzip2", bz2.BZ2Decompressor)
    if head.startswith(b"\xfd7zXZ\0"):
        return _expanded(_pieces(chunks), "xz", lzma.LZMADecompressor)
    return chunks


def _chunks(head: bytes, stream: IO[bytes]) -> Iterator[bytes]:
    if head:
        yield head
    while part := stream.read(CHUNK):
        yield part


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    return (chunk[begin : begin + PIECE] for chunk in chunks for begin in range(0, len(chunk), PIECE))


def _expanded(chunks: Iterator[bytes], form: str, make: Callable[[], Any]) -> Iterator[bytes]:
    """Decompressed bytes, of one compressed stream after another. All that comes before a damaged byte is given."""
    decoder = make()
    position = 0
    for chunk in chunks:
        data, waiting = chunk, False
        while data or waiting:
            if decoder.eof:
                data = data.lstrip(b"\0")
                if not data:
                    break
                decoder = make()
            before = decoder.copy() if hasattr(decoder, "copy") else None
            try:
                part = decoder.decompress(data, CHUNK)
            except (zlib.error, OSError, lzma.LZMAError, EOFError) as error:
                if before is not None:
                    yield from _bytewise(before, data)
                place = f"near compressed byte {position + len(chunk) - len(data):,}"
                raise ShardError(
                    f"its {form} data or their checksum are damaged {place} ({error}): members before it may be damaged, "
                    "and those behind it are lost"
                ) from error
            if part:
                yield part
            data = _rest(decoder)
            waiting = not decoder.eof and not getattr(decoder, "needs_input", True)
        position += len(chunk)
    if not decoder.eof:
        raise ShardError(f"its {form} data are cut off at compressed byte {position:,}: what follows is lost")


def _rest(decoder: Any) -> bytes:
    """The bytes that a decompressor has not taken yet."""
    if decoder.eof:
        return bytes(decoder.unused_data)
    if hasattr(decoder, "unconsumed_tail"):
        return bytes(decoder.unconsumed_tail)
    return b""


def _bytewise(decoder: Any, data: bytes) -> Iterator[bytes]:
    """What a decompressor gives byte by byte before it fails."""
    for index in range(len(data)):
        try:
            part = decoder.decompress(data[index : index + 1])
        except zlib.error:
            return
        if part:
            yield part
