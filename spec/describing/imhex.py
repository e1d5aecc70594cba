"""The description for ImHex (https://imhex.werwolv.net), a pattern in its language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import indent
from typing import Any

from describing import layout
from describing.layout import Row, Step

WHOLE = (8, 16, 24, 32, 64)  # bits of the numbers that the language has
HEAD = """\
#pragma description {subject} {version}: all declared fields; codewords are bytes
#pragma magic [ {magic} ] @ 0x00
#pragma endian big

// {note}
// Open a .misc file in ImHex and run this pattern.

import std.mem;

fn value_of(ref auto varint) {{
    u64 value = 0;
    for (u64 i = 0, i < sizeof(varint.bytes), i = i + 1)
        value = value | ((varint.bytes[i] & 0x7F) << (7 * i));
    return value;
}};

// {varint}
struct Varint {{
    u8 bytes[while ($ == addressof(this) || std::mem::read_unsigned($ - 1, 1) >= 0x80)];
}} [[format("value_of")]];

// {string}
struct String {{
    Varint length;
    char value[value_of(length)];
}};
"""


@dataclass(frozen=True)
class Value:
    """How the value of a name is written, and the condition under which it is there; empty: always."""

    text: str
    present: str = ""


Scope = dict[str, Value]


@dataclass
class Chunk:
    """Rows that fill whole bytes together. `name`: that of the bit field; empty for a row that is a member of its own."""

    name: str
    rows: list[Row] = field(default_factory=list)


def description(document: Mapping[str, Any]) -> str:
    """The text of the pattern."""
    [signature] = [
        row for row in document["syntaxes"][document["container"]["header"]["syntax"]]["rows"] if row.get("kind") == "f"
    ]
    head = HEAD.format(
        subject=layout.SUBJECT, version=document["format"]["version"], note=layout.NOTE,
        magic=signature["fixed"].to_bytes(signature["bits"] // 8, "big").hex(" ").upper(),
        varint=document["descriptors"]["v"]["meaning"], string=document["descriptors"]["s"]["meaning"],
    )  # fmt: skip
    frame = document["container"]["frame"]
    tables = [
        _table(document, _type(name), table["title"], table["clause"], table["rows"])
        for name, table in _inner_first(document["syntaxes"])
        if name != frame["syntax"] and _is_aligned(table["rows"])
    ]
    tables += _frames(document)
    payloads = [_payload(document, method) for method in document["methods"]]
    return "\n".join([head, *tables, *payloads, _file(document)])


def _frames(document: Mapping[str, Any]) -> Iterator[str]:
    """A structure for each form of a frame."""
    frame = document["container"]["frame"]
    table = document["syntaxes"][frame["syntax"]]
    for name, form in frame["forms"].items():
        title, rows = f"{table['title']}: {form['of']}", _under(table["rows"], form["form"])
        yield _table(document, _type(f"{frame['syntax']}_{name}"), title, table["clause"], rows)


def _type(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _inner_first(syntaxes: Mapping[str, Any]) -> list[tuple[str, Any]]:
    repeated = {row["group"] for table in syntaxes.values() for row in table["rows"] if "group" in row}
    return sorted(syntaxes.items(), key=lambda item: item[0] not in repeated)


def _is_aligned(rows: Sequence[Row]) -> bool:
    """Whether nothing but numbers of bits begins inside a byte. Other tables are left as bytes: the language has no such members."""
    return all(layout.is_bits(row) or offset == 0 for row, offset in zip(rows, layout.offsets(rows), strict=True))


def _under(rows: Sequence[Row], form: int) -> list[Row]:
    """The rows of a frame of one form, and those that hang on them."""
    found: list[Row] = []
    for row in rows:
        when = row.get("when")
        if when is not None and when["name"] == "form":
            if form in when["in"]:
                found.append({key: value for key, value in row.items() if key != "when"})
        elif when is None or when["name"] in {other["name"] for other in found}:
            found.append(row)
    return found


def _chunks(rows: Sequence[Row]) -> Iterator[Chunk]:
    """The rows by the bytes that they fill. A chunk goes on up to the last row inside a byte whose condition names one of its fields."""
    offsets = layout.offsets(rows)
    open_chunk: list[Row] = []
    number = 0
    for index, (row, offset) in enumerate(zip(rows, offsets, strict=True)):
        open_chunk.append(row)
        names = {each["name"] for each in open_chunk}
        behind = rows[index + 1 :]
        is_inside = bool(behind) and layout.is_bits(behind[0]) and offsets[index + 1] != 0
        hangs_on = any(_when(other) in names and place for other, place in _openings(rows, offsets)[index + 1 :])
        if layout.is_bits(row) and (is_inside or hangs_on):
            continue
        is_own = len(open_chunk) == 1 and (not layout.is_bits(row) or (offset == 0 and row["bits"] in WHOLE))
        yield Chunk("" if is_own else f"bits_{number}" if number else "bits", open_chunk)
        number += not is_own
        open_chunk = []


def _openings(rows: Sequence[Row], offsets: Sequence[int | None]) -> list[tuple[Row, int | None]]:
    """Each row with its first bit within a byte; only for bits that open a new condition, otherwise 0."""
    before = [{}, *rows]
    return [
        (row, offset if layout.is_bits(row) and row.get("when") != last.get("when") else 0)
        for row, offset, last in zip(rows, offsets, before, strict=False)
    ]


def _when(row: Row) -> str:
    """The field that the condition of a row names; empty without one."""
    when = row.get("when")
    return when["name"] if when else ""


def _scope(rows: Sequence[Row], prefix: str = "") -> Scope:
    """The values of the rows of a table."""
    known: Scope = {}
    for chunk in _chunks(rows):
        for row in chunk.rows:
            path = f"{prefix}{chunk.name}.{row['name']}" if chunk.name else f"{prefix}{row['name']}"
            known[row["name"]] = Value(f"value_of({path})" if row.get("kind") == "v" else path, _present(row, known))
    return known


def _present(row: Row, known: Scope) -> str:
    """When a row is present; empty: always."""
    when = row.get("when")
    if when is None:
        return ""
    value = known[when["name"]]
    test = " || ".join(f"{value.text} == {number}" for number in when["in"])
    test = f"({test})" if len(when["in"]) > 1 else test
    return f"{value.present} && {test}" if value.present else test


def _table(document: Mapping[str, Any], name: str, title: str, clause: str, rows: Sequence[Row]) -> str:
    """A structure, and its bit fields before it."""
    known = _scope(rows)
    before, members = [], []
    for chunk in _chunks(rows):
        shared = (
            chunk.rows[0].get("when")
            if all(row.get("when") == chunk.rows[0].get("when") for row in chunk.rows)
            else None
        )
        if chunk.name:
            kind = name + _type(chunk.name)
            before.append(_block(f"bitfield {kind}", [_bits(row, chunk, shared) for row in chunk.rows]))
            member = f"{kind} {chunk.name};"
        else:
            member = _member(document, chunk.rows[0], known)
        present = _present(chunk.rows[0], known) if shared is not None else ""
        members.append(f"if ({present})\n    {member}" if present else member)
    return "\n".join([*before, f"// {title} (clause {clause}).\n{_block(f'struct {name}', members)}"])


def _bits(row: Row, chunk: Chunk, shared: Any) -> str:
    """A row of a bit field. A condition names another row of it."""
    member = f"{row['name']} : {row['bits']};"
    if row.get("when") is None or row.get("when") == shared:
        return member
    known = {other["name"]: Value(other["name"]) for other in chunk.rows}
    return f"if ({_present(row, known)})\n    {member}"


def _member(document: Mapping[str, Any], row: Row, known: Scope) -> str:
    if "group" in row:
        count = "" if row["repeat"] == 1 else f"[{_number(known, row['repeat'], document)}]"
        return f"{_type(row['group'])} {row['name']}{count};"
    kind = {"v": "Varint", "s": "String"}.get(row["kind"], f"u{row.get('bits')}")
    return f"{kind} {row['name']};"


def _block(head: str, members: Sequence[str]) -> str:
    return f"{head} {{\n{indent(chr(10).join(members), '    ')}\n}};\n"


def _payload(document: Mapping[str, Any], method: Mapping[str, Any]) -> str:
    """The structure of a payload, which goes to the byte END."""
    known: Scope = {}
    members: list[str] = []
    steps = list(_up_to_bits(document, method["steps"]))
    needed = layout.needed_values(steps)
    for step in steps:
        if step["do"] == "fields":
            members.append(f"{_type(step['syntax'])} {step['syntax']};")
            known |= _scope(document["syntaxes"][step["syntax"]]["rows"], f"{step['syntax']}.")
        elif step in needed:
            members.append(f"u64 {step['name']} = {_number(known, step['value'], document)};")
            known[step["name"]] = Value(step["name"])
        else:
            members += _bytes(document, step, known)
    title = f"// Method {method['name']} of {method['kind']} (clause {method['clause']}). It goes to the byte END.\n"
    return title + _block(f"struct {_type(layout.payload_name(method))}<auto END>", members)


def _up_to_bits(document: Mapping[str, Any], steps: Sequence[Step]) -> Iterator[Step]:
    """The steps up to a repeated table that does not lie in bytes; this and what follows is left as bytes."""
    for step in steps:
        if step["do"] == "repeat" and not _is_aligned(document["syntaxes"][step["syntax"]]["rows"]):
            yield {"do": "rest", "path": step["name"]}
            return
        yield step


def _bytes(document: Mapping[str, Any], step: Step, known: Scope) -> Iterator[str]:
    """The members of a step that reads bytes or repeats a table."""
    match step["do"]:
        case "repeat":
            yield f"{_type(step['syntax'])} {step['name']}[{_number(known, step['count'], document)}];"
        case "octets":
            yield f"u8 {step['path']}[{_number(known, step['length'], document)}];"
        case "rest" | "codes":
            yield f"u8 {step['path']}[END - $];"
        case coded if coded in layout.CODED:
            yield f"u8 {layout.CODED[coded]}[END - $];"


def _number(known: Scope, expression: Any, document: Mapping[str, Any]) -> str:
    """An expression."""
    match expression:
        case int():
            return str(expression)
        case str():
            value = known[expression]
            return f"({value.present} ? {value.text} : 0)" if value.present else value.text
        case ["power", of]:
            return f"(1 << {_number(known, of, document)})"
        case ["row", table, name, column]:
            found = "0"
            for wanted in sorted({row[column] for row in document["registry"][table]}, reverse=True):
                numbers = [row["id"] for row in document["registry"][table] if row[column] == wanted]
                found = f"({' || '.join(f'{known[name].text} == {number}' for number in numbers)} ? {wanted} : {found})"
            return found
        case ["if", *rest]:
            which, one, other = (_number(known, each, document) for each in rest)
            return f"({which} ? {one} : {other})"
        case [operator, *rest]:
            sign = {"=": "==", "and": "&&"}.get(operator, operator)
            return "(" + f" {sign} ".join(_number(known, each, document) for each in rest) + ")"
    raise ValueError(f"{expression} has no form in the language")


def _file(document: Mapping[str, Any]) -> str:
    """The frames, the parts, the ancillary list, and the file."""
    container = document["container"]
    parts, ancillary, header, frame = (container[name] for name in ("parts", "ancillary", "header", "frame"))
    flags = _scope(document["syntaxes"][header["syntax"]]["rows"], "header.")
    last_part = _scope(document["syntaxes"][parts["syntax"]]["rows"], "part_frame.")[parts["last"]].text
    image = layout.kind_number(document, parts["kind"])
    own = " || ".join(
        f"(KIND == {kind} && method == {number})" for kind, number in sorted(layout.self_declared(document))
    )
    sized = _scope(document["syntaxes"][ancillary["syntax"]]["rows"], "frame.")
    component = [
        f"u64 method = std::mem::read_unsigned($, 1) >> {8 - frame['method_bits']};",
        "u64 size = 0;",
        f"if ({own}) {{",
        *_frame(document, "self_declared"),
        "} else if (LAST) {",
        *_frame(document, "last"),
        "} else {",
        *_frame(document, "sized"),
        "}",
        "u64 end = $ + size;",
        f"if (KIND == {image} && method == {parts['method']})",
        "    Part part[while ($ < end)];",
        *(
            line
            for method in document["methods"]
            for line in (
                f"else if (KIND == {layout.kind_number(document, method['kind'])} && method == {method['id']})",
                f"    {_type(layout.payload_name(method))}<end> payload;",
            )
        ),
        "else",
        "    u8 payload[size];",
    ]
    part = [
        f"{_type(parts['syntax'])} part_frame;",
        f"Component<{image}, {last_part}, parent.end> component;",
    ]
    members = [f"{_type(header['syntax'])} header;"]
    kinds = container["components"]
    for number, row in enumerate(kinds):
        later = [*(flags[other["flag"]].text for other in kinds[number + 1 :]), flags[ancillary["flag"]].text]
        members.append(
            f"if ({flags[row['flag']].text})\n    Component<{number}, !({' || '.join(later)}), std::mem::size()> {row['kind']};"
        )
    members.append(f"if ({flags[ancillary['flag']].text})\n    Ancillary ancillary[while (!std::mem::eof())];")
    numbers = ", ".join(f"{number} {row['kind']}" for number, row in enumerate(kinds))
    lengths = " + ".join(_number(sized, name, document) for name in ancillary["length"])
    return "\n".join(
        [
            "using Part;\n",
            f"// A core component, or a part of an image. KIND: {numbers}. LAST: its payload goes to the byte END.",
            _block("struct Component<auto KIND, auto LAST, auto END>", component),
            "// A part of an image: what all parts lie in ends where its parent does.",
            _block("struct Part", part),
            _block("struct Ancillary", [f"{_type(ancillary['syntax'])} frame;", f"u8 payload[{lengths}];"]),
            _block("struct File", members),
            "File file @ 0x00;\n",
        ]
    )


def _frame(document: Mapping[str, Any], name: str) -> Iterator[str]:
    """The frame of a form, and the size of its payload."""
    frame = document["container"]["frame"]
    form = frame["forms"][name]
    known = _scope(_under(document["syntaxes"][frame["syntax"]]["rows"], form["form"]), "frame.")
    yield f"    {_type(frame['syntax'] + '_' + name)} frame;"
    size = " + ".join(_number(known, each, document) for each in form["length"]) if form["length"] else "END - $"
    yield f"    size = {size};"
