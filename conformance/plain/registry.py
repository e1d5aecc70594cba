"""Clause 18.1: the registered numbers of methods and profiles. Those of other tables stand with their clauses."""

METHODS = {
    "text": {0: "raw", 1: "huffman", 2: "language", 3: "language-own", 15: "private"},
    "maps": {0: "packed", 1: "runlength", 2: "jbig2", 3: "context", 15: "private"},
    "generation": {0: "plain", 15: "private"},
    "image": {0: "grid", 1: "latents", 2: "compressai", 3: "codestream", 15: "private"},
}
PROFILES = {
    0: "free",
    1: "misc-1",
    2: "misc-2",
    3: "misc-3",
    4: "sedic",
    5: "cmc-text",
    6: "cmc-pixel",
    7: "cmc-image",
    8: "cmc-full",
    15: "private",
}
