"""Describers: what is in the picture, in words?

A describer gives the text of a MISC file: one overall description of at most about 50 words, and for each item a name of at most 3 words
and a detail of at most 10. The embedded describer (`embedded`) names what the detector that ships has found, and else says only
what it measures. The others ask a model: `prompts` says what, `ask` asks until the reply fits, `replies` reads it; `endpoint` and `local`
are the models that can be asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reference_codec.models.sources import Runtime, named

if TYPE_CHECKING:
    from reference_codec.text.ask import Answerer

#: Name, and the model where none is named.
DESCRIBERS: Final = {"embedded": "", "endpoint": "gpt-4o", "local": "Qwen/Qwen2.5-VL-7B-Instruct"}


def load(choice: str, runtime: Runtime, base_url: str | None = None) -> Answerer:
    """The describer of `NAME` or `NAME=MODEL`, other than the embedded one. Raises `ChoiceError`, `ModelError`."""
    name, model = named(choice, DESCRIBERS, "describer")
    if name == "endpoint":
        from reference_codec.text.endpoint import Endpoint

        return Endpoint(model, base_url)
    from reference_codec.text import local

    return local.load(model, runtime)
