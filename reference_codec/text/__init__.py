"""Describers: the text of a bitstream, from a picture.

The text is an overall description of about 50 words, and for each item a name of at most 3 words and a detail of at most 10. The embedded
describer (`embedded`) names the objects that the shipped detector has found, and describes what it can measure. The others ask a model:
`prompts` holds the questions, `ask` asks until a reply fits, `replies` parses replies, and `endpoint` and `local` are the models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reference_codec.models import choice
from reference_codec.models.runtime import Runtime
from reference_codec.text import benchmark

if TYPE_CHECKING:
    from reference_codec.text.ask import Answerer

EMBEDDED: Final = "embedded"
#: The describers, and the model that each asks unless the user names another.
DESCRIBERS: Final = {EMBEDDED: "", "endpoint": "gpt-4o", "local": "Qwen/Qwen2.5-VL-7B-Instruct"}


def load(describer: str, runtime: Runtime, base_url: str | None = None) -> Answerer:
    """The model of a describer `NAME` or `NAME=MODEL` other than the embedded one. `base_url`: the address for describer endpoint.

    `describer` may also name one of CMC-Bench's. Raises `ChoiceError` for an unknown name, `ModelError` for a model that cannot be loaded.
    """
    name, model = choice.parse(benchmark.resolve(describer), DESCRIBERS, "describer")
    if name == "endpoint":
        from reference_codec.text.endpoint import Endpoint

        return Endpoint(model, base_url)
    from reference_codec.text import local

    return local.load(model, runtime)
