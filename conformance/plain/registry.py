"""Clause 18.1: the registered numbers of methods, roles and profiles. Those of other tables stand with their clauses."""

METHODS = {
    "text": {0: "raw", 1: "huffman", 2: "language", 3: "language-own", 15: "private"},
    "maps": {0: "packed", 1: "runlength", 2: "jbig2", 3: "context", 15: "private"},
    "generation": {0: "plain", 15: "private"},
    "image": {
        0: "grid",
        1: "latents",
        2: "compressai",
        3: "codestream",
        5: "codes-uniform",
        6: "codes-static",
        7: "codes-adaptive",
        9: "codes-graded",
        10: "sets",
        11: "integers",
        12: "string",
        15: "private",
    },
}
SELF_DECLARED = {*((kind, 15) for kind in METHODS), ("image", 2), ("image", 3), ("image", 12)}
PARTS = 4  # the method of an image of parts
ROLES = {
    0: "image",
    1: "semantic",
    2: "detail",
    3: "hyper",
    4: "residual",
    5: "sketch",
    6: "labels",
    7: "vector",
    8: "boxes",
    9: "palette",
    10: "points",
    11: "seeds",
    12: "coefficients",
    13: "partition",
    14: "statistics",
    15: "depth",
    31: "private",
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
    9: "perco",
    10: "pics",
    11: "glc",
    12: "ddcm",
    13: "diffeic",
    15: "private",
}
