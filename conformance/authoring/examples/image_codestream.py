"""Clause 11.3: an AV1 codestream, restored by its template."""

from __future__ import annotations

from collections.abc import Sequence

from misc_format import Codestream, Stream, write

from ...plain.bits import Size
from ...plain.codestream import UNIT_KINDS, resolve_steps, restored_parts, unit, unit_bits
from ...plain.codestream import tables as templates
from ...suite import CODESTREAMS
from .form import Example, Table, Values, payload_of

NAME, WIDTH, HEIGHT, REDUCTION = "av1-third.obu", 131, 75, 3


def trace() -> Values:
    """Every step of the template."""
    content = Codestream("av1", (CODESTREAMS / NAME).read_bytes(), REDUCTION)
    file = write(Stream(WIDTH, HEIGHT, image=content, methods={"image": "codestream"}))
    payload = payload_of(file, "image")
    reduction, number = payload.u(2, "image/reduction_minus_1") + 1, payload.u(6, "image/template")
    start = payload.position
    stored = payload.rest()
    size = Size(-(-WIDTH // reduction), -(-HEIGHT // reduction))
    format_name, words = templates().templates[number]
    written = _written(words, format_name, size)
    steps: list[Values] = []
    taken = 0  # stored bytes
    parts = restored_parts(resolve_steps(format_name, words, size), stored, start)
    for step, part in zip(written, parts, strict=True):
        steps.append({**step, "stored_bytes": part.position // 8 - taken, "appended": part.appended.hex()})
        taken = part.position // 8
    return {
        "clause": "11.3", "file": file.hex(), "reduction": reduction, "template": number, "format": format_name,
        "reduced": list(size), "stored": stored.hex(), "steps": steps, "codestream": content.data.hex(),
    }  # fmt: skip


def _written(words: Sequence[Sequence[str]], format_name: str, size: Size) -> list[Values]:
    """The steps as the table has them, those of a unit in one, with the bits of each."""
    steps: list[Values] = []
    following = iter(words)
    for step in following:
        if step[0] not in UNIT_KINDS:
            steps.append({"step": " ".join(step)})
            continue
        inner = list(iter(lambda: next(following), ["end"]))
        bits = [{"step": " ".join(part), "bits": unit_bits(part, format_name, size)} for part in inner]
        assert unit(step[0], "".join(part["bits"] for part in bits))
        steps.append({"step": step[0], "unit": bits})
    return steps


def tables(trace: Values) -> list[Table]:
    """All steps."""
    body = []
    for step in trace["steps"]:
        body.append((f"`{step['step']}`", step["stored_bytes"], "", f"`{step['appended']}`"))
        body += [(f"&emsp;`{part['step']}`", "", f"`{part['bits']}`", "") for part in step.get("unit", [])]
    columns, rows = trace["reduced"]
    caption = (
        f"The template is {trace['template']}; the reduced picture has {columns} x {rows} pixels. The stored bytes are "
        f"`{trace['stored']}`, the codestream is `{trace['codestream']}`."
    )
    return [Table(caption, ("step", "stored bytes", "bits", "appends"), body)]


EXAMPLE = Example(trace, tables)
