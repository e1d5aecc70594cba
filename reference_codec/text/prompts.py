"""What a model is asked, profile by profile, as data; and how many words it may answer.

The aspects and lengths are those of MISC (section III-B), SEDIC (section III-A) and CMC-Bench (appendix A.4); the wording is ours. Names,
details and overall text are asked for in one question and answered in one layout, the published one of MISC: a line of names, a line
for each detail, a line for the whole.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from misc_format.profiles import PROFILES
from reference_codec.models.sources import ChoiceError


class Script(NamedTuple):
    """A profile's question. `words`: of a name and a detail at most, of the overall text as asked for. `about`: models may overshoot the
    overall text by a fifth, as in the profiles, in place of at most. `aspects` of a detail, and of the whole from how many words on."""

    items: int
    words: tuple[int, int, int]
    about: bool
    detail: str
    overall: tuple[tuple[int, str], ...]


class Task(NamedTuple):
    """What is asked now: the question, and the most words of each field that the file takes."""

    prompt: str
    items: int
    name_words: int
    detail_words: int
    overall_words: int


_MISC_WHOLE: Final = ((0, "resolution"), (0, "caption"), (0, "semantics of the regions"), (0, "dense caption"))
_MISC: Final = Script(3, (3, 10, 50), True, "its shape, colour, status or other attributes", _MISC_WHOLE)
_CMC: Final = Script(
    0,
    (0, 0, 20),
    True,
    "",
    ((10, "light"), (10, "colour"), (20, "clarity"), (50, "dense caption"), (50, "semantics of the regions")),
)
SCRIPTS: Final = {
    "free": _MISC,
    "misc-1": _MISC,
    "misc-2": _MISC,
    "misc-3": _MISC._replace(items=0),
    "sedic": Script(
        3, (3, 30, 50), False, "its shape, colour and texture", ((0, "resolution"), (0, "content"), (0, "style"))
    ),
    "cmc-text": _CMC,
    "cmc-pixel": _CMC,
    "cmc-full": _CMC,
}

ITEMS: Final = """Look at this picture. Name its {items} most important items, then describe each, then the whole picture.
Answer in exactly {lines} lines of plain text, without numbers, labels or empty lines:
- first line: the {items} names, separated by commas, with a full stop at the end; a name has at most {name_words} words;
- then one line for each item, in the same order: {detail}; at most {detail_words} words;
- last line: {whole}"""
WHOLE: Final = "Describe this picture: {whole}\nAnswer with the paragraph alone."
PARAGRAPH: Final = "one informative and natural paragraph of {length} {words} words{aspects}."
AGAIN: Final = "That does not fit: {fault}. Answer again, the whole of it, in the same layout."


def task(profile: str, items: int | None = None, words: int | None = None, detail_words: int | None = None) -> Task:
    """The question for a profile. `items`, `words` (of the overall text) and `detail_words` replace the script's.

    Raises `ChoiceError` for a profile without text, or for more than it allows.
    """
    if profile not in SCRIPTS:
        raise ChoiceError(f"profile {profile} has no text to ask for")
    script = SCRIPTS[profile]
    count = script.items if items is None else items
    overall = script.words[2] if words is None else words
    detail = script.words[1] if detail_words is None else detail_words
    rules = PROFILES.get(profile)
    for what, asked, most in (
        ("items", count, rules and rules.max_items),
        ("words in a detail", detail, rules and rules.detail_words),
        ("words in the overall text", overall, rules and rules.overall_words),
    ):
        if most is not None and asked > most:
            raise ChoiceError(f"profile {profile} allows at most {most} {what}, not {asked}")
    allowed = min(overall + overall // 5 if script.about else overall, (rules and rules.overall_words) or overall * 2)
    aspects = ", ".join(aspect for least, aspect in script.overall if overall >= least)
    whole = PARAGRAPH.format(
        length="about" if script.about else "at most", words=overall, aspects=f"; consider {aspects}" if aspects else ""
    )
    fields = {"name_words": script.words[0], "detail": script.detail, "detail_words": detail, "whole": whole}
    prompt = ITEMS.format(items=count, lines=count + 2, **fields) if count else WHOLE.format(whole=whole)
    return Task(prompt, count, script.words[0], detail, allowed)
