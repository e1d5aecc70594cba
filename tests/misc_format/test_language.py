"""The language model: its file, its tokens, its arithmetic against an evaluation without BLAS, and text under it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zlib
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.authoring import tiny_language, users_files
from conformance.plain.language import LanguageModel, TextDecoder, language_model
from conformance.plain.rangecoder import RangeEncoder
from conformance.suite import FOLDER as VECTORS
from conformance.suite import LARGE, MANIFEST, TINY_LANGUAGE
from misc_format import Item, MiscError, Stream, Text, account, read, tables, write
from misc_format.coders.text import fields as textfields
from misc_format.coders.text import (
    language as text_language,
)
from misc_format.coders.text import (
    language_own as text_language_own,
)
from misc_format.coders.text import (
    languagecoding,
)
from misc_format.coders.text import (
    raw as text_raw,
)
from misc_format.coders.text.languagemodel import kernels, known, network
from misc_format.coders.text.languagemodel.model import FORM, Model
from misc_format.coders.text.languagemodel.pieces import DETAIL, END, NAME, Pieces
from misc_format.components import Size
from misc_format.entropy import rangecoder
from misc_format.limits import MAX_TEXT_BYTES
from misc_format.structure.bits import BitReader
from misc_format.structure.container import read_structure
from misc_format.tables import TableError
from misc_format.tables.arrayfile import layout
from misc_format.testing import texts
from tests.needs import SLOW, needs, processor, require
from tests.sweeps import swept

PICTURE = Size(512, 512)
TINY = TINY_LANGUAGE.read_bytes()
SHIPPED = files(tables).joinpath(text_language.MODEL).read_bytes()
CAPTION = "The image shows a man in a red jacket who is standing next to a brown horse in a snowy field."
SAMPLES = (
    Text(""),
    Text("e"),
    Text(CAPTION),
    Text(CAPTION, (Item("man", "the man wears a red jacket"), Item("horse", "a brown horse"), Item("", ""))),
    Text("over and over and over and over and over, over and over", (Item("over and over", "and over and over"),) * 2),
    Text("Ein Haus, дом, 房子, بيت, 🏠\n\t\x00\x7f 007", (Item("0", "00"),)),
)

VECTORS_IN_LANGUAGE = [
    entry
    for entry in json.loads(MANIFEST.read_text(encoding="utf-8"))
    if entry["verdict"] == "conforming" and "language" in entry["symbols"]["methods"].get("text", "")
]


@pytest.fixture(autouse=True)
def _tiny_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """By `monkeypatch`, which tests use for the same variables: each undoes only what it did."""
    for name, path in users_files.PATHS.items():
        monkeypatch.setenv(name, path)


def models() -> tuple[known.Language, known.Language]:
    return known.from_bytes(TINY), known.shipped(text_language.MODEL)


# The file


def test_tiny_model_is_the_one_of_its_recipe() -> None:
    assert zlib.decompress(TINY) == zlib.decompress(tiny_language.make())


def test_a_model_is_built_again_from_its_arrays() -> None:
    model = Model.parse(TINY)
    assert zlib.decompress(Model.build(model.sizes, model.arrays)) == zlib.decompress(TINY)
    assert model.digest == hashlib.sha256(TINY).hexdigest()
    assert list(model.arrays) == [key for key, _, _ in layout(FORM, model.shape._asdict())]


def test_shipped_model_keeps_to_its_size() -> None:
    assert len(SHIPPED) <= 8_000_000
    assert Model.parse(SHIPPED).shape.vocabulary == 4096


@settings(max_examples=200)
@given(st.data())
def test_no_file_but_a_model_is_parsed(data: st.DataObject) -> None:
    content = bytearray(zlib.decompress(TINY))
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    else:
        for _ in range(data.draw(st.integers(1, 4))):
            content[data.draw(st.integers(0, 400))] = data.draw(st.integers(0, 255))
    try:
        model = Model.parse(zlib.compress(bytes(content), 1))
    except TableError:
        return
    products = fed(network.network(model), [[END, 0]])
    assert np.abs(products.astype(np.int64)).max() < 2**24


@pytest.mark.parametrize("data", [b"", b"x", TINY[:-1], TINY + b"x", zlib.compress(b""), zlib.compress(bytes(100))])
def test_broken_files_are_named(data: bytes) -> None:
    with pytest.raises(TableError, match="language model"):
        Model.parse(data)


@pytest.mark.parametrize(
    ("name", "value"),
    [("embedding", -128), ("output_scale", 1 << 29), ("output_bias", 1 << 24), ("sigmoid", 40_000), ("exp2", 0)],
)
def test_arrays_out_of_bounds_are_refused(name: str, value: int) -> None:
    model = Model.parse(TINY)
    changed = model.arrays[name].copy()
    changed.flat[0] = value
    with pytest.raises(TableError, match="out of bounds"):
        Model.parse(Model.build(model.sizes, {**model.arrays, name: changed}))


def test_arrays_that_do_not_fit_are_not_written() -> None:
    model = Model.parse(TINY)
    for name, value in (("embedding", 200), ("output_bias", 0.5)):
        changed = model.arrays[name].astype(float)
        changed.flat[0] = value
        with pytest.raises(ValueError, match=name):
            Model.build(model.sizes, {**model.arrays, name: changed})
    with pytest.raises(ValueError, match="shape"):
        Model.build(model.sizes, {**model.arrays, "embedding": model.arrays["embedding"][:-1]})


def test_an_altered_or_missing_model_stops_before_decoding(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    payload = text_language.encode(Text("e"), PICTURE)
    (tmp_path / text_language.MODEL).write_bytes(SHIPPED[:-1] + b"\0")
    monkeypatch.setattr(tables, "packaged_file", lambda _, name: (tmp_path / name).read_bytes())
    known.shipped.cache_clear()
    with pytest.raises(TableError, match="SHA-256"):
        text_language.decode(BitReader(payload), PICTURE)
    (tmp_path / text_language.MODEL).unlink()
    with pytest.raises(TableError, match="install the package again"):
        text_language.decode(BitReader(payload), PICTURE)


def test_an_own_model_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stream = Stream(8, 8, text=Text("e"), methods={"text": "language-own"})
    data = write(stream)
    monkeypatch.setenv(known.VARIABLE, str(tmp_path / "none.bin"))
    with pytest.raises(FileNotFoundError):
        read(data)
    (tmp_path / "bad.bin").write_bytes(b"?")
    monkeypatch.setenv(known.VARIABLE, str(tmp_path / "bad.bin"))
    with pytest.raises(TableError, match=r"bad\.bin"):
        read(data)
    monkeypatch.delenv(known.VARIABLE)
    for action in (lambda: read(data), lambda: write(stream)):
        with pytest.raises(MiscError, match="MISC-TXT-007"):
            action()


# Tokens


@settings(max_examples=300)
@given(
    st.text().map(str.encode)
    | st.lists(st.sampled_from(tiny_language.PIECES)).map(lambda found: "".join(found).encode())
)
def test_the_tokeniser_is_greedy_and_loses_nothing(field: bytes) -> None:
    pieces = known.from_bytes(TINY).pieces
    tokens = pieces.tokens(field)
    assert b"".join(pieces.values[token] for token in tokens) == field
    assert tokens == language_model(TINY).tokens(field)


def test_tokens_of_all_fields() -> None:
    pieces = Pieces([b"ab", b"abc"])
    text = Text("abcab", (Item("b", ""), Item("", "a")))
    assert languagecoding.sequence(text, pieces) == [257, 256, NAME, 98, DETAIL, NAME, DETAIL, 97, END]


# The arithmetic


def fed(net: network.Net, tokens: Any) -> np.ndarray:
    """The products after each token, (texts, steps, vocabulary), of texts that are fed one token at a time."""
    tokens = np.asarray(tokens)
    run, scratch = network.run(net, len(tokens), 1), network.scratch(net, len(tokens))
    products = []
    for column in tokens.T:
        kernels.step(net, np.ascontiguousarray(column), len(tokens), run.hidden, scratch)
        products.append(scratch.products.copy())
    return np.stack(products, 1)


@settings(max_examples=30)
@given(st.lists(st.integers(0, tiny_language.SHAPE.vocabulary - 1), min_size=1, max_size=20), st.integers(1, 65_535))
def test_network_equals_the_evaluation_without_blas(tokens: list[int], trust: int) -> None:
    net, other = known.from_bytes(TINY).net, language_model(TINY)
    states = other.start()
    for token, product in zip(tokens, fed(net, [tokens])[0], strict=True):
        step = other.step(states, token)
        assert np.array_equal(step, product)
        run = network.run(net, 1, 1)  # without a history, so without a match
        run.trust[0] = trust
        kernels.frequencies(net, product, run, 0)
        assert other.network_frequencies(step) == run.network.tolist()
        assert other.mixed(run.network.tolist(), trust) == run.table.tolist()
        kernels.learn(net, run, 0, token)
        assert other.trust_after(run.network.tolist(), trust, token) == run.trust[0]


@pytest.mark.parametrize("text", SAMPLES)
@pytest.mark.parametrize("which", [0, 1])
def test_codewords_equal_the_evaluation_without_blas(which: int, text: Text) -> None:
    other = language_model((TINY, SHIPPED)[which])
    fields = [value for _, value in text.fields()]
    codeword = encoded(other, fields)
    [encoder] = languagecoding.encoders([text], models()[which])
    assert encoder.codeword() == codeword
    assert decoded(other, codeword) == fields


def encoded(model: LanguageModel, fields: list[str]) -> bytes:
    encoder = RangeEncoder()
    model.encode([field.encode() for field in fields], encoder)
    return encoder.codeword()


def decoded(model: LanguageModel, codeword: bytes) -> list[str]:
    decoder = TextDecoder(model, codeword, 0)
    decoder.run()
    return decoder.values


@pytest.mark.parametrize(
    "entry",
    swept(VECTORS_IN_LANGUAGE, lambda entry: not entry["file"].startswith("text-")),
    ids=lambda entry: entry["file"],
)
def test_vectors_equal_the_evaluation_without_blas(entry: dict[str, Any]) -> None:
    if entry["file"].startswith(LARGE):
        require(SLOW)
    data = (VECTORS / entry["file"]).read_bytes()
    [payload] = [
        data[part.start // 8 : part.end // 8] for part in read_structure(data).components if part.kind == "text"
    ]
    own = entry["symbols"]["methods"]["text"] == "language-own"
    model, codeword = language_model(TINY if own else SHIPPED), payload[known.DIGEST_BYTES if own else 0 :]
    with users_files.available():
        text = read(data).text
    assert isinstance(text, Text)
    fields = [field.coded for field in textfields.coded(text)]
    assert decoded(model, codeword) == fields
    assert encoded(model, fields) == codeword


@pytest.mark.parametrize("which", [0, 1])
def test_full_incremental_and_batched_passes_are_equal(which: int) -> None:
    """What a language model in floating point fails (its probabilities differ between them)."""
    net = models()[which].net
    tokens = np.random.default_rng(1).integers(0, net.vocabulary, (9, 40))
    full = fed(net, tokens)
    for row in range(9):
        assert np.array_equal(fed(net, tokens[row : row + 1])[0], full[row])
        run, ahead, parts = network.run(net, 1, 1), np.zeros((1, max(net.hidden, net.width)), np.int16), []
        for start, stop in ((0, 1), (1, 2), (2, 19), (19, 40)):
            scratch = network.scratch(net, stop - start)
            kernels.feed(net, tokens[row, start:stop], stop - start, run.hidden, scratch, ahead)
            parts.append(scratch.products)
        assert np.array_equal(np.concatenate(parts), full[row])
    assert np.abs(full.astype(np.int64)).max() < 2**24


def test_extreme_weights_stay_exact() -> None:
    """All weights and states at their bounds: sums reach 127 x 128 x hidden and must not be rounded."""
    model = Model.parse(TINY)
    extremes = {"embedding": 127, "state_weights": 127, "input_bias": 1 << 22, "projection_bias": 1 << 22}
    arrays = {
        key: np.full_like(values, extremes.get(key.rpartition("/")[2], values)) for key, values in model.arrays.items()
    }
    data = Model.build(model.sizes, arrays)
    net, other = network.network(Model.parse(data)), LanguageModel(data)
    states = other.start()
    for products in fed(net, np.full((1, 30), 7))[0]:
        assert np.array_equal(products, other.step(states, 7))


@pytest.mark.parametrize(
    "kind",
    [
        "generic",
        pytest.param("haswell", marks=needs(processor("avx2"))),
        pytest.param("skylake-avx512", marks=needs(processor("avx512bw"))),
    ],
)
def test_processors_of_other_kinds_give_the_same_codeword(kind: str, tmp_path: Path) -> None:
    """Plain instructions, AVX2 and AVX-512: sums of integers do not depend on their order."""
    program = """
from misc_format.coders.text import language, languagecoding
from misc_format.coders.text.languagemodel import known
from misc_format.components import Text
from misc_format.structure.bits import BitReader
model = known.shipped(language.MODEL)
text = Text("A cup of coffee on a table of dark wood, beside a spoon of silver; a cup of coffee.")
codeword = languagecoding.encoders([text], model)[0].codeword()
assert languagecoding.decode([BitReader(codeword) for _ in range(5)], model) == [text] * 5
print(codeword.hex())
"""
    environment = {
        **os.environ,
        "NUMBA_CPU_NAME": kind,
        "NUMBA_CPU_FEATURES": "",
        "NUMBA_CACHE_DIR": str(tmp_path),
    }
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    text = Text("A cup of coffee on a table of dark wood, beside a spoon of silver; a cup of coffee.")
    [encoder] = languagecoding.encoders([text], known.shipped(text_language.MODEL))
    assert done.stdout.strip() == encoder.codeword().hex()


# Text


@settings(max_examples=25)
@given(st.lists(texts(), min_size=1, max_size=4))
def test_texts_come_back_alone_and_together(found: list[Text]) -> None:
    model = known.from_bytes(TINY)
    together = [encoder.codeword() for encoder in languagecoding.encoders(found, model)]
    assert together == [languagecoding.encoders([text], model)[0].codeword() for text in found]
    assert languagecoding.decode([BitReader(codeword) for codeword in together], model) == found


@settings(max_examples=8)
@given(texts())
def test_texts_come_back_under_the_shipped_model(text: Text) -> None:
    payload = text_language.encode(text, PICTURE)
    assert text_language.decode(BitReader(payload), PICTURE) == text
    shares = text_language.split_bits(text, PICTURE)
    assert sum(share.bits for share in shares) == 8 * len(payload)


def test_many_at_once_give_what_each_gives() -> None:
    found = [*SAMPLES, *(Text(CAPTION[:length]) for length in range(0, 90, 7))]
    payloads = text_language.encode_many(found)
    assert payloads == [text_language.encode(text, PICTURE) for text in found]
    assert text_language.decode_many([BitReader(payload) for payload in payloads]) == found
    assert text_language.encode_many([]) == text_language.decode_many([]) == []


@settings(max_examples=40)
@given(st.binary(max_size=40))
def test_any_bytes_end_in_a_text_or_a_rule(payload: bytes) -> None:
    digest = known.from_bytes(TINY).digest
    try:
        text = text_language_own.decode(BitReader(digest + payload, path="text"), PICTURE)
    except MiscError as error:
        assert error.rule in {"MISC-ENT-001", "MISC-TXT-001", "MISC-TXT-003", "MISC-TXT-004", "MISC-TXT-006"}
        assert error.path.startswith("text")
        return
    assert isinstance(text, Text)


@settings(max_examples=8)
@given(st.binary(max_size=30))
def test_any_bytes_end_under_the_shipped_model(payload: bytes) -> None:
    try:
        assert isinstance(text_language.decode(BitReader(payload), PICTURE), Text)
    except MiscError as error:
        assert error.bit_offset == 0


@pytest.mark.parametrize(
    "unknown",
    [
        "清晨的阳光洒在古老的石桥上，河水静静地流过，岸边的柳树轻轻摇曳，几只白鹭在浅滩上觅食。",
        "Ранним утром солнце осветило старый каменный мост, под которым тихо текла река.",
        "🏠🌳🐎🌄🎨🧑‍🌾🚜🌾🐓🌦" * 4,
        "".join(chr(33 + (index * index * 7 + index * 31) % 94) for index in range(200)),
        "\x00\x01\x02\x7f" * 40,
        "".join(chr(0x10000 + index * 977) for index in range(60)),
    ],
    ids=["chinese", "russian", "emoji", "punctuation", "control", "planes"],
)
def test_what_the_model_does_not_know_costs_two_percent_over_raw_at_most(unknown: str) -> None:
    text = Text(unknown)
    assert len(text_language.encode(text, PICTURE)) <= 1.02 * len(text_raw.encode(text, PICTURE))


def test_details_are_helped_by_what_was_said() -> None:
    detail = "a man in a red jacket next to a brown horse"
    shares = {share.path: share for share in text_language.split_bits(Text(CAPTION, (Item("man", detail),)), PICTURE)}
    [alone, _] = text_language.split_bits(Text(detail), PICTURE)
    assert shares["items/0/detail"].information_bits < 0.8 * alone.information_bits


def test_shares_add_up_and_information_stands_beside_them() -> None:
    stream = Stream(512, 512, text=SAMPLES[3], methods={"text": "language"})
    data = write(stream)
    found = account(data, deep=True)
    parts = [part for part in found.components if part.path.startswith("text/")]
    assert [part.path for part in parts][:3] == ["text/overall", "text/items/0/name", "text/items/0/detail"]
    assert sum(part.bits for part in found.components) == 8 * len(data)
    for part in parts[:7]:
        assert part.information_bits is not None and abs(part.bits - part.information_bits) <= 1.5
    assert account(data).components[-1].path == "text"  # nothing is decoded without deep


def test_a_text_at_the_limit_and_one_byte_more() -> None:
    model = known.from_bytes(TINY)
    for length in (MAX_TEXT_BYTES - 2, MAX_TEXT_BYTES - 1):  # two separators are bytes, too
        field = model.pieces.tokens(b"a" * length)
        [encoder] = languagecoding.encode_tokens([[*field, NAME, DETAIL, END]], model)
        if length == MAX_TEXT_BYTES - 2:
            [text] = languagecoding.decode([BitReader(encoder.codeword())], model)
            assert text == Text("a" * length, (Item("", ""),))
        else:
            with pytest.raises(MiscError, match="MISC-TXT-004"):
                languagecoding.decode([BitReader(encoder.codeword())], model)


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 2**24 - 2), st.integers(1, 2**24)), max_size=40))
def test_a_span_is_the_symbol_of_a_whole_table(spans: list[tuple[int, int]]) -> None:
    by_span, by_table = rangecoder.Encoder(), rangecoder.Encoder()
    for before, width in spans:
        frequency = min(width, 2**24 - before - 1)
        by_span.encode_span(before, frequency)
        parts = [part for part in (before, frequency, 2**24 - before - frequency) if part]
        by_table.encode(int(before > 0), rangecoder.model(parts))
        assert by_span.position == by_table.position
    assert by_span.codeword() == by_table.codeword()
