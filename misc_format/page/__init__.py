"""One file as one HTML page: its bytes and fields, its text, maps and picture, and where its bits go.

Rule 1. The page needs nothing outside itself: it works from a folder, from a mail, and in a hundred years.
Rule 2. A file is hostile: all that comes from it is escaped, and the page's content security policy runs no script but its own.
Rule 3. Figures, fields and texts are in the page itself. The script adds the hexdump and links fields with their bytes.
"""

from __future__ import annotations

import base64
import hashlib

from misc_format.accounting import Source
from misc_format.page.templating import environment
from misc_format.page.view import file_view


def page(source: Source, name: str) -> str:
    """The page of a file as HTML. Raises `MiscError` if the file does not conform."""
    templates = environment(__name__)
    script = templates.get_template("page.js").render()
    return templates.get_template("page.html.j2").render(view=file_view(source, name), script_digest=_digest(script))


def _digest(script: str) -> str:
    """The source expression by which a content security policy allows one script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
