"""Clause 16: limits."""

MAX_SIDE = 65_535
MAX_VARINT = 2**32 - 1
MAX_ITEMS = 16
MAX_TEXT_BYTES = 8_191
MAX_MAP_PIXELS = 2**24
MAX_GRID_CELLS = 2**18
MAX_LATENT_PLACES = 2**16
MAX_STRING_POSITIONS = 2**20
MAX_STRENGTH = 100
MAX_CODESTREAM_BYTES = 2**18

MAX_PATIENCE = 2**14  # no limit of the specification: cells of a grid or places of latents that this decoder takes on
