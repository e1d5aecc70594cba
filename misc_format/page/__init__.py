"""The HTML page of `.misc` files: the inspector, which reads them in the browser, and the page of one file.

Rule 1. The page is one self-contained document. It loads nothing.
Rule 2. A file is hostile. Its bytes and texts are data to the script, never markup, and the content security policy of the page allows only
the page's own script.
Rule 3. Both are one page. That of one file has the file inside, and what the package alone can say of it: content that takes a model, and
all broken rules.
"""

from __future__ import annotations

from typing import Any

from misc_format.document import Source
from misc_format.formatdata import document
from misc_format.page.templating import environment

# The scripts in the order of the page. Those of the reader know nothing of the format but what `misc_format.formatdata` says.
READER = ("reader.js", "maps.js", "arrays.js", "mixing.js")
SHOWING = ("treemap.js", "content.js", "inspector.js")


def inspector() -> str:
    """The page without a file. It is the same wherever it is made, and changes only with the format and the templates."""
    return _rendered(None)


def page(source: Source, name: str) -> str:
    """The page of a file. `name`: its title. A file that breaks rules has a page, too, which says which.

    Raises `OSError` for a path that cannot be read.
    """
    from misc_format.page.view import view

    return _rendered(view(source, name))


def _rendered(given: dict[str, Any] | None) -> str:
    templates = environment(__name__)
    reader, showing = (
        "\n".join(templates.get_template(name).render() for name in names) for names in (READER, SHOWING)
    )
    return templates.get_template("inspector.html.j2").render(
        format=document(), given=given, reader=reader, showing=showing
    )
