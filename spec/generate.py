"""Fill the generated blocks of the specification from the declarations of the code, copy the normative tables and the registry beside it,
write its examples, the format as data, the descriptions made of it and the inspector, and draw docs/.

    python spec/generate.py            rewrite what differs
    python spec/generate.py --check    say what differs, exit 1 if anything does

A block lies between `<!-- generated: NAME ARGUMENT -->` and `<!-- end -->`; NAME is a function in BLOCKS.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from describing import DESCRIPTIONS
from drawings import drawings
from misc_conformance.authoring import users_files
from misc_conformance.authoring.examples import EXAMPLES
from misc_conformance.authoring.examples.form import text as example_text
from misc_conformance.suite import FOLDER

from misc_format import accounting, formatdata, limits, profiles, registry, rules
from misc_format.coders import folderform
from misc_format.coders.image import (
    bpg,
    codetables,
    statedsize,
)
from misc_format.coders.image import (
    grid as image_grid,
)
from misc_format.coders.image import (
    latents as image_latents,
)
from misc_format.coders.image import (
    templates as codestreamtemplates,
)
from misc_format.coders.image.formats import FORMATS
from misc_format.coders.image.gridmodel import context
from misc_format.coders.image.gridmodel import model as gridmodel
from misc_format.coders.image.latentmodel import model as latentmodel
from misc_format.coders.image.latentmodel.passes import BASE, BESIDE, BETWEEN, PASSES
from misc_format.coders.maps import context as maps_context
from misc_format.coders.maps import jbig2region
from misc_format.coders.maps import sizes as mapsizes
from misc_format.coders.maps.mapmodel import coarse, fine
from misc_format.coders.maps.mapmodel import model as mapmodel
from misc_format.coders.text import fields as textfields
from misc_format.coders.text import (
    huffman as text_huffman,
)
from misc_format.coders.text import (
    language as text_language,
)
from misc_format.coders.text.languagemodel import constants, model
from misc_format.entropy import mq
from misc_format.folder import manifest
from misc_format.page import inspector
from misc_format.structure import grammar
from misc_format.system.text import as_json
from misc_format.tables import DIGESTS, load_bytes
from misc_format.tables.arrayfile import Form, Group
from misc_format.validation import verdicts
from reference_codec.decoders import benchmark, recipes
from reference_codec.decoders.parameters import PARAMETERS, Parameters, Recipe, parameters
from reference_codec.evaluation.datasets import DATASETS
from reference_codec.text import benchmark as describing

HERE = Path(__file__).parent
DOCUMENT = HERE / "misc-bitstream.md"
PAGES = (DOCUMENT, *(HERE.parent / "docs" / f"{name}.md" for name in ("decoders", "evaluation", "systems")))
DEMO = HERE.parent / "examples" / "coffee.misc"
BLOCK = re.compile(r"(<!-- generated: ([\w-]+)(?: ([\w.-]+))? -->\n).*?(<!-- end -->)", re.DOTALL)
REQUIREMENTS = (*rules.RULES.values(), *rules.DUTIES.values())
SYNTAXES = {table.name: table for table in formatdata.syntaxes.every()}


def rows(head: Sequence[str], body: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def syntax(name: str) -> str:
    declared = SYNTAXES[name]
    body = [
        (_indented(text), f"`{descriptor}`" if descriptor else "", meaning)
        for text, descriptor, meaning in grammar.table(declared)
    ]
    parameters = "".join(f"\n`{value}`: {meaning}.\n" for value, meaning in declared.parameters)
    return rows((declared.title, "descriptor", "meaning"), body) + parameters


def _indented(text: str) -> str:
    bare = text.lstrip(" ")
    return "&emsp;" * ((len(text) - len(bare)) // 2) + f"`{bare}`"


def huffman(_: str) -> str:
    book = text_huffman.codebook()
    sample = [symbol for symbol in (*b" etaoin,.ETAQ", 0xC3, 0xFF) if book.lengths[symbol]]
    body = [
        (f"{symbol:02X}", _glyph(symbol), book.lengths[symbol], f"`{book.codes[symbol]:0{book.lengths[symbol]}b}`")
        for symbol in sample
    ]
    return "Some of the codes, for checking:\n\n" + rows(("byte", "character", "length", "code"), body)


def _glyph(symbol: int) -> str:
    return {0x20: "space", 0xC3: "lead byte", 0xFF: "separator"}.get(symbol, f"`{chr(symbol)}`")


def arrays(form: Form) -> Callable[[str], str]:
    """The table of a file of arrays."""
    declared = [
        (array, f"; each {row.each}" if isinstance(row, Group) else "")
        for row in form.rows
        for array in (row.arrays if isinstance(row, Group) else (row,))
    ]
    body = [(f"`{array.name}`", array.dtype, " x ".join(array.sizes), array.meaning + each) for array, each in declared]
    return lambda _: rows(("array", "type", "sizes", "meaning"), body)


def language_models(_: str) -> str:
    data = load_bytes(text_language.MODEL)
    shape = model.Model.parse(data).shape
    return rows(("file", *shape._fields, "bytes"), [(f"`tables/{text_language.MODEL}`", *shape, f"{len(data):,}")])


def fine_inputs(_: str) -> str:
    rows_of = "; ".join(f"row {-up}: {-left} to {right}" for up, left, right in fine.ROWS)
    square = f"{-fine.EARLIER} to {fine.EARLIER}"
    contour = "21 pairs of clip( -64, 63, columns ), clip( -64, 63, rows ); number of steps; 1"
    body = [
        (len(fine.OFFSETS), f"P(i, j), row by row, columns i: {rows_of}"),
        ((2 * fine.EARLIER + 1) ** 2, f"the union of the earlier maps at (i, j), row by row, top first, both {square}"),
        (fine.CONTOUR, f"the first contour: {contour}"),
        (fine.CONTOUR, f"the second contour: {contour}"),
        (1, "min( right, 25 )"),
        (1, "d( 1 + the largest n of at most column with P(-1, 0) = ... = P(-n, 0) )"),
        (1, "d( 1 + the largest n of at most column with P(0, -1) = P(-1, -1) = ... = P(-n, -1) )"),
        (1, "d( 1 + the largest n of at most row with P(0, -1) = ... = P(0, -n) )"),
        (4, "d( pixels left of, right of, above, below this one, in the map )"),
        (1, "d( the largest n for which 256 n^2 is at most rows * columns )"),
        (2, "straight of the first contour's two lists, 0 if there is none"),
        (3, "straight of the second contour's three lists, 0 if there is none"),
    ]
    return rows(("number", "inputs"), body)


def coarse_inputs(_: str) -> str:
    rows_of = "; ".join(f"row {-up}: {-left} to {right}" for up, left, right in coarse.ROWS)
    body = [
        (len(coarse.OFFSETS), f"P(i, j), row by row, columns i: {rows_of}"),
        (
            (2 * coarse.EARLIER + 1) ** 2,
            f"the union of the earlier maps at (i, j), row by row, top first, both {-coarse.EARLIER} to {coarse.EARLIER}",
        ),
        ((2 * coarse.LAST + 1) ** 2, f"the last of the earlier maps likewise, both {-coarse.LAST} to {coarse.LAST}"),
        (1, "min( number of earlier maps, 3 )"),
        (2, "( 16 * column + 8 ) / columns; ( 16 * row + 8 ) / rows"),
        (4, "min( n, 8 ) of the columns to the right, the rows below, the columns to the left, the rows above"),
        (1, "min( max( columns, rows ) / 4, 16 )"),
        (
            3,
            "1 if any pixel was seen; 1 if any of this row was; 1 if any of the row above, here or to the right, is set",
        ),
        (
            2,
            "column - leftmost column seen, rightmost column seen - column, both limited to -8 to 8; 0 if none was seen",
        ),
        (2, "16 * pixels seen / ( rows * columns ); 16 * those of them inside earlier maps / pixels seen"),
    ]
    return rows(("number", "inputs"), body)


def map_models(_: str) -> str:
    data = load_bytes(maps_context.MODEL)
    held = mapmodel.Model.parse(data).arrays
    units = [
        f"{part.shape[0]} inputs, {part.shape[1]} hidden, {held[f'{name}/second'].shape[1]} experts"
        for name in mapmodel.INPUTS
        for part in [held[f"{name}/first"]]
    ]
    return rows(("file", *mapmodel.INPUTS, "bytes"), [(f"`tables/{maps_context.MODEL}`", *units, f"{len(data):,}")])


def match_trust(_: str) -> str:
    return rows(("k", *range(1, constants.MAX_LENGTH + 1)), [("`match_trust[k]`", *constants.MATCH_TRUST)])


@cache
def example_trace(name: str) -> dict[str, Any]:
    """The values of an example."""
    return EXAMPLES[name].trace()


def example(name: str) -> str:
    """The file of an example, and the tables of its key steps."""
    trace = example_trace(name)
    parts = [f"```text\n{_dump(bytes.fromhex(trace['file']))}\n```\n"] if "file" in trace else []
    for table in EXAMPLES[name].tables(trace):
        parts += [f"{table.caption}\n", rows(table.head, table.body)]
    return "\n".join(parts)


def mq_states(_: str) -> str:
    body = [(index, f"{state.qe:04X}", *state[1:]) for index, state in enumerate(mq.STATES)]
    return rows(("state", "QE", "NMPS", "NLPS", "SWITCH"), body)


def jbig2_templates(_: str) -> str:
    body = [
        (index, *_stretches(shape), f"{shape.typical:04X}, {shape.typical:0{sum(_widths(shape))}b}")
        for index, shape in enumerate(jbig2region.TEMPLATES)
    ]
    return rows(("template", "row y - 2", "row y - 1", "row y", "TYPICAL, in hexadecimal and as bits"), body)


def _widths(shape: jbig2region.Template) -> tuple[int, int, int]:
    return shape.top, shape.above, shape.here


def _stretches(shape: jbig2region.Template) -> Iterator[str]:
    for width, right in zip(_widths(shape), (shape.top_right, shape.above_right, -1), strict=True):
        ends = (f"x {'-' if step < 0 else '+'} {abs(step)}" for step in (right - width + 1, right))
        yield " to ".join(ends) if width else "none"


def map_squares(_: str) -> str:
    body = [(code, f"{side} x {side}") for code, side in mapsizes.SQUARES.items()]
    return rows(("size_code", "columns x rows"), body)


def grid_constants(_: str) -> str:
    body = zip(range(context.PLANES), context.START, context.PRIOR, strict=True)
    return rows(("plane", "START", "PRIOR"), body)


def grid_inputs(_: str) -> str:
    busy = ", ".join(f"{pair[:2]} and {pair[2:]}" for pair in context.DETAIL_PAIRS)
    own = [
        (len(context.CAUSAL), f"near( i, j ) - base, for (i, j) = {_places(context.CAUSAL)}"),
        (
            len(context.ERROR_NEIGHBOURS),
            f"before( error[p], 0, i, j ), for (i, j) = {_places(context.ERROR_NEIGHBOURS)}",
        ),
        (2, "base - START[p]; total[p] / count[p] - base, or START[p] - base if count[p] is 0"),
        (len(context.DETAIL_PAIRS), f"log( abs( difference of near at two places ) ): {busy}"),
        (2, f"log( sum of the magnitudes of the {len(context.ERROR_NEIGHBOURS)} errors above ); mean( p )"),
        (2, "( 64 * row + 32 ) / rows; ( 64 * column + 32 ) / columns"),
        (3, "32 * min( n, 2 ) of the rows above, the columns to the left, the columns to the right"),
        (4, "32 in the first cell, 0 elsewhere; log( rows ); log( columns ); 16 * depth"),
    ]
    earlier = [
        (len(context.AROUND), f"around( A, i, j ) - here, for (i, j) = {_places(context.AROUND)}"),
        (2, "error[q][row][column]; here - START[q]"),
        (len(context.EDGES), f"log( abs( around( A, i, j ) - here ) ), for (i, j) = {_places(context.EDGES)}"),
        (2, "mean( q ); log( abs( error[q][row][column] ) )"),
    ]
    like = [(context.SIMILAR_INPUTS, "found - base; average - base; log( nearest )")]
    parts = (
        ("all", own),
        (
            "1 and 2, all four rows for q = 0, then for plane 2 all four for q = 1, with A = value[q], here = A[row][column]",
            earlier,
        ),
        ("1 and 2", like),
    )
    body = [(planes, *row) for planes, group in parts for row in group]
    return rows(("planes", "number", "inputs"), body)


def _places(places: Sequence[tuple[int, int]]) -> str:
    return ", ".join(map(str, places))


def grid_models(_: str) -> str:
    data = load_bytes(image_grid.MODEL)
    held = gridmodel.Model.parse(data).arrays
    units = held["0/second"].shape
    inputs = ", ".join(map(str, context.INPUTS))
    return rows(
        ("file", "inputs by plane", "hidden", "hidden2", "bytes"),
        [(f"`tables/{image_grid.MODEL}`", inputs, *units, f"{len(data):,}")],
    )


def codestream_formats(_: str) -> str:
    return rows(("format", "codestream"), [(row.name, row.meaning) for row in FORMATS.values()])


def codestream_header(name: str) -> str:
    lines = statedsize.table(statedsize.HEADERS[name])
    return rows(("field", "descriptor"), [(_indented(text), f"`{bits}`" if bits else "") for text, bits in lines])


def bpg_constants(_: str) -> str:
    return rows(("field", "value"), [(f"`{name}`", str(value)) for name, value in bpg.CONSTANTS.items()])


def codestream_templates(_: str) -> str:
    found = codestreamtemplates.table().templates.values()
    return rows(("template", "format", "restores the headers of"), [(row.id, row.format, row.name) for row in found])


def models(_: str) -> str:
    return rows(("model", "name", "meaning"), registry.MODELS)


def samplers(_: str) -> str:
    return rows(("sampler", "name", "meaning"), registry.SAMPLERS)


def paintings(_: str) -> str:
    """A line for each profile and recipe; profiles with the same parameters share it."""
    lines: dict[tuple[object, ...], list[str]] = {}
    for recipe in Recipe:
        for name in PARAMETERS:
            lines.setdefault((recipe.value, *_painting(parameters(name, recipe))), []).append(name)
    head = "recipe model sampler steps guidance strength per-item size suffix negative-prompt"
    return rows(
        ["profiles", *(word.replace("-", " ") for word in head.split())],
        ((", ".join(names), *line) for line, names in lines.items()),
    )


def _painting(row: Parameters) -> tuple[object, ...]:
    steps = ", ".join(map(str, row.item_steps))
    item = f"{steps} steps, guidance {row.item_guidance}" if steps else ""
    size = ", then ".join(map(str, row.framing.scalings))
    guidance = "the pipeline's" if row.guidance is None else row.guidance
    return row.model, row.sampler, row.steps, guidance, row.strength, item, size, row.suffix, row.negative


def recipe_table(name: str) -> str:
    """The rows of a system, and where the recipe of the released code departs from the code."""
    system = recipes.SYSTEMS[name]
    head = ("", "the paper", f"the released code ({system.code})", "`misc decode`", "`misc decode --as-released`")
    departures = "\n".join(f"- {sentence}" for sentence in system.departures())
    return f"{rows(head, system.lines())}\nThe recipe of the released code departs from it:\n\n{departures}\n"


def painters(_: str) -> str:
    body = []
    for row in benchmark.PAINTERS.values():
        source = f"`{row.source.model}`" if row.source else ""
        if row.source and row.source.controlnet:
            source += f" with `{row.source.controlnet}`"
        named = (
            (name, "" if value is True else f" {value}") for name, value in row.changes.items() if name != "framing"
        )
        changes = ", ".join(f"{name}{value}" for name, value in named)
        runs = f"no: {row.why_not}" if row.source is None else f"yes{'; ' if changes else ''}{changes}"
        body.append((f"`{row.name}`", row.title, source, row.pipeline, row.named_in, runs.replace("_", " ")))
    return rows(("name", "in the benchmark", "source", "pipeline or repository", "named in", "runs here"), body)


def describers(_: str) -> str:
    body = [
        (
            f"`{row.name}`",
            row.title,
            f"`{row.model}`",
            row.words or "its own",
            f"as `{row.runs_as}`" if row.runs_as else f"no: {row.why_not}",
        )
        for row in describing.DESCRIBERS.values()
    ]
    return rows(("name", "in the benchmark", "model", "words", "runs here"), body)


def datasets(_: str) -> str:
    body = [
        (
            f"`{row.name}`",
            row.title,
            f"{row.pictures:,}",
            ", ".join(f"`{name}`" for name in row.files) or "not known",
            ", ".join(row.checks),
            row.use,
            row.licence,
            row.source,
        )
        for row in DATASETS.values()
    ]
    return rows(("name", "data set", "pictures", "files", "checked", "used by", "licence", "from"), body)


def dataset_archives(_: str) -> str:
    archives = dict.fromkeys(archive for row in DATASETS.values() for archive in row.archives)
    body = [
        (row.address, "" if row.size is None else f"{row.size:,}", f"`{row.sha256}`" if row.sha256 else "not known")
        for row in archives
    ]
    return rows(("archive", "bytes", "SHA-256"), body)


def architectures(_: str) -> str:
    body = [(row.id, row.name, row.strings, row.pixels, row.meaning) for row in registry.ARCHITECTURES]
    return rows(("architecture", "name", "strings", "pixels", "meaning"), body)


def ancillary(_: str) -> str:
    return rows(("type", "name", "payload", "meaning"), registry.ANCILLARY_TYPES)


def profile_table(_: str) -> str:
    body = []
    for row in profiles.PROFILES.values():
        sides = f"{row.map_sides[0]} to {row.map_sides[1]}" if isinstance(row.map_sides, tuple) else row.map_sides
        words = (row.name_words, row.detail_words, row.overall_words)
        kinds = (
            ", ".join(kind for kind in registry.CORE_KINDS if kind in group) for group in (row.required, row.optional)
        )
        body.append(
            (
                row.name,
                *kinds,
                f"{row.min_items} to {row.max_items}",
                *(value or "-" for value in (*words, sides)),
                row.rate / profiles.RATE_PIXELS,
            )
        )
    return rows(
        (
            "profile",
            "required",
            "optional",
            "items",
            "words of a name",
            "words of a detail",
            "words overall",
            "sides of maps",
            "bpp",
        ),
        body,
    )


def limit_table(_: str) -> str:
    return rows(
        ("limit", "value", "unit", "reason"),
        [(row.name, f"{row.value:,}", row.unit, row.reason) for row in limits.LIMITS],
    )


def methods(_: str) -> str:
    registered = [
        (row.kind, row.id, row.name, row.clause, _meaning(row), "self-declared" if row.self_declared else "verified")
        for row in registry.METHODS
    ]
    parts = ("image", registry.PARTS_METHOD, "", "4.8", "a list of parts, each with a method of its own", "")
    body = sorted((*registered, parts), key=lambda row: (registry.CORE_KINDS.index(row[0]), row[1]))
    return rows(("component", "method", "name", "clause", "meaning", "payload"), body)


def _meaning(row: registry.Method) -> str:
    return f"{row.meaning}; deprecated since version {row.deprecated}" if row.deprecated else row.meaning


def roles(_: str) -> str:
    return rows(("role", "name", "meaning"), registry.ROLES)


def entropy_coders(_: str) -> str:
    return rows(("entropy_coder", "name", "meaning"), registry.ENTROPY_CODERS)


def named_texts(_: str) -> str:
    return rows(
        ("letter", "name", "meaning"),
        [(textfields.LETTERS[row.name], row.name, row.meaning) for row in registry.NAMED_TEXTS],
    )


def profile_parts(_: str) -> str:
    body = [
        (
            row.name,
            part.label,
            part.content,
            "; ".join(map(str, part.forms)) or "any",
            "required" if part.required else "optional",
        )
        for row in profiles.PROFILES.values()
        for part in row.parts
    ]
    return rows(("profile", "part", "content", "sizes and alphabet", "presence"), body)


def profile_numbers(_: str) -> str:
    return rows(("profile", "name", "meaning"), registry.PROFILES)


def keys(table: tuple[folderform.Key, ...]) -> str:
    return rows(("key", "value", "meaning"), [(f"`{key.name}`", key.form, key.meaning) for key in table])


def section(name: str) -> str:
    """The keys of a section of manifest.json."""
    folders = [form.folder for form in manifest.sections() if form.folder is not None]
    return keys(next(folder.keys for folder in folders if folder.section == name))


def part_keys(_: str) -> str:
    return keys(manifest.part_keys())


def hexdump(name: str) -> str:
    """A vector, or the demo file, bit by bit."""
    with users_files.available():
        return _hexdump((FOLDER / f"{name}.misc" if name else DEMO).read_bytes())


def _hexdump(data: bytes) -> str:
    bits = "".join(f"{byte:08b}" for byte in data)
    body = []
    for leaf in accounting.inspect(data):
        end = leaf.bit_offset + leaf.bit_length
        raw = bits[leaf.bit_offset : end] if leaf.bit_length <= 24 else _hex(data, leaf.bit_offset, end)
        value = "" if leaf.value is None else str(leaf.value)
        body.append((leaf.bit_offset, leaf.bit_length, f"`{raw}`", leaf.path, value, leaf.clause))
    note = "Bits are printed up to 24; longer fields as the hexadecimal bytes that hold them, the first 8.\n\n"
    return f"```text\n{_dump(data)}\n```\n\n{note}" + rows(
        ("start", "length", "bits", "field", "value", "clause"), body
    )


def _dump(data: bytes) -> str:
    return "\n".join(f"{offset:04x}  {data[offset : offset + 16].hex(' ')}" for offset in range(0, len(data), 16))


def _hex(data: bytes, start: int, end: int) -> str:
    held = data[start // 8 : -(-end // 8)]
    return held[:8].hex(" ") + (" ..." if len(held) > 8 else "")


def digests(_: str) -> str:
    return rows(("file", "SHA-256"), [(f"`tables/{name}`", f"`{digest}`") for name, digest in DIGESTS.items()])


def classes(_: str) -> str:
    return rows(("class", "a program that"), rules.CLASSES.items())


def requirements(clause: str) -> str:
    """The requirements of a clause, one a line."""
    body = [
        (f"`{row.id}`", _binds(row), row.requirement, getattr(row, "where", ""))
        for row in REQUIREMENTS
        if row.clause == clause
    ]
    return rows(("id", "class", "requirement", "reported at"), body)


def _binds(row: rules.Rule | rules.Duty) -> str:
    warning = isinstance(row, rules.Rule) and row.severity == "warning"
    return f"{row.conformance_class}, warning" if warning else row.conformance_class


def requirement_index(_: str) -> str:
    body = [
        (row.id, _binds(row), f"clause {row.clause}", getattr(row, "hint", ""), row.rationale) for row in REQUIREMENTS
    ]
    return rows(("requirement", "class", "stated in", "what to do", "why"), body)


def latents_passes(_: str) -> str:
    places = {
        BASE + BETWEEN + BESIDE: "all",
        BETWEEN: "row and column odd",
        BESIDE: "one of row and column odd, the other even",
    }
    body = [(number, grid.stride, places[grid.parities]) for number, grid in enumerate(PASSES)]
    return rows(("pass", "stride", "row and column in the grid"), body)


def latents_model(_: str) -> str:
    data = load_bytes(image_latents.MODEL)
    sizes = latentmodel.Model.parse(data).sizes
    return rows(("file", *sizes, "bytes"), [(f"`tables/{image_latents.MODEL}`", *sizes.values(), f"{len(data):,}")])


BLOCKS: dict[str, Callable[[str], str]] = {
    "syntax": syntax,
    "huffman": huffman,
    "language-arrays": arrays(model.FORM),
    "fine-inputs": fine_inputs,
    "coarse-inputs": coarse_inputs,
    "map-arrays": arrays(mapmodel.FORM),
    "map-models": map_models,
    "latents-arrays": arrays(latentmodel.FORM),
    "latents-passes": latents_passes,
    "latents-model": latents_model,
    "language-models": language_models,
    "match-trust": match_trust,
    "example": example,
    "map-squares": map_squares,
    "mq-states": mq_states,
    "jbig2-templates": jbig2_templates,
    "grid-constants": grid_constants,
    "grid-inputs": grid_inputs,
    "grid-arrays": arrays(gridmodel.FORM),
    "grid-models": grid_models,
    "bpg-constants": bpg_constants,
    "codestream-formats": codestream_formats,
    "codestream-header": codestream_header,
    "codestream-templates": codestream_templates,
    "models": models,
    "samplers": samplers,
    "paintings": paintings,
    "recipe": recipe_table,
    "painters": painters,
    "describers": describers,
    "datasets": datasets,
    "dataset-archives": dataset_archives,
    "architectures": architectures,
    "ancillary": ancillary,
    "profiles": profile_table,
    "limits": limit_table,
    "methods": methods,
    "roles": roles,
    "entropy-coders": entropy_coders,
    "named-texts": named_texts,
    "profile-numbers": profile_numbers,
    "profile-parts": profile_parts,
    "code-table-file": arrays(codetables.FORM),
    "part-keys": part_keys,
    "manifest": lambda _: keys(manifest.keys()),
    "section": section,
    "hexdump": hexdump,
    "digests": digests,
    "classes": classes,
    "requirements": requirements,
    "requirement-index": requirement_index,
}


def render(text: str) -> str:
    """The document with every generated block made anew."""
    return BLOCK.sub(lambda found: f"{found[1]}\n{BLOCKS[found[2]](found[3] or '')}\n{found[4]}", text)


def wanted() -> dict[Path, bytes]:
    """Every generated file with what it should hold."""
    tables = {HERE / "tables" / name: files("misc_format.tables").joinpath(name).read_bytes() for name in DIGESTS}
    numbers = {HERE / "registry" / f"{name}.csv": registry.table_text(name).encode() for name in registry.TABLES}
    schemas = {
        HERE / name: files("misc_format").joinpath("schemas", name).read_bytes()
        for name in (verdicts.SCHEMA, formatdata.SCHEMA)
    }
    data = {
        HERE / "format.json": f"{as_json(formatdata.document(), indent=1)}\n".encode(),
        HERE / "inspector.html": inspector().encode(),
    }
    descriptions = {
        HERE / "descriptions" / name: make(formatdata.document()).encode() for name, make in DESCRIPTIONS.items()
    }
    examples = {HERE / "examples" / f"{name}.json": example_text(example_trace(name)).encode() for name in EXAMPLES}
    pages = {page: render(page.read_text(encoding="utf-8")).encode() for page in PAGES}
    return pages | tables | numbers | schemas | data | descriptions | examples | drawings()


def stale() -> list[Path]:
    """The generated files that differ from what they should hold."""
    return [path for path, data in wanted().items() if not path.exists() or path.read_bytes() != data]


def main() -> int:
    """Rewrite or check."""
    if "--check" in sys.argv:
        for path in stale():
            print(f"{path.name} is not what the code declares; run python spec/generate.py", file=sys.stderr)
        return int(bool(stale()))
    for path, data in wanted().items():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
