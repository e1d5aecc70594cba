"""The parts of an image as plain files (clause 18.2): the folder image/, and the list `parts` of manifest.json.

The files of a part are those that its content has as a whole image, with the label of the part in the place of the name `image`:
semantic.npy in that folder instead of image.npy beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from misc_format.coders import form_of, forms_of
from misc_format.coders.folderform import MANIFEST, Files, FolderForm, check_keys
from misc_format.components import Content, ImagePart, Opaque, Parts
from misc_format.errors import MiscError
from misc_format.folder import manifest
from misc_format.registry import AUTO

FOLDER = "image/"
STEM = "image"
PRIVATE = ".bin"
PATH = f"{MANIFEST}/parts"

ReadFile = Callable[[Path], Any]


def read(folder: Path, entries: Sequence[Any], read_file: ReadFile) -> Parts:
    """The parts that `entries` of the manifest describe. `read_file`: reads a file as its ending says.

    Raises `MiscError` for a part without a file, and for a file without a part.
    """
    labels = [_label(entry, index) for index, entry in enumerate(entries)]
    files = _files_by_label(folder, labels)
    return Parts(
        tuple(_read_part(entry, label, files[label], read_file) for entry, label in zip(entries, labels, strict=True))
    )


def written(content: Parts) -> Iterator[tuple[dict[str, Any], Mapping[str, Any]]]:
    """For each part its entry of the manifest, and its files by path."""
    for part in content.parts:
        entry: dict[str, Any] = {"role": part.role}
        entry |= {"name": part.name} if part.name else {}
        entry |= {"method": part.method} if part.method != AUTO else {}
        entry |= {} if part.checked else {"checked": False}
        form = form_of("image", part.content).folder
        if form is None:
            assert isinstance(part.content, Opaque)
            yield entry, {f"{FOLDER}{part.label}{PRIVATE}": part.content.payload}
            continue
        files = form.write(part.content)
        if form.section:
            entry[form.section] = dict(files.options)
        yield entry, {f"{FOLDER}{part.label}{name.removeprefix(STEM)}": value for name, value in files.values.items()}


def form_for(name: str, options: Mapping[str, Any], values: Mapping[str, Any]) -> FolderForm[Any] | None:
    """The form of an image whose file is called `name`; None for an opaque payload.

    `options`: the sections that are present say which of several forms it is, or else the arrays of the file do.
    Raises `MiscError` if several forms fit.
    """
    forms = [form.folder for form in forms_of("image") if form.folder is not None and name in form.folder.files]
    named = [form for form in forms if form.section and form.section in options]
    if named:
        return named[0]
    if name == STEM + PRIVATE or not forms:
        return None
    if len(forms) == 1:
        return forms[0]
    arrays = {array for value in values.values() if isinstance(value, Mapping) for array in value}
    declaring = [form for form in forms if arrays & form.arrays] or [form for form in forms if not form.arrays]
    if len(declaring) > 1:
        sections = ", ".join(form.section for form in declaring)
        message = f"add one of the keys {sections} to the manifest, which says what it has"
        raise MiscError("MISC-PCK-003", message, path=name)
    return declaring[0]


def _label(entry: Any, index: int) -> str:
    path = f"{PATH}/{index}"
    check_keys(entry, manifest.part_keys(), path)
    if "role" not in entry:
        raise MiscError("MISC-PCK-002", "role is missing", path=path)
    return ImagePart(entry["role"], Opaque(b""), entry.get("name", "")).label


def _files_by_label(folder: Path, labels: Sequence[str]) -> dict[str, Path]:
    paths: dict[str, Path] = {}
    entries = folder / STEM
    for path in sorted(entries.iterdir()) if entries.is_dir() else ():
        if path.name.startswith("."):
            continue
        label = path.name.partition(".")[0]
        if label not in labels:
            raise MiscError(
                "MISC-PCK-003",
                f"no part in {MANIFEST} is called {label}; add it to the list parts, or remove the file",
                path=FOLDER + path.name,
            )
        if label in paths:
            message = f"the folder also has {paths[label].name}; remove one of the two files"
            raise MiscError("MISC-PCK-003", message, path=FOLDER + path.name)
        paths[label] = path
    for index, label in enumerate(labels):
        if label not in paths:
            raise MiscError("MISC-PCK-003", f"the part has no file {FOLDER}{label}.*", path=f"{PATH}/{index}")
        if labels.index(label) < index:
            raise MiscError("MISC-PRT-003", f"two parts are called {label}", path=f"{PATH}/{index}")
    return paths


def _read_part(entry: Mapping[str, Any], label: str, path: Path, read_file: ReadFile) -> ImagePart:
    ending = path.name.removeprefix(label)
    value = read_file(path)
    try:
        content = _read_content(STEM + ending, entry, value)
    except MiscError as error:
        raise MiscError(error.rule, error.message, path=_path_of(error.path, label)) from None
    return ImagePart(entry["role"], content, entry.get("name", ""), _method(entry, content), entry.get("checked", True))


def _read_content(name: str, entry: Mapping[str, Any], value: Any) -> Content:
    form = form_for(name, entry, {name: value})
    if form is None and not name.endswith(PRIVATE):
        raise MiscError("MISC-PCK-003", "no content of an image has a file with this ending", path=name)
    manifest.check_used(entry, {form.section} if form else (), MANIFEST)
    if form is None:
        return Opaque(value)
    section = entry.get(form.section, {}) if form.section else {}
    check_keys(section, form.keys, f"{MANIFEST}/{form.section}")
    content: Content = form.read(Files({name: value}, section))
    return content


def _method(entry: Mapping[str, Any], content: Content) -> str:
    method: str = entry.get("method", AUTO)
    return AUTO if isinstance(content, Opaque) and method == "private" else method


def _path_of(path: str, label: str) -> str:
    """The path of an error about the file or the options of a whole image, for a part."""
    if path.startswith(f"{STEM}."):
        return f"{FOLDER}{label}{path.removeprefix(STEM)}"
    if path.startswith(f"{STEM}/"):
        return f"{STEM}/{label}/{path.removeprefix(f'{STEM}/')}"
    return path.replace(MANIFEST, f"{PATH}/{label}", 1) if path.startswith(f"{MANIFEST}/") else path
