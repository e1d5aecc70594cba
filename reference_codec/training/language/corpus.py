"""Captions as sequences of tokens, weighted by source, in batches of sequences of about the same length."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.text.languagecoding import sequence
from misc_format.coders.text.languagemodel.pieces import END, Pieces
from misc_format.components import Item, Text

Tokens = NDArray[np.int16]

# How often a caption of a source is seen in an epoch, at the start and at the end of training; 1 for a source that is not in the table.
# What large multimodal models write about pictures has the largest weight. Short captions of photos are many and much alike.
WEIGHTS = {
    "cmc_gpt4v": (3.0, 2.5),
    "cmc_qwen": (3.0, 2.5),
    "dpg_bench": (2.0, 1.5),
    "iiw_human": (2.0, 1.5),
    "iiw_object_descriptions": (2.0, 1.5),
    "vlm_halc": (0.5, 0.3),
    "vlm_opera": (0.7, 0.4),
    "coco_mini": (0.4, 0.1),
    "coco_val2014_30k": (0.4, 0.1),
    "coco_val2017": (0.4, 0.1),
    "cc3m_val": (0.5, 0.3),
    "t2i_compbench": (0.3, 0.1),
}
# How often a caption is also seen as an overall text with items, relative to the weight of its source.
ITEMISED = 0.2
MAX_ITEMS = 3
SENTENCE = re.compile(r"(?<=[.!?]) ")
# A noun phrase: an article, adjectives and a noun, up to a word that cannot continue it.
PHRASE = re.compile(
    r"\b(?:[Aa]n?|[Tt]he|[Tt]wo|[Tt]hree|[Hh]is|[Hh]er|[Ii]ts)(?: [a-z-]+){1,4}?"
    r"(?=[.,]| (?:of|in|on|with|and|is|are|was|at|to|that|who|which|from|by|for|has|while|near|behind|as)\b)"
)


class Source(NamedTuple):
    """The captions of one file."""

    name: str
    captions: tuple[str, ...]

    @property
    def weights(self) -> tuple[float, float]:
        """How often each caption is seen in an epoch, at the start and at the end of training."""
        return WEIGHTS.get(self.name, (1.0, 1.0))


def load(folder: Path) -> list[Source]:
    """The sources of a folder: its *.txt files, one caption per line."""
    paths = sorted(folder.glob("*.txt"))
    return [Source(path.stem, tuple(filter(None, path.read_text("utf-8").splitlines()))) for path in paths]


def repeated(sources: Sequence[Source]) -> list[str]:
    """Every caption as often as its first weight says, at least once. A vocabulary is learnt from them."""
    return [
        caption for source in sources for caption in source.captions for _ in range(max(1, round(source.weights[0])))
    ]


def itemise(caption: str, chance: random.Random) -> Text | None:
    """A caption as the papers' systems would write it: an overall text, and items whose details repeat it or say more.

    None if the caption has no noun phrases.
    """
    sentences = SENTENCE.split(caption)
    count = chance.randint(1, len(sentences))
    overall = " ".join(sentences[:count])
    phrases = [match.group().split() for match in PHRASE.finditer(overall)]
    items = []
    for words in chance.sample(phrases, min(len(phrases), chance.randint(1, MAX_ITEMS))):
        name = " ".join((words[1:] or words)[-chance.choice((1, 1, 2)) :])
        later = [sentence for sentence in sentences[count:] if words[-1] in sentence]
        detail = chance.choice(later) if later and chance.random() < 0.7 else _described(words, overall, chance)
        items.append(Item(name, detail))
    return Text(overall, tuple(items)) if items else None


def _described(words: list[str], overall: str, chance: random.Random) -> str:
    """A detail in the words of the overall text: the phrase with what follows it, or turned into a statement."""
    *adjectives, noun = words[1:] or words
    if adjectives and chance.random() < 0.3:
        return f"{chance.choice(('The', 'the', 'A', 'a'))} {noun} is {' '.join(adjectives)}"
    sentence = overall[overall.find(" ".join(words)) :].split(". ", maxsplit=1)[0].split()
    start = chance.choice((0, 0, 1)) if len(words) > 1 else 0
    return " ".join(sentence[start : len(words) + chance.randint(0, 9)]).rstrip(".,")


def labelled(path: Path) -> list[Text]:
    """Texts of items that people have named and described, one per picture. The first description is the overall text."""
    pictures: dict[str, list[Item]] = {}
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        pictures.setdefault(row["image"], []).append(Item(row["label"], row["description"]))
    return [Text(items[0].detail, tuple(items[1 : 1 + MAX_ITEMS])) for items in pictures.values() if len(items) > 1]


class Corpus:
    """The captions of sources, and texts with items, as tokens, drawn by their weights."""

    def __init__(self, sources: Sequence[Source], texts: Sequence[Text], pieces: Pieces, seed: int) -> None:
        self._chance = random.Random(seed)
        self._drawn = [
            (source.weights, [_tokens(Text(caption, ()), pieces) for caption in source.captions]) for source in sources
        ]
        for source in sources:
            made = (itemise(caption, self._chance) for caption in source.captions)
            first, last = (ITEMISED * weight for weight in source.weights)
            self._drawn.append(((first, last), [_tokens(text, pieces) for text in made if text]))
        self._drawn.append(((1.0, 1.0), [_tokens(text, pieces) for text in texts]))

    def epoch(self, progress: float) -> list[Tokens]:
        """Every sequence as often as its weight says, shuffled. Fractions are decided at random. `progress`: the share of training done."""
        drawn = [
            tokens
            for (first, last), sequences in self._drawn
            for tokens in sequences
            for _ in range(int(first + (last - first) * progress + self._chance.random()))
        ]
        self._chance.shuffle(drawn)
        return drawn

    def batches(
        self, size: int, max_tokens: int, progress: Callable[[], float]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Inputs and targets (-1: none), int64 (rows, steps) of about `size` tokens, without end. Sequences are cut to `max_tokens`."""
        while True:
            drawn = self.epoch(progress())
            pools = [drawn[start : start + 4096] for start in range(0, len(drawn), 4096)]
            batches = [rows for pool in pools for rows in _rows(sorted(pool, key=len), size, max_tokens)]
            self._chance.shuffle(batches)
            for rows in batches:
                yield pad(rows)


def pad(rows: Sequence[Tokens]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Inputs and targets of sequences, padded to the same length. A sequence begins with the token that precedes its first target."""
    steps = max(map(len, rows)) - 1
    inputs = np.zeros((len(rows), steps), np.int64)
    targets = np.full((len(rows), steps), -1, np.int64)
    for row, tokens in enumerate(rows):
        inputs[row, : len(tokens) - 1] = tokens[:-1]
        targets[row, : len(tokens) - 1] = tokens[1:]
    return inputs, targets


def _rows(ordered: Sequence[Tokens], size: int, max_tokens: int) -> Iterator[list[Tokens]]:
    """Groups of consecutive sequences with at most `size` tokens after padding. Sequences are cut to `max_tokens`."""
    batch: list[Tokens] = []
    for tokens in ordered:
        cut = tokens[:max_tokens]
        if batch and (len(batch) + 1) * len(cut) > size:
            yield batch
            batch = []
        batch.append(cut)
    if batch:
        yield batch


def _tokens(text: Text, pieces: Pieces) -> Tokens:
    return np.array([END, *sequence(text, pieces)], np.int16)
