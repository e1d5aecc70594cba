"""Two files of CFTE for a still: the first frame as a codestream of VVC, and the key points of the second."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misc_format.codecs.faults import source_fault
from misc_format.codecs.rows import Fields, Files

NAMES = {"frame0000.bin": "frame", "frame0001.bin": "points_string"}


def read(files: Mapping[str, bytes], settings: Mapping[str, Any]) -> Fields:
    """The codestream, and the string of the key points. Raises `MiscError`."""
    if not files or not files.keys() <= NAMES.keys():
        raise source_fault(f"the files are {', '.join(sorted(files)) or 'none'}; a still is {' and '.join(NAMES)}")
    return {NAMES[name]: data for name, data in files.items()}


def write(fields: Mapping[str, Any]) -> Files:
    """The files."""
    return {name: fields[field] for name, field in NAMES.items() if field in fields}
