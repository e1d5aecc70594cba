"""Jinja2 as the HTML pages use it: a template renders a typed view, and hostile text stays text.

Rule. Every string that a template prints is escaped, and characters that cannot be seen are written out; a template cannot forget
either. Markup comes from templates and from the type Markup of markupsafe; no Markup holds text from outside.
"""

from __future__ import annotations

from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined


@cache
def environment(package: str) -> Environment:
    """The environment of a package's `templates` folder, with those of this package beside it."""
    made = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader(__package__)]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"number": number, "percent": percent}
    made.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    return made


def visible(value: object) -> object:
    """A string with characters that cannot be seen written as escapes, so that they reorder or hide nothing.

    These are control characters, bidirectional overrides, lone surrogates and white space other than the space. Markup and other
    values stay as they are.
    """
    if not isinstance(value, str) or hasattr(value, "__html__") or value.isprintable():
        return value
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in value)


def number(value: float, places: int = 0) -> str:
    """Decimal digits with commas between thousands."""
    return f"{value:,}" if isinstance(value, int) and not places else f"{value:,.{places}f}"


def percent(share: float, places: int = 1) -> str:
    """A share of 1 in percent."""
    return f"{share:.{places}%}"
