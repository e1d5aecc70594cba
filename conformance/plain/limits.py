"""Clause 16: limits."""

MAX_SIDE = 65_535
MAX_VARINT = 2**32 - 1
MAX_ITEMS = 16
MAX_PARTS = 16
MAX_TEXT_BYTES = 8_191
MAX_MAP_PIXELS = 2**24
MAX_GRID_CELLS = 2**18
MAX_LATENT_PLACES = 2**16
MAX_STRING_POSITIONS = 2**20
MAX_STRENGTH = 100
MAX_CODESTREAM_BYTES = 2**18
MAX_ALPHABET = 2**32
MAX_MODELLED_ALPHABET = 2**16
MAX_LABELS = 1024
MAX_ARRAY_VALUES = 2**22
MAX_SET_STEPS = 2**24

# No limits of the specification: what this decoder takes on.
MAX_PATIENCE = 2**14  # cells of a grid or places of latents
MAX_PATIENT_STEPS = 2**18  # values of an array, or indices that are in sets or not
