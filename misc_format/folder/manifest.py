"""The keys of manifest.json, and the check of a manifest (clause 18.2). Each coder declares the keys of its section."""

from __future__ import annotations

from collections.abc import Container, Mapping
from pathlib import PurePosixPath
from typing import Any

from misc_format.coders import ContentForm, forms_of
from misc_format.coders.folderform import MANIFEST, Key, check_keys, number_in, of_type
from misc_format.errors import MiscError
from misc_format.limits import MAX_SIDE
from misc_format.registry import CORE_KINDS


def _is_mapping_of_strings(value: Any) -> bool:
    return type(value) is dict and all(type(name) is str for name in value.values())


def sections() -> list[ContentForm[Any]]:
    """The forms of content with a section in the manifest."""
    forms = [form for kind in CORE_KINDS for form in forms_of(kind)]
    return [form for form in forms if form.folder is not None and form.folder.section]


def keys() -> tuple[Key, ...]:
    """The keys of manifest.json."""
    folders = [form.folder for form in sections() if form.folder is not None]
    return (
        Key("width", "1 to 65,535, required", "width of the original picture", number_in(1, MAX_SIDE)),
        Key("height", "1 to 65,535, required", "height of the original picture", number_in(1, MAX_SIDE)),
        Key("profile", "name", "registered name of the profile; free if left out", of_type(str)),
        Key(
            "methods",
            "object",
            "name of the method for each of text, maps, generation, image; for a kind that is left out, the smallest payload is chosen",
            _is_mapping_of_strings,
        ),
        *(Key(folder.section, "object", folder.section_meaning, of_type(dict)) for folder in folders),
        Key("parts", "list of objects", "the parts of the image, see below, in the order of the file", of_type(list)),
        Key(
            "unchecked",
            "list of names",
            "kinds of components that nobody but their codec can verify, and that have no check",
            lambda value: type(value) is list and set(map(str, value)) <= set(CORE_KINDS),
        ),
        Key("checksum", "true or false", "whether the file carries a checksum", of_type(bool)),
    )


def part_keys() -> tuple[Key, ...]:
    """The keys of a member of the list `parts`."""
    folders = [form.folder for form in forms_of("image") if form.folder is not None and form.folder.section]
    return (
        Key("role", "name, required", "registered name of the role", of_type(str)),
        Key("name", "text", "name of one's own; no name if left out", of_type(str)),
        Key("method", "name", "name of the method; the smallest payload is chosen if left out", of_type(str)),
        Key("checked", "true or false", "whether a part that nobody but its codec can verify has a check; true if left out", of_type(bool)),
        *(Key(folder.section, "object", folder.section_meaning, of_type(dict)) for folder in folders),
    )  # fmt: skip


def check_used(values: Mapping[str, Any], used: Container[str], path: str) -> None:
    """Raise `MiscError` for a section of an object that no file belongs to. `used`: the sections of the content that was read."""
    for form in sections():
        if form.folder is not None and form.folder.section in values and form.folder.section not in used:
            endings = " or ".join(PurePosixPath(name).suffix for name in form.folder.files)
            message = f"no {endings} file is read with this key; add the file, or remove the key"
            raise MiscError("MISC-PCK-002", message, path=f"{path}/{form.folder.section}")


def check(values: Any) -> dict[str, Any]:
    """The checked values of a manifest. Raises `MiscError` for a missing or unknown key, or a wrong value."""
    check_keys(values, keys(), MANIFEST)
    for name in ("width", "height"):
        if name not in values:
            raise MiscError("MISC-PCK-001", f"{name} is missing", path=MANIFEST)
    for kind in values.get("methods", {}):
        if kind not in CORE_KINDS:
            raise MiscError(
                "MISC-PCK-002", f"{kind!r} is not one of {', '.join(CORE_KINDS)}", path=f"{MANIFEST}/methods"
            )
    return dict(values)
