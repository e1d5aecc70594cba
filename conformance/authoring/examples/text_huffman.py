"""Clause 6.3: three fields under the Huffman table, code by code."""

from __future__ import annotations

from misc_format import Item, Stream, Text, write

from ...plain.text import codes
from .form import Example, Table, Values, payload_of

TEXT = Text("A red cup.", (Item("cup", "é"),))


def trace() -> Values:
    """The codes of all text bytes."""
    file = write(Stream(640, 480, text=TEXT, methods={"text": "huffman"}))
    fields = [value for _, value in TEXT.fields()]
    payload = payload_of(file, "text")
    start = payload.position
    code_of = {value: f"{bits:0{length}b}" for (length, bits), value in codes().items()}
    steps: list[Values] = []
    for byte in b"\xff".join(field.encode() for field in fields):
        code = code_of[byte]
        steps.append({"byte": f"{byte:02X}", "code": code, "bit": payload.position - start})
        assert payload.number(len(code)) == int(code, 2)
    width = payload.left
    padding = f"{payload.number(width):0{width}b}"
    values = {"clause": "6.3", "file": file.hex(), "fields": fields, "payload": file[start // 8 :].hex()}
    return {**values, "steps": steps, "padding": padding}


def tables(trace: Values) -> list[Table]:
    """All codes."""
    body = [(step["byte"], _glyph(int(step["byte"], 16)), f"`{step['code']}`", step["bit"]) for step in trace["steps"]]
    caption = f"The payload is `{trace['payload']}`; its last {len(trace['padding'])} bits are padding."
    return [Table(caption, ("byte", "character", "code", "first bit in the payload"), body)]


def _glyph(byte: int) -> str:
    if byte == 0xFF:
        return "separator"
    return "part of é" if byte > 126 else {32: "space"}.get(byte, f"`{chr(byte)}`")


EXAMPLE = Example(trace, tables)
