"""The vocabulary: pieces of bytes for a greedy tokeniser, which takes the longest piece that fits.

Candidates come from byte-pair encoding of words, each with the space before it. Those that the greedy tokeniser uses least are dropped
in several rounds: the pieces that it takes are not those that the merges took.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from misc_format.coders.text.languagemodel.pieces import FIRST_PIECE, Pieces

# A word or a number with the space before it, or a run of anything else.
WORDS = r" ?[A-Za-z]+| ?[0-9]+| ?[^A-Za-z0-9 ]+| +"
MAX_PIECE_BYTES = 16
CANDIDATES = 1.4  # for each piece of the vocabulary
ROUNDS = 4


def learn(captions: Sequence[str], size: int) -> Pieces:
    """A vocabulary of `size` pieces, the 256 single bytes among them, for text like `captions`."""
    target = size - FIRST_PIECE
    pieces = _candidates(captions, round(target * CANDIDATES))
    for rounds_left in range(ROUNDS - 1, -1, -1):
        uses = _uses(captions, Pieces(pieces))
        count = target + (len(pieces) - target) * rounds_left // (rounds_left + 1)
        pieces = _most_used(pieces, uses, count)
    return Pieces(pieces)


def _most_used(pieces: list[bytes], uses: Counter[bytes], count: int) -> list[bytes]:
    return sorted(sorted(pieces, key=lambda piece: (-uses[piece], piece))[:count])


def _candidates(captions: Sequence[str], count: int) -> list[bytes]:
    """Pieces of several bytes by byte-pair encoding."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(WORDS), "isolated")
    trainer = trainers.BpeTrainer(vocab_size=count + 128, show_progress=False, max_token_length=MAX_PIECE_BYTES)
    tokenizer.train_from_iterator(captions, trainer)
    vocabulary = (piece.encode() for piece in tokenizer.get_vocab())
    return sorted({piece for piece in vocabulary if 1 < len(piece) <= MAX_PIECE_BYTES})


def _uses(captions: Iterable[str], pieces: Pieces) -> Counter[bytes]:
    """How often the greedy tokeniser takes each piece."""
    counts: Counter[int] = Counter()
    for caption in captions:
        counts.update(pieces.tokens(caption.encode()))
    return Counter({pieces.values[token]: count for token, count in counts.items()})
