"""A description from a model: asked, checked, asked again, and cut at a word if nothing else helps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, Protocol

from PIL import Image

from misc_format.components import Text
from reference_codec.models.sources import ModelError
from reference_codec.text import replies
from reference_codec.text.prompts import AGAIN, Task

ATTEMPTS: Final = 3
SHOWN: Final = 200  # characters of a reply in a message
NO_ITEMS: Final = "{0} only writes captions and names no items: the text is a caption alone."


class Turn(NamedTuple):
    """A part of a conversation; the picture goes with the first one."""

    role: Literal["user", "assistant"]
    text: str


class Answerer(Protocol):
    """A model that answers questions about a picture, or captions it whatever it is asked (`captions_only`).

    `str()` of it names it for the user.
    """

    @property
    def captions_only(self) -> bool:
        """Whether questions are in vain."""

    def answer(self, picture: Image.Image, turns: Sequence[Turn]) -> str:
        """The next turn of the assistant; raises `ModelError`."""


def describe(model: Answerer, picture: Image.Image, task: Task) -> tuple[Text, tuple[str, ...]]:
    """The text for a picture (RGB), and notes for the user. Raises `ModelError` if no reply has the layout."""
    if model.captions_only:
        caption = replies.parse(model.answer(picture, ()), task._replace(items=0))
        text, notes = replies.trim(caption, task)
        return text, (*([NO_ITEMS.format(model)] if task.items else []), *notes)
    turns = [Turn("user", task.prompt)]
    best: Text | None = None
    reply = fault = ""
    for _ in range(ATTEMPTS):
        reply = model.answer(picture, turns)
        try:
            best = replies.parse(reply, task)
            fault = "; ".join(replies.faults(best, task))
        except replies.ReplyError as error:
            fault = str(error)
        if not fault:
            break
        turns += [Turn("assistant", reply), Turn("user", AGAIN.format(fault=fault))]
    if best is None:
        raise ModelError(
            f"{model}: no answer in {ATTEMPTS} has the layout asked for: {fault}. The last one: {reply[:SHOWN]!r}"
        )
    return replies.trim(best, task)
