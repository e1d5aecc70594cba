"""Syntax tables: the declaration of a structure, from which it is parsed, built, and printed in the specification.

A structure is a `Syntax`, a table of `Field` rows. Only the table says in which order bits come. A condition compares one earlier field
with constants, and a repetition names one earlier field. Anything more complex belongs to a coder.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from misc_format.errors import MiscError, TruncatedError
from misc_format.structure.bits import BitReader, BitWriter, Leaf

Values = dict[str, Any]
Kind = Literal["f", "u", "v", "s"]


@dataclass(frozen=True, slots=True)
class Field:
    """One row of a syntax table.

    `kind` is the descriptor (clause 3.3): "f" fixed bits, "u" an unsigned number, "v" a varint, "s" a string. `bits` is the width of an
    "f" or a "u". `fixed` is the only value of an "f"; `allowed` are the values of the other kinds, None for all. Any other value breaks
    `rule`; with `recover`, reading can go on behind it. `when` is (name, values): the field is present only if the earlier field of that
    name has one of these values. A row with `group` stands for the rows of that syntax, repeated `repeat` times: a number, or
    (name, number), the value of an earlier field plus a number. `table`: the table of the registry that has the field's numbers.
    """

    name: str
    kind: Kind = "u"
    bits: int = 0
    meaning: str = ""
    fixed: int = 0
    allowed: Collection[int] | None = None
    when: tuple[str, tuple[int, ...]] | None = None
    rule: str = "MISC-CON-011"
    recover: bool = False
    group: Syntax | None = None
    repeat: int | tuple[str, int] = 1
    table: str = ""

    @property
    def descriptor(self) -> str:
        """The descriptor as the syntax tables print it, such as f(24), u(4), v or s."""
        return f"{self.kind}({self.bits})" if self.kind in "fu" else self.kind


@dataclass(frozen=True, slots=True)
class Syntax:
    """A named table of rows, and the clause that defines it. `parameters` (name, meaning) are values from outside that rows refer to."""

    name: str
    clause: str
    title: str
    rows: tuple[Field, ...]
    parameters: tuple[tuple[str, str], ...] = ()


def parse(syntax: Syntax, reader: BitReader, arguments: Mapping[str, int] | None = None, *, prefix: str = "") -> Values:
    """Read one structure. Returns its values by name.

    `arguments` are the values of the syntax's parameters. The leaves, their paths under `prefix`, are appended to the reader's. Raises
    `MiscError` for a value that breaks the rule of its row.
    """
    values: Values = {}
    scope = {**arguments} if arguments else {}
    outer_path = reader.path
    leaves = reader.leaves
    for row in syntax.rows:
        if row.when is not None and scope.get(row.when[0]) not in row.when[1]:
            continue
        reader.path = path = prefix + row.name
        if row.group is not None:
            values[row.name] = [
                parse(row.group, reader, scope, prefix=f"{path}/{index}/") for index in range(_count(row, scope))
            ]
            continue
        start = reader.position
        try:
            value = _READ[row.kind](row, reader)
        except TruncatedError as error:
            reader.fail(error.rule, error.message, bit_offset=start)
        if row.allowed is not None and value not in row.allowed:
            _report(row, reader)(row.rule, f"{row.name} is {value}", bit_offset=start)
        values[row.name] = scope[row.name] = value
        shown = f"{value:0{row.bits // 4}X}" if row.kind == "f" and row.bits >= 8 else value
        leaves.append(Leaf(path, start, reader.position - start, shown, syntax.clause))
    reader.path = outer_path
    return values


def build(
    syntax: Syntax,
    writer: BitWriter,
    values: Mapping[str, Any],
    arguments: Mapping[str, int] | None = None,
    *,
    prefix: str = "",
) -> None:
    """Write one structure. Raises `MiscError` for a value that breaks the rule of its row or does not fit its bits."""
    scope = {**arguments} if arguments else {}
    for row in syntax.rows:
        if row.when is not None and scope.get(row.when[0]) not in row.when[1]:
            continue
        path = prefix + row.name
        if row.group is not None:
            members: Sequence[Mapping[str, Any]] = values[row.name]
            if len(members) != _count(row, scope):
                raise ValueError(f"{path} occurs {_count(row, scope)} times, not {len(members)}")
            for index, member in enumerate(members):
                build(row.group, writer, member, scope, prefix=f"{path}/{index}/")
            continue
        value = row.fixed if row.kind == "f" else values[row.name]
        if row.allowed is not None and value not in row.allowed:
            raise MiscError(row.rule, f"{row.name} is {value}", path=path)
        scope[row.name] = value
        try:
            _WRITE[row.kind](row, writer, value)
        except UnicodeEncodeError as error:
            raise MiscError("MISC-ANC-003", f"character {error.start} is a lone surrogate", path=path) from None
        except ValueError as error:
            if row.kind == "v":
                raise MiscError("MISC-CON-010", str(error), path=path) from None
            raise MiscError("MISC-ARG-001", str(error), path=path) from None


def table(syntax: Syntax) -> list[tuple[str, str, str]]:
    """The table as the specification prints it: lines of (text, descriptor, meaning). Conditions and loops have lines of their own."""
    return [
        (f"{syntax.name}( {', '.join(name for name, _ in syntax.parameters)} ) {{".replace("(  )", "( )"), "", ""),
        *_lines(syntax, 1),
        ("}", "", ""),
    ]


def _lines(syntax: Syntax, depth: int) -> list[tuple[str, str, str]]:
    lines = []
    condition = None
    for row in syntax.rows:
        if row.when != condition:
            condition = row.when
            if condition is not None:
                lines.append(("  " * depth + f"if ( {_condition(condition)} )", "", ""))
        level = depth + (condition is not None)
        if row.group is not None:
            if row.repeat != 1:
                lines.append(("  " * level + f"for ( i = 0; i < {_times(row)}; i++ )", "", ""))
                level += 1
            index = 0 if row.repeat == 1 else "i"
            lines.append(("  " * level + f"{row.name}[ {index} ] = {row.group.name}( )", "", row.meaning))
        else:
            lines.append(("  " * level + row.name, row.descriptor, row.meaning))
    return lines


def _condition(when: tuple[str, tuple[int, ...]]) -> str:
    return " || ".join(f"{when[0]} == {value}" for value in when[1])


def _count(row: Field, scope: Mapping[str, int]) -> int:
    return row.repeat if isinstance(row.repeat, int) else scope[row.repeat[0]] + row.repeat[1]


def _times(row: Field) -> str:
    if isinstance(row.repeat, int):
        return str(row.repeat)
    name, added = row.repeat
    return f"{name} + {added}" if added else name


def _report(row: Field, reader: BitReader) -> Callable[..., None]:
    return reader.flaw if row.recover else reader.fail


def _read_fixed(row: Field, reader: BitReader) -> int:
    start = reader.position
    value = reader.u(row.bits)
    if value != row.fixed:
        digits = -(-row.bits // 4)
        _report(row, reader)(
            row.rule, f"found {value:0{digits}X}, which must be {row.fixed:0{digits}X} (hexadecimal)", bit_offset=start
        )
    return value


def _read_string(row: Field, reader: BitReader) -> str:
    data = reader.octets(reader.varint())
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        offset = reader.position - 8 * (len(data) - error.start)
        reader.flaw("MISC-ANC-003", f"byte {error.start} of the string is not UTF-8", bit_offset=offset)
        return data.decode(errors="replace")


def _write_string(row: Field, writer: BitWriter, value: str) -> None:
    data = value.encode()
    writer.varint(len(data))
    writer.octets(data)


_READ = {
    "f": _read_fixed,
    "u": lambda row, reader: reader.u(row.bits),
    "v": lambda row, reader: reader.varint(),
    "s": _read_string,
}
_WRITE = {
    "f": lambda row, writer, value: writer.u(row.bits, value),
    "u": lambda row, writer, value: writer.u(row.bits, value),
    "v": lambda row, writer, value: writer.varint(value),
    "s": _write_string,
}
