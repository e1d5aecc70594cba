"""Codes under a model that adapts to the codes around each (clause 12.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from misc_format.coders.image.arrayfields import planes
from misc_format.coders.image.codes import Values, Walk, codes_coder
from misc_format.structure.steps import codes

if TYPE_CHECKING:
    from misc_format.entropy.stepcoder import Coder as StepCoder


def _walk() -> Walk:
    from misc_format.coders.image.arrays import context

    def walk(coder: StepCoder, values: Values, alphabet: int) -> bool:
        return context.walk(coder, planes(values), alphabet)

    return walk


CODER = codes_coder(_walk, counts_information=False, codeword=codes("context"))
