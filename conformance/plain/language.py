"""Clauses 6.4 to 6.10: text under a language model, in int64 and plain integers, without BLAS and without floating point."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from .accounting import Decoded
from .bits import BrokenRule, Payload, check_canonical
from .limits import MAX_ITEMS, MAX_TEXT_BYTES
from .modelfile import Integers, ModelFile, has_signature
from .rangecoder import NoSymbol, RangeDecoder, RangeEncoder, shares
from .tables import table
from .text import content, field_path

SIGNATURE = b"MISC-LM1"
END, DETAIL, NAME = 0, 253, 254
MATCH_TRUST = (2200, 9400, 22100, 28400, 36300, 41000)  # of contexts of 1 to 6 tokens
Values = dict[str, Any]


class Layer(NamedTuple):
    """Clause 6.5: the arrays of one layer."""

    input_weights: Integers
    input_scale: Integers
    input_bias: Integers
    state_weights: Integers
    state_scale: Integers
    state_bias: Integers


class LanguageModel:
    """Clauses 6.5 to 6.9: a model file, and what it makes of the tokens so far."""

    def __init__(self, file: bytes) -> None:
        """Clause 6.5."""
        arrays = ModelFile(file, SIGNATURE, 4)
        read = arrays.array
        vocabulary, width, hidden, layers = arrays.sizes
        self.vocabulary, self.hidden = vocabulary, hidden
        piece_lengths = read("u1", vocabulary - 256).tolist()
        self.pieces = [b"", *(bytes([byte]) for byte in range(1, 255)), b"\0"]
        self.pieces += [bytes(read("u1", length).tolist()) for length in piece_lengths]
        self.token_of = {piece: token for token, piece in enumerate(self.pieces) if token not in (END, NAME, DETAIL)}
        self.embedding = read("i1", vocabulary, width)
        self.layers = [self._layer(read, hidden if layer else width) for layer in range(layers)]
        self.projection_weights = read("i1", width, hidden)
        self.projection_scale = read("u4", width)
        self.projection_bias = read("i4", width)
        self.output_scale = int(read("u4", 1)[0])
        self.output_bias = read("i4", vocabulary).tolist()
        self.sigmoid = read("u2", 8192)
        self.exp2 = read("u4", 2048).tolist()
        arrays.check_end()
        self.byte_expert = self._byte_expert()

    def _layer(self, read: Callable[..., Integers], inputs: int) -> Layer:
        rows = 3 * self.hidden
        return Layer(
            read("i1", rows, inputs), read("u4", rows), read("i4", rows),
            read("i1", rows, self.hidden), read("u4", rows), read("i4", rows),
        )  # fmt: skip

    def tokens(self, field: bytes) -> list[int]:
        """Clause 6.6: the longest piece that the rest of the field begins with, again and again."""
        tokens = []
        while field:
            length = next(n for n in range(min(16, len(field)), 0, -1) if field[:n] in self.token_of)
            tokens.append(self.token_of[field[:length]])
            field = field[length:]
        return tokens

    def sequence(self, fields: Sequence[bytes]) -> list[int]:
        """Clause 6.4: the tokens of all fields, with the one that follows each field."""
        tokens = []
        for index, field in enumerate(fields):
            tokens += [*self.tokens(field), END if index == len(fields) - 1 else (NAME, DETAIL)[index % 2]]
        return tokens

    def start(self) -> list[Integers]:
        """Clause 6.7: the state h of each layer before the first token."""
        return [np.zeros(self.hidden, np.int64) for _ in self.layers]

    def step(self, h: list[Integers], token: int, trace: Values | None = None) -> Integers:
        """Clause 6.7: a product for every token. `h` goes on to the next step; `trace` gets the values on the way."""
        x = self.embedding[token]
        n = self.hidden
        layers = []
        for number, layer in enumerate(self.layers):
            fresh = r(layer.input_weights @ x * layer.input_scale, 24) + layer.input_bias
            kept = r(layer.state_weights @ r(h[number], 8) * layer.state_scale, 24) + layer.state_bias
            reset = self.s(r(fresh[:n] + kept[:n], 7))
            update = self.s(r(fresh[n : 2 * n] + kept[n : 2 * n], 7))
            new = 2 * self.s(r(fresh[2 * n :] + r(reset * kept[2 * n :], 15), 6)) - 2**15
            h[number] = new + r(update * (h[number] - new), 15)
            x = r(h[number], 8)
            layers.append({"fresh": fresh, "kept": kept, "reset": reset, "update": update, "new": new, "h": h[number]})
        y = r(self.projection_weights @ x * self.projection_scale, 24) + self.projection_bias
        y = np.minimum(np.maximum(y, -127), 127)
        products: Integers = self.embedding @ y
        if trace is not None:
            trace |= {"layers": layers, "y": y, "products": products}
        return products

    def s(self, x: Integers) -> Integers:
        """Clause 6.7: the logistic function."""
        return self.sigmoid[np.minimum(np.maximum(x + 4096, 0), 8191)]

    def network_frequencies(self, products: Integers) -> list[int]:
        """Clause 6.8: n."""
        scaled = r(products * self.output_scale, 24).tolist()
        logits = [product + bias for product, bias in zip(scaled, self.output_bias, strict=True)]
        largest = max(logits)
        weights = [self.exp2[(largest - logit) % 2048] >> min((largest - logit) // 2048, 31) for logit in logits]
        q = (2**24 - self.vocabulary) * 2**28 // sum(weights)
        return [1 + (weight * q >> 28) for weight in weights]

    def _byte_expert(self) -> list[int]:
        """Clause 6.9: b."""
        length = [max(len(piece), 1) for piece in self.pieces]
        extra = -(-sum(256 ** (16 - n) for n in length[256:]) // 256**15)
        c = (2**24 - self.vocabulary) // (256 + extra)
        return [1 + (c >> 8 * (n - 1)) for n in length]

    def mixed(self, n: Sequence[int], trust: int) -> list[int]:
        """Clause 6.9: m, network and byte expert together."""
        m = [(2**16 - trust) * network + trust * byte >> 16 for network, byte in zip(n, self.byte_expert, strict=True)]
        m[n.index(max(n))] += 2**24 - sum(m)
        return m

    def trust_after(self, n: Sequence[int], trust: int, token: int) -> int:
        """Clause 6.9: the trust in the byte expert after a token."""
        said = trust * self.byte_expert[token]
        trust = (said << 16) // (said + (2**16 - trust) * n[token])
        return min(max(trust, 2**4), 2**16 - 2**4)

    def walk(self, code: Callable[[list[int]], int], trace: Callable[[Values], None] | None = None) -> None:
        """Clause 6.4: token by token up to END. `code` takes frequencies and gives the token; `trace` gets the values on the way."""
        h, trust, match = self.start(), 2**11, MatchModel()
        token = END
        while True:
            values: Values = {"input": token, "trust": trust, "match_trust": list(match.trust)}
            n = self.network_frequencies(self.step(h, token, values))
            m = self.mixed(n, trust)
            f, context, expected = match.frequencies(m)
            token = code(f)
            if trace:
                values |= {"n": n, "m": m, "match_length": context, "expected": expected if context else None}
                trace({**values, "f": f, "token": token})
            if token == END:
                return
            trust = self.trust_after(n, trust, token)
            match.learn(m, context, expected, token)

    def encode(
        self, fields: Sequence[bytes], encoder: RangeEncoder, trace: Callable[[Values], None] | None = None
    ) -> None:
        """Clause 6.4: text to a range coder."""
        tokens = iter(self.sequence(fields))

        def code(f: list[int]) -> int:
            token = next(tokens)
            encoder.encode(f, token)
            return token

        self.walk(code, trace)


class MatchModel:
    """Clause 6.9: it expects what followed the same tokens before."""

    def __init__(self) -> None:
        self.history = ""  # a character for each token
        self.trust = list(MATCH_TRUST)

    def frequencies(self, m: Sequence[int]) -> tuple[list[int], int, int]:
        """The model f of the range coder, the length of the context, 0 if there is none, and the token that is expected."""
        context, expected = self._context()
        f = list(m)
        if context:
            f = [value - (value * self.trust[context - 1] >> 16) for value in m]
            f[expected] += 2**24 - sum(f)
        return f, context, expected

    def _context(self) -> tuple[int, int]:
        """The longest context, and of its places the last one."""
        history = self.history
        for k in range(min(6, len(history)), 0, -1):
            place = history.rfind(history[-k:], 0, len(history) - 1)
            if place >= 0:
                return k, ord(history[place + k])
        return 0, 0

    def learn(self, m: Sequence[int], context: int, expected: int, token: int) -> None:
        """What changes after a token."""
        if context:
            old = self.trust[context - 1]
            if token == expected:
                said = old << 24
                share = (said << 16) // (said + (2**16 - old) * m[expected])
                self.trust[context - 1] = min(old + (share - old >> 4), 63488)
            else:
                self.trust[context - 1] = max(old - (old >> 4), 2**4)
        self.history += chr(token)


def r(x: Any, n: int) -> Any:
    """Clause 6.7: division by 2^n, rounded to the nearest, halves upwards."""
    return x + 2 ** (n - 1) >> n


def decode(payload: Payload) -> Decoded:
    """Clause 6.4."""
    return decode_under(shipped_model(), payload)


def shipped_model() -> LanguageModel:
    """The model of the specification."""
    return language_model(table("text-language-1.bin"))


def decode_own(payload: Payload) -> Decoded:
    """Clause 6.10."""
    start = payload.position
    digest = f"{payload.u(64, 'text/model_digest'):016x}"
    if not has_signature(payload.models.get(digest, b""), SIGNATURE):
        raise BrokenRule("MISC-TXT-007", start, "text/model_digest")
    return decode_under(language_model(payload.models[digest]), payload)


def model_digest(file: bytes) -> str:
    """Clause 6.10: how a payload names a model file."""
    return hashlib.sha256(file).hexdigest()[:16]


@cache
def language_model(file: bytes) -> LanguageModel:
    """The model of a file."""
    return LanguageModel(file)


def decode_under(model: LanguageModel, payload: Payload) -> Decoded:
    """Clause 6.4: the codeword under a model, and whether it is canonical (clause 4.6)."""
    start, codeword = payload.position, payload.rest()
    text = TextDecoder(model, codeword, start)
    text.run()
    fields = [value.encode("utf-8") for value in text.values]
    if model.sequence(fields) == text.tokens:
        encoded = text.decoder.encoded()
    else:
        encoder = RangeEncoder()
        model.encode(fields, encoder)
        encoded = encoder.codeword()
    symbols, paths = content(text.values, start)
    check_canonical(codeword, encoded, start, "text")
    return symbols, shares(list(zip(paths, text.positions, strict=True)), len(codeword))


class TextDecoder:
    """Clause 6.4: tokens become fields, and a decoder stops at the first error. `start` is the codeword's bit offset."""

    def __init__(self, model: LanguageModel, codeword: bytes, start: int) -> None:
        self.model, self.decoder, self.start = model, RangeDecoder(codeword), start
        self.values: list[str] = []
        self.tokens: list[int] = []
        self.positions: list[int] = []  # behind each field
        self._field = b""
        self._bytes = 0

    def run(self) -> None:
        """Decode all tokens."""
        self.model.walk(self._code)

    def _code(self, f: list[int]) -> int:
        """The next token."""
        try:
            token = self.decoder.decode(f)
        except NoSymbol:
            raise BrokenRule("MISC-ENT-001", self.start, "text/codeword") from None
        self.tokens.append(token)
        if token in (NAME, DETAIL, END):
            self._end_field(token)
        else:
            self._field += self.model.pieces[token]
        self._bytes += 1 if token in (NAME, DETAIL) else len(self.model.pieces[token])
        if self._bytes > MAX_TEXT_BYTES:
            raise BrokenRule("MISC-TXT-004", self.start, "text")
        return token

    def _end_field(self, token: int) -> None:
        """NAME, DETAIL or END: the field is complete."""
        path, is_name = field_path(len(self.values)), len(self.values) % 2 == 1
        if is_name != (token == DETAIL):
            raise BrokenRule("MISC-TXT-006", self.start, f"text/{path}")
        try:
            self.values.append(self._field.decode("utf-8"))
        except UnicodeDecodeError:
            raise BrokenRule("MISC-TXT-001", self.start, f"text/{path}") from None
        if token == NAME and len(self.values) > 2 * MAX_ITEMS:
            raise BrokenRule("MISC-TXT-003", self.start, "text")
        self._field = b""
        self.positions.append(self.decoder.position)
