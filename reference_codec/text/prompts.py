"""What a model is asked for each profile, and how long its answer may be.

The aspects and lengths are those of MISC (section III-B), SEDIC (section III-A) and CMC-Bench (appendix A.4); the wording is this
project's. One question asks for names, details and the overall text, and one answer gives all of them in MISC's published layout: a line
of names, a line for each detail, a line for the whole.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from misc_format.profiles import PROFILES
from reference_codec.errors import ChoiceError


class Script(NamedTuple):
    """The question of a profile.

    `items`: how many items to name. `name_words`, `detail_words`: how many words a name and a detail may have at most. `overall_words`:
    how many words the overall text is to have. `about`: whether the overall text may exceed that by a fifth, as the profile allows.
    `detail`: what a detail is to describe. `aspects`: what the overall text is to consider, each with the length from which on.
    """

    items: int
    name_words: int
    detail_words: int
    overall_words: int
    about: bool
    detail: str
    aspects: tuple[tuple[int, str], ...]


class Task(NamedTuple):
    """A question, the number of items that it asks for, and the maximum number of words of each field."""

    prompt: str
    items: int
    name_words: int
    detail_words: int
    overall_words: int


_MISC: Final = Script(
    3, 3, 10, 50, True, "its shape, colour, status or other attributes",
    ((0, "resolution"), (0, "caption"), (0, "semantics of the regions"), (0, "dense caption")),
)  # fmt: skip
_SEDIC: Final = Script(
    3, 3, 30, 50, False, "its shape, colour and texture", ((0, "resolution"), (0, "content"), (0, "style"))
)
_CMC: Final = Script(
    0, 0, 0, 20, True, "",
    ((10, "light"), (10, "colour"), (20, "clarity"), (30, "dense caption"), (40, "semantics of the regions")),
)  # fmt: skip
SCRIPTS: Final = {
    "free": _MISC,
    "misc-1": _MISC,
    "misc-2": _MISC,
    "misc-3": _MISC._replace(items=0),
    "sedic": _SEDIC,
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
ASK_AGAIN: Final = "That does not fit: {fault}. Answer again, the whole of it, in the same layout."


def task(profile: str, items: int | None = None, words: int | None = None, detail_words: int | None = None) -> Task:
    """The question for a profile. `items`, `words` (of the overall text) and `detail_words` replace the script's.

    Raises `ChoiceError` for a profile without text, or for more than the profile allows.
    """
    if profile not in SCRIPTS:
        raise ChoiceError(f"profile {profile} has no text to ask for")
    script = SCRIPTS[profile]
    script = script._replace(
        items=script.items if items is None else items,
        overall_words=script.overall_words if words is None else words,
        detail_words=script.detail_words if detail_words is None else detail_words,
    )
    _require_allowed(profile, script)
    return Task(_prompt(script), script.items, script.name_words, script.detail_words, _max_words(profile, script))


def _require_allowed(profile: str, script: Script) -> None:
    """Raise `ChoiceError` if the script asks for more than the profile allows."""
    limits = PROFILES.get(profile)
    if limits is None:
        return
    for what, asked, limit in (
        ("items", script.items, limits.max_items),
        ("words in a detail", script.detail_words, limits.detail_words),
        ("words in the overall text", script.overall_words, limits.overall_words),
    ):
        if limit is not None and asked > limit:
            raise ChoiceError(f"profile {profile} allows at most {limit} {what}, not {asked}")


def _max_words(profile: str, script: Script) -> int:
    """How many words the overall text may have."""
    words = script.overall_words
    limits = PROFILES.get(profile)
    profile_limit = limits.overall_words if limits else None
    return min(words + words // 5 if script.about else words, profile_limit or 2 * words)


def _prompt(script: Script) -> str:
    aspects = ", ".join(aspect for min_words, aspect in script.aspects if script.overall_words >= min_words)
    whole = PARAGRAPH.format(
        length="about" if script.about else "at most",
        words=script.overall_words,
        aspects=f"; consider {aspects}" if aspects else "",
    )
    if not script.items:
        return WHOLE.format(whole=whole)
    return ITEMS.format(lines=script.items + 2, whole=whole, **script._asdict())
