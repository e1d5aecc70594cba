"""Normative tables, shipped with the package: files of integers, headers of codestreams, and models.

A table never changes; a better one gets a new name. `DIGESTS` has the SHA-256 of each file, as the specification prints it. A file with
another digest is not used.
"""

from __future__ import annotations

import hashlib
from functools import cache

from misc_format.system.packaged import packaged_file

DIGESTS = {
    "latents-1.bin": "ffb3288414d25ecc5a07d85f143659d4e710621aa835d60a35cc08d5e56b009b",
    "text-huffman-1.csv": "5603f0c6bd38545745abdf6c99ceea43ba94098c031a4d5396852bede41df581",
    "grid-context-1.bin": "d66775dff03ee02746e75306a04053cafe63f686d5c518971e8732dd00d7b95c",
    "text-language-1.bin": "eab348524110cfb4cbf6089650a6b26fd8691fa4f08f681e0db2fbef6b0154e5",
    "codestream-templates-1.txt": "e087c9c8bf9865ebc52af044737d469b43a0a56f0468ca1795e6f2a768039315",
    "maps-context-1.bin": "bf451302a4fd40ef41fb499da0d43016c282d5dee16fda38f925b1d7953eb815",
}


class TableError(RuntimeError):
    """A table is missing, altered, or not a table of its kind. Nothing that needs it can be coded."""


@cache
def load_rows(name: str) -> tuple[tuple[int, ...], ...]:
    """The rows of a CSV table of integers, without its line of column names; raises `TableError` as `load_bytes` does."""
    lines = load_bytes(name).decode("ascii").splitlines()
    return tuple(tuple(map(int, line.split(","))) for line in lines[1:])


def load_bytes(name: str) -> bytes:
    """The bytes of a table; raises `TableError` if it cannot be read or its digest is wrong."""
    try:
        data = packaged_file(__name__, name)
    except OSError as error:
        raise TableError(f"the normative table {name} cannot be read ({error}); install the package again") from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != DIGESTS[name]:
        raise TableError(
            f"the normative table {name} has SHA-256 {digest}, not {DIGESTS[name]}; install the package again"
        )
    return data
