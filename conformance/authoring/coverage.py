"""The coverage of the vectors: which requirements, branches, field values, registered numbers and limits they test.

This module compares the committed manifest with the declarations in `misc_format`. A test checks that nothing is missing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from math import prod
from typing import Any, NamedTuple

from misc_format import Document, limits, registry
from misc_format.coders import coder
from misc_format.coders.image import (
    compressai as image_compressai,
)
from misc_format.coders.image import (
    templates as codestreamtemplates,
)
from misc_format.structure.container import ANCILLARY_FRAME, COMPONENT_FRAME, HEADER, PART_FRAME
from misc_format.structure.grammar import Field, Syntax

from ..suite import Vector
from .exercised import DUTIES, FILE_RULES

MAX_EXHAUSTIVE_BITS = 4  # vectors need every value of a field with at most so many bits
MAX_ONE_BYTE = 127  # the largest varint of one byte
# The values that vectors need for a field, if its row does not determine them. A digest needs none.
LEGAL_VALUES: dict[tuple[str, str], Sequence[int]] = {
    ("ancillary_frame", "type"): range(6, 16),
    ("component_frame", "method"): sorted({*(row.id for row in registry.METHODS), registry.PARTS_METHOD}),
    ("component_frame", "check"): (),
    ("codestream_header", "template"): sorted(codestreamtemplates.table().templates),
    ("generation", "strength"): (0, limits.MAX_STRENGTH),
    ("own_model", "model_digest"): (),
    ("generation", "model_digest"): (),
    ("generation", "settings"): (),
    ("code_table", "table_digest"): (),
    ("generation", "seed_high"): (1, limits.MAX_VARINT),
    # An alphabet of two codes, as any power of two, has an exponent. Sets have two dimensions or more.
    ("codes_header", "alphabet_minus_2"): (1, limits.MAX_ALPHABET - 2),
    ("sets_header", "alphabet_minus_2"): (1,),
    ("sets_header", "alphabet_exponent"): (0, limits.MAX_SET_STEPS.bit_length() - 1),
    ("sets_header", "dimensions_minus_1"): (1, 2, 3),
    ("strings_header", "weights_digest"): (),
}
# By the beginning of a path. The two frames of a part have the same beginning, and no field of the same name.
CONTAINER = {
    "header/": (HEADER,),
    "framing/ancillary/": (ANCILLARY_FRAME,),
    "framing/image/": (PART_FRAME, COMPONENT_FRAME),
    "framing/": (COMPONENT_FRAME,),
}


def syntaxes() -> tuple[Syntax, ...]:
    """All syntax tables, those of the container first."""
    tables = (
        *chain(*CONTAINER.values()),
        *(table for row in registry.METHODS for table in coder(row).syntaxes.values()),
    )
    return tuple({table.name: table for table in tables}.values())


class Need(NamedTuple):
    """Something that a vector should test, and the number of vectors that test it."""

    kind: str
    name: str
    vectors: int


def needs(vectors: Sequence[Vector]) -> list[Need]:
    """All needs, grouped by kind."""
    good = [vector.expected for vector in vectors if vector.conforming]
    bad = [vector for vector in vectors if not vector.conforming]
    broken = Counter(vector.expected["rule"] for vector in bad)
    return [*_requirements(good, bad, broken), *_syntax(good, bad), *_registry(good), *_limits(good, broken)]


def _requirements(good: list[dict[str, Any]], bad: Sequence[Vector], broken: Counter[str]) -> Iterator[Need]:
    warned = Counter(warning["rule"] for entry in good for warning in entry.get("warnings", []))
    kept = Counter(name for entry in good for name in entry["requirements"])
    done = Counter(name for vector in bad for name in vector.requirements) + kept
    for name in FILE_RULES:
        yield Need("rule broken", name, broken[name] + warned[name])
        yield Need("rule kept", name, kept[name])
    for name in DUTIES:
        yield Need("duty", name, done[name])


def _syntax(good: list[dict[str, Any]], bad: Sequence[Vector]) -> Iterator[Need]:
    """The needs of each row: its values, its presence and absence, and, if its values are restricted, a file that breaks its rule."""
    seen: dict[tuple[str, str, int], Counter[int]] = defaultdict(Counter)
    for entry in good:
        methods = dict(methods_of(entry["symbols"]))
        for path, _, bits, value in entry["fields"]:
            declared = _row(path, methods)
            if declared:
                syntax, row = declared
                seen[syntax.name, row.name, bits if row.kind in "uf" else 0][-1 if value is None else value] += 1
    broken: Counter[tuple[str, str, str]] = Counter()
    for vector in bad:
        declared = _row(vector.expected["path"], _methods(vector.data))
        if declared:
            broken[declared[0].name, declared[1].name, vector.expected["rule"]] += 1
    for syntax in syntaxes():
        rows = [row for row in syntax.rows if row.group is None]
        times = seen[syntax.name, rows[0].name, rows[0].bits].total()
        for row in rows:
            yield from _row_needs(syntax, row, seen[syntax.name, row.name, row.bits], times)
            if row.kind == "f" or row.allowed is not None:
                yield Need("field broken", f"{syntax.name}/{row.name}", broken[syntax.name, row.name, row.rule])


def _row_needs(syntax: Syntax, row: Field, counts: Counter[int], tables: int) -> Iterator[Need]:
    """The needs of a row. `counts` has the number of occurrences of each value; `tables` is the number of occurrences of the table."""
    name = f"{syntax.name}/{row.name}"
    for value in _values(syntax, row):
        yield Need("value", f"{name} = {value:,}", counts[value])
    if row.kind == "v":
        yield Need("value", f"{name} of several bytes", sum(n for value, n in counts.items() if value > MAX_ONE_BYTE))
    if row.when is not None:
        yield Need("branch", f"{name} is there", counts.total())
        yield Need("branch", f"{name} is not there", tables - counts.total())


def _values(syntax: Syntax, row: Field) -> Sequence[int]:
    """The values of a row that vectors need."""
    if (syntax.name, row.name) in LEGAL_VALUES:
        return LEGAL_VALUES[syntax.name, row.name]
    if row.kind == "f":
        return (row.fixed,)
    if row.kind == "s":
        return ()
    legal = row.allowed if row.allowed is not None else range(1 << row.bits) if row.kind == "u" else (0,)
    return sorted(legal) if len(legal) <= 1 << MAX_EXHAUSTIVE_BITS else (min(legal), max(legal))


def methods_of(symbols: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The path and the method of each core component, and of each part of an image."""
    yield from symbols["methods"].items()
    for part in parts_of(symbols):
        yield f"image/{part['role']}-{part['name']}" if "name" in part else f"image/{part['role']}", part["method"]


def parts_of(symbols: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    """The parts of an image; none if it has no parts."""
    parts: Sequence[dict[str, Any]] = symbols.get("image", {}).get("parts", ())
    return parts


def _row(path: str, methods: Mapping[str, str]) -> tuple[Syntax, Field] | None:
    """The row that declares the field with a path, and its syntax table. `methods`: by the path of a component or part."""
    owner = next((owner for owner in methods if path.startswith(f"{owner}/")), "")
    kind, name = (owner or path).partition("/")[0], path.rpartition("/")[2]
    method = registry.METHOD_BY_NAME.get((kind, methods.get(owner, "")))
    if method is None:
        tables = next((tables for prefix, tables in CONTAINER.items() if path.startswith(prefix)), ())
    else:
        local = kind + path.removeprefix(owner)
        tables = tuple(table for prefix, table in coder(method).syntaxes.items() if local.startswith(prefix))[:1]
    return next(((table, row) for table in tables for row in table.rows if row.name == name), None)


def _methods(data: bytes) -> dict[str, str]:
    """The registered methods of a file, by the path of a component or part. The file may be non-conforming."""
    document = Document(data)
    if not document.readable:
        return {}
    methods = ((component.path, component.method) for component in document.components)
    return {path: method.name for path, method in methods if method is not None}


def _registry(good: list[dict[str, Any]]) -> Iterator[Need]:
    seen: Counter[tuple[str, Any]] = Counter()
    for entry in good:
        symbols = entry["symbols"]
        generation, named = symbols.get("generation", {}), symbols.get("text", {}).get("named", ())
        seen.update({(f"{path.partition('/')[0]} method", name) for path, name in methods_of(symbols)})
        seen.update({("role", part["role"]) for part in parts_of(symbols)})
        seen.update({("named text", text["name"]) for text in named})
        seen["profile", symbols["profile"]] += 1
        seen.update({("ancillary type", member["type"]) for member in symbols.get("ancillary", [])})
        seen.update({(name, generation.get(name)) for name in ("model", "sampler")})
        seen.update(
            {(name, image.get(name)) for image in _images(entry) for name in ("architecture", "metric", "coder")}
        )
    for method in registry.METHODS:
        yield Need("registered", f"{method.kind} method {method.name}", seen[f"{method.kind} method", method.name])
    tables: dict[str, Sequence[Any]] = {
        "profile": registry.PROFILES, "model": registry.MODELS, "sampler": registry.SAMPLERS,
        "architecture": registry.ARCHITECTURES, "metric": registry.METRICS,
        "role": registry.ROLES, "coder": registry.ENTROPY_CODERS, "named text": registry.NAMED_TEXTS,
    }  # fmt: skip
    for name, rows in tables.items():
        for row in rows:
            yield Need("registered", f"{name} {row.name}", seen[name, row.name])
    for kind in registry.ANCILLARY_TYPES:
        yield Need("registered", f"ancillary type {kind.name}", seen["ancillary type", kind.id])


def _text_bytes(entry: dict[str, Any]) -> int:
    text = entry["symbols"].get("text", {})
    if "overall" not in text or "named" in text:  # the names of named texts are coded
        return 0
    return len(text["overall"].encode()) + sum(
        2 + len((item["name"] + item["detail"]).encode()) for item in text["items"]
    )


def _pairs(entry: dict[str, Any]) -> int:
    text = entry["symbols"].get("text", {})
    return len(text.get("items", ())) + len(text.get("named", ()))


def _pixels(entry: dict[str, Any]) -> int:
    maps = entry["symbols"].get("maps", [])
    return sum(grid["columns"] * grid["rows"] for grid in maps) if isinstance(maps, list) else 0


def _image_of(entry: dict[str, Any], method: str) -> dict[str, Any]:
    symbols = entry["symbols"]
    return dict(symbols["image"]) if symbols["methods"].get("image") == method else {}


def _images(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """The content of the image, or of each of its parts."""
    symbols = entry["symbols"]
    parts = [part["content"] for part in parts_of(symbols)]
    return parts or [symbols.get("image", {})]


def _most(value_of: Callable[[dict[str, Any]], int]) -> Callable[[dict[str, Any]], int]:
    """The largest value in an image or its parts."""
    return lambda entry: max(map(value_of, _images(entry)))


def _steps(image: dict[str, Any]) -> int:
    """The steps of sets."""
    return prod(image["shape"][:-1]) * int(image["alphabet"]) if image else 0


def _cells(image: dict[str, Any]) -> int:
    return int(image.get("columns", 0) * image.get("rows", 0))


def _positions(entry: dict[str, Any]) -> int:
    image = _image_of(entry, "compressai")
    if not image:
        return 0
    pixels = registry.ARCHITECTURE_BY_NAME[image["architecture"]].pixels
    return int(image["shape"][0] * image["shape"][1] * (pixels // image_compressai.LATENT) ** 2)


# For each limit: a function for the value in a manifest entry, and the rule that a larger value breaks ("" if no field can exceed it).
LIMITS: dict[str, tuple[Callable[[dict[str, Any]], int], str]] = {
    "MAX_SIDE": (lambda entry: max(entry["symbols"]["width"], entry["symbols"]["height"]), "MISC-CON-019"),
    "MAX_VARINT": (lambda entry: max(value or 0 for *_, value in entry["fields"][1:]), "MISC-CON-010"),
    "MAX_ITEMS": (_pairs, "MISC-TXT-003"),
    "MAX_PARTS": (lambda entry: len(parts_of(entry["symbols"])), "MISC-PRT-005"),
    "MAX_TEXT_BYTES": (_text_bytes, "MISC-TXT-004"),
    "MAX_MAPS": (lambda entry: len(entry["symbols"].get("maps", [])), ""),  # four bits hold no more
    "MAX_MAP_PIXELS": (_pixels, "MISC-MAP-003"),
    "MAX_GRID_CELLS": (lambda entry: _cells(_image_of(entry, "grid")), "MISC-IMG-002"),
    "MAX_QUALITY": (lambda entry: _image_of(entry, "compressai").get("quality", 0), ""),  # three bits hold no more
    "MAX_STRING_POSITIONS": (_positions, "MISC-CAI-004"),
    "MAX_CODESTREAM_BYTES": (lambda entry: _image_of(entry, "codestream").get("bytes", 0), "MISC-CDS-004"),
    "MAX_ALPHABET": (_most(lambda image: image.get("alphabet", 0)), "MISC-ARR-001"),
    "MAX_MODELLED_ALPHABET": (lambda entry: _image_of(entry, "codes-adaptive").get("alphabet", 0), "MISC-ARR-001"),
    "MAX_INTEGER": (
        lambda entry: max(map(abs, _image_of(entry, "integers").get("values", [0]))),
        "",
    ),  # 31 bits hold no more
    "MAX_LABELS": (_most(lambda image: len(image.get("labels", ()))), "MISC-ARR-001"),
    "MAX_ARRAY_VALUES": (_most(lambda image: prod(image.get("shape", ()))), "MISC-ARR-002"),
    "MAX_SET_STEPS": (lambda entry: _steps(_image_of(entry, "sets")), "MISC-ARR-004"),
    "MAX_STRENGTH": (lambda entry: entry["symbols"].get("generation", {}).get("strength", 0), "MISC-GEN-003"),
}


# Not tested: the symbols of latents are digests, and the largest number of places takes minutes.
UNTESTED_LIMITS = ("MAX_LATENT", "MAX_LATENT_PLACES")


def _limits(good: list[dict[str, Any]], broken: Counter[str]) -> Iterator[Need]:
    for limit in limits.LIMITS:
        if limit.name in UNTESTED_LIMITS:
            continue
        value_of, rule = LIMITS[limit.name]
        yield Need(
            "limit reached", f"{limit.name} = {limit.value:,}", sum(value_of(entry) == limit.value for entry in good)
        )
        if rule:
            yield Need("limit passed", f"{limit.name} ({rule})", broken[rule])


def rules_without_vector(entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """The rules that no entry of the manifest breaks or warns about."""
    tested = set()
    for entry in entries:
        tested |= {entry.get("rule"), *(warning["rule"] for warning in entry.get("warnings", ()))}
    return [rule for rule in FILE_RULES if rule not in tested]
