"""The description for Kaitai Struct (https://kaitai.io), a .ksy file."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from describing import layout
from describing.layout import Row, Step

Node = dict[str, Any]
WHOLE = {8: "u1", 16: "u2", 32: "u4", 64: "u8"}  # numbers of whole bytes, by their bits
PLAIN = re.compile(r"[A-Za-z_][\w ,;.:()'/%&+=^<>-]*(?<![ :])")  # text that YAML needs no quotes for, if it has no ": "


class Value(NamedTuple):
    """Where the value of a name is found. `is_flag`: it is true or false, and no number. `present`: when it is there; empty: always."""

    path: str
    is_flag: bool = False
    present: str = ""


Scope = dict[str, Value]


def description(document: Mapping[str, Any]) -> str:
    """The text of the file."""
    types: Node = {}
    for name, table in document["syntaxes"].items():
        types[name] = _table(document, table, frame=name == document["container"]["frame"]["syntax"])
    for method in document["methods"]:
        types[layout.payload_name(method)] = _payload(document, method)
    types |= _container(document)
    version = document["format"]["version"]
    found = {
        "meta": {
            "id": "misc_bitstream", "title": layout.SUBJECT, "file-extension": "misc", "license": "Apache-2.0",
            "ks-version": "'0.10'", "endian": "be", "bit-endian": "be",
        },
        "doc": f"{layout.SUBJECT}, version {version}: all declared fields; codewords are bytes.",
        **_file(document),
        "types": types,
    }  # fmt: skip
    return f"# {layout.NOTE}\n" + "\n".join(_yaml(found)) + "\n"


def _file(document: Mapping[str, Any]) -> Node:
    """The header, and each component behind its flag."""
    container = document["container"]
    header, ancillary, flags = container["header"]["syntax"], container["ancillary"], container["components"]
    seq: list[Node] = [{"id": "header", "type": header}]
    for number, row in enumerate(flags):
        later = [*(other["flag"] for other in flags[number + 1 :]), ancillary["flag"]]
        is_last = " or ".join(f"header.{flag}" for flag in later)
        seq.append({"id": row["kind"], "type": f"component({number}, not ({is_last}))", "if": f"header.{row['flag']}"})
    seq.append({"id": "ancillary", "type": "ancillary", "repeat": "eos", "if": f"header.{ancillary['flag']}"})
    return {"seq": seq}


def _container(document: Mapping[str, Any]) -> Node:
    """The types that no table declares."""
    container, longest = document["container"], document["descriptors"]["v"]["most_bytes"]
    frame, parts, ancillary = container["frame"], container["parts"], container["ancillary"]
    tables = document["syntaxes"]
    forms = frame["forms"]
    known = _scope(tables[frame["syntax"]]["rows"], "frame.", {"form": Value("frame.form")})
    sizes = {
        form["form"]: " + ".join(_number(known, name, document) for name in form["length"]) for form in forms.values()
    }
    size = "_io.size - _io.pos"
    for form in forms.values():
        if form["length"]:
            size = f"frame.form == {form['form']} ? {sizes[form['form']]} : {size}"
    cases: Node = {
        layout.kind_number(document, method["kind"]) << frame["method_bits"] | method["id"]: layout.payload_name(method)
        for method in document["methods"]
    }
    cases[layout.kind_number(document, parts["kind"]) << frame["method_bits"] | parts["method"]] = "parts"
    kinds = ", ".join(f"{number} {row['kind']}" for number, row in enumerate(container["components"]))
    known = _scope(tables[ancillary["syntax"]]["rows"], "frame.")
    return {
        "component": {
            "doc": "A core component, or a part of an image: its frame and its payload.",
            "params": [{"id": "kind", "type": "u1", "doc": kinds}, {"id": "is_last", "type": "bool"}],
            "seq": [
                {"id": "frame", "type": f"{frame['syntax']}(kind, is_last)"},
                {
                    "id": "payload", "size": size,
                    "type": {"switch-on": f"kind << {frame['method_bits']} | frame.method", "cases": dict(sorted(cases.items()))},
                },
            ],
        },
        "parts": {"seq": [{"id": "part", "type": "part", "repeat": "until", "repeat-until": f"_.part_frame.{parts['last']}"}]},
        "part": {
            "seq": [
                {"id": "part_frame", "type": parts["syntax"]},
                {
                    "id": "component",
                    "type": f"component({layout.kind_number(document, parts['kind'])}, part_frame.{parts['last']})",
                },
            ]
        },
        "ancillary": {
            "seq": [
                {"id": "frame", "type": ancillary["syntax"], "valid": {"expr": f"_.type >= {ancillary['first']}"}},
                {"id": "payload", "size": " + ".join(_number(known, name, document) for name in ancillary["length"])},
            ]
        },
        "varint": {
            "doc": document["descriptors"]["v"]["meaning"],
            "seq": [{"id": "groups", "type": "group", "repeat": "until", "repeat-until": "not _.more"}],
            "types": {"group": {"seq": [{"id": "more", "type": "b1"}, {"id": "value", "type": "b7"}]}},
            "instances": {
                "value": {
                    "value": " + ".join(
                        f"(groups.size > {i} ? groups[{i}].value * {1 << 7 * i} : 0)" for i in range(longest)
                    )
                }
            },
        },
        "string": {
            "doc": document["descriptors"]["s"]["meaning"],
            "seq": [
                {"id": "length", "type": "varint"},
                {"id": "value", "type": "str", "size": "length.value", "encoding": "UTF-8"},
            ],
        },
    }  # fmt: skip


def _ids(rows: Sequence[Row]) -> list[str]:
    """An id for each row. Rows of one name, of which one is present, are told apart by their condition."""
    times = Counter(row["name"] for row in rows)
    return [
        row["name"] if times[row["name"]] == 1 else f"{row['name']}_{row['when']['name']}_{row['when']['in'][0]}" for row in rows
    ]  # fmt: skip


def _scope(rows: Sequence[Row], prefix: str = "", parameters: Scope | None = None) -> Scope:
    """The values of the rows of a table."""
    known: Scope = dict(parameters or {})
    for row, name, offset in zip(rows, _ids(rows), layout.offsets(rows), strict=True):
        is_object = row.get("kind") == "v" and offset == 0
        path = f"{prefix}{name}{'.value' if is_object else ''}"
        known[row["name"]] = Value(path, row.get("bits") == 1, _present(row, known))
    return known


def _present(row: Row, known: Scope) -> str:
    """When a row is present; empty: always."""
    when = row.get("when")
    if when is None:
        return ""
    value = known[when["name"]]
    own = [_is(value, number) for number in when["in"]]
    test = own[0] if len(own) == 1 else f"({' or '.join(own)})"
    return f"{value.present} and {test}" if value.present else test


def _is(value: Value, number: int) -> str:
    if value.is_flag:
        return value.path if number else f"not {value.path}"
    return f"{value.path} == {number}"


def _table(document: Mapping[str, Any], table: Node, *, frame: bool) -> Node:
    """The type of a syntax table."""
    rows = table["rows"]
    parameters: Scope = {}
    for row in table["parameters"]:
        named = [
            number
            for other in rows
            if (other.get("when") or {}).get("name") == row["name"]
            for number in other["when"]["in"]
        ]
        parameters[row["name"]] = Value(row["name"], set(named) <= {0, 1})
    found: Node = {"doc": f"{table['title']} (clause {table['clause']})."}
    if frame:  # the form follows from the first field
        found["params"] = [{"id": "kind", "type": "u1"}, {"id": "is_last", "type": "bool"}]
    elif parameters:
        found["params"] = [
            {"id": row["name"], "type": "bool" if parameters[row["name"]].is_flag else "u1", "doc": row["meaning"]}
            for row in table["parameters"]
        ]
    known = _scope(rows, "", parameters)
    instances: Node = {}
    seq: list[Node] = []
    for row, name, offset in zip(rows, _ids(rows), layout.offsets(rows), strict=True):
        if row.get("kind") == "v" and offset != 0:
            seq += _spelled_out(name, known[row["name"]].present, document)
            instances[name] = _sum_of_groups(name, document)
        else:
            seq.append(_row(document, row, name, offset, known))
        if name != row["name"]:
            instances[row["name"]] = _alternatives(rows, row["name"], known)
    if frame:
        instances |= _form(document)
    return found | {"seq": seq} | ({"instances": instances} if instances else {})


def _row(document: Mapping[str, Any], row: Row, name: str, offset: int | None, known: Scope) -> Node:
    """A row as a member."""
    found: Node = {"id": name}
    if "group" in row:
        found["type"] = row["group"]
        if row["repeat"] != 1:
            found |= {"repeat": "expr", "repeat-expr": _number(known, row["repeat"], document)}
    elif layout.is_bits(row):
        found["type"] = WHOLE.get(row["bits"], f"b{row['bits']}") if offset == 0 else f"b{row['bits']}"
    else:
        found["type"] = {"v": "varint", "s": "string"}[row["kind"]]
    present = _present(row, known)
    if present:
        found["if"] = present
    value = "_.value" if row.get("kind") == "v" else "_"
    if row.get("kind") == "f":
        found["valid"] = {"expr": f"_ == {row['fixed'] if row['bits'] > 1 else str(bool(row['fixed'])).lower()}"}
    elif "allowed" in row:
        found["valid"] = {"expr": " or ".join(_between(value, *pair) for pair in row["allowed"])}
    return found | ({"doc": row["meaning"]} if row["meaning"] else {})


def _between(value: str, first: int, last: int) -> str:
    if first == last:
        return f"{value} == {first}"
    return f"{value} <= {last}" if first == 0 else f"({value} >= {first} and {value} <= {last})"


def _spelled_out(name: str, present: str, document: Mapping[str, Any]) -> Iterator[Node]:
    """A varint that begins inside a byte: a type of its own would begin at the next one."""
    for index in range(document["descriptors"]["v"]["most_bytes"]):
        condition = " and ".join(filter(None, (present, f"{name}_more_{index - 1}" if index else "")))
        behind = {"if": condition} if condition else {}
        yield {"id": f"{name}_more_{index}", "type": "b1", **behind}
        yield {"id": f"{name}_group_{index}", "type": "b7", **behind}
        present = condition


def _sum_of_groups(name: str, document: Mapping[str, Any]) -> Node:
    found = ""
    for index in reversed(range(document["descriptors"]["v"]["most_bytes"])):
        value = f"{name}_group_{index}" + (f" * {1 << 7 * index}" if index else "")
        found = f"{value} + ({name}_more_{index} ? {found} : 0)" if found else value
    return {"value": found}


def _alternatives(rows: Sequence[Row], name: str, known: Scope) -> Node:
    """The value of rows that have one name."""
    ids = [(row, own) for row, own in zip(rows, _ids(rows), strict=True) if row["name"] == name]
    (first, one), (_, other) = ids
    return {"value": f"{_present(first, known)} ? {one} : {other}"}


def _form(document: Mapping[str, Any]) -> Node:
    """The form of a frame, of its method."""
    forms = {name: row["form"] for name, row in document["container"]["frame"]["forms"].items()}
    own: dict[int, list[int]] = {}
    for kind, number in layout.self_declared(document):
        own.setdefault(number, []).append(kind)
    everywhere = len(document["container"]["components"])
    tests = []
    for number, kinds in own.items():
        any_kind = " or ".join(f"kind == {kind}" for kind in kinds)
        tests.append(f"method == {number}" if len(kinds) == everywhere else f"(({any_kind}) and method == {number})")
    value = f"{' or '.join(tests)} ? {forms['self_declared']} : is_last ? {forms['last']} : {forms['sized']}"
    return {"form": {"value": value, "doc": document["container"]["frame"]["method"]}}


def _payload(document: Mapping[str, Any], method: Mapping[str, Any]) -> Node:
    """The type of a payload."""
    known: Scope = {}
    instances: Node = {}
    needed = layout.needed_values(method["steps"])
    seq: list[Node] = []
    for step in method["steps"]:
        if step["do"] == "fields":
            seq.append({"id": step["syntax"], "type": step["syntax"]})
            known |= _scope(document["syntaxes"][step["syntax"]]["rows"], f"{step['syntax']}.")
        elif step in needed:
            instances[step["name"]] = {"value": _number(known, step["value"], document)}
            known[step["name"]] = Value(step["name"])
        else:
            seq += _member(document, step, known)
    found: Node = {"doc": f"Method {method['name']} of {method['kind']} (clause {method['clause']})."}
    return found | {"seq": seq} | ({"instances": instances} if instances else {})


def _member(document: Mapping[str, Any], step: Step, known: Scope) -> Iterator[Node]:
    """The members of a step that reads bytes or repeats a table."""
    if step["do"] == "repeat":
        count = _number(known, step["count"], document)
        inside = known | {"i": Value("_index"), "count": Value(count)}
        given = ", ".join(_truth(inside, each, document) for each in step["arguments"].values())
        yield {
            "id": step["name"], "type": f"{step['syntax']}({given})" if given else step["syntax"],
            "repeat": "expr", "repeat-expr": count,
        }  # fmt: skip
        known[step["name"]] = Value(step["name"])
    elif step["do"] == "octets":
        yield {"id": step["path"], "size": _number(known, step["length"], document)}
    elif step["do"] in ("rest", "codes"):
        yield {"id": step["path"], "size-eos": True}
    elif step["do"] in layout.CODED:
        yield {"id": layout.CODED[step["do"]], "size-eos": True}
    elif step["do"] == "map_regions":  # of the last repeated table
        frames = list(known)[-1]
        yield {
            "id": "data", "size": f"{frames}[_index].last ? _io.size - _io.pos : {frames}[_index].length",
            "repeat": "expr", "repeat-expr": f"{frames}.size",
        }  # fmt: skip


def _number(known: Scope, expression: Any, document: Mapping[str, Any]) -> str:
    """An expression as a number."""
    match expression:
        case int():
            return str(expression)
        case str():
            value = known[expression]
            own = f"{value.path}.to_i" if value.is_flag else value.path
            return f"({value.present} ? {own} : 0)" if value.present else own
        case ["if", which, one, other]:
            return f"({_truth(known, which, document)} ? {_number(known, one, document)} : {_number(known, other, document)})"
        case ["power", of]:
            return f"(1 << {_number(known, of, document)})"
        case ["row", table, name, column]:
            return _looked_up(known[name], document["registry"][table], column)
        case [("+" | "-" | "*" | "/") as operator, *rest]:
            return "(" + f" {operator} ".join(_number(known, each, document) for each in rest) + ")"
    raise ValueError(f"{expression} has no form in Kaitai Struct")


def _looked_up(value: Value, rows: Sequence[Row], column: str) -> str:
    """The column of the row that has the value as its id."""
    found = "0"
    for wanted in sorted({row[column] for row in rows}, reverse=True):
        test = " or ".join(f"{value.path} == {row['id']}" for row in rows if row[column] == wanted)
        found = f"{test} ? {wanted} : {found}"
    return f"({found})"


def _truth(known: Scope, expression: Any, document: Mapping[str, Any]) -> str:
    """An expression as true or false."""
    match expression:
        case ["and", *rest]:
            return " and ".join(_truth(known, each, document) for each in rest)
        case [("=" | "<" | ">") as operator, one, other]:
            sign = {"=": "=="}.get(operator, operator)
            return f"{_number(known, one, document)} {sign} {_number(known, other, document)}"
        case str() if known[expression].is_flag and not known[expression].present:
            return known[expression].path
    return f"{_number(known, expression, document)} != 0"


def _yaml(value: Any, depth: int = 0) -> Iterator[str]:
    """A node as lines of YAML."""
    indent = "  " * depth
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, (dict, list)):
                yield f"{indent}{key}:"
                yield from _yaml(inner, depth + 1)
            else:
                yield f"{indent}{key}: {_scalar(inner)}"
    else:
        for member in value:
            first, *rest = _yaml(member, depth + 1)
            yield f"{indent}- {first.lstrip()}"
            yield from rest


def _scalar(value: Any) -> str:
    if not isinstance(value, str) or value.startswith("'"):
        return str(value).lower() if isinstance(value, bool) else str(value)
    is_plain = PLAIN.fullmatch(value) and ": " not in value and value not in ("true", "false", "no", "yes")
    return value if is_plain else json.dumps(value, ensure_ascii=False)
