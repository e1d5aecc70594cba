"""The description for the Python package construct (https://construct.readthedocs.io), a module of Python."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import indent
from typing import Any

from describing import layout
from describing.layout import Row, Step

HEAD = '''"""{subject}, version {version}, for construct: all declared fields; codewords are bytes.

{note}

    misc_bitstream_construct.parse(open("photo.misc", "rb").read())

A file is read as a string of bits. A name is looked up in what was read before, as in spec/format.json; it is 0 if it is absent.
"""

from construct import (
    Array, BitsInteger, Check, Computed, Container, ExprAdapter, FixedSized, GreedyBytes, GreedyRange, If, IfThenElse, OneOf,
    RepeatUntil, Struct, Switch, Terminated, bits2bytes, bytes2bits,
)

LIMITS = {limits}
REGISTRY = {registry}
SELF_DECLARED = {self_declared}


def value(this, name):
    """The value of a name, from the innermost structure outwards."""
    while this is not None:
        for scope in (this, *reversed(list(this.values()))):
            if isinstance(scope, Container) and scope.get(name) is not None and not (scope is not this and name == "value"):
                return scope[name]
        this = this.get("_")
    return 0


def product(members, name):
    """The product of a field + 1 of all members."""
    found = 1
    for member in members or ():
        found *= member[name] + 1
    return found


def row(table, number, column):
    """A column of a row of the registry."""
    return REGISTRY[table].get(number, {{}}).get(column, 0)


def form(this):
    """The form of a frame, of its method."""
    if (value(this, "kind"), this.method) in SELF_DECLARED:
        return {forms[self_declared]}
    return {forms[last]} if value(this, "is_last") else {forms[sized]}


def component(kind, is_last):
    """A frame and its payload. `is_last`: a function that says whether it is the last one."""
    return Struct(
        "kind" / Computed(kind),
        "is_last" / Computed(is_last),
        "frame" / {frame},
        "size" / Computed({size}),
        "payload" / IfThenElse(
            lambda this: value(this, "form") == {forms[last]},
            Switch(lambda this: (kind, this.frame.method), PAYLOADS, default=REST),
            FixedSized(lambda this: 8 * this.size, Switch(lambda this: (kind, this.frame.method), PAYLOADS, default=REST)),
        ),
    )


def octets(count):
    """Bytes, as many as a function says."""
    return FixedSized(lambda this: 8 * count(this), REST)


REST = ExprAdapter(GreedyBytes, lambda bits, _: bits2bytes(bits), lambda data, _: bytes2bits(data))
VARINT = ExprAdapter(
    RepeatUntil(lambda byte, found, _: byte < 128, BitsInteger(8)),
    lambda groups, _: sum((group & 127) << 7 * place for place, group in enumerate(groups)),
    None,
)
STRING = Struct(
    "length" / VARINT,
    "value" / ExprAdapter(FixedSized(lambda this: 8 * this.length, REST), lambda data, _: data.decode(), None),
)
'''  # fmt: skip


def description(document: Mapping[str, Any]) -> str:
    """The text of the module."""
    container = document["container"]
    frame = container["frame"]
    forms = {name: row["form"] for name, row in frame["forms"].items()}
    self_declared = sorted(layout.self_declared(document))
    sizes = {name: _sum(row["length"]) for name, row in frame["forms"].items() if row["length"]}
    size = f'lambda this: {sizes["self_declared"]} if value(this, "form") == {forms["self_declared"]} else {sizes["sized"]}'
    head = HEAD.format(
        subject=layout.SUBJECT, version=document["format"]["version"], note=layout.NOTE, frame=_table_name(frame["syntax"]),
        limits={row["name"]: row["value"] for row in document["limits"]},
        registry=_registry(document), self_declared=tuple(self_declared), forms=forms, size=size,
    )  # fmt: skip
    tables = "\n".join(_table(name, table, document) for name, table in _inner_first(document["syntaxes"]))
    payloads = "\n".join(_payload(document, method) for method in document["methods"])
    return f"{head}{tables}{payloads}{_file(document)}"


def _registry(document: Mapping[str, Any]) -> dict[str, Any]:
    """The tables of the registry in which a step looks a number up."""
    names = {
        each[1]
        for method in document["methods"]
        for step in method["steps"]
        for each in _operations(step.get("value"), "row")
    }
    return {
        name: {row["id"]: {key: cell for key, cell in row.items() if isinstance(cell, int)} for row in document["registry"][name]}
        for name in sorted(names)
    }  # fmt: skip


def _operations(expression: Any, operator: str) -> Iterator[list[Any]]:
    if isinstance(expression, list):
        if expression[0] == operator:
            yield expression
        for each in expression:
            yield from _operations(each, operator)


def _inner_first(syntaxes: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The tables, those that others repeat before them."""
    repeated = {row["group"] for table in syntaxes.values() for row in table["rows"] if "group" in row}
    return sorted(syntaxes.items(), key=lambda item: item[0] not in repeated)


def _table_name(name: str) -> str:
    return name.upper()


def _sum(names: Sequence[str]) -> str:
    return " + ".join(f'value(this, "{name}")' for name in names)


def _table(name: str, table: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """A syntax table."""
    rows = table["rows"]
    container = document["container"]
    lines = [
        _row(row, is_again=index > 0 and row["name"] in {other["name"] for other in rows[:index]})
        for index, row in enumerate(rows)
    ]
    if name == container["frame"]["syntax"]:
        lines.insert(1, '"form" / Computed(form),')
    if name == container["header"]["syntax"]:
        lines += [f'"{side}" / Computed({_function(size)}),' for side, size in container["size"].items()]
    return f"\n# {table['title']} (clause {table['clause']}).\n{_struct(_table_name(name), lines)}"


def _struct(name: str, lines: Sequence[str]) -> str:
    return f"{name} = Struct(\n{indent(chr(10).join(lines), '    ')}\n)\n"


def _row(row: Row, *, is_again: bool) -> str:
    """A row as a member."""
    if "group" in row:
        kind = _table_name(row["group"])
        kind = f"Array({_function(row['repeat'])}, {kind})"
    else:
        kind = {"v": "VARINT", "s": "STRING"}.get(row["kind"], f"BitsInteger({row.get('bits')})")
    if row.get("kind") == "f":
        kind = f"OneOf({kind}, [{row['fixed']}])"
    elif "allowed" in row:
        kind = (
            f"OneOf({kind}, {' | '.join(f'set(range({first}, {last + 1}))' for first, last in row['allowed'])})"
            if _is_small(row)
            else kind
        )
    when = row.get("when")
    if when is not None:
        condition = f'lambda this: value(this, "{when["name"]}") in {tuple(when["in"])}'
        otherwise = f'Computed(lambda this: this.get("{row["name"]}"))' if is_again else ""
        kind = f"IfThenElse({condition}, {kind}, {otherwise})" if is_again else f"If({condition}, {kind})"
    return f'"{row["name"]}" / {kind},'


def _is_small(row: Row) -> bool:
    return row["allowed"][-1][1] < 1 << 16


def _payload(document: Mapping[str, Any], method: Mapping[str, Any]) -> str:
    """A payload: the fields, the checks, and the bytes that are left."""
    lines = [line for step in method["steps"] for line in _member(step)]
    title = f"\n# Method {method['name']} of {method['kind']} (clause {method['clause']}).\n"
    return title + _struct(_table_name(layout.payload_name(method)), lines)


def _member(step: Step) -> Iterator[str]:
    """The members of a step."""
    match step["do"]:
        case "fields":
            yield f'"{step["syntax"]}" / {_table_name(step["syntax"])},'
        case "let":
            yield f'"{step["name"]}" / Computed({_function(step["value"])}),'
        case "check":
            yield f"Check(lambda this: not {_expression(step['broken'])}),  # {step['rule']}"
        case "repeat":
            given = [
                f'"i" / Computed(lambda this: this._index), "count" / Computed({_function(step["count"], "this._")})'
            ]
            given += [f'"{name}" / Computed({_function(each)})' for name, each in step["arguments"].items()]
            rows = f"*{_table_name(step['syntax'])}.subcons"
            kind = f"Struct({', '.join(given)}, {rows})" if step["arguments"] else _table_name(step["syntax"])
            yield f'"{step["name"]}" / Array({_function(step["count"])}, {kind}),'
        case "octets":
            yield f'"{step["path"]}" / octets({_function(step["length"])}),'
        case "rest" | "codes":
            yield f'"{step["path"]}" / REST,'
        case coded if coded in layout.CODED:
            yield f'"{layout.CODED[coded]}" / REST,'
        case "map_regions":
            yield '"data" / REST,  # of all regions'


def _function(expression: Any, scope: str = "this") -> str:
    return str(expression) if isinstance(expression, int) else f"lambda this: {_expression(expression, scope)}"


def _expression(expression: Any, scope: str = "this") -> str:
    """An expression in Python."""
    match expression:
        case int():
            return str(expression)
        case str() if expression.isupper():
            return f'LIMITS["{expression}"]'
        case str():
            return f'value({scope}, "{expression}")'
    operator, *rest = expression
    if operator in ("product", "last", "row"):
        return {
            "product": lambda group, name: f'product(value({scope}, "{group}"), "{name}")',
            "last": lambda group, name: f'(value({scope}, "{group}")[-1]["{name}"] + 1)',
            "row": lambda table, name, column: f'row("{table}", value({scope}, "{name}"), "{column}")',
        }[operator](*rest)
    given = [_expression(each, scope) for each in rest]
    match operator:
        case "if":
            return f"({given[1]} if {given[0]} else {given[2]})"
        case "ceil":
            return f"-(-{given[0]} // {given[1]})"
        case "power":
            return f"(1 << {given[0]})"
        case "max":
            return f"max({', '.join(given)})"
    sign = {"/": "//", "=": "=="}.get(operator, operator)
    return f"({f' {sign} '.join(given)})"


def _file(document: Mapping[str, Any]) -> str:
    """The payloads by kind and method, and the whole file."""
    container = document["container"]
    parts, ancillary, header = container["parts"], container["ancillary"], container["header"]["syntax"]
    parts_key = (layout.kind_number(document, parts["kind"]), parts["method"])
    payloads = [
        f"({layout.kind_number(document, method['kind'])}, {method['id']}): {_table_name(layout.payload_name(method))},"
        for method in document["methods"]
    ]
    members = [f'"header" / {_table_name(header)},']
    flags = container["components"]
    for number, each in enumerate(flags):
        later = [*(other["flag"] for other in flags[number + 1 :]), ancillary["flag"]]
        last = " or ".join(f"this._.header.{flag}" for flag in later)
        members.append(
            f'"{each["kind"]}" / If(lambda this: this.header.{each["flag"]}, component({number}, lambda this: not ({last}))),'
        )
    members += [
        f'"ancillary" / If(lambda this: this.header.{ancillary["flag"]}, GreedyRange(ANCILLARY)),',
        "Terminated,",
    ]
    body = indent("\n".join(payloads), "    ")
    return f"""
PAYLOADS = {{
{body}
}}
PART = Struct(
    "part_frame" / {_table_name(parts["syntax"])},
    "component" / component({parts_key[0]}, lambda this: this._.part_frame.{parts["last"]}),
)
PAYLOADS[{parts_key}] = Struct("part" / RepeatUntil(lambda part, found, _: part.part_frame.{parts["last"]}, PART))
ANCILLARY = Struct(
    "frame" / {_table_name(ancillary["syntax"])},
    Check(lambda this: this.frame.type >= {ancillary["first"]}),
    "payload" / octets(lambda this: {_sum(ancillary["length"])}),
)
{_struct("_FILE", members)}

def parse(data):
    \"\"\"The fields of a file. Raises construct.ConstructError.\"\"\"
    return _FILE.parse(bytes2bits(data))
"""
