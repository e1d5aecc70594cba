"""The language in which the structure of a file is declared, and its three readings: parse, build, and print as a table.

Rule 1: a structure is a `Syntax`, a table of `Field` rows, and nothing else says in which order bits come.
Rule 2: a condition compares one earlier field with one value, and a repetition names one earlier field, so that a table
can be printed for people and read by machines. What takes more than that belongs to a coder.
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

    `kind` is the descriptor: "f" fixed bits, "u" unsigned number, "v" varint, "s" string (clause 3.3); `bits` its width, `fixed` the
    only value of an "f", `allowed` the values of another; `rule` is what the rest break, and `recover` says that what follows can be
    read all the same. `when` = (name, values): the field is there
    only if that earlier value is among these. A row with `group` stands for the rows of that syntax, `repeat` times: a number,
    or an earlier name and what is added to its value.
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

    @property
    def descriptor(self) -> str:
        """As the syntax tables print it: f(24), u(4), v, s."""
        return f"{self.kind}({self.bits})" if self.kind in "fu" else self.kind


@dataclass(frozen=True, slots=True)
class Syntax:
    """A named table of rows, the clause that defines it, and the values from outside (name, meaning) that its rows refer to."""

    name: str
    clause: str
    title: str
    rows: tuple[Field, ...]
    given: tuple[tuple[str, str], ...] = ()


def parse(syntax: Syntax, reader: BitReader, given: Mapping[str, int] | None = None, *, prefix: str = "") -> Values:
    """Read one structure; returns its values by name and appends its leaves, under `prefix`, to the reader's."""
    values: Values = {}
    scope = {**given} if given else {}
    home = reader.path
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
            _refuse(row, reader)(row.rule, f"{row.name} is {value}", bit_offset=start)
        values[row.name] = scope[row.name] = value
        shown = f"{value:0{row.bits // 4}X}" if row.kind == "f" and row.bits >= 8 else value
        leaves.append(Leaf(path, start, reader.position - start, shown, syntax.clause))
    reader.path = home
    return values


def build(
    syntax: Syntax,
    writer: BitWriter,
    values: Mapping[str, Any],
    given: Mapping[str, int] | None = None,
    *,
    prefix: str = "",
) -> None:
    """Write one structure. A value that breaks the rule of its row, or does not fit its bits, is a `MiscError`."""
    scope = {**given} if given else {}
    for row in syntax.rows:
        if row.when is not None and scope.get(row.when[0]) not in row.when[1]:
            continue
        path = prefix + row.name
        if row.group is not None:
            parts: Sequence[Mapping[str, Any]] = values[row.name]
            if len(parts) != _count(row, scope):
                raise ValueError(f"{path} occurs {_count(row, scope)} times, not {len(parts)}")
            for index, part in enumerate(parts):
                build(row.group, writer, part, scope, prefix=f"{path}/{index}/")
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
    """The rows as (text, descriptor, meaning), conditions and loops as lines of their own, for the specification."""
    return [
        (f"{syntax.name}( {', '.join(name for name, _ in syntax.given)} ) {{".replace("(  )", "( )"), "", ""),
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
    name, more = row.repeat
    return f"{name} + {more}" if more else name


def _refuse(row: Field, reader: BitReader) -> Callable[..., None]:
    return reader.flaw if row.recover else reader.fail


def _read_fixed(row: Field, reader: BitReader) -> int:
    start = reader.position
    value = reader.u(row.bits)
    if value != row.fixed:
        digits = -(-row.bits // 4)
        _refuse(row, reader)(
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
