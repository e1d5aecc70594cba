"""The report of an evaluation as one HTML page: means, curves, delta rates, and a contact sheet of crops.

It needs nothing outside itself, and whatever text is in its results stays text: see `misc_format.page.templating`.
"""

from __future__ import annotations

from misc_format.page.templating import environment
from reference_codec.evaluation.results import Results
from reference_codec.evaluation.view import evaluation_view, figure


def page(results: Results, title: str) -> str:
    """The page as HTML."""
    template = environment("reference_codec.evaluation").get_template("report.html.j2")
    return template.render(view=evaluation_view(results, title), figure=figure)
