"""Names of files that every file system takes, and which of them some file system takes for the same."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from itertools import chain, count
from typing import Final
from unicodedata import normalize

from misc_format.system.text import printable

#: Bytes of a part of a portable name: a path of several parts stays below the 260 characters of Windows.
MAX_PART: Final = 100
#: What Windows takes for a device, whatever ending follows.
DEVICE: Final = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\..*)?", re.IGNORECASE | re.DOTALL)
#: What no name in Windows has.
WINDOWS_FORBIDS: Final = re.compile(r'[\x00-\x1f<>:"\\|?*]')
#: What no name in Windows has, and what a shell or a web address would take for something else.
UNPORTABLE: Final = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*%#\ud800-\udfff]')


def folded(path: str) -> str:
    """The path in a form that is equal for paths that some file system takes for the same."""
    caseless = normalize("NFC", normalize("NFD", printable(path)).casefold())
    return "/".join(part.rstrip(". ") or part for part in caseless.split("/"))


def name_bytes(name: str) -> bytes:
    """The bytes of a name. Those that are not UTF-8 are themselves; a lone surrogate, which Windows allows in names, is its three bytes."""
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogatepass")


def windows_fault(path: str) -> str | None:
    """Why Windows does not take a path with "/" for the file that it names; None if it does.

    Without this, a name such as `a:b` would write a hidden stream of `a`, `..\\b` would lead out of the folder, and `aux.png` is a device.
    """
    for part in path.split("/"):
        if is_device(part):
            return f"Windows takes {part} for a device"
        if found := WINDOWS_FORBIDS.search(part):
            return f"no name in Windows has the character {found[0]!r}"
        if part != part.rstrip(". "):
            return f"Windows drops the end of {part!r}"
    return None


def is_device(name: str) -> bool:
    """Whether Windows takes a file of this name for a device, such as `aux.png` or `CON`."""
    return DEVICE.fullmatch(name) is not None


def portable(part: str) -> str:
    """A part of a path that every file system takes. A portable part is returned unchanged; different parts may give the same."""
    text = UNPORTABLE.sub("_", part)
    text = "".join(letter if letter.isprintable() else "_" for letter in text)
    text = text.encode()[:MAX_PART].decode("utf-8", "ignore")
    bare = text.rstrip(". ")
    text = bare + "_" * (len(text) - len(bare))  # Windows drops dots and spaces at the end
    return f"_{text}" if not text or text.startswith(("-", ".")) or is_device(text) else text


def free(name: str, ending: str, taken: Container[str]) -> str:
    """The first of `name`, `name~2`, `name~3`, ..., each with the ending, whose folded form is not among `taken`."""
    return next(each for each in chain((name + ending,), numbered(name, ending)) if folded(each) not in taken)


def numbered(name: str, ending: str, max_bytes: int | None = None, first: int = 2) -> Iterator[str]:
    """`name~2`, `name~3`, ... with an ending. `max_bytes`: the name is cut so that it fits."""
    for number in count(first):
        tail = f"~{number}{ending}"
        if max_bytes is None:
            yield name + tail
        else:
            yield name_bytes(name)[: max_bytes - len(tail)].decode("utf-8", "ignore") + tail
