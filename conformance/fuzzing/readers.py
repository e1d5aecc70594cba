"""The readers of bytes that strangers write, each as a target of fuzzing: every input is read, or refused by an error that is declared.

A bitstream is not among them: `fuzz` checks more of it. A reader of a folder takes an input that holds several files (`files_of`).
"""

from __future__ import annotations

import io
import shutil
import tempfile
import threading
import warnings
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Final, NamedTuple

from misc_format import MiscError, write
from misc_format.batch import plan
from misc_format.batch.journal import Journal, Journals, key
from misc_format.batch.names import Members
from misc_format.coders.image import codetables
from misc_format.coders.image.formats import FORMATS
from misc_format.coders.image.isobmff import avif_sizes
from misc_format.coders.maps import jbig2file, regions
from misc_format.coders.text import form as textform
from misc_format.coders.text import languagecoding
from misc_format.coders.text.languagemodel import known
from misc_format.components import Size, Text
from misc_format.engine import shards
from misc_format.engine.stores import LocalStore, UnavailableError, UnusableNameError
from misc_format.errors import PictureError
from misc_format.folder import manifest, maskfiles, npz, packing, plainfiles
from misc_format.pictures import from_bytes, metadata, png, tiff
from misc_format.structure.bits import BitReader
from misc_format.tables import TableError

from ..harness import protocol
from ..harness.run import OPS, differences
from . import imports, seeds
from .budget import Budget
from .campaign import require

MIB: Final = 2**20
SMALL: Final = Budget(2, 64 * MIB)
#: A picture may have as many pixels as Pillow opens, however few bytes it has.
PIXELS: Final = Budget(20, 2048 * MIB)
PLAN: Final = "0123456789abcdef"  # the identity of a plan
CANVAS: Final = Size(20, 16)  # of polygons


class Reader(NamedTuple):
    """A reader. `read`: takes the bytes of an input. `refusals`: the errors that it may raise. `seeds`: inputs that it reads.

    `budget`: what one input may take. `needs`: the extra of the package without which it cannot run.
    """

    read: Callable[[bytes], None]
    refusals: tuple[type[Exception], ...]
    seeds: Callable[[], Sequence[bytes]]
    budget: Budget = SMALL
    needs: str = ""

    def check(self, data: bytes) -> str:
        """Read an input: "read" or "refused". Raises what the reader may not raise, and `PropertyError` for more than the budget."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", RuntimeWarning)  # of NumPy, about numbers that are not as expected
                self.budget.spend(partial(self.read, data))
        except self.refusals as error:
            require(bool(str(error).strip()), "it is refused without a word")
            return "refused"
        return "read"


@cache
def _place() -> tempfile.TemporaryDirectory[str]:
    """A folder of this process, which removes it at its end."""
    return tempfile.TemporaryDirectory()


def _new_folder() -> Path:
    folder = Path(_place().name) / "folder"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def _file(name: str, data: bytes) -> Path:
    path = _new_folder() / name
    path.write_bytes(data)
    return path


# Folders


def read_folder(data: bytes) -> None:
    """A folder to be packed."""
    folder = _new_folder()
    for name, content in seeds.files_of(data):
        _write_inside(folder, name, content)
    write(packing.read_folder(folder), effort="fast")


def _write_inside(folder: Path, name: str, content: bytes) -> None:
    """Write a file of a folder, unless its name leads out of the folder or no file can have it."""
    path = folder / name
    if name and not name.startswith("/") and ".." not in path.parts:
        with suppress(OSError, ValueError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def read_manifest(data: bytes) -> None:
    """A manifest.json."""
    manifest.check(plainfiles.read_json(_file("manifest.json", data)))


def read_text(data: bytes) -> None:
    """The items and the named texts of a text."""
    values = plainfiles.read_json(_file("items.json", data))
    with suppress(MiscError):
        textform.read_named(values, "named")
    textform.read_items(values, "items")


def read_arrays(data: bytes) -> None:
    """An .npz file."""
    npz.read_arrays(_file("image.npz", data))


def read_array(data: bytes) -> None:
    """An .npy file."""
    npz.read_array(_file("image.npy", data))


def read_mask(data: bytes, *, name: str) -> None:
    """A file of masks."""
    maskfiles.read_masks(_file(name, data), lambda _: None, CANVAS)


def read_jbig2(data: bytes) -> None:
    """A JBIG2 file, and the map in it."""
    size, region = jbig2file.unwrap(data, "0.jb2")
    if size.width * size.height <= MIB:  # a map of noise takes microseconds for each pixel
        regions.pixels(region, size)


# Pictures


def read_picture(data: bytes) -> None:
    """A picture."""
    from_bytes(data, "picture")


def read_headers(data: bytes) -> None:
    """What this project itself reads of the headers of pictures."""
    for kind in ("AVIF", "JPEG2000", "BMP", "GIF"):
        metadata.said(kind, data)
    png.without_extras(data)
    if data.startswith(tiff.SIGNATURES):
        entries = tiff.tags(data)
        str(tiff.layout(entries).words)
        tiff.is_raw(entries)
        tiff.tags(tiff.readable(data, entries))


def read_codestream(data: bytes) -> None:
    """A file of each format of conventional codestreams, and the pictures that an AVIF file states."""
    refusal = None
    for row in FORMATS.values():
        try:
            bare = row.bare(data, "image")
        except MiscError as error:
            refusal = error
            continue
        if row.begins(bare):
            list(row.sizes(bare))
            row.file(bare)
    with suppress(MiscError):
        list(avif_sizes(data, "image"))
    if refusal is not None:
        raise refusal


# Shards and batches


def read_shard(data: bytes) -> None:
    """A tar shard: its members, their data, and the names of their outputs, which must differ."""
    names = set()
    outputs = Members(".out")
    try:
        for item in shards.read(io.BytesIO(data)):
            if isinstance(item, shards.Fault):
                require(bool(item.reason), "a fault has no reason")
                continue
            with suppress(shards.ShardError):
                while item.data.read(MIB):
                    pass
            with suppress(UnusableNameError):
                name = outputs.name(item.name)
                require(name not in names, f"two members have the output {name!r}")
                names.add(name)
    finally:
        outputs.close()


def read_plan(data: bytes) -> None:
    """The head of a batch's plan, and its pages."""
    store = LocalStore(str(_new_folder()))
    for name, content in zip((plan.PLAN, plan.page_key(0)), seeds.parts_of(data, 2), strict=True):
        store.write(name, content)
    plan.head(store)
    list(plan.units(store, 1))


def read_journal(data: bytes) -> None:
    """A journal of a batch, as the report reads it and as a resumed run does."""
    store = LocalStore(str(_new_folder()))
    store.write(key(PLAN, 0), data)
    journals = Journals(store, PLAN)
    if 0 in journals.finished():
        with suppress(UnavailableError):
            journals.read(0)
            journals.failed(0)
        with suppress(UnavailableError):
            list(journals.parts(0))
    journal = Journal(store, PLAN, 0)
    try:
        list(journal.outputs())
    finally:
        journal.close()


# Models, and replies of programs


def read_language_model(data: bytes) -> None:
    """A language model of the user's, given as the content of its file before it is compressed, and a text under it."""
    model = known.from_bytes(zlib.compress(data, 1))
    with suppress(MiscError):
        [encoder] = languagecoding.encoders([Text("a cup")], model)
        codeword = encoder.codeword()
        require(languagecoding.decode([BitReader(codeword)], model) == [Text("a cup")], "a text does not come back")
    with suppress(MiscError):
        languagecoding.decode([BitReader(bytes(range(40)))], model)


def read_code_table(data: bytes) -> None:
    """A table of codes of the user's, given as the content of its file before it is compressed."""
    table = codetables.from_bytes(zlib.compress(data, 1))
    require(int(table.below[-1]) == codetables.TOTAL, "the frequencies have another sum")


def read_reply(data: bytes) -> None:
    """A line that a decoder under test replies."""
    for op in OPS:
        result = protocol.parsed(data, 1, op).get("result")
        if result is not None:
            protocol.check_result(result, op, protocol.CLAIMS)
            for expected in seeds.expectations():
                list(differences(result, expected, op, protocol.CLAIMS))


def read_answer(data: bytes) -> None:
    """A describer's answer."""
    from reference_codec.text import replies

    for task in seeds.tasks():
        text = replies.parse(data.decode("utf-8", "replace"), task)
        trimmed, _ = replies.trim(text, task)
        require(not replies.faults(trimmed, task), "a text that was cut is still too long")


def read_protocol(data: bytes) -> None:
    """A response of an endpoint."""
    from PIL import Image

    from reference_codec.text.ask import Turn
    from reference_codec.text.endpoint import Endpoint

    status, _Answering.body = seeds.parts_of(data, 2)
    _Answering.status = int(status) if status.isdigit() and len(status) == 3 and status >= b"200" else 200
    endpoint = Endpoint("model", f"http://127.0.0.1:{_server().server_port}", retries=0)
    endpoint.answer(Image.new("RGB", (8, 8)), [Turn("user", "what?")])


class _Answering(BaseHTTPRequestHandler):
    """Gives the same response to every request."""

    status, body = 200, b""

    def do_POST(self) -> None:
        """Answer a request."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, form: str, *args: Any) -> None:
        """Write nothing."""


@cache
def _server() -> HTTPServer:
    """An endpoint of this process."""
    server = HTTPServer(("127.0.0.1", 0), _Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def read_weights(data: bytes, *, name: str) -> None:
    """A file of weights."""
    from reference_codec.models import tensors

    try:
        tensors.read(_file(name, data))
    except tensors.TensorsError as error:
        raise RefusedError(str(error)) from None


class RefusedError(Exception):
    """The refusal of a reader whose own error cannot be imported without its extra."""


def _model_error() -> type[Exception]:
    from reference_codec.errors import ModelError

    return ModelError


def _reply_error() -> type[Exception]:
    from reference_codec.text.replies import ReplyError

    return ReplyError


READERS: Final[dict[str, Reader]] = {
    "folder": Reader(read_folder, (MiscError,), seeds.folders, PIXELS),
    "manifest": Reader(read_manifest, (MiscError,), seeds.manifests),
    "text": Reader(read_text, (MiscError,), seeds.texts),
    "arrays": Reader(read_arrays, (MiscError,), seeds.archives, Budget(5, 1024 * MIB)),
    "array": Reader(read_array, (MiscError,), seeds.any_arrays, Budget(5, 1024 * MIB)),
    "mask-picture": Reader(partial(read_mask, name="0.png"), (MiscError,), seeds.masks, PIXELS),
    "mask-array": Reader(partial(read_mask, name="0.npy"), (MiscError,), seeds.arrays),
    "mask-annotations": Reader(
        partial(read_mask, name="0.json"), (MiscError,), seeds.coco_documents, Budget(5, 512 * MIB)
    ),
    "jbig2": Reader(read_jbig2, (MiscError,), seeds.jbig2_files, Budget(10, 256 * MIB)),
    "picture": Reader(read_picture, (PictureError,), seeds.pictures, PIXELS),
    "headers": Reader(read_headers, (), seeds.pictures),
    "codestream": Reader(read_codestream, (MiscError,), seeds.codestreams),
    "shard": Reader(read_shard, (), seeds.shards),
    "plan": Reader(read_plan, (UnavailableError,), seeds.plans),
    "journal": Reader(read_journal, (UnavailableError,), seeds.journals),
    "language-model": Reader(read_language_model, (TableError,), seeds.language_models, Budget(10, 512 * MIB)),
    "code-table": Reader(read_code_table, (TableError,), seeds.code_tables),
    "import": Reader(imports.read, (MiscError,), imports.seeds, Budget(5, 256 * MIB)),
    "reply": Reader(read_reply, (protocol.Fault,), seeds.replies),
    "answer": Reader(read_answer, (_reply_error(),), seeds.answers),
    "protocol": Reader(read_protocol, (_model_error(),), seeds.responses, needs="models"),
    "weights-torch": Reader(partial(read_weights, name="x.pth"), (RefusedError,), seeds.torch_weights, needs="torch"),
    "weights-safetensors": Reader(
        partial(read_weights, name="x.safetensors"), (RefusedError,), seeds.safetensors_weights, needs="torch"
    ),
}
