"""The HTML page of one file: its bytes and fields, its text, maps and picture, and its bit account.

Rule 1. The page is one self-contained document. It loads nothing.
Rule 2. A file is hostile. Everything from it is escaped, and the content security policy of the page allows only the page's own script.
Rule 3. The page shows figures, fields and texts without the script. The script adds the hexdump and links fields to their bytes.
"""

from __future__ import annotations

from misc_format.document import Source
from misc_format.page.templating import environment
from misc_format.page.view import file_view


def page(source: Source, name: str) -> str:
    """The page of a file as HTML. `name`: its title. Raises `MiscError` if the file does not conform."""
    templates = environment(__name__)
    script = templates.get_template("page.js").render()
    return templates.get_template("page.html.j2").render(view=file_view(source, name), script=script)
