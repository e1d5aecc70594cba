"""Codes under frequencies that are counted while the array is coded (clause 12.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from misc_format.coders.image.codes import Values, Walk, codes_coder
from misc_format.structure.steps import codes

if TYPE_CHECKING:
    from misc_format.entropy.stepcoder import Coder as StepCoder


def _walk() -> Walk:
    from misc_format.coders.image.arrays import adaptive

    def walk(coder: StepCoder, values: Values, alphabet: int) -> bool:
        return adaptive.walk(coder, values.reshape(-1), alphabet)

    return walk


CODER = codes_coder(_walk, codeword=codes("adaptive"))
