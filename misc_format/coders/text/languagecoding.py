"""Text in one codeword under an integer language model: what the methods of clauses 6.4 and 6.10 share."""

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
from misc_format.components import Item, Text
from misc_format.entropy import rangecoder
from misc_format.errors import MiscError
from misc_format.structure.bits import BitReader, Share

ROWS = 256  # tokens whose products are in memory at a time
BLOCK = 8  # texts whose tables are
ENDERS = (END, NAME, DETAIL)


def split_bits(content: Text, model: Language) -> list[Share]:
    """The codeword of a text, split by field."""
    [encoder] = encoders([content], model)
    return shares(content, encoder)


def shares(content: Text, encoder: rangecoder.Encoder) -> list[Share]:
    """The codeword of an encoder of `encoders`, split by field, with the fields' values."""
    values: dict[str, object] = dict(content.fields())
    return [share._replace(value=values.get(share.path)) for share in encoder.shares()]


def decode(readers: Sequence[BitReader], model: Language) -> list[Text]:
    """The texts of the codewords that are the rests of the readers' windows. The first that is broken raises its `MiscError`."""
    texts = []
    for found in decode_each(readers, model):
        if isinstance(found, MiscError):
            raise found
        texts.append(found)
    return texts


def decode_each(readers: Sequence[BitReader], model: Language) -> list[Text | MiscError]:
    """As `decode`; a broken one is its `MiscError`, and keeps none of the others from being decoded."""
    return [reading.error or reading.text() for reading in _read(readers, model)]


def open_each(readers: Sequence[BitReader], model: Language) -> list[Opened | MiscError]:
    """As `decode_each`, opened."""
    return [reading.error or _opened(reading, model) for reading in _read(readers, model, again=True)]


def _opened(reading: _Reading, model: Language) -> Opened:
    """A canonical payload has the tokens of its text: its frequencies are those of encoding, and the network runs once."""
    text = reading.text()

    @cache
    def encoder() -> rangecoder.Encoder:
        same = reading.tokens == sequence(text, model.pieces)
        return reading.again if same else encoders([text], model)[0]

    return Opened(text, lambda: encoder().codeword(), lambda: shares(text, encoder()))


def _read(readers: Sequence[BitReader], model: Language, *, again: bool = False) -> list[_Reading]:
    """Decode texts to their end, a step of all at a time."""
    unfinished = readings = [_Reading(reader, model.pieces, again=again) for reader in readers]
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
    """The tokens of all fields, each field followed by the token that ends it."""
    values = [value.encode() for _, value in content.fields()]
    enders = [(NAME, DETAIL)[index % 2] for index in range(len(values) - 1)] + [END]
    return [token for value, ender in zip(values, enders, strict=True) for token in (*pieces.tokens(value), ender)]


def encoders(contents: Sequence[Text], model: Language) -> list[rangecoder.Encoder]:
    """An encoder for each text, all of it encoded, and marked by field; `MiscError` if a text is over a limit."""
    for content in contents:
        textfields.join(content)  # checks the limits
    return encode_tokens([sequence(content, model.pieces) for content in contents], model)


def encode_tokens(sequences: Sequence[Sequence[int]], model: Language) -> list[rangecoder.Encoder]:
    """An encoder for each sequence of tokens. The longest go first, so that those not yet at their end are always in front."""
    order = sorted(range(len(sequences)), key=lambda index: -len(sequences[index]))
    found = [rangecoder.Encoder() for _ in sequences]
    matches = [Match() for _ in sequences]
    fields = [0] * len(sequences)
    state = model.network.start(len(sequences))
    before = np.full(len(sequences), END)
    trust = np.full(len(sequences), FIRST_TRUST)
    place = 0
    while order:
        steps = min(max(1, ROWS // len(order)), len(sequences[order[0]]) - place)
        targets = np.zeros((len(order), steps), np.int64)
        for row, index in enumerate(order):
            part = sequences[index][place : place + steps]
            targets[row, : len(part)] = part
        products = model.network.run(state, np.concatenate([before[:, None], targets[:, :-1]], 1))
        for step in range(steps):
            order = [index for index in order if len(sequences[index]) > place + step]
            for rows in _blocks(len(order)):
                predicted = model.distribution.softmax(products[rows, step])
                mixed = model.distribution.mixed(predicted, trust[rows])
                for index, table, token in zip(order[rows], mixed, targets[rows, step].tolist(), strict=True):
                    matches[index].mix(table)
                    matches[index].learn(token)
                    found[index].encode_span(int(table[:token].sum()), int(table[token]))
                    if token in ENDERS:
                        found[index].mark(textfields.path_of(fields[index]))
                        fields[index] += 1
                trust[rows] = model.distribution.learned(predicted, trust[rows], targets[rows, step])
        place += steps
        order = [index for index in order if len(sequences[index]) > place]
        left = len(order)
        state, before, trust = np.ascontiguousarray(state[:, :left]), targets[:left, -1], trust[:left]
    return found


def _blocks(count: int) -> list[slice]:
    """Texts a few at a time, so that their tables stay in the cache."""
    return [slice(start, min(start + BLOCK, count)) for start in range(0, count, BLOCK)]


class _Reading:
    """One payload being decoded: its fields so far, and what may end the last of them.

    Asked to, it gives all that it decodes, `tokens`, to an encoder, `again`, under the same frequencies.
    """

    def __init__(self, reader: BitReader, pieces: Pieces, *, again: bool = False) -> None:
        self._encodes = again
        self.again = rangecoder.Encoder()
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
        self._left = limits.MAX_TEXT_BYTES
        self.error: MiscError | None = None

    def step(self, table: NDArray[np.int64]) -> int:
        """Decode a token; one that is broken ends the text like END."""
        try:
            return self._next(table)
        except MiscError as error:
            self.error = error
            return END

    def _next(self, table: NDArray[np.int64]) -> int:
        """Decode a token under the frequencies of network and byte expert, the match model's share added."""
        self._match.mix(table)
        token = self._decoder.decode(rangecoder.model(table))
        self._match.learn(token)
        self._encode_again(token, table)
        value = self._pieces.values[token]
        self._left -= len(value)
        if self._left < -1:  # the last ender is no separator
            self._fail("MISC-TXT-004", f"the text has more than {limits.MAX_TEXT_BYTES:,} bytes")
        if token in ENDERS:
            self._end(token)
        else:
            self._field += value
        return token

    def _encode_again(self, token: int, table: NDArray[np.int64]) -> None:
        if self._encodes:
            self.tokens.append(token)
            self.again.encode_span(int(table[:token].sum()), int(table[token]))
            if token in ENDERS:
                self.again.mark(textfields.path_of(len(self._fields)))

    def text(self) -> Text:
        """The text, once END was decoded."""
        overall, *others = self._fields
        return Text(overall, tuple(map(Item, others[::2], others[1::2])))

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
        """Nothing in a codeword has a place of its own: the error is at its start."""
        where = f"{self._component}/{path}" if path else self._component
        self._reader.fail(rule, message, bit_offset=self._start, path=where)
