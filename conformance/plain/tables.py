"""Annex B: the normative tables. Each is checked against its digest."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
# The tables beside the specification, or, in an installation without the specification, the copies in the package.
FOLDERS = (ROOT / "spec" / "tables", ROOT / "misc_format" / "tables")
SHA256 = {
    "latents-1.bin": "ffb3288414d25ecc5a07d85f143659d4e710621aa835d60a35cc08d5e56b009b",
    "text-huffman-1.csv": "5603f0c6bd38545745abdf6c99ceea43ba94098c031a4d5396852bede41df581",
    "grid-context-1.bin": "d66775dff03ee02746e75306a04053cafe63f686d5c518971e8732dd00d7b95c",
    "text-language-1.bin": "eab348524110cfb4cbf6089650a6b26fd8691fa4f08f681e0db2fbef6b0154e5",
    "codestream-templates-1.txt": "e087c9c8bf9865ebc52af044737d469b43a0a56f0468ca1795e6f2a768039315",
    "maps-context-1.bin": "bf451302a4fd40ef41fb499da0d43016c282d5dee16fda38f925b1d7953eb815",
}


@cache
def table(name: str) -> bytes:
    """The bytes of a table."""
    data = next(folder / name for folder in FOLDERS if (folder / name).exists()).read_bytes()
    assert hashlib.sha256(data).hexdigest() == SHA256[name], name
    return data
