"""The rank of a set among the sets of its size in lexicographic order, as Turbo-DDCM writes it.

The rank from the end is a sum of binomial coefficients, which a binary search inverts: a set of 50 out of 16,384 takes 700 of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb


def rank_bits(size: int, alphabet: int) -> int:
    """The bits of a rank."""
    return (comb(alphabet, size) - 1).bit_length()


def rank_of(members: Sequence[int], alphabet: int) -> int:
    """The rank of a set with ascending members. All sets before it have a smaller first difference."""
    size = len(members)
    behind = sum(comb(alphabet - 1 - member, size - place) for place, member in enumerate(members))
    return comb(alphabet, size) - 1 - behind


def set_of(rank: int, size: int, alphabet: int) -> list[int]:
    """The set of a rank, which is less than the number of sets."""
    behind = comb(alphabet, size) - 1 - rank
    members = []
    most = alphabet - 1  # of alphabet - 1 - member
    for count in range(size, 0, -1):
        place = _largest(behind, count, most)
        behind -= comb(place, count)
        members.append(alphabet - 1 - place)
        most = place - 1
    return members


def _largest(value: int, count: int, most: int) -> int:
    """The largest number up to `most` of which no more than `value` sets of `count` can be chosen."""
    low = count - 1
    while low < most:
        middle = (low + most + 1) // 2
        if comb(middle, count) <= value:
            low = middle
        else:
            most = middle - 1
    return low
