"""Text in one codeword under an integer language model: the coding that the methods of clauses 6.4 and 6.10 have in common."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NoReturn

import numpy as np

from misc_format import limits
from misc_format.coders import Opened
from misc_format.coders.text import fields as textfields
from misc_format.coders.text.languagemodel import network
from misc_format.coders.text.languagemodel.constants import BROKEN
from misc_format.coders.text.languagemodel.known import Language
from misc_format.coders.text.languagemodel.pieces import DETAIL, END, NAME, Pieces
from misc_format.components import Text
from misc_format.entropy import rangecoder
from misc_format.errors import MiscError
from misc_format.structure.bits import BitReader, Share

STEPS = 64  # of one text that are encoded at a time
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


def _read(readers: Sequence[BitReader], model: Language, *, encodes: bool = False) -> list[_Reading]:
    """Decode texts to their end, one token of every text at a time: each weight is read once for all of them."""
    from misc_format.coders.text.languagemodel import kernels

    net = model.net
    run = network.run(net, len(readers))
    scratch = network.scratch(net, len(readers))
    going = readings = [_Reading(reader, model.pieces, row, encodes=encodes) for row, reader in enumerate(readers)]
    hidden, tokens = run.hidden, np.full(len(readers), END)
    while going:
        kernels.step(net, tokens, len(going), hidden, scratch)
        for place, reading in enumerate(going):
            products, row = scratch.products[place], reading.row
            token = kernels.decode_token(net, products, run, row, reading.state, reading.words, reading.span)
            tokens[place] = reading.take(token)
        if END in tokens:
            rows = np.flatnonzero(tokens != END)
            going = [going[row] for row in rows]
            hidden, tokens = np.ascontiguousarray(hidden[:, rows]), tokens[rows]
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


def encode_tokens(sequences: Sequence[Sequence[int]], model: Language) -> list[rangecoder.Encoder]:
    """An encoder for each sequence of tokens."""
    scratch = network.scratch(model.net, STEPS)
    return [_encoded(tokens, model, scratch) for tokens in sequences]


def _encoded(tokens: Sequence[int], model: Language, scratch: network.Scratch) -> rangecoder.Encoder:
    from misc_format.coders.text.languagemodel import kernels

    net, encoder, fields = model.net, rangecoder.Encoder(), 0
    run = network.run(net, 1, len(tokens))
    fed = np.array([END, *tokens[:-1]], np.int64)
    ahead, span = np.zeros_like(scratch.factors[:1]), np.zeros(2, np.int64)
    for start in range(0, len(tokens), STEPS):
        steps = min(STEPS, len(tokens) - start)
        kernels.feed(net, fed[start : start + steps], steps, run.hidden, scratch, ahead)
        for step, token in enumerate(tokens[start : start + steps]):
            kernels.encode_token(net, scratch.products[step], run, token, span)
            encoder.encode_span(*span.tolist())
            if token in ENDERS:
                encoder.mark(textfields.path_of(fields))
                fields += 1
    return encoder


class _Reading:
    """One payload that is being decoded: its fields so far, and the bytes of the field that is not complete.

    `row`: of its arrays. `state`, `words`: of the range coder. `span`: the frequencies before the last token, and its own.

    With `encodes`, every decoded token is appended to `tokens` and encoded into `encoder` under the same frequencies.
    """

    def __init__(self, reader: BitReader, pieces: Pieces, row: int, *, encodes: bool = False) -> None:
        from misc_format.entropy import rangesteps

        self._encodes = encodes
        self.encoder = rangecoder.Encoder()
        self.tokens: list[int] = []
        self._reader = reader
        self._component = reader.path
        self._start = reader.position
        reader.path = f"{reader.path}/codeword"
        self.state, self.words = rangesteps.decoder(reader.rest())
        self.span = np.zeros(2, np.int64)
        self._pieces = pieces
        self.row = row
        self._fields: list[str] = []
        self._field = bytearray()
        self._remaining = limits.MAX_TEXT_BYTES
        self.error: MiscError | None = None

    def take(self, token: int) -> int:
        """Take a token that was decoded, and return it. If the codeword is broken, keep the error and end the text as END does."""
        try:
            return self._next(token)
        except MiscError as error:
            self.error = error
            return END

    def _next(self, token: int) -> int:
        if token == BROKEN:
            self._reader.fail("MISC-ENT-001", "the codeword fits no symbol", bit_offset=self._start)
        self._encode_token(token)
        value = self._pieces.values[token]
        if token in ENDERS:
            self._end(token)
        else:
            self._field += value
        self._remaining -= len(value) if token != END else 0  # the token that ends the text is no separator
        if self._remaining < 0:
            self._fail("MISC-TXT-004", f"the text has more than {limits.MAX_TEXT_BYTES:,} bytes")
        return token

    def _encode_token(self, token: int) -> None:
        if self._encodes:
            self.tokens.append(token)
            self.encoder.encode_span(*self.span.tolist())
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
