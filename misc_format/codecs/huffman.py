"""The Huffman code of Control-GIC, made from how often each code was used in training.

Ties are broken by the order of a heap, and the counts enter it in the order of their names as texts: 0, 1, 10, 100, ... Both are part of
the code, since no file has its table.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from misc_format.codecs.faults import source_fault

_Tree = tuple["_Tree", "_Tree"] | int


@lru_cache(maxsize=4)
def huffman_code(counts: tuple[int, ...]) -> HuffmanCode:
    """The code of a table of counts, at least two. All pictures of a model have the same."""
    return HuffmanCode(counts)


class _Node:
    """A tree in the heap. Only the counts are compared, so that equal counts keep the order of the heap's own steps."""

    __slots__ = ("count", "tree")

    def __init__(self, count: int, tree: _Tree) -> None:
        self.count = count
        self.tree = tree

    def __lt__(self, other: _Node) -> bool:
        return self.count < other.count


class HuffmanCode:
    """The code of a table of counts, at least two."""

    def __init__(self, counts: Sequence[int]) -> None:
        heap: list[_Node] = []
        for symbol in sorted(range(len(counts)), key=str):
            heapq.heappush(heap, _Node(counts[symbol], symbol))
        while len(heap) > 1:
            left, right = heapq.heappop(heap), heapq.heappop(heap)
            heapq.heappush(heap, _Node(left.count + right.count, (left.tree, right.tree)))
        self.tree = heap[0].tree
        self.codes: dict[int, list[int]] = {}
        waiting: list[tuple[_Tree, list[int]]] = [(self.tree, [])]
        while waiting:
            tree, bits = waiting.pop()
            if isinstance(tree, int):
                self.codes[tree] = bits
            else:
                waiting += [(tree[0], [*bits, 0]), (tree[1], [*bits, 1])]

    def decode(self, bits: NDArray[np.uint8], path: str) -> NDArray[np.int64]:
        """The symbols of bits. Raises `MiscError` if they end inside a code."""
        symbols = []
        tree = self.tree
        for bit in bits.tolist():
            assert not isinstance(tree, int)
            tree = tree[bit]
            if isinstance(tree, int):
                symbols.append(tree)
                tree = self.tree
        if tree is not self.tree:
            raise source_fault("the bits end inside a code; check that the counts are those of the model", path)
        return np.array(symbols, np.int64)

    def encode(self, symbols: Sequence[int]) -> NDArray[np.uint8]:
        """The bits of symbols."""
        return np.array([bit for symbol in symbols for bit in self.codes[symbol]], np.uint8)
