"""A description by a model: asked for, checked, asked for again, and finally cut to the limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, Protocol

from PIL import Image

from misc_format.components import Text
from reference_codec.errors import ModelError
from reference_codec.text import replies
from reference_codec.text.prompts import ASK_AGAIN, Task

ATTEMPTS: Final = 3
MAX_QUOTED: Final = 200  # characters of a reply in a message
NOTE_NO_ITEMS: Final = "{0} only writes captions and names no items: the text is a caption alone."


class Turn(NamedTuple):
    """One message of a conversation. The picture goes with the first one."""

    role: Literal["user", "assistant"]
    text: str


class Answerer(Protocol):
    """A model that answers questions about a picture, or one that writes a caption whatever it is asked (`captions_only`).

    `str()` names the model for the user.
    """

    @property
    def captions_only(self) -> bool:
        """Whether the model ignores questions."""

    def answer(self, picture: Image.Image, turns: Sequence[Turn]) -> str:
        """The assistant's next message. Raises `ModelError`."""


def describe(model: Answerer, picture: Image.Image, task: Task) -> tuple[Text, tuple[str, ...]]:
    """The text for a picture (RGB), and notes for the user. Raises `ModelError` if no reply has the layout of the task."""
    if model.captions_only:
        caption = replies.parse(model.answer(picture, ()), task._replace(items=0))
        text, notes = replies.trim(caption, task)
        return text, (*([NOTE_NO_ITEMS.format(model)] if task.items else []), *notes)
    turns = [Turn("user", task.prompt)]
    last_parsed: Text | None = None
    reply = fault = ""
    for _ in range(ATTEMPTS):
        reply = model.answer(picture, turns)
        try:
            last_parsed = replies.parse(reply, task)
            fault = "; ".join(replies.faults(last_parsed, task))
        except replies.ReplyError as error:
            fault = str(error)
        if not fault:
            break
        turns += [Turn("assistant", reply), Turn("user", ASK_AGAIN.format(fault=fault))]
    if last_parsed is None:
        raise ModelError(
            f"{model}: no answer in {ATTEMPTS} attempts has the layout that was asked for: {fault}. The last answer: {reply[:MAX_QUOTED]!r}"
        )
    return replies.trim(last_parsed, task)
