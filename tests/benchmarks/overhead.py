"""Bytes that are not content: header, framing, what a text-only file spends outside its codeword, and headers of codestreams that
templates restore. Counted on real files.

python tests/benchmarks/overhead.py
"""

from __future__ import annotations

from pathlib import Path

from misc_conformance.authoring import cases

import misc_format
from misc_format import Codestream, Stream, Text
from misc_format.accounting import Account
from misc_format.coders.image import codestream as image_codestream
from misc_format.coders.image import templates

EXAMPLE = Path(__file__).parents[2] / "examples" / "coffee.misc"
CAPTION = "A cup of coffee on a wooden table, with a spoon on its saucer."
LONG_CAPTION = " ".join([CAPTION] * 13)  # 169 words


def bits(account: Account, path: str) -> int:
    """Bits of one part."""
    return next(part.bits for part in account.components if part.path == path)


def restored() -> None:
    """Print a row for each committed codestream: its bytes, and those that its template restores."""
    print(f"\n{'codestream':<44}{'bytes':>7}{'stored':>8}{'restored':>10}  template")
    for name, stream in cases.conforming_streams():
        if not name.startswith("codestream-") or not isinstance(stream.image, Codestream):
            continue
        payload = image_codestream.encode(stream.image, stream.size)
        template = templates.table().templates[payload[0] & 63]
        length, stored = len(stream.image.data), len(payload) - 1
        print(f"{name[11:]:<44}{length:>7}{stored:>8}{length - stored:>10}  {template.format} {template.name}")


def main() -> None:
    """Print a row a file, then a row a codestream."""
    framed()
    restored()


def framed() -> None:
    """Print a row a file."""
    files = {
        "misc-1, 600x400": EXAMPLE.read_bytes(),
        "text only, 512x512": misc_format.write(Stream(512, 512, text=Text(CAPTION))),
        "text only, 4096x4096": misc_format.write(Stream(4096, 4096, text=Text(CAPTION))),
        "text only, 65535x65535": misc_format.write(Stream(65535, 65535, text=Text(CAPTION))),
        "169 words raw + comment": misc_format.write(
            Stream(
                512,
                512,
                text=Text(LONG_CAPTION),
                ancillary=(misc_format.Ancillary(6, b"x" * 900),),
                methods={"text": "raw"},
            )
        ),
    }
    print(
        f"{'file':<26}{'bytes':>7}{'header':>8}{'framing':>9}{'components':>12}{'framing each':>14}{'outside payloads':>18}"
    )
    for name, data in files.items():
        account = misc_format.account(data)
        header, framing = bits(account, "header"), bits(account, "framing")
        count = len(account.components) - 2
        print(
            f"{name:<26}{len(data):>7}{header / 8:>8.0f}{framing / 8:>9.0f}{count:>12}"
            f"{framing / 8 / count:>14.2f}{(header + framing) / 8:>18.0f}"
        )


if __name__ == "__main__":
    main()
