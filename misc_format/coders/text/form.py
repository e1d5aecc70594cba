"""The form of text: its plain files, and its symbols in the conformance suite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import starmap
from typing import Any

from misc_format.coders import ContentForm
from misc_format.coders.folderform import Files, FolderForm
from misc_format.components import Item, NamedText, Text
from misc_format.errors import MiscError

OVERALL, ITEMS, NAMED = "overall.txt", "items.json", "named.json"
RULE_FAMILY = "TXT"


def read_items(values: Any, path: str) -> tuple[Item, ...]:
    """The items of a JSON list of {"name": TEXT, "detail": TEXT}; raises `MiscError` for anything else. `path` names the list."""
    return tuple(starmap(Item, _pairs(values, path, "name", "detail", "an item")))


def read_named(values: Any, path: str) -> tuple[NamedText, ...]:
    """The named texts of a JSON list of {"name": TEXT, "value": TEXT}; raises `MiscError` for anything else."""
    return tuple(starmap(NamedText, _pairs(values, path, "name", "value", "a named text")))


def _pairs(values: Any, path: str, first: str, second: str, member: str) -> Iterator[tuple[str, str]]:
    if type(values) is not list:
        raise MiscError("MISC-PCK-003", "it is not a JSON list", path=path)
    for index, value in enumerate(values):
        fits = (
            type(value) is dict
            and value.keys() == {first, second}
            and all(type(text) is str for text in value.values())
        )
        if not fits:
            message = f'{member} is {{"{first}": TEXT, "{second}": TEXT}}'
            raise MiscError("MISC-PCK-003", message, path=f"{path}/{index}")
        yield value[first], value[second]


def _read(files: Files) -> Text:
    return Text(
        files.values.get(OVERALL, ""),
        read_items(files.values.get(ITEMS, []), ITEMS),
        read_named(files.values.get(NAMED, []), NAMED),
    )


def _write(content: Text) -> Files:
    items = {ITEMS: [asdict(item) for item in content.items]} if content.items else {}
    named = {NAMED: [asdict(text) for text in content.named]} if content.named else {}
    return Files({OVERALL: content.overall, **items, **named})


def _symbols(content: Text) -> dict[str, Any]:
    named = {"named": [asdict(text) for text in content.named]} if content.named else {}
    return {"overall": content.overall, "items": [asdict(item) for item in content.items], **named}


TEXT = ContentForm(Text, FolderForm(_read, _write, files=(OVERALL, ITEMS, NAMED)), _symbols)
