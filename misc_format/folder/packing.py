"""Packs folders of plain files as bitstreams, and unpacks them without loss (clause 18.2).

Coders declare which files belong to their content, and what the files contain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from misc_format.coders import form_of, forms_of
from misc_format.coders.folderform import MANIFEST, Files, FolderForm, check_keys
from misc_format.coders.maps.form import FOLDER, MAPS, PIXELS
from misc_format.components import Ancillary, Content, Maps, Opaque, Parts, Size, Stream
from misc_format.document import Source, opened
from misc_format.errors import MiscError
from misc_format.folder import imageparts, manifest, maskfiles
from misc_format.folder.plainfiles import read_file, read_json, read_picture, write_file, write_json
from misc_format.limits import MAX_MAP_PIXELS
from misc_format.pictures.masks import Note
from misc_format.registry import ANCILLARY_BY_NAME, CORE_KINDS
from misc_format.stream import write
from misc_format.structure.container import CHECKSUM
from misc_format.system.files import new_folder
from misc_format.system.paths import resolved
from misc_format.system.reading import entries_below, fault_of_entry

ANCILLARY_FILES = {"comment": "comment.txt", "provenance": "provenance.txt", "icc": "profile.icc"}
ANCILLARY_FOLDER = "ancillary"
MAX_MASK_PIXELS = 2**28  # of all masks for an encoder, which scales them down


class Reading(NamedTuple):
    """How the files of a folder are read. `note`: called with each sentence for the user. `size`: of the original picture.

    `keep_colours`: whether the folder has the ICC profile of its picture, whose samples are then left as they are.
    """

    note: Note
    size: Size | None = None
    keep_colours: bool = False


def pack(folder: str | Path, note: Note | None = None) -> bytes:
    """The bitstream of a folder. `note`: called with each sentence for the user, about pictures that were converted.

    Raises `MiscError` for a file that breaks a rule, `OSError` for a file that cannot be read.
    """
    return write(read_folder(Path(folder), note or _ignore))


def _ignore(_: str) -> None:
    """Take a note that nobody asked for."""


def unpack(source: Source, folder: str | Path, *, jbig2: bool = False) -> None:
    """Write the content of a bitstream to a new or empty folder, all of it or nothing. Raises `MiscError`, `OSError`.

    `jbig2`: also write each map as a JBIG2 file.
    """
    stream = opened(source).stream()
    with new_folder(Path(folder)) as temporary:
        write_folder(stream, temporary, frozenset({"jbig2"} if jbig2 else ()))


def read_folder(folder: Path, note: Note = _ignore) -> Stream:
    """The content of a folder. Raises `MiscError` also for a file with an unknown name."""
    _check_entries(folder)
    options = _read_manifest(folder)
    _check_names(folder)
    size = Size(options["width"], options["height"])
    reading = Reading(note, size, keep_colours=(folder / ANCILLARY_FILES["icc"]).exists())
    core: dict[str, Any] = {kind: _read_core(folder, kind, options, reading) for kind in CORE_KINDS}
    _check_used(options, core)
    return Stream(
        options["width"],
        options["height"],
        options.get("profile", "free"),
        **core,
        ancillary=tuple(_read_ancillary(folder, checksum=options.get("checksum", False))),
        methods={kind: name for kind, name in options.get("methods", {}).items() if name != "private"},
        unchecked=frozenset(options.get("unchecked", ())),
    )


def _check_used(options: Mapping[str, Any], core: Mapping[str, Content | None]) -> None:
    """Raise `MiscError` for a key of the manifest about content that the folder does not have."""
    present = {kind: content for kind, content in core.items() if content is not None}
    folders = (form_of(kind, content).folder for kind, content in present.items() if not isinstance(content, Parts))
    manifest.check_used(options, {folder.section for folder in folders if folder is not None}, MANIFEST)
    for kind in options.get("methods", {}):
        if kind not in present:
            message = f"the folder has no {kind} to code; add its files, or remove the key"
            raise MiscError("MISC-PCK-002", message, path=f"{MANIFEST}/methods/{kind}")


def write_folder(stream: Stream, folder: Path, extras: frozenset[str] = frozenset()) -> None:
    """Write the content of a stream as plain files. `extras`: the names of additional forms, such as "jbig2"."""
    options: dict[str, Any] = {"width": stream.width, "height": stream.height, "profile": stream.profile}
    options["methods"] = dict(stream.methods)
    if stream.unchecked:
        options["unchecked"] = sorted(stream.unchecked)
    for kind, content in stream.core().items():
        if isinstance(content, Parts):
            options["parts"] = [_write_part(folder, *written) for written in imageparts.written(content)]
            continue
        form = form_of(kind, content).folder
        if form is None:
            assert isinstance(content, Opaque)
            (folder / f"{kind}.bin").write_bytes(content.payload)
            continue
        files = form.write(content)
        if form.section:
            options[form.section] = dict(files.options)
        additional = {
            name: data for extra in extras & form.extras.keys() for name, data in form.extras[extra](content).items()
        }
        for name, value in {**files.values, **additional}.items():
            write_file(folder / name, value)
    _write_ancillary(stream, folder, options)
    write_json(folder / MANIFEST, options)


def _write_part(folder: Path, entry: dict[str, Any], files: Mapping[str, Any]) -> dict[str, Any]:
    for name, value in files.items():
        write_file(folder / name, value)
    return entry


def read_maps(source: Path, note: Note = _ignore) -> Maps:
    """The maps 0.png, 1.png, ... of a folder, or those of one file, as `maskfiles` reads them. Raises `MiscError`, `OSError`.

    In a folder, each map may be a JBIG2 file instead, or have one beside it.
    """
    if source.is_file():
        return Maps(maskfiles.read_masks(source, note, max_pixels=MAX_MASK_PIXELS))
    _check_entries(source)
    form = MAPS.folder
    assert form is not None
    for path in _visible(source):
        _require_file(path, FOLDER + path.name)
    try:
        return form.read(Files(dict(_read_maps(_visible(source), Reading(note), MAX_MASK_PIXELS))))
    except MiscError as error:
        raise (
            error if error.path != FOLDER.rstrip("/") else MiscError(error.rule, error.message, path=source.name)
        ) from None


def _visible(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))


def _forms(kind: str) -> list[FolderForm[Any]]:
    return [form.folder for form in forms_of(kind) if form.folder is not None]


def _allowed_names() -> set[str]:
    """The allowed names of files and folders in a folder to be packed."""
    declared = (name.rstrip("/") for kind in CORE_KINDS for form in _forms(kind) for name in form.files)
    opaque = (f"{kind}.bin" for kind in CORE_KINDS)
    return {MANIFEST, ANCILLARY_FOLDER, imageparts.STEM, *declared, *opaque, *ANCILLARY_FILES.values()}


def _check_entries(folder: Path) -> None:
    """A folder may come from a stranger: nothing outside it is read, and no pipe or device."""
    root = resolved(folder)
    for entry in entries_below(folder):
        fault = fault_of_entry(root, entry)
        if fault is not None:
            raise MiscError("MISC-PCK-003", fault, path=entry.relative_to(folder).as_posix())


def _check_names(folder: Path) -> None:
    allowed_names = _allowed_names()
    for entry in _visible(folder):
        if entry.name in allowed_names:
            _check_kind(entry)
            continue
        same_stem = sorted(name for name in allowed_names if PurePosixPath(name).stem == entry.stem)
        hint = f"use one of {', '.join(same_stem)}" if same_stem else "remove or rename it"
        raise MiscError("MISC-PCK-003", f"a folder to be packed has no file with this name; {hint}", path=entry.name)


def _check_kind(entry: Path) -> None:
    """Some names are those of folders of files, and the others are those of files."""
    if entry.name not in (FOLDER.rstrip("/"), ANCILLARY_FOLDER, imageparts.STEM):
        return _require_file(entry, entry.name)
    if not entry.is_dir():
        raise MiscError("MISC-PCK-003", "it is a file, and a folder has this name; rename it", path=entry.name)
    for path in _visible(entry):
        _require_file(path, f"{entry.name}/{path.name}")
    return None


def _require_file(path: Path, name: str) -> None:
    if path.is_dir():
        raise MiscError("MISC-PCK-003", "it is a folder, and a file is expected; remove or rename it", path=name)


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        folder.stat()  # raises `OSError` for a missing folder
        raise MiscError("MISC-PCK-001", f"there is no {MANIFEST}", path=MANIFEST)
    return manifest.check(read_json(path))


def _read_core(folder: Path, kind: str, options: Mapping[str, Any], reading: Reading) -> Content | None:
    """The content of a component, from plain files or from its .bin file; None if there are no files.

    Raises `MiscError` if there are several, or if the manifest names a method for a .bin file.
    """
    contents = {
        path: content
        for path, content in (
            ("the list parts", _read_parts(folder, options, reading) if kind == "image" else None),
            ("plain files", _read_plain(folder, kind, options, reading)),
            (f"{kind}.bin", _read_opaque(folder, kind, options)),
        )
        if content is not None
    }
    if len(contents) > 1:
        *_, one = contents
        other = next(iter(contents))
        path = one if one.endswith(".bin") else MANIFEST
        raise MiscError(
            "MISC-PCK-003", f"the folder also has {kind} in {other}; remove one of the two forms", path=path
        )
    return next(iter(contents.values()), None)


def _read_opaque(folder: Path, kind: str, options: Mapping[str, Any]) -> Opaque | None:
    path = folder / f"{kind}.bin"
    if not path.exists() or _belongs_to_section(path.name, kind, options):
        return None
    if options.get("methods", {}).get(kind, "private") != "private":
        raise MiscError(
            "MISC-PCK-002",
            f"{path.name} is the payload of a private method; name no other method",
            path=f"{MANIFEST}/methods/{kind}",
        )
    return Opaque(path.read_bytes())


def _belongs_to_section(name: str, kind: str, options: Mapping[str, Any]) -> bool:
    """Whether the manifest has the section of a form that has a .bin file."""
    return any(name in form.files and form.section in options for form in _forms(kind))


def _read_parts(folder: Path, options: Mapping[str, Any], reading: Reading) -> Content | None:
    """The parts of the image; None if neither the manifest nor the folder has any."""
    if "parts" not in options:
        if (folder / imageparts.STEM).exists():
            message = f"{MANIFEST} has no list parts, which says what the files in this folder are"
            raise MiscError("MISC-PCK-003", message, path=imageparts.FOLDER)
        return None
    return imageparts.read(folder, options["parts"], partial(_read_value, reading=reading))


def _read_plain(folder: Path, kind: str, options: Mapping[str, Any], reading: Reading) -> Content | None:
    """The content of the plain files of a kind; None if there are no files and no section for content without files."""
    forms = [form for form in _forms(kind) if f"{kind}.bin" not in form.files or form.section in options]
    present = list(dict.fromkeys(name for form in forms for name in form.files if (folder / name).exists()))
    if not present:
        without_files = (form for form in forms if not form.files and form.section in options)
        return next((_read_form(form, {}, options) for form in without_files), None)
    candidates = [form for form in forms if present[0] in form.files]
    if candidates[0].one_file and len(present) > 1:
        raise MiscError(
            "MISC-PCK-003", f"the folder also has {present[1]}; remove one of the two files", path=present[0]
        )
    values = {path: value for name in present for path, value in _read_values(folder, name, reading)}
    form = candidates[0] if len(candidates) == 1 else imageparts.form_for(present[0], options, values)
    assert form is not None
    return _read_form(form, values, options)


def _read_values(folder: Path, name: str, reading: Reading) -> Iterator[tuple[str, Any]]:
    """The relative path and the value of a file, or of each file of a folder."""
    if name == FOLDER:
        yield from _read_maps(_visible(folder / name), reading, MAX_MAP_PIXELS)
        return
    for entry in _visible(folder / name) if name.endswith("/") else [folder / name]:
        yield entry.relative_to(folder).as_posix(), _read_value(entry, reading)


def _read_value(path: Path, reading: Reading) -> Any:
    """The value of a file, a picture in sRGB if its colours are not to be kept."""
    if path.suffix == ".png":
        return read_picture(path, reading.note, keep_colours=reading.keep_colours)
    return read_file(path)


def _read_maps(entries: Sequence[Path], reading: Reading, max_pixels: int) -> Iterator[tuple[str, Any]]:
    """The name and the value of each file with a map. `max_pixels`: of all maps together."""
    for entry in entries:
        if entry.suffix not in PIXELS:
            yield FOLDER + entry.name, read_file(entry)
            continue
        mask = maskfiles.read_mask(entry, reading.note, reading.size, max_pixels=max_pixels)
        max_pixels -= mask.size
        yield FOLDER + entry.name, mask


def _read_form(form: FolderForm[Any], values: Mapping[str, Any], options: Mapping[str, Any]) -> Content:
    section = options.get(form.section, {}) if form.section else {}
    check_keys(section, form.keys, f"{MANIFEST}/{form.section}")
    content: Content = form.read(Files(values, section))
    return content


def _read_ancillary(folder: Path, *, checksum: bool) -> Iterator[Ancillary]:
    for name, file in ANCILLARY_FILES.items():
        if (folder / file).exists():
            yield Ancillary(ANCILLARY_BY_NAME[name].id, (folder / file).read_bytes())
    unnamed = folder / ANCILLARY_FOLDER
    for path in _visible(unnamed) if unnamed.exists() else ():
        if path.suffix != ".bin" or not path.stem.isdecimal():
            raise MiscError(
                "MISC-PCK-003",
                "the name must be TYPE.bin, with the number of the type, such as 9.bin",
                path=f"{ANCILLARY_FOLDER}/{path.name}",
            )
        yield Ancillary(int(path.stem), path.read_bytes())
    if checksum:
        yield Ancillary(CHECKSUM)


def _write_ancillary(stream: Stream, folder: Path, options: dict[str, Any]) -> None:
    names = {ANCILLARY_BY_NAME[name].id: file for name, file in ANCILLARY_FILES.items()}
    for member in stream.ancillary:
        if member.type == CHECKSUM:
            options["checksum"] = True
            continue
        path = folder / names.get(member.type, f"{ANCILLARY_FOLDER}/{member.type}.bin")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(member.payload)
