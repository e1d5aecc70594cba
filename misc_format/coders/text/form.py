"""The form of text: its plain files, and its symbols in the conformance suite."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from misc_format.coders import ContentForm
from misc_format.coders.folderform import Files, FolderForm
from misc_format.components import Item, Text
from misc_format.errors import MiscError

OVERALL, ITEMS = "overall.txt", "items.json"
RULE_FAMILY = "TXT"


def read_items(values: Any, path: str) -> tuple[Item, ...]:
    """The items of a JSON list of {"name": TEXT, "detail": TEXT}; raises `MiscError` for anything else. `path` names the list."""
    if type(values) is not list:
        raise MiscError("MISC-PCK-003", "it is not a JSON list", path=path)
    for index, value in enumerate(values):
        fits = (
            type(value) is dict
            and value.keys() == {"name", "detail"}
            and all(type(member) is str for member in value.values())
        )
        if not fits:
            raise MiscError("MISC-PCK-003", 'an item is {"name": TEXT, "detail": TEXT}', path=f"{path}/{index}")
    return tuple(Item(value["name"], value["detail"]) for value in values)


def _read(files: Files) -> Text:
    items = files.values.get(ITEMS)
    return Text(files.values.get(OVERALL, ""), () if items is None else read_items(items, ITEMS))


def _write(content: Text) -> Files:
    items = {ITEMS: [asdict(item) for item in content.items]} if content.items else {}
    return Files({OVERALL: content.overall, **items})


def _symbols(content: Text) -> dict[str, Any]:
    return {"overall": content.overall, "items": [asdict(item) for item in content.items]}


TEXT = ContentForm(Text, FolderForm(_read, _write, files=(OVERALL, ITEMS)), _symbols)
