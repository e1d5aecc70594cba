"""How users choose among models: `NAME`, or `NAME=MODEL` for another model than the usual one."""

from __future__ import annotations

from collections.abc import Mapping

from reference_codec.errors import ChoiceError


def parse(choice: str, usual_models: Mapping[str, str], what: str) -> tuple[str, str]:
    """The name and the model of a choice. `usual_models`: the model of each name where the choice gives none.

    Raises `ChoiceError` for an unknown name; `what` says in its message what the name stands for, such as "describer".
    """
    name, _, model = choice.partition("=")
    if name not in usual_models:
        raise ChoiceError(f"there is no {what} {name!r}; there are {', '.join(usual_models)}")
    return name, model or usual_models[name]
