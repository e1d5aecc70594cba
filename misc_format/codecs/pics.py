"""The YAML file of PICS: a caption, the two strings of a sketch, and rates that its code measured."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from misc_format.codecs.faults import shown, source_fault
from misc_format.codecs.rows import Fields
from misc_format.limits import MAX_TEXT_BYTES

KEYS = ("caption", "hyper_strings", "prior_strings")
MEASURED = ("bpp_caption", "bpp_sketch", "bpp_total")  # not read by its decoder
MAX_BYTES = 2**20
_TAG = "tag:yaml.org,2002:"


def read(data: bytes, path: str, settings: Mapping[str, Any]) -> Fields:
    """The caption and the strings. No object is made from a tag. Raises `MiscError`."""
    import yaml

    if len(data) > MAX_BYTES:
        raise source_fault(f"it has {len(data):,} bytes, more than {MAX_BYTES:,}", path)
    try:
        root = yaml.compose(data, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise source_fault(f"it is not YAML: {' '.join(str(error).split())[:200] or 'it is nested too deeply'}", path) from None
    if not isinstance(root, yaml.MappingNode):
        raise source_fault("it is not a mapping", path)
    fields: Fields = {}
    for key, node in root.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else "a key that is no text"
        if name not in (*KEYS, *MEASURED) or name in fields:
            raise source_fault(f"it has {shown(name)} twice, or PICS does not write it", path)
        fields[name] = _value(name, node, f"{path}/{name}")
    missing = [name for name in KEYS if name not in fields]
    if missing:
        raise source_fault(f"it has no {', '.join(missing)}", path)
    return {"caption": fields["caption"], "strings": (fields["prior_strings"], fields["hyper_strings"])}


def write(fields: Mapping[str, Any]) -> bytes:
    """The file, without the measured rates."""
    import yaml

    y, z = fields["strings"]
    return yaml.safe_dump({"caption": fields["caption"], "hyper_strings": z, "prior_strings": y}).encode()


def _value(name: str, node: Any, path: str) -> Any:
    wanted = "str" if name == "caption" else "float" if name in MEASURED else "binary"
    tag = node.tag.removeprefix(_TAG)
    if not isinstance(node.value, str) or (tag != wanted and (tag, wanted) != ("int", "float")):
        raise source_fault(f"it is of type {shown(node.tag)}, not {wanted}", path)
    if wanted != "binary":
        if len(node.value.encode("utf-8", "surrogatepass")) > MAX_TEXT_BYTES:
            raise source_fault(f"it has more than {MAX_TEXT_BYTES:,} bytes", path)
        return node.value
    try:
        return base64.b64decode("".join(node.value.split()), validate=True)
    except (binascii.Error, ValueError):
        raise source_fault("it is not base64", path) from None
