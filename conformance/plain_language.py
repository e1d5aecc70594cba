"""The language model of clauses 6.4 to 6.9 as the specification has it, slow and simple: int64 and plain integers, no BLAS, no float.

It shares no code with the package. The tests compare both, and the trace of intermediate values comes from here.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

I64 = np.int64
END, NAME, DETAIL = 0, 254, 253
Values = dict[str, Any]


class PlainModel:
    """Clause 6.5, and 6.6 to 6.9 on it."""

    def __init__(self, file: bytes) -> None:
        self.data = zlib.decompress(file)
        assert self.data[:8] == b"MISC-LM1"
        self.place = 8
        self.v, self.e, self.h, self.layers = (int(x) for x in self._take("<u2", 4))
        lengths = self._take("<u1", self.v - 256)
        self.pieces = [b"\xff", *(bytes([byte]) for byte in range(1, 255)), b"\0"]  # UTF-8 has no FF
        for length in lengths:
            self.pieces.append(self._take("<u1", int(length)).astype(np.uint8).tobytes())
        self.embedding = self._take("<i1", self.v, self.e)
        self.gru = []
        for layer in range(self.layers):
            inputs = self.h if layer else self.e
            gru = {"wx": self._take("<i1", 3 * self.h, inputs)}
            gru |= {"mx": self._take("<u4", 3 * self.h), "bx": self._take("<i4", 3 * self.h)}
            gru |= {"wh": self._take("<i1", 3 * self.h, self.h)}
            gru |= {"mh": self._take("<u4", 3 * self.h), "bh": self._take("<i4", 3 * self.h)}
            self.gru.append(gru)
        self.wp, self.mp = self._take("<i1", self.e, self.h), self._take("<u4", self.e)
        self.bp = self._take("<i4", self.e)
        self.mo = int(self._take("<u4", 1)[0])
        self.bo = self._take("<i4", self.v)
        self.sigmoid = self._take("<u2", 8192)
        self.exp2 = self._take("<u4", 2048)
        assert self.place == len(self.data)
        whole = sum(256 ** (16 - len(piece)) for piece in self.pieces[256:])
        extra = -(-whole // 256**15)
        c = (2**24 - self.v) // (256 + extra)
        self.bytewise = [1 + c // 256 ** (len(piece) - 1) for piece in self.pieces]

    def _take(self, kind: str, *sizes: int) -> Any:
        values = np.frombuffer(self.data, kind, int(np.prod(sizes)), self.place)
        self.place += values.nbytes
        return values.astype(I64).reshape(sizes)

    def start(self) -> list[Any]:
        """The states before the first token."""
        return [np.zeros(self.h, I64) for _ in range(self.layers)]

    def step(self, states: list[Any], token: int, seen: Values | None = None) -> Any:
        """Clause 6.7: the products behind a token; changes the states, and notes in `seen` what came on the way."""
        x = self.embedding[token]
        n = self.h
        layers = []
        for layer, gru in enumerate(self.gru):
            h = states[layer]
            fresh = _scaled(_dot(gru["wx"], x), gru["mx"]) + gru["bx"]
            kept = _scaled(_dot(gru["wh"], _half_up(h, 8)), gru["mh"]) + gru["bh"]
            reset = self._logistic(_half_up(fresh[:n] + kept[:n], 7))
            update = self._logistic(_half_up(fresh[n : 2 * n] + kept[n : 2 * n], 7))
            new = 2 * self._logistic(_half_up(fresh[2 * n :] + _half_up(reset * kept[2 * n :], 15), 6)) - 2**15
            states[layer] = new + _half_up(update * (h - new), 15)
            x = _half_up(states[layer], 8)
            layers.append(
                {"fresh": fresh, "kept": kept, "reset": reset, "update": update, "new": new, "h": states[layer]}
            )
        y = np.minimum(np.maximum(_scaled(_dot(self.wp, x), self.mp) + self.bp, -127), 127)
        products = _dot(self.embedding, y)
        if seen is not None:
            seen |= {"layers": layers, "y": y, "products": products}
        return products

    def _logistic(self, places: Any) -> Any:
        return self.sigmoid[np.minimum(np.maximum(places + 4096, 0), 8191)]

    def network(self, products: Any) -> list[int]:
        """Clause 6.8."""
        logits = [((int(p) * self.mo + 2**23) >> 24) + int(b) for p, b in zip(products, self.bo, strict=True)]
        top = max(logits)
        weights = [int(self.exp2[(top - x) % 2048]) >> min((top - x) // 2048, 31) for x in logits]
        q = (2**24 - self.v) * 2**28 // sum(weights)
        return [1 + w * q // 2**28 for w in weights]

    def mixed(self, network: Sequence[int], trust: int) -> list[int]:
        """Clause 6.9, byte expert."""
        table = [((2**16 - trust) * n + trust * b) // 2**16 for n, b in zip(network, self.bytewise, strict=True)]
        table[network.index(max(network))] += 2**24 - sum(table)
        return table

    def learned(self, network: Sequence[int], trust: int, token: int) -> int:
        """Clause 6.9, the trust in the byte expert after a token."""
        said, other = trust * self.bytewise[token], (2**16 - trust) * network[token]
        return int(min(max(2**16 * said // (said + other), 16), 2**16 - 16))

    def matched(
        self, table: Sequence[int], history: Sequence[int], trusts: Sequence[int]
    ) -> tuple[list[int], int, int]:
        """Clause 6.9: the table with the match model's share, the length of the context (0: none), and what it expects."""
        for length in range(min(6, len(history)), 0, -1):
            context = history[-length:]
            for place in range(len(history) - 1, length - 1, -1):
                if history[place - length : place] == context:
                    token, trust = history[place], trusts[length - 1]
                    found = [f - f * trust // 2**16 for f in table]
                    found[token] += 2**24 - sum(found)
                    return found, length, token
        return list(table), 0, 0

    def rematched(self, trust: int, before: int, hit: bool) -> int:
        """Clause 6.9, the trust in the match model after a token."""
        if not hit:
            return max(trust - trust // 16, 16)
        share = trust * 2**40 // (trust * 2**24 + (2**16 - trust) * before)
        return min(trust + (share - trust) // 16, 63488)

    def tokens(self, field: bytes) -> list[int]:
        """Clause 6.6: try every length, longest first."""
        known = {piece: token for token, piece in enumerate(self.pieces)}
        found = []
        while field:
            length = next(n for n in range(min(16, len(field)), 0, -1) if field[:n] in known)
            found.append(known[field[:length]])
            field = field[length:]
        return found

    def sequence(self, fields: Sequence[bytes]) -> list[int]:
        """Clause 6.4: the tokens of all fields."""
        found = []
        for index, field in enumerate(fields):
            found += [*self.tokens(field), END if index == len(fields) - 1 else (NAME, DETAIL)[index % 2]]
        return found

    def walk(self, code: Callable[[list[int]], int], note: Callable[[Values], None] | None = None) -> None:
        """Clause 6.4: `code` takes the frequencies and returns the token that came, until END; `note` gets every value."""
        states, trust, before = self.start(), 2048, END
        history: list[int] = []
        trusts = [2200, 9400, 22100, 28400, 36300, 41000]
        token = -1
        while token != END:
            seen: Values = {"input": before, "trust": trust, "match_trust": list(trusts)}
            network = self.network(self.step(states, before, seen))
            mixed = self.mixed(network, trust)
            table, length, expected = self.matched(mixed, history, trusts)
            token = code(table)
            if note:
                match = {"match_length": length, "expected": expected if length else None}
                note({**seen, "n": network, "m": mixed, **match, "f": table, "token": token})
            trust, before = self.learned(network, trust, token), token
            if length:
                trusts[length - 1] = self.rematched(trusts[length - 1], mixed[expected], token == expected)
            history.append(token)

    def encode(self, fields: Sequence[bytes], coder: Any, note: Callable[[Values], None] | None = None) -> None:
        """Encode text with a range coder: `coder.encode( frequencies, token )`."""
        left = iter(self.sequence(fields))

        def code(table: list[int]) -> int:
            token = next(left)
            coder.encode(table, token)
            return token

        self.walk(code, note)

    def decode(self, coder: Any) -> list[bytes]:
        """Decode text with a range coder: `coder.decode( frequencies )`."""
        fields = [b""]

        def code(table: list[int]) -> int:
            token: int = coder.decode(table)
            if token in (NAME, DETAIL):
                fields.append(b"")
            elif token != END:
                fields[-1] += self.pieces[token]
            return token

        self.walk(code)
        return fields


def _dot(weights: Any, factors: Any) -> Any:
    """A matrix times a vector in int64, which no BLAS takes."""
    return weights @ factors


def _half_up(values: Any, bits: int) -> Any:
    return (values + 2 ** (bits - 1)) >> bits


def _scaled(sums: Any, multiplier: Any) -> Any:
    return _half_up(sums * multiplier, 24)
