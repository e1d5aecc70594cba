"""The YAML file of PICS: a caption, the two strings of a sketch, and rates that its code measured."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from misc_format.codecs.faults import content_fault, shown, source_fault
from misc_format.codecs.rows import Fields
from misc_format.limits import MAX_TEXT_BYTES

KEYS = ("caption", "hyper_strings", "prior_strings")
MEASURED = ("bpp_caption", "bpp_sketch", "bpp_total")  # not read by its decoder
MAX_BYTES = 2**20
_TAG = "tag:yaml.org,2002:"


def read(data: bytes, path: str, settings: Mapping[str, Any]) -> Fields:
    """The caption and the strings. No object is made from a tag, and nothing is nested. Raises `MiscError`."""
    import yaml

    if len(data) > MAX_BYTES:
        raise source_fault(f"it has {len(data):,} bytes, more than {MAX_BYTES:,}", path)
    fields: Fields = {}
    try:
        for name, tag, text in _scalars(yaml.SafeLoader(data), path):
            if name not in (*KEYS, *MEASURED) or name in fields:
                raise source_fault(f"it has {shown(name)} twice, or PICS does not write it", path)
            fields[name] = _value(name, tag, text, f"{path}/{name}")
    except yaml.YAMLError as error:
        raise source_fault(f"it is not YAML: {' '.join(str(error).split())[:200]}", path) from None
    missing = [name for name in KEYS if name not in fields]
    if missing:
        raise source_fault(f"it has no {', '.join(missing)}", path)
    return {"caption": fields["caption"], "strings": (fields["prior_strings"], fields["hyper_strings"])}


def write(fields: Mapping[str, Any]) -> bytes:
    """The file, without the measured rates. Raises `MiscError`."""
    import yaml

    if len(fields["strings"]) != 2:
        raise content_fault(f"it has {len(fields['strings'])} strings; PICS has y and z", "image/sketch")
    y, z = fields["strings"]
    text: str = yaml.safe_dump({"caption": fields["caption"], "hyper_strings": z, "prior_strings": y})
    return text.encode()


def _scalars(loader: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """Key, tag and text of each entry of one mapping of scalars. Its events are read one by one, so that nesting is refused at once."""
    import yaml

    opening = (yaml.StreamStartEvent, yaml.DocumentStartEvent, yaml.MappingStartEvent)
    closing = (yaml.MappingEndEvent, yaml.DocumentEndEvent, yaml.StreamEndEvent)
    for wanted in opening:
        if not loader.check_event(wanted):
            raise source_fault("it is not a mapping", path)
        loader.get_event()
    while loader.check_event(yaml.ScalarEvent):
        key = loader.get_event()
        if not loader.check_event(yaml.ScalarEvent):
            raise source_fault(f"{shown(key.value)} is not one text or number", path)
        event = loader.get_event()
        tag = event.tag or loader.resolve(yaml.ScalarNode, event.value, event.implicit)
        yield key.value, tag.removeprefix(_TAG), event.value
    for wanted in closing:
        if not loader.check_event(wanted):
            raise source_fault("something follows the mapping, or a key is no text", path)
        loader.get_event()


def _value(name: str, tag: str, text: str, path: str) -> Any:
    wanted = "str" if name == "caption" else "float" if name in MEASURED else "binary"
    if tag != wanted and (tag, wanted) != ("int", "float"):
        raise source_fault(f"it is of type {shown(tag)}, not {wanted}", path)
    if wanted != "binary":
        if len(text.encode("utf-8", "surrogatepass")) > MAX_TEXT_BYTES:
            raise source_fault(f"it has more than {MAX_TEXT_BYTES:,} bytes", path)
        return text
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise source_fault("it is not base64", path) from None
