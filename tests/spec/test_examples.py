"""The examples of the specification: their files, the document, and the steps that the reference decoder takes on the same bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conformance.authoring import users_files
from conformance.authoring.examples import EXAMPLES
from conformance.authoring.examples.form import brief, text
from misc_format import Grid, Latents, Maps, Text, read, write
from misc_format.coders.image import latents
from misc_format.coders.image.gridmodel import plane
from misc_format.coders.image.latentmodel import codeword
from misc_format.coders.image.latentmodel.model import ESCAPE, LARGEST, MAX_ESCAPE_BITS
from misc_format.coders.image.latentmodel.model import Model as LatentsModel
from misc_format.coders.image.templates import table as templates
from misc_format.coders.maps import jbig2region
from misc_format.coders.maps.mapmodel import coarse, fine
from misc_format.components import Codestream
from misc_format.entropy import mq, rangecoder, rangesteps, rans

SPEC = Path(__file__).parents[2] / "spec"
FOLDER = SPEC / "examples"
DOCUMENT = (SPEC / "misc-bitstream.md").read_text(encoding="utf-8")
HALVES = np.array([rangecoder.TOTAL // 2] * 2)
Values = dict[str, Any]


@cache
def committed(name: str) -> Values:
    trace: Values = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return trace


WITH_FILE = [name for name in EXAMPLES if "file" in committed(name)]
MAPS = [name for name in EXAMPLES if name.startswith("maps-context")]
GRIDS = [name for name in EXAMPLES if name.startswith("image-grid")]


def data_of(name: str) -> bytes:
    return bytes.fromhex(committed(name)["file"])


def content(name: str) -> Any:
    """What the reference decoder makes of the file's component."""
    with users_files.available():
        stream = read(data_of(name))
        assert write(stream) == data_of(name)
        return next(iter(stream.core().values()))


# The files, and the document


def test_every_example_has_a_file_and_the_folder_has_no_other() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.json" for name in EXAMPLES} | {"README.md"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_file_is_what_the_plain_decoder_gives(name: str) -> None:
    assert text(EXAMPLES[name].trace()) == (FOLDER / f"{name}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_named_in_a_clause_of_its_tool(name: str) -> None:
    clause = committed(name)["clause"].split(".")[0]
    [chapter] = re.findall(rf"^## {clause} .*?(?=^## )", DOCUMENT, re.DOTALL | re.MULTILINE)
    assert f"`examples/{name}.json`" in chapter


@pytest.mark.parametrize("name", [name for name in WITH_FILE if f"generated: example {name} -->" in DOCUMENT])
def test_the_bytes_in_the_document_are_those_of_the_file(name: str) -> None:
    block = DOCUMENT.split(f"<!-- generated: example {name} -->")[1].split("<!-- end -->")[0]
    dump = re.findall(r"^[0-9a-f]{4}  ([0-9a-f ]+)$", block, re.MULTILINE)
    assert bytes.fromhex("".join(dump)) == data_of(name)


def test_tables_of_the_document_are_short() -> None:
    for block in re.findall(r"<!-- generated: example .*?<!-- end -->", DOCUMENT, re.DOTALL):
        assert all(table.count("\n| ") <= 27 for table in re.split(r"\n\n", block))


# What the reference decoder makes of the files


@pytest.mark.parametrize("name", [name for name in WITH_FILE if name.startswith("text")])
def test_texts(name: str) -> None:
    found = content(name)
    assert isinstance(found, Text)
    assert [value for _, value in found.fields()] == committed(name)["fields"]


@pytest.mark.parametrize("name", [name for name in WITH_FILE if name.startswith("maps")])
def test_maps(name: str) -> None:
    found, trace = content(name), committed(name)
    assert isinstance(found, Maps)
    rows = [["".join(map(str, row)) for row in grid.astype(int)] for grid in found.maps]
    assert rows == trace.get("maps", [trace.get("rows")])


@pytest.mark.parametrize("name", GRIDS)
def test_grids(name: str) -> None:
    found, trace = content(name), committed(name)
    assert isinstance(found, Grid)
    assert found.samples.tolist() == trace["levels"] and found.depth == trace["depth"]


def test_latents() -> None:
    found, trace = content("image-latents"), committed("image-latents")
    assert isinstance(found, Latents)
    assert found.z.reshape(-1).tolist() == trace["z"] and found.quality == trace["quality"]
    for place in trace["places"]:
        assert found.y[place["row"], place["column"]].tolist() == place["values"]


def test_codestream() -> None:
    found, trace = content("image-codestream"), committed("image-codestream")
    assert isinstance(found, Codestream)
    assert found.data.hex() == trace["codestream"] == "".join(step["appended"] for step in trace["steps"])
    assert (found.format, found.reduction) == (trace["format"], trace["reduction"])
    assert trace["template"] in templates().templates


# The steps of the reference decoder


def position(state: Any) -> int:
    """The position of a decoder that runs in machine code. It counts its first eight bytes as two words."""
    return 32 * (int(state[2]) - 2) + 64 - int(state[1]).bit_length()


class Noting:
    """Functions of the reference decoder, run one by one, with what they are given noted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.patch = monkeypatch
        self.steps: list[tuple[Any, ...]] = []

    def plain(self, module: Any, name: str) -> None:
        """Run a loop in Python, so that it calls what the module's names are."""
        self.patch.setattr(module, name, getattr(module, name).py_func)

    def after(self, module: Any, name: str, note: Callable[..., tuple[Any, ...] | None]) -> None:
        """Note what `note` makes of a function's arguments and its result."""
        function = getattr(module, name)

        def noting(*arguments: Any) -> Any:
            result = function(*arguments)
            step = note(*arguments, result)
            if step is not None:
                self.steps.append(step)
            return result

        self.patch.setattr(module, name, noting)


@pytest.fixture
def noting(monkeypatch: pytest.MonkeyPatch) -> Noting:
    return Noting(monkeypatch)


def test_range_codewords() -> None:
    trace = committed("range-coder")
    models = [rangecoder.model(f) for f in trace["models"]]
    for name in ("usual", "zeros", "empty"):
        row, encoder = trace[name], rangecoder.Encoder()
        for step in row["steps"]:
            encoder.encode(step["symbol"], models[step["model"]])
            assert encoder.position == step["position"]
        assert encoder.codeword().hex() == row["codeword"]


@pytest.mark.parametrize("name", MAPS)
def test_decisions_of_maps(name: str, noting: Noting) -> None:
    trace = committed(name)

    def decision(state: Any, words: Any, decoding: bool, given: int, ones: int, bit: int) -> tuple[Any, ...] | None:
        return (int(ones), int(bit), position(state)) if decoding else None

    networks: dict[int, Any] = {}

    def pixel(weights: Any, work: Any, ones: int) -> None:
        hidden = np.minimum(np.maximum(work.hidden >> 5, 0), 4095)
        networks.setdefault(
            len(noting.steps), [part.tolist() for part in (work.inputs, hidden, work.experts, work.third)]
        )

    for module in (coarse, fine):
        noting.plain(module, "walk")
        noting.after(module, "code", decision)
        noting.after(module, "predict", pixel)
    noting.after(rangesteps, "code", decision)
    content(name)
    for key, values in zip(("all_ones", "all_bit", "all_position"), zip(*noting.steps, strict=True), strict=True):
        assert brief(values) == trace[key]
    for step in trace["decisions"]:
        assert noting.steps[step["index"]] == (step["ones"], step["bit"], step["position"])
    for step in trace["pixels"]:
        assert networks[step["index"]] == [step[part] for part in ("inputs", "hidden", "experts", "third")]


@pytest.mark.parametrize("name", GRIDS)
def test_samples_of_grids(name: str, noting: Noting) -> None:
    trace = committed(name)
    layers = []

    def span(state: Any, words: Any, decoding: bool, below: int, frequency: int, _: None) -> tuple[Any, ...] | None:
        return (int(below), int(frequency), position(state)) if decoding else None

    noting.plain(plane, "walk")
    noting.after(plane, "code_span", span)
    noting.after(plane, "predict", lambda weights, work, _: layers.append([part.tolist() for part in work[:4]]))
    content(name)
    assert noting.steps == [
        tuple(step[part] for part in ("below", "frequency", "position")) for step in trace["samples"]
    ]
    assert layers[: len(trace["samples"])] == [
        [step[part] for part in ("inputs", "hidden", "hidden2", "out")] for step in trace["samples"]
    ]


def test_decisions_of_jbig2(noting: Noting) -> None:
    for loop in ("_decode", "_row"):
        noting.plain(jbig2region, loop)

    def decision(registers: Any, data: Any, contexts: Any, context: int, symbol: int) -> tuple[Any, ...]:
        return f"{context:04X}", f"{registers[mq.A]:04X}", f"{registers[mq.C]:08X}", int(registers[mq.BP]), int(symbol)

    noting.after(mq, "decode", decision)
    trace = committed("maps-jbig2")
    jbig2region.decode(
        bytes.fromhex(trace["data"]),
        len(trace["rows"][0]),
        len(trace["rows"]),
        trace["template"],
        bool(trace["typical_prediction"]),
    )
    steps = trace["decisions"]
    assert [(step[0], step[-1]) for step in noting.steps] == [(step["context"], step["symbol"]) for step in steps]
    behind = [(step["A"], step["C"], step["place"]) for step in steps[1:]]  # those before the next decision
    assert [step[1:4] for step in noting.steps[:-1]] == behind


@pytest.mark.parametrize("name", ["text-language-own", "text-language"])
def test_tokens(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from misc_format.coders.text.languagemodel import kernels

    encoder, found = rangecoder.Encoder(), []
    decode = kernels.decode_token

    def noting(*arguments: Any) -> int:
        token, (below, frequency) = decode(*arguments), arguments[-1].tolist()
        encoder.encode_span(below, frequency)
        found.append((token, below, frequency, encoder.position))
        return token

    monkeypatch.setattr(kernels, "decode_token", noting)
    content(name)
    trace = committed(name)
    assert found == [
        tuple(step[part] for part in ("token", "below", "frequency", "position")) for step in trace["steps"]
    ]
    assert encoder.codeword().hex() == trace["codeword"]
    assert {step["match_length"] for step in trace["steps"]} >= {0, 1, 2}


def test_symbols_of_latents(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, found = rangecoder.Encoder(), []

    def note(symbol: int, frequencies: Any) -> None:
        encoder.encode(symbol, rangecoder.model(frequencies))
        found.append((symbol, int(frequencies[:symbol].sum()), int(frequencies[symbol]), encoder.position))

    walk, tables = codeword.walk, LatentsModel.shipped(latents.MODEL).frequencies()

    def noting(coder: Any, values: Any, scales: Any, below: Any) -> bool:
        fits = walk(coder, values, scales, below)
        pairs = zip(values.tolist(), scales.tolist(), strict=True) if coder.decoding else ()
        coded = [pair for pair in pairs if pair[1]]
        for value, scale in coded:
            note(value + LARGEST if abs(value) <= LARGEST else ESCAPE, tables[scale])
        for number in (value for value, _ in coded if abs(value) > LARGEST):
            digits = f"{abs(number) - LARGEST:b}"
            zero = "0" * (len(digits) <= MAX_ESCAPE_BITS)
            for bit in f"{'1' * (len(digits) - 1)}{zero}{digits[1:]}{int(number < 0)}":
                note(int(bit), HALVES)
        return fits

    monkeypatch.setattr(codeword, "walk", noting)
    content("image-latents")
    steps = committed("image-latents")["symbols"]
    assert found == [tuple(step[part] for part in ("symbol", "below", "frequency", "position")) for step in steps]


def test_states_of_rans() -> None:
    trace = committed("compressai-rans")
    cdfs = [row["cdf"] for row in trace["distributions"]]
    most = max(map(len, cdfs))
    padded = [cdf + [0] * (most - len(cdf)) for cdf in cdfs]
    tables = rans.Tables(padded, [len(cdf) for cdf in cdfs], [row["offset"] for row in trace["distributions"]])
    decoder = rans.Decoder(bytes.fromhex(trace["string"]))
    starts = [number for number, step in enumerate(trace["steps"]) if "symbol" in step]
    ends = [*(start - 1 for start in starts[1:]), len(trace["steps"]) - 1]
    for start, end in zip(starts, ends, strict=True):
        step = trace["steps"][start]
        assert decoder.decode([step["distribution"]], tables).tolist() == [step["symbol"]]
        assert decoder._state.tolist()[:2] == [int(trace["steps"][end]["x_after"], 16), trace["steps"][end]["place"]]
    decoder.finish()
    assert [trace["steps"][start]["symbol"] for start in starts] == trace["symbols"]


# Arrays


@pytest.mark.parametrize("name", ["codes-large", "codes-context", "sets", "integers"])
def test_the_values_of_arrays_are_those_of_the_reference_decoder(name: str) -> None:
    assert content(name).values.ravel().tolist() == np.ravel(committed(name)["values"]).tolist()
    assert committed(name)["codeword"] == data_of(name)[-len(committed(name)["codeword"]) // 2 :].hex()
