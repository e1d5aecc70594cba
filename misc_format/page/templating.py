"""The Jinja2 environment of the HTML pages. A template renders a typed view.

Rule. The environment escapes every string that a template prints and writes invisible characters as escapes. Markup comes only
from templates and from `markupsafe.Markup`. A `Markup` never contains text of a file or a user.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from misc_format.system.text import visible


@cache
def environment(package: str) -> Environment:
    """The environment for the `templates` folder of a package. It also finds the templates of this package."""
    templates = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader(__package__)]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"number": number, "percent": percent}
    templates.globals["policy"] = policy
    templates.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    return templates


def policy(*scripts: str, connect: str = "") -> str:
    """The content security policy of every page: it loads and sends nothing, and runs these inline scripts and no other.

    `connect`: where its scripts may read from; empty: nowhere.
    """
    allowed = " ".join(map(_source, scripts)) or "'none'"
    return (
        f"default-src 'none'; img-src data:; {f'connect-src {connect}; ' if connect else ''}style-src 'unsafe-inline'; "
        f"script-src {allowed}; base-uri 'none'; form-action 'none'"
    )


def _source(script: str) -> str:
    """The source expression that allows one script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def finalize(value: object) -> object:
    """A string with its invisible characters as escapes. Markup and values of other types are returned unchanged."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def number(value: float, places: int = 0) -> str:
    """Decimal digits with commas between thousands."""
    return f"{value:,}" if isinstance(value, int) and not places else f"{value:,.{places}f}"


def percent(fraction: float, places: int = 1) -> str:
    """A fraction in percent."""
    return f"{fraction:.{places}%}"
