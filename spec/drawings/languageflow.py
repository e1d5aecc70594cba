"""How a token of text is decoded under the language model (clauses 6.4 to 6.9), with the numbers of the shipped model."""

from __future__ import annotations

import re
from pathlib import Path

from misc_format.coders.text import language
from misc_format.coders.text.languagemodel import constants, model
from misc_format.tables import load_bytes

from .canvas import drawing, path, rectangle, text

SPECIFICATION = Path(__file__).parents[1] / "misc-bitstream.md"
WIDE, TALL, GAP = 330, 54, 26
SIDE = 250  # of the boxes at the right


def clause(title: str) -> str:
    """The number of the clause with a title."""
    [number] = re.findall(rf"^#+ ([\d.]+) {re.escape(title)}$", SPECIFICATION.read_text(encoding="utf-8"), re.MULTILINE)
    return str(number)


def steps() -> list[tuple[str, str, str]]:
    """The steps: what each is, the title of its clause, and its numbers."""
    shape = model.Model.parse(load_bytes(language.MODEL)).shape
    total = f"2^{constants.TOTAL_BITS}"
    return [
        ("the token before this one", "Tokens", f"one of {shape.vocabulary:,}; END before the first"),
        ("network", "Network", f"{shape.layers} layers of {shape.hidden}: a product for each token"),
        ("network frequencies n", "Network frequencies", f"each at least 1, together at most {total}"),
        (
            "mix with the byte expert: m",
            "Byte expert and match model",
            f"trust: at first {constants.FIRST_TRUST:,} of 2^{constants.TRUST_BITS}",
        ),
        (
            "mix with the match model: f",
            "Byte expert and match model",
            f"contexts of 1 to {constants.MAX_LENGTH} tokens; sum {total}",
        ),
        ("range coder", "Range coder", "the codeword gives the token"),
    ]


def language_drawing() -> str:
    """The steps from the top down, and what the token that came teaches."""
    found = steps()
    body: list[str] = []
    for index, (name, title, numbers) in enumerate(found):
        y = index * (TALL + GAP)
        mixing = title.startswith("Byte")
        body.append(
            rectangle(0, y, WIDE, TALL, "amber" if mixing else "teal" if index == len(found) - 1 else "blue", 5)
        )
        body.append(text(WIDE / 2, y + 19, f"{name} (clause {clause(title)})"))
        body.append(text(WIDE / 2, y + 38, numbers, "small"))
        if index + 1 < len(found):
            body.append(path(f"M{WIDE / 2:g} {y + TALL}V{y + TALL + GAP - 1}", "arrow"))
    body += _learning(len(found))
    said = "; then ".join(f"{name} (clause {clause(title)}): {numbers}" for name, title, numbers in found)
    height = len(found) * (TALL + GAP) - GAP
    return drawing(
        "From one token to the next",
        f"{said}. The token then trains the byte expert and the match model, and is the next input.",
        WIDE + 60 + SIDE,
        height,
        body,
    )


def _learning(number: int) -> list[str]:
    """The token that came, at the right of the last box, and where it goes."""
    x, last = WIDE + 60, (number - 1) * (TALL + GAP)
    middle = last + TALL / 2
    spine = x + SIDE / 2
    body = [path(f"M{WIDE} {middle:g}H{x - 1}", "arrow"), rectangle(x, last, SIDE, TALL, "", 5)]
    body += [text(spine, last + 19, "the token"), text(spine, last + 38, "ends the text if it is END", "small")]
    body.append(path(f"M{spine:g} {last}V{TALL / 2:g}H{WIDE + 1}", "arrow"))
    body.append(text(spine + 8, TALL / 2 + 16, "the next input", "left small"))
    for order, words in ((3, "moves the trust"), (4, "joins the history")):
        y = order * (TALL + GAP) + TALL / 2
        body += [path(f"M{spine:g} {y:g}H{WIDE + 1}", "arrow"), text(spine + 8, y, words, "left small")]
    return body
