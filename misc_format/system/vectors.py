"""Vector instructions that compilers do not find in loops, as functions for compiled code. Importing this module imports numba.

They are written in LLVM's own language, on vectors of LANES numbers. Every processor has instructions for these, or is given several
shorter ones. All arithmetic is in integers, so the results are the same on every processor. Arrays are contiguous, and no index is
checked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic as untyped_intrinsic

# The type that numba declares has the arguments of the compiler, not those of the function.
intrinsic: Callable[[Callable[..., Any]], Any] = untyped_intrinsic
LANES = 16  # the sums of a tile fit the registers of AVX2
INT16, INT32, INT64 = (ir.IntType(bits) for bits in (16, 32, 64))
WIDE = ir.VectorType(INT32, LANES)


def tile(rows: int, texts: int) -> Callable[..., Any]:
    """A compiled function of weights (all rows, columns), a first row, factors (all texts, at least columns), and a first text.

    It returns the rows * texts sums of products, row by row, over the columns up to the last multiple of LANES.
    """

    @intrinsic
    def sums_of(context: Any, weights: Any, row: Any, factors: Any, text: Any) -> Any:
        signature = types.UniTuple(types.int32, rows * texts)(weights, row, factors, text)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            columns, row_starts = _rows(context, builder, signature.args[0], arguments[0], arguments[1], rows)
            _, text_starts = _rows(context, builder, signature.args[2], arguments[2], arguments[3], texts)
            zeros = ir.Constant(ir.VectorType(INT32, LANES // 2), None)
            sums = [cgutils.alloca_once_value(builder, zeros) for _ in range(rows * texts)]
            start, step = ir.Constant(INT64, 0), ir.Constant(INT64, LANES)
            end = builder.and_(columns, ir.Constant(INT64, -LANES))
            with cgutils.for_range_slice(builder, start, end, step, INT64) as (column, _):
                left, right = (
                    [builder.sext(_load(builder, row, column, array), WIDE) for row in starts]
                    for starts, array in ((row_starts, signature.args[0]), (text_starts, signature.args[2]))
                )
                for index, total in enumerate(sums):
                    product = builder.mul(left[index // texts], right[index % texts])
                    pairs = builder.add(_half(builder, product, 0, 2), _half(builder, product, 1, 2))
                    builder.store(builder.add(builder.load(total), pairs), total)
            return context.make_tuple(builder, signature.return_type, [_total(builder, total) for total in sums])

        return signature, generate

    function: Callable[..., Any] = sums_of
    return function


@intrinsic
def widen(context: Any, pixels: Any, row: Any, column: Any, out: Any, start: Any) -> Any:
    """Copy LANES numbers of `pixels`, uint8 (rows, columns), from (row, column) on to `out`, int16, from `start` on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _, [first] = _rows(context, builder, signature.args[0], arguments[0], arguments[1], 1)
        vector = builder.zext(_load(builder, first, arguments[2], signature.args[0]), ir.VectorType(INT16, LANES))
        target = context.make_array(signature.args[3])(context, builder, arguments[3]).data
        builder.store(vector, _address(builder, target, arguments[4], INT16)).align = 2
        return context.get_dummy_value()

    return types.void(pixels, row, column, out, start), generate


@intrinsic
def differences(context: Any, one: Any, other: Any, start: Any) -> Any:
    """Which of LANES numbers from `start` on differ in two arrays of int16: bit i of the result, int64, is for number start + i."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        left, right = (
            _load(builder, context.make_array(array)(context, builder, value).data, arguments[2], array)
            for array, value in zip(signature.args[:2], arguments[:2], strict=True)
        )
        bits = builder.bitcast(builder.icmp_signed("!=", left, right), ir.IntType(LANES))
        return builder.zext(bits, INT64)

    return types.int64(one, other, start), generate


@intrinsic
def lowest_bit(context: Any, value: Any) -> Any:
    """The place of the lowest bit that is set; `value` is an int64 other than 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), generate


def _rows(context: Any, builder: Any, kind: Any, array: Any, first: Any, count: int) -> tuple[Any, list[Any]]:
    """The columns of an array (rows, columns), and the addresses of `count` rows from a first one on."""
    parts = context.make_array(kind)(context, builder, array)
    columns = builder.extract_value(parts.shape, 1)
    rows = [builder.add(first, ir.Constant(INT64, index)) for index in range(count)]
    return columns, [builder.gep(parts.data, [builder.mul(row, columns)]) for row in rows]


def _load(builder: Any, start: Any, place: Any, array: Any) -> Any:
    """LANES numbers from a place on, as a vector. `array`: the type of their array."""
    kind = ir.IntType(array.dtype.bitwidth)
    vector = builder.load(_address(builder, start, place, kind))
    vector.align = kind.width // 8
    return vector


def _address(builder: Any, start: Any, place: Any, kind: Any) -> Any:
    return builder.bitcast(builder.gep(start, [place]), ir.VectorType(kind, LANES).as_pointer())


def _half(builder: Any, vector: Any, first: int, step: int) -> Any:
    """Half the numbers of a vector: every `step`-th from `first` on."""
    count = vector.type.count // 2
    places = range(first, first + count * step, step)
    return builder.shuffle_vector(vector, vector, ir.Constant(ir.VectorType(INT32, count), list(places)))


def _total(builder: Any, place: Any) -> Any:
    """The sum of the numbers of the vector at an address."""
    vector = builder.load(place)
    while vector.type.count > 1:
        vector = builder.add(_half(builder, vector, 0, 1), _half(builder, vector, vector.type.count // 2, 1))
    return builder.extract_element(vector, ir.Constant(INT32, 0))
