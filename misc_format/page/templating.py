"""The Jinja2 environment of the HTML pages. A template renders a typed view.

Rule. The environment escapes every string that a template prints and writes invisible characters as escapes. Markup comes only
from templates and from `markupsafe.Markup`. A `Markup` never contains text of a file or a user.
"""

from __future__ import annotations

from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined


@cache
def environment(package: str) -> Environment:
    """The environment for the `templates` folder of a package. It also finds the templates of this package."""
    templates = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader(__package__)]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"number": number, "percent": percent}
    templates.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    return templates


def visible(value: object) -> object:
    """A string with its invisible characters written as escapes, so that they cannot reorder or hide text.

    These are control characters, bidirectional overrides, lone surrogates and white space other than the space. Markup and values of
    other types are returned unchanged.
    """
    if not isinstance(value, str) or hasattr(value, "__html__") or value.isprintable():
        return value
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in value
    )


def number(value: float, places: int = 0) -> str:
    """Decimal digits with commas between thousands."""
    return f"{value:,}" if isinstance(value, int) and not places else f"{value:,.{places}f}"


def percent(fraction: float, places: int = 1) -> str:
    """A fraction in percent."""
    return f"{fraction:.{places}%}"
