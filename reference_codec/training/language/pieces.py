"""The vocabulary: pieces of bytes that a greedy tokeniser takes, longest first.

Candidates come from byte-pair encoding over words with the space before them; those that the greedy tokeniser uses least are
dropped in rounds, since what it takes is not what the merges took.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from misc_format.coders.text.languagemodel.pieces import FIRST_PIECE, Pieces

# A word or a number with the space before it, or a run of anything else.
WORDS = r" ?[A-Za-z]+| ?[0-9]+| ?[^A-Za-z0-9 ]+| +"
LONGEST = 16
SPARE = 1.4
ROUNDS = 4


def learn(captions: Sequence[str], size: int) -> Pieces:
    """A vocabulary of `size` pieces, the 256 single bytes among them, for text like `captions`."""
    wanted = size - FIRST_PIECE
    kept = _candidates(captions, round(wanted * SPARE))
    for left in range(ROUNDS - 1, -1, -1):
        used = _usage(captions, Pieces(kept))
        keep = wanted + (len(kept) - wanted) * left // (left + 1)
        kept = sorted(sorted(kept, key=lambda piece: (-used[piece], piece))[:keep])
    return Pieces(kept)


def _candidates(captions: Sequence[str], count: int) -> list[bytes]:
    """Multi-byte pieces by byte-pair encoding."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(WORDS), "isolated")
    trainer = trainers.BpeTrainer(vocab_size=count + 128, show_progress=False, max_token_length=LONGEST)
    tokenizer.train_from_iterator(captions, trainer)
    found = (piece.encode() for piece in tokenizer.get_vocab())
    return sorted({piece for piece in found if 1 < len(piece) <= LONGEST})


def _usage(captions: Iterable[str], pieces: Pieces) -> Counter[bytes]:
    """How often the greedy tokeniser takes each piece."""
    counts: Counter[int] = Counter()
    for caption in captions:
        counts.update(pieces.tokens(caption.encode()))
    return Counter({pieces.values[token]: count for token, count in counts.items()})
