"""Files of CompressAI's examples/codec.py: the model by its place in the library's list, the size, and the strings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misc_format.codecs import layout
from misc_format.codecs.faults import content_fault, source_fault
from misc_format.codecs.forms import single
from misc_format.codecs.layout import Field, Fixed, Layout, Number, prefixed
from misc_format.codecs.rows import Fields, Form
from misc_format.registry import ARCHITECTURE_BY_NAME, METRICS

# In the order of the library's list of models, as far as it is the same in all releases.
MODELS = (
    "bmshj2018-factorized",
    "bmshj2018-hyperprior",
    "mbt2018-mean",
    "mbt2018",
    "cheng2020-anchor",
    "cheng2020-attn",
)
DEPTH = Fixed("bit depth", "B", 8)
BODY_SHAPE = (Number("rows", least=1), Number("columns", least=1))


def form(name: str, files: str, extra: tuple[Field, ...]) -> Form:
    """A form of the file. `extra`: the fields that its generation has behind the size."""
    head = (
        Number("model", "B"),
        Number("code", "B"),
        Number("height", least=1),
        Number("width", least=1),
        *extra,
        *BODY_SHAPE,
    )
    tables = {
        1: Layout(">", (*head, Fixed("number of strings", "I", 1), *prefixed("y"))),
        2: Layout(">", (*head, Fixed("number of strings", "I", 2), *prefixed("y"), *prefixed("z"))),
    }

    def read(data: bytes, path: str, settings: Mapping[str, Any]) -> Fields:
        if not data or data[0] >= len(MODELS):
            known = ", ".join(MODELS)
            raise source_fault(f"the first byte is no model of {known}; video and later models are not read", path)
        architecture = ARCHITECTURE_BY_NAME[MODELS[data[0]]]
        values = layout.read(tables[architecture.strings], data, path)
        metric, quality = values["code"] >> 4, (values["code"] & 15) + 1
        if metric >= len(METRICS) or quality > 8:
            raise source_fault(f"byte 1 is {values['code']}, no metric with a quality of 1 to 8", path)
        strings = tuple(values[name] for name in "yz"[: architecture.strings])
        named = {
            "architecture": architecture.name,
            "metric": METRICS[metric].name,
            "quality": quality,
            "strings": strings,
        }
        return named | {name: values[name] for name in ("width", "height", "rows", "columns")}

    def write(fields: Mapping[str, Any]) -> bytes:
        if fields["architecture"] not in MODELS:
            raise content_fault(
                f"{fields['architecture']} is not in the library's list of models", "image/architecture"
            )
        metric = next(row.id for row in METRICS if row.name == fields["metric"])
        numbers = {"model": MODELS.index(fields["architecture"]), "code": metric << 4 | fields["quality"] - 1}
        strings = dict(zip("yz", fields["strings"], strict=False))
        return layout.write(tables[len(strings)], {**fields, **numbers, **strings})

    return single(name, ".bin", files, ("architecture", "strings"), read, write)
