"""Codes that are all equally likely (clause 12.3): log2 of the alphabet for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from misc_format.coders.image.codes import Values, Walk, codes_coder
from misc_format.structure.steps import codes

if TYPE_CHECKING:
    from misc_format.entropy.stepcoder import Coder as StepCoder


def _walk() -> Walk:
    from misc_format.coders.image.arrays import uniform

    def walk(coder: StepCoder, values: Values, alphabet: int) -> bool:
        return uniform.walk(coder, values.reshape(-1), alphabet)

    return walk


CODER = codes_coder(_walk, "MAX_ALPHABET", codeword=codes("uniform"))
