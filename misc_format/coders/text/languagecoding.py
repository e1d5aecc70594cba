"""Text in one codeword under an integer language model: the coding that the methods of clauses 6.4 and 6.10 have in common."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from misc_format import limits
from misc_format.coders import Opened
from misc_format.coders.text import fields as textfields
from misc_format.coders.text.languagemodel.distribution import FIRST_TRUST
from misc_format.coders.text.languagemodel.known import Language
from misc_format.coders.text.languagemodel.match import Match
from misc_format.coders.text.languagemodel.pieces import DETAIL, END, NAME, Pieces
from misc_format.components import Text
from misc_format.entropy import rangecoder
from misc_format.errors import MiscError
from misc_format.structure.bits import BitReader, Share
from misc_format.system.threads import one_blas_thread

TOKENS_PER_RUN = 256  # whose products are in memory at a time
TEXTS_PER_BLOCK = 8  # whose tables of frequencies are in memory at a time, so that they stay in the cache
ENDERS = (END, NAME, DETAIL)


def split_bits(content: Text, model: Language) -> list[Share]:
    """The shares of the codeword of a text."""
    [encoder] = encoders([content], model)
    return shares(content, encoder)


def shares(content: Text, encoder: rangecoder.Encoder) -> list[Share]:
    """The shares of the codeword in an encoder that `encoders` made, with the fields' values."""
    fields = {textfields.path_of(index): field for index, field in enumerate(textfields.coded(content))}
    return [
        share._replace(path=field.path, value=field.value) if (field := fields.get(share.path)) else share
        for share in encoder.shares()
    ]


def decode(readers: Sequence[BitReader], model: Language) -> list[Text]:
    """The texts of many codewords, each up to the end of a reader's window. Raises the `MiscError` of the first that is broken."""
    texts = []
    for outcome in decode_each(readers, model):
        if isinstance(outcome, MiscError):
            raise outcome
        texts.append(outcome)
    return texts


def decode_each(readers: Sequence[BitReader], model: Language) -> list[Text | MiscError]:
    """As `decode`, but a broken codeword gives its `MiscError` as its result, and the others are decoded all the same."""
    return [reading.error or reading.text() for reading in _read(readers, model)]


def open_each(readers: Sequence[BitReader], model: Language) -> list[Opened | MiscError]:
    """As `decode_each`, with opened payloads as results."""
    return [reading.error or _opened(reading, model) for reading in _read(readers, model, encodes=True)]


def _opened(reading: _Reading, model: Language) -> Opened:
    """The opened payload of a codeword that was decoded and encoded at once.

    A canonical payload has the tokens that encoding its text gives. Its frequencies are then the same, and the network need not run again.
    """
    text = reading.text()

    @cache
    def encoder() -> rangecoder.Encoder:
        same = reading.tokens == sequence(text, model.pieces)
        return reading.encoder if same else encoders([text], model)[0]

    return Opened(text, lambda: encoder().codeword(), lambda: shares(text, encoder()))


@one_blas_thread()
def _read(readers: Sequence[BitReader], model: Language, *, encodes: bool = False) -> list[_Reading]:
    """Decode texts to their end, one token of every text at a time."""
    unfinished = readings = [_Reading(reader, model.pieces, encodes=encodes) for reader in readers]
    state = model.network.start(len(readers))
    tokens = np.full(len(readers), END)
    trust = np.full(len(readers), FIRST_TRUST)
    while unfinished:
        products = model.network.run(state, tokens[:, None])[:, 0]
        for rows in _blocks(len(unfinished)):
            predicted = model.distribution.softmax(products[rows])
            mixed = model.distribution.mixed(predicted, trust[rows])
            tokens[rows] = [reading.step(table) for reading, table in zip(unfinished[rows], mixed, strict=True)]
            trust[rows] = model.distribution.learned(predicted, trust[rows], tokens[rows])
        if END in tokens:
            going = np.flatnonzero(tokens != END)
            unfinished = [unfinished[row] for row in going]
            state, tokens, trust = np.ascontiguousarray(state[:, going]), tokens[going], trust[going]
    return readings


def sequence(content: Text, pieces: Pieces) -> list[int]:
    """The tokens of all fields of a text. The token that ends a field follows it."""
    values = [field.coded.encode() for field in textfields.coded(content)]
    enders = [(NAME, DETAIL)[index % 2] for index in range(len(values) - 1)] + [END]
    return [token for value, ender in zip(values, enders, strict=True) for token in (*pieces.tokens(value), ender)]


def encoders(contents: Sequence[Text], model: Language) -> list[rangecoder.Encoder]:
    """An encoder for each text, with the whole text encoded and a mark behind each field. Raises `MiscError` if a text is over a limit."""
    for content in contents:
        textfields.join(content)  # checks the limits
    return encode_tokens([sequence(content, model.pieces) for content in contents], model)


@one_blas_thread()
def encode_tokens(sequences: Sequence[Sequence[int]], model: Language) -> list[rangecoder.Encoder]:
    """An encoder for each sequence of tokens, in the order of `sequences`.

    Inside, the longest sequences come first, so that the unfinished ones are always in front.
    """
    order = sorted(range(len(sequences)), key=lambda index: -len(sequences[index]))
    results = [rangecoder.Encoder() for _ in sequences]
    matches = [Match() for _ in sequences]
    fields = [0] * len(sequences)
    state = model.network.start(len(sequences))
    before = np.full(len(sequences), END)
    trust = np.full(len(sequences), FIRST_TRUST)
    place = 0
    while order:
        steps = min(max(1, TOKENS_PER_RUN // len(order)), len(sequences[order[0]]) - place)
        targets = np.zeros((len(order), steps), np.int64)
        for row, index in enumerate(order):
            tokens = sequences[index][place : place + steps]
            targets[row, : len(tokens)] = tokens
        products = model.network.run(state, np.concatenate([before[:, None], targets[:, :-1]], 1))
        for step in range(steps):
            order = [index for index in order if len(sequences[index]) > place + step]
            for rows in _blocks(len(order)):
                predicted = model.distribution.softmax(products[rows, step])
                mixed = model.distribution.mixed(predicted, trust[rows])
                for index, table, token in zip(order[rows], mixed, targets[rows, step].tolist(), strict=True):
                    matches[index].mix(table)
                    matches[index].learn(token)
                    results[index].encode_span(int(table[:token].sum()), int(table[token]))
                    if token in ENDERS:
                        results[index].mark(textfields.path_of(fields[index]))
                        fields[index] += 1
                trust[rows] = model.distribution.learned(predicted, trust[rows], targets[rows, step])
        place += steps
        order = [index for index in order if len(sequences[index]) > place]
        left = len(order)
        state, before, trust = np.ascontiguousarray(state[:, :left]), targets[:left, -1], trust[:left]
    return results


def _blocks(count: int) -> list[slice]:
    """The rows of so many texts, in blocks."""
    return [slice(start, min(start + TEXTS_PER_BLOCK, count)) for start in range(0, count, TEXTS_PER_BLOCK)]


class _Reading:
    """One payload that is being decoded: its fields so far, and the bytes of the field that is not complete.

    With `encodes`, every decoded token is appended to `tokens` and encoded into `encoder` under the same frequencies.
    """

    def __init__(self, reader: BitReader, pieces: Pieces, *, encodes: bool = False) -> None:
        self._encodes = encodes
        self.encoder = rangecoder.Encoder()
        self.tokens: list[int] = []
        self._reader = reader
        self._component = reader.path
        self._start = reader.position
        reader.path = f"{reader.path}/codeword"
        self._decoder = rangecoder.Decoder(reader)
        self._pieces = pieces
        self._match = Match()
        self._fields: list[str] = []
        self._field = bytearray()
        self._remaining = limits.MAX_TEXT_BYTES
        self.error: MiscError | None = None

    def step(self, table: NDArray[np.int64]) -> int:
        """Decode a token. If the codeword is broken, keep the error and end the text as END does."""
        try:
            return self._next(table)
        except MiscError as error:
            self.error = error
            return END

    def _next(self, table: NDArray[np.int64]) -> int:
        """Decode a token. `table` has the frequencies of network and byte expert; the match model's share is added in place."""
        self._match.mix(table)
        token = self._decoder.decode(rangecoder.model(table))
        self._match.learn(token)
        self._encode_token(token, table)
        value = self._pieces.values[token]
        if token in ENDERS:
            self._end(token)
        else:
            self._field += value
        self._remaining -= len(value) if token != END else 0  # the token that ends the text is no separator
        if self._remaining < 0:
            self._fail("MISC-TXT-004", f"the text has more than {limits.MAX_TEXT_BYTES:,} bytes")
        return token

    def _encode_token(self, token: int, table: NDArray[np.int64]) -> None:
        if self._encodes:
            self.tokens.append(token)
            self.encoder.encode_span(int(table[:token].sum()), int(table[token]))
            if token in ENDERS:
                self.encoder.mark(textfields.path_of(len(self._fields)))

    def text(self) -> Text:
        """The text; only after END was decoded."""
        return textfields.text_of(self._fields, self._reader, self._start)

    def _end(self, token: int) -> None:
        path = textfields.path_of(len(self._fields))
        inside_name = path.endswith("name")
        if inside_name != (token == DETAIL):
            self._fail("MISC-TXT-006", f"token {token} cannot end {path}", path)
        try:
            self._fields.append(self._field.decode())
        except UnicodeDecodeError as error:
            message = f"byte {error.start} of the field is not UTF-8 ({error.reason})"
            self._reader.flaw("MISC-TXT-001", message, bit_offset=self._start, path=f"{self._component}/{path}")
            self._fields.append(self._field.decode(errors="replace"))
        self._field = bytearray()
        if len(self._fields) > 1 + 2 * limits.MAX_ITEMS - (token != END):
            self._fail("MISC-TXT-003", f"there are more than {limits.MAX_ITEMS} items")

    def _fail(self, rule: str, message: str, path: str = "") -> NoReturn:
        """Raise an error at the start of the codeword, whose fields have no bit offsets of their own."""
        where = f"{self._component}/{path}" if path else self._component
        self._reader.fail(rule, message, bit_offset=self._start, path=where)
