"""The inspector: one HTML page that reads `.misc` files in the browser, without a server and without this package.

Its script knows nothing of the format but what `misc_format.formatdata` says. The page has that document inside, and loads nothing.
"""

from __future__ import annotations

from misc_format.formatdata import document
from misc_format.page.templating import environment

READER, SCRIPT = ("reader.js", "maps.js"), "inspector.js"  # in the order of the page; the first two are one script


def inspector() -> str:
    """The page as HTML. It is the same wherever it is made, and changes only with the format and the templates."""
    templates = environment(__package__)
    reader = "\n".join(templates.get_template(name).render() for name in READER)
    script = templates.get_template(SCRIPT).render()
    return templates.get_template("inspector.html.j2").render(format=document(), reader=reader, script=script)
