"""MISC bitstream, version 0.2, for construct: all declared fields; codewords are bytes.

Made from spec/format.json by spec/generate.py. The specification, misc-bitstream.md, is what counts.

    misc_bitstream_construct.parse(open("photo.misc", "rb").read())

A file is read as a string of bits. A name is looked up in what was read before, as in spec/format.json; it is 0 if it is absent.
"""

from construct import (
    Array, BitsInteger, Check, Computed, Container, ExprAdapter, FixedSized, GreedyBytes, GreedyRange, If, IfThenElse, OneOf,
    RepeatUntil, Struct, Switch, Terminated, bits2bytes, bytes2bits,
)

LIMITS = {'MAX_SIDE': 65535, 'MAX_VARINT': 4294967295, 'MAX_ITEMS': 16, 'MAX_PARTS': 16, 'MAX_TEXT_BYTES': 8191, 'MAX_MAPS': 16, 'MAX_MAP_PIXELS': 16777216, 'MAX_GRID_CELLS': 262144, 'MAX_LATENT_PLACES': 65536, 'MAX_QUALITY': 8, 'MAX_STRING_POSITIONS': 1048576, 'MAX_LATENT': 4110, 'MAX_STRENGTH': 100, 'MAX_CODESTREAM_BYTES': 262144, 'MAX_ALPHABET': 4294967296, 'MAX_MODELLED_ALPHABET': 65536, 'MAX_LABELS': 1024, 'MAX_ARRAY_VALUES': 4194304, 'MAX_SET_STEPS': 16777216, 'MAX_INTEGER': 2147483647}
REGISTRY = {'architectures': {1: {'id': 1, 'strings': 1, 'pixels': 16}, 2: {'id': 2, 'strings': 2, 'pixels': 64}, 3: {'id': 3, 'strings': 2, 'pixels': 64}, 4: {'id': 4, 'strings': 2, 'pixels': 64}, 5: {'id': 5, 'strings': 2, 'pixels': 64}, 6: {'id': 6, 'strings': 2, 'pixels': 64}, 14: {'id': 14, 'strings': 1, 'pixels': 16}, 15: {'id': 15, 'strings': 2, 'pixels': 64}}}
SELF_DECLARED = ((0, 15), (1, 15), (2, 15), (3, 2), (3, 3), (3, 12), (3, 15))


def value(this, name):
    """The value of a name, from the innermost structure outwards."""
    while this is not None:
        for scope in (this, *reversed(list(this.values()))):
            if isinstance(scope, Container) and scope.get(name) is not None and not (scope is not this and name == "value"):
                return scope[name]
        this = this.get("_")
    return 0


def product(members, name):
    """The product of a field + 1 of all members."""
    found = 1
    for member in members or ():
        found *= member[name] + 1
    return found


def row(table, number, column):
    """A column of a row of the registry."""
    return REGISTRY[table].get(number, {}).get(column, 0)


def form(this):
    """The form of a frame, of its method."""
    if (value(this, "kind"), this.method) in SELF_DECLARED:
        return 2
    return 0 if value(this, "is_last") else 1


def component(kind, is_last):
    """A frame and its payload. `is_last`: a function that says whether it is the last one."""
    return Struct(
        "kind" / Computed(kind),
        "is_last" / Computed(is_last),
        "frame" / COMPONENT_FRAME,
        "size" / Computed(lambda this: value(this, "declared_length") + value(this, "declared_length_extra") if value(this, "form") == 2 else value(this, "length") + value(this, "length_extra")),
        "payload" / IfThenElse(
            lambda this: value(this, "form") == 0,
            Switch(lambda this: (kind, this.frame.method), PAYLOADS, default=REST),
            FixedSized(lambda this: 8 * this.size, Switch(lambda this: (kind, this.frame.method), PAYLOADS, default=REST)),
        ),
    )


def octets(count):
    """Bytes, as many as a function says."""
    return FixedSized(lambda this: 8 * count(this), REST)


REST = ExprAdapter(GreedyBytes, lambda bits, _: bits2bytes(bits), lambda data, _: bytes2bits(data))
VARINT = ExprAdapter(
    RepeatUntil(lambda byte, found, _: byte < 128, BitsInteger(8)),
    lambda groups, _: sum((group & 127) << 7 * place for place, group in enumerate(groups)),
    None,
)
STRING = Struct(
    "length" / VARINT,
    "value" / ExprAdapter(FixedSized(lambda this: 8 * this.length, REST), lambda data, _: data.decode(), None),
)

# Size of a map (clause 7.1).
MAP_SIZE = Struct(
    "width_minus_1" / OneOf(VARINT, set(range(0, 65535))),
    "height_minus_1" / OneOf(VARINT, set(range(0, 65535))),
)


# Size of a dimension of an array (clause 12.1).
ARRAY_SIZE = Struct(
    "size_minus_1" / VARINT,
)


# Header (clause 4.2).
HEADER = Struct(
    "signature" / OneOf(BitsInteger(24), [13456195]),
    "version_major" / OneOf(BitsInteger(3), set(range(0, 1))),
    "version_minor" / OneOf(BitsInteger(3), set(range(2, 3))),
    "profile" / OneOf(BitsInteger(4), set(range(0, 14)) | set(range(15, 16))),
    "has_text" / BitsInteger(1),
    "has_maps" / BitsInteger(1),
    "has_generation" / BitsInteger(1),
    "has_image" / BitsInteger(1),
    "has_ancillary" / BitsInteger(1),
    "wide_size" / BitsInteger(1),
    "width_minus_1" / If(lambda this: value(this, "wide_size") in (0,), BitsInteger(12)),
    "height_minus_1" / If(lambda this: value(this, "wide_size") in (0,), BitsInteger(12)),
    "width_minus_1" / IfThenElse(lambda this: value(this, "wide_size") in (1,), OneOf(BitsInteger(16), set(range(0, 65535))), Computed(lambda this: this.get("width_minus_1"))),
    "height_minus_1" / IfThenElse(lambda this: value(this, "wide_size") in (1,), OneOf(BitsInteger(16), set(range(0, 65535))), Computed(lambda this: this.get("height_minus_1"))),
    "width" / Computed(lambda this: (value(this, "width_minus_1") + 1)),
    "height" / Computed(lambda this: (value(this, "height_minus_1") + 1)),
)


# Frame of a core component or of a part (clause 4.3).
COMPONENT_FRAME = Struct(
    "method" / BitsInteger(4),
    "form" / Computed(form),
    "length" / If(lambda this: value(this, "form") in (1,), BitsInteger(12)),
    "length_extra" / If(lambda this: value(this, "length") in (4095,), VARINT),
    "reserved" / If(lambda this: value(this, "form") in (0,), OneOf(BitsInteger(4), [0])),
    "has_check" / If(lambda this: value(this, "form") in (2,), BitsInteger(1)),
    "declared_length" / If(lambda this: value(this, "form") in (2,), BitsInteger(11)),
    "declared_length_extra" / If(lambda this: value(this, "declared_length") in (2047,), VARINT),
    "check" / If(lambda this: value(this, "has_check") in (1,), BitsInteger(16)),
)


# Frame of a part (clause 4.8).
PART_FRAME = Struct(
    "role" / OneOf(BitsInteger(5), set(range(0, 16)) | set(range(31, 32))),
    "has_name" / BitsInteger(1),
    "last_part" / BitsInteger(1),
    "part_reserved" / OneOf(BitsInteger(1), [0]),
    "name" / If(lambda this: value(this, "has_name") in (1,), STRING),
)


# Frame of an ancillary component (clause 4.4).
ANCILLARY_FRAME = Struct(
    "type" / BitsInteger(4),
    "length" / BitsInteger(12),
    "length_extra" / If(lambda this: value(this, "length") in (4095,), VARINT),
)


# Language model of the user's (clause 6.10).
OWN_MODEL = Struct(
    "model_digest" / BitsInteger(64),
)


# Number and sizes of maps (clause 7.1).
MAPS_HEADER = Struct(
    "map_count_minus_1" / BitsInteger(4),
    "size_code" / OneOf(BitsInteger(4), set(range(0, 12)) | set(range(14, 16))),
    "one_size" / If(lambda this: value(this, "size_code") in (14,), Array(1, MAP_SIZE)),
    "size" / If(lambda this: value(this, "size_code") in (15,), Array(lambda this: (value(this, "map_count_minus_1") + 1), MAP_SIZE)),
)


# Frame of a JBIG2 region (clause 7.4.1).
REGION_FRAME = Struct(
    "template" / BitsInteger(2),
    "typical_prediction" / BitsInteger(1),
    "end_marker" / BitsInteger(1),
    "length" / If(lambda this: value(this, "last") in (0,), VARINT),
    "reserved" / If(lambda this: value(this, "half") in (1,), OneOf(BitsInteger(4), [0])),
)


# Generation (clause 13).
GENERATION = Struct(
    "has_model" / BitsInteger(1),
    "has_seed" / BitsInteger(1),
    "has_sampler" / BitsInteger(1),
    "has_steps" / BitsInteger(1),
    "has_strength" / BitsInteger(1),
    "has_guidance" / BitsInteger(1),
    "has_prompt_suffix" / BitsInteger(1),
    "has_more" / BitsInteger(1),
    "has_level" / If(lambda this: value(this, "has_more") in (1,), BitsInteger(1)),
    "has_settings" / If(lambda this: value(this, "has_more") in (1,), BitsInteger(1)),
    "has_seed_high" / If(lambda this: value(this, "has_more") in (1,), BitsInteger(1)),
    "reserved" / If(lambda this: value(this, "has_more") in (1,), OneOf(BitsInteger(5), [0])),
    "model" / If(lambda this: value(this, "has_model") in (1,), VARINT),
    "model_digest" / If(lambda this: value(this, "model") in (0,), BitsInteger(64)),
    "seed" / If(lambda this: value(this, "has_seed") in (1,), VARINT),
    "sampler" / If(lambda this: value(this, "has_sampler") in (1,), VARINT),
    "steps" / If(lambda this: value(this, "has_steps") in (1,), VARINT),
    "strength" / If(lambda this: value(this, "has_strength") in (1,), OneOf(BitsInteger(8), set(range(0, 101)))),
    "guidance" / If(lambda this: value(this, "has_guidance") in (1,), VARINT),
    "prompt_suffix" / If(lambda this: value(this, "has_prompt_suffix") in (1,), STRING),
    "level" / If(lambda this: value(this, "has_level") in (1,), VARINT),
    "settings" / If(lambda this: value(this, "has_settings") in (1,), BitsInteger(64)),
    "seed_high" / If(lambda this: value(this, "has_seed_high") in (1,), VARINT),
)


# Grid (clause 8.1).
GRID_HEADER = Struct(
    "layout" / BitsInteger(1),
    "colour" / OneOf(BitsInteger(2), set(range(0, 2))),
    "depth_minus_1" / BitsInteger(3),
    "reserved" / OneOf(BitsInteger(2), [0]),
    "grid_width_minus_1" / If(lambda this: value(this, "layout") in (0,), VARINT),
    "grid_height_minus_1" / If(lambda this: value(this, "layout") in (0,), VARINT),
    "block_size_minus_1" / If(lambda this: value(this, "layout") in (1,), VARINT),
)


# Latents (clause 9.2).
LATENTS_HEADER = Struct(
    "grey_picture" / BitsInteger(1),
    "quality" / BitsInteger(7),
)


# CompressAI strings (clause 10.1).
STRINGS_HEADER = Struct(
    "architecture" / OneOf(BitsInteger(4), set(range(1, 7)) | set(range(14, 16))),
    "metric" / BitsInteger(1),
    "quality_minus_1" / BitsInteger(3),
    "own_weights" / BitsInteger(1),
    "explicit_shape" / BitsInteger(1),
    "reserved" / If(lambda this: value(this, "architecture") in (1, 14), OneOf(BitsInteger(6), [0])),
    "z_length" / If(lambda this: value(this, "architecture") in (2, 3, 4, 5, 6, 15), BitsInteger(6)),
    "z_length_extra" / If(lambda this: value(this, "z_length") in (63,), VARINT),
    "weights_digest" / If(lambda this: value(this, "own_weights") in (1,), BitsInteger(64)),
    "rows_minus_1" / If(lambda this: value(this, "explicit_shape") in (1,), VARINT),
    "columns_minus_1" / If(lambda this: value(this, "explicit_shape") in (1,), VARINT),
)


# Codestream (clause 11.2).
CODESTREAM_HEADER = Struct(
    "reduction_minus_1" / OneOf(BitsInteger(2), set(range(0, 3))),
    "template" / OneOf(BitsInteger(6), set(range(0, 29))),
)


# Label of a code (clause 12.2).
CODE_LABEL = Struct(
    "label" / STRING,
)


# Codes (clause 12.2).
CODES_HEADER = Struct(
    "dimensions_minus_1" / BitsInteger(2),
    "has_labels" / BitsInteger(1),
    "alphabet_exponent" / BitsInteger(5),
    "alphabet_minus_2" / If(lambda this: value(this, "alphabet_exponent") in (0,), VARINT),
    "size" / Array(lambda this: (value(this, "dimensions_minus_1") + 1), ARRAY_SIZE),
)


# Table of a static code (clause 12.4).
CODE_TABLE = Struct(
    "table_digest" / BitsInteger(64),
)


# Sets (clause 12.8).
SETS_HEADER = Struct(
    "dimensions_minus_1" / BitsInteger(2),
    "reserved" / OneOf(BitsInteger(1), [0]),
    "alphabet_exponent" / BitsInteger(5),
    "alphabet_minus_2" / If(lambda this: value(this, "alphabet_exponent") in (0,), VARINT),
    "size" / Array(lambda this: (value(this, "dimensions_minus_1") + 1), ARRAY_SIZE),
)


# Integers (clause 12.9).
INTEGERS_HEADER = Struct(
    "dimensions_minus_1" / BitsInteger(2),
    "has_scale" / BitsInteger(1),
    "reserved" / OneOf(BitsInteger(5), [0]),
    "size" / Array(lambda this: (value(this, "dimensions_minus_1") + 1), ARRAY_SIZE),
    "step_minus_1" / If(lambda this: value(this, "has_scale") in (1,), VARINT),
    "offset_code" / If(lambda this: value(this, "has_scale") in (1,), VARINT),
)


# String of any codec (clause 12.10).
STRING_HEADER = Struct(
    "entropy_coder" / BitsInteger(5),
    "dimensions" / OneOf(BitsInteger(3), set(range(0, 5))),
    "size" / Array(lambda this: (value(this, "dimensions") + 0), ARRAY_SIZE),
)

# Method raw of text (clause 6.2).
TEXT_RAW = Struct(
    "text" / REST,
)


# Method huffman of text (clause 6.3).
TEXT_HUFFMAN = Struct(
    "text" / REST,
)


# Method language of text (clause 6.4).
TEXT_LANGUAGE = Struct(
    "codeword" / REST,
)


# Method language-own of text (clause 6.10).
TEXT_LANGUAGE_OWN = Struct(
    "own_model" / OWN_MODEL,
    "codeword" / REST,
)


# Method private of text (clause 4.5).
TEXT_PRIVATE = Struct(
    "payload" / REST,
)


# Method packed of maps (clause 7.2).
MAPS_PACKED = Struct(
    "maps_header" / MAPS_HEADER,
    "pixels" / REST,
)


# Method runlength of maps (clause 7.3).
MAPS_RUNLENGTH = Struct(
    "maps_header" / MAPS_HEADER,
    "runs" / REST,
)


# Method jbig2 of maps (clause 7.4).
MAPS_JBIG2 = Struct(
    "maps_header" / MAPS_HEADER,
    "number" / Computed(lambda this: (value(this, "map_count_minus_1") + 1)),
    "odd" / Computed(lambda this: (value(this, "number") - (2 * (value(this, "number") // 2)))),
    "region" / Array(lambda this: value(this, "number"), Struct("i" / Computed(lambda this: this._index), "count" / Computed(lambda this: value(this._, "number")), "last" / Computed(lambda this: ((value(this, "i") + 1) == value(this, "count"))), "half" / Computed(lambda this: (((value(this, "i") + 1) == value(this, "count")) and value(this, "odd"))), *REGION_FRAME.subcons)),
    "data" / REST,  # of all regions
)


# Method context of maps (clause 7.5).
MAPS_CONTEXT = Struct(
    "codeword" / REST,
)


# Method ragged of maps (clause 7.5).
MAPS_RAGGED = Struct(
    "codeword" / REST,
)


# Method private of maps (clause 4.5).
MAPS_PRIVATE = Struct(
    "payload" / REST,
)


# Method plain of generation (clause 13).
GENERATION_PLAIN = Struct(
    "generation" / GENERATION,
    Check(lambda this: not ((value(this, "has_model") + value(this, "has_seed") + value(this, "has_sampler") + value(this, "has_steps") + value(this, "has_strength") + value(this, "has_guidance") + value(this, "has_prompt_suffix") + value(this, "has_level") + value(this, "has_settings") + value(this, "has_seed_high")) == 0)),  # MISC-GEN-001
)


# Method private of generation (clause 4.5).
GENERATION_PRIVATE = Struct(
    "payload" / REST,
)


# Method grid of image (clause 8).
IMAGE_GRID = Struct(
    "grid_header" / GRID_HEADER,
    "block" / Computed(lambda this: ((value(this, "block_size_minus_1") + 1) if value(this, "layout") else 0)),
    "width_cells" / Computed(lambda this: (-(-value(this, "width") // value(this, "block")) if value(this, "block") else (value(this, "grid_width_minus_1") + 1))),
    "height_cells" / Computed(lambda this: (-(-value(this, "height") // value(this, "block")) if value(this, "block") else (value(this, "grid_height_minus_1") + 1))),
    Check(lambda this: not (value(this, "block") > max(value(this, "width"), value(this, "height")))),  # MISC-IMG-005
    Check(lambda this: not (value(this, "width_cells") > value(this, "width"))),  # MISC-IMG-004
    Check(lambda this: not (value(this, "height_cells") > value(this, "height"))),  # MISC-IMG-004
    Check(lambda this: not ((value(this, "width_cells") * value(this, "height_cells")) > LIMITS["MAX_GRID_CELLS"])),  # MISC-IMG-002
    "codeword" / REST,
)


# Method latents of image (clause 9).
IMAGE_LATENTS = Struct(
    "latents_header" / LATENTS_HEADER,
    Check(lambda this: not ((-(-value(this, "width") // 32) * -(-value(this, "height") // 32)) > LIMITS["MAX_LATENT_PLACES"])),  # MISC-LAT-001
    "codeword" / REST,
)


# Method compressai of image (clause 10).
IMAGE_COMPRESSAI = Struct(
    "strings_header" / STRINGS_HEADER,
    "pixels" / Computed(lambda this: row("architectures", value(this, "architecture"), "pixels")),
    "strings" / Computed(lambda this: row("architectures", value(this, "architecture"), "strings")),
    "rows" / Computed(lambda this: ((value(this, "rows_minus_1") + 1) if value(this, "explicit_shape") else (-(-value(this, "height") // 64) * (64 // value(this, "pixels"))))),
    "columns" / Computed(lambda this: ((value(this, "columns_minus_1") + 1) if value(this, "explicit_shape") else (-(-value(this, "width") // 64) * (64 // value(this, "pixels"))))),
    Check(lambda this: not (value(this, "explicit_shape") and ((value(this, "rows") == (-(-value(this, "height") // 64) * (64 // value(this, "pixels")))) and (value(this, "columns") == (-(-value(this, "width") // 64) * (64 // value(this, "pixels"))))))),  # MISC-CAI-002
    Check(lambda this: not (value(this, "rows") > (-(-value(this, "height") // 256) * (256 // value(this, "pixels"))))),  # MISC-CAI-003
    Check(lambda this: not (value(this, "columns") > (-(-value(this, "width") // 256) * (256 // value(this, "pixels"))))),  # MISC-CAI-003
    Check(lambda this: not ((value(this, "rows") * value(this, "columns") * (value(this, "pixels") // 16) * (value(this, "pixels") // 16)) > LIMITS["MAX_STRING_POSITIONS"])),  # MISC-CAI-004
    "z" / octets(lambda this: ((value(this, "z_length") + value(this, "z_length_extra")) if (value(this, "strings") == 2) else 0)),
    "y" / REST,
)


# Method codestream of image (clause 11).
IMAGE_CODESTREAM = Struct(
    "codestream_header" / CODESTREAM_HEADER,
    "codestream" / REST,
)


# Method codes-uniform of image (clause 12.3).
IMAGE_CODES_UNIFORM = Struct(
    "codes_header" / CODES_HEADER,
    "values" / Computed(lambda this: product(value(this, "size"), "size_minus_1")),
    "alphabet" / Computed(lambda this: ((1 << value(this, "alphabet_exponent")) if value(this, "alphabet_exponent") else (value(this, "alphabet_minus_2") + 2))),
    Check(lambda this: not (value(this, "alphabet") > (LIMITS["MAX_LABELS"] if value(this, "has_labels") else LIMITS["MAX_ALPHABET"]))),  # MISC-ARR-001
    Check(lambda this: not (value(this, "values") > LIMITS["MAX_ARRAY_VALUES"])),  # MISC-ARR-002
    "labels" / Array(lambda this: (value(this, "alphabet") if value(this, "has_labels") else 0), CODE_LABEL),
    "codes" / REST,
)


# Method codes-static of image (clause 12.4).
IMAGE_CODES_STATIC = Struct(
    "codes_header" / CODES_HEADER,
    "values" / Computed(lambda this: product(value(this, "size"), "size_minus_1")),
    "alphabet" / Computed(lambda this: ((1 << value(this, "alphabet_exponent")) if value(this, "alphabet_exponent") else (value(this, "alphabet_minus_2") + 2))),
    Check(lambda this: not (value(this, "alphabet") > (LIMITS["MAX_LABELS"] if value(this, "has_labels") else LIMITS["MAX_MODELLED_ALPHABET"]))),  # MISC-ARR-001
    Check(lambda this: not (value(this, "values") > LIMITS["MAX_ARRAY_VALUES"])),  # MISC-ARR-002
    "labels" / Array(lambda this: (value(this, "alphabet") if value(this, "has_labels") else 0), CODE_LABEL),
    "code_table" / CODE_TABLE,
    "codeword" / REST,
)


# Method codes-adaptive of image (clause 12.5).
IMAGE_CODES_ADAPTIVE = Struct(
    "codes_header" / CODES_HEADER,
    "values" / Computed(lambda this: product(value(this, "size"), "size_minus_1")),
    "alphabet" / Computed(lambda this: ((1 << value(this, "alphabet_exponent")) if value(this, "alphabet_exponent") else (value(this, "alphabet_minus_2") + 2))),
    Check(lambda this: not (value(this, "alphabet") > (LIMITS["MAX_LABELS"] if value(this, "has_labels") else LIMITS["MAX_MODELLED_ALPHABET"]))),  # MISC-ARR-001
    Check(lambda this: not (value(this, "values") > LIMITS["MAX_ARRAY_VALUES"])),  # MISC-ARR-002
    "labels" / Array(lambda this: (value(this, "alphabet") if value(this, "has_labels") else 0), CODE_LABEL),
    "codes" / REST,
)


# Method codes-context of image (clause 12.6).
IMAGE_CODES_CONTEXT = Struct(
    "codes_header" / CODES_HEADER,
    "values" / Computed(lambda this: product(value(this, "size"), "size_minus_1")),
    "alphabet" / Computed(lambda this: ((1 << value(this, "alphabet_exponent")) if value(this, "alphabet_exponent") else (value(this, "alphabet_minus_2") + 2))),
    Check(lambda this: not (value(this, "alphabet") > (LIMITS["MAX_LABELS"] if value(this, "has_labels") else LIMITS["MAX_MODELLED_ALPHABET"]))),  # MISC-ARR-001
    Check(lambda this: not (value(this, "values") > LIMITS["MAX_ARRAY_VALUES"])),  # MISC-ARR-002
    "labels" / Array(lambda this: (value(this, "alphabet") if value(this, "has_labels") else 0), CODE_LABEL),
    "codes" / REST,
)


# Method codes-graded of image (clause 12.7).
IMAGE_CODES_GRADED = Struct(
    "codes_header" / CODES_HEADER,
    "values" / Computed(lambda this: product(value(this, "size"), "size_minus_1")),
    "alphabet" / Computed(lambda this: ((1 << value(this, "alphabet_exponent")) if value(this, "alphabet_exponent") else (value(this, "alphabet_minus_2") + 2))),
    Check(lambda this: not (value(this, "alphabet") > (LIMITS["MAX_LABELS"] if value(this, "has_labels") else LIMITS["MAX_ALPHABET"]))),  # MISC-ARR-001
    Check(lambda this: not (value(this, "values") > LIMITS["MAX_ARRAY_VALUES"])),  # MISC-ARR-002
    "labels" / Array(lambda this: (value(this, "alphabet") if value(this, "has_labels") else 0), CODE_LABEL),
    "codes" / REST,
)


# Method sets of image (clause 12.8).
IMAGE_SETS = Struct(
    "sets_header" / SETS_HEADER,
    "values" / Computed(lambda this: product(value(this, "size"), "size_minus_1")),
    "alphabet" / Computed(lambda this: ((1 << value(this, "alphabet_exponent")) if value(this, "alphabet_exponent") else (value(this, "alphabet_minus_2") + 2))),
    Check(lambda this: not (value(this, "alphabet") > 16777216)),  # MISC-ARR-001
    Check(lambda this: not (value(this, "values") > LIMITS["MAX_ARRAY_VALUES"])),  # MISC-ARR-002
    "members" / Computed(lambda this: (value(this, "size")[-1]["size_minus_1"] + 1)),
    Check(lambda this: not (value(this, "dimensions_minus_1") == 0)),  # MISC-ARR-004
    Check(lambda this: not (value(this, "members") > value(this, "alphabet"))),  # MISC-ARR-004
    Check(lambda this: not (((value(this, "values") // value(this, "members")) * value(this, "alphabet")) > LIMITS["MAX_SET_STEPS"])),  # MISC-ARR-004
    "sets" / REST,
)


# Method integers of image (clause 12.9).
IMAGE_INTEGERS = Struct(
    "integers_header" / INTEGERS_HEADER,
    "values" / Computed(lambda this: product(value(this, "size"), "size_minus_1")),
    Check(lambda this: not (value(this, "values") > LIMITS["MAX_ARRAY_VALUES"])),  # MISC-ARR-002
    "values" / REST,
)


# Method string of image (clause 12.10).
IMAGE_STRING = Struct(
    "string_header" / STRING_HEADER,
    "values" / Computed(lambda this: product(value(this, "size"), "size_minus_1")),
    Check(lambda this: not (value(this, "values") > LIMITS["MAX_ARRAY_VALUES"])),  # MISC-ARR-002
    "string" / REST,
)


# Method private of image (clause 4.5).
IMAGE_PRIVATE = Struct(
    "payload" / REST,
)

PAYLOADS = {
    (0, 0): TEXT_RAW,
    (0, 1): TEXT_HUFFMAN,
    (0, 2): TEXT_LANGUAGE,
    (0, 3): TEXT_LANGUAGE_OWN,
    (0, 15): TEXT_PRIVATE,
    (1, 0): MAPS_PACKED,
    (1, 1): MAPS_RUNLENGTH,
    (1, 2): MAPS_JBIG2,
    (1, 3): MAPS_CONTEXT,
    (1, 4): MAPS_RAGGED,
    (1, 15): MAPS_PRIVATE,
    (2, 0): GENERATION_PLAIN,
    (2, 15): GENERATION_PRIVATE,
    (3, 0): IMAGE_GRID,
    (3, 1): IMAGE_LATENTS,
    (3, 2): IMAGE_COMPRESSAI,
    (3, 3): IMAGE_CODESTREAM,
    (3, 5): IMAGE_CODES_UNIFORM,
    (3, 6): IMAGE_CODES_STATIC,
    (3, 7): IMAGE_CODES_ADAPTIVE,
    (3, 8): IMAGE_CODES_CONTEXT,
    (3, 9): IMAGE_CODES_GRADED,
    (3, 10): IMAGE_SETS,
    (3, 11): IMAGE_INTEGERS,
    (3, 12): IMAGE_STRING,
    (3, 15): IMAGE_PRIVATE,
}
PART = Struct(
    "part_frame" / PART_FRAME,
    "component" / component(3, lambda this: this._.part_frame.last_part),
)
PAYLOADS[(3, 4)] = Struct("part" / RepeatUntil(lambda part, found, _: part.part_frame.last_part, PART))
ANCILLARY = Struct(
    "frame" / ANCILLARY_FRAME,
    Check(lambda this: this.frame.type >= 6),
    "payload" / octets(lambda this: value(this, "length") + value(this, "length_extra")),
)
_FILE = Struct(
    "header" / HEADER,
    "text" / If(lambda this: this.header.has_text, component(0, lambda this: not (this._.header.has_maps or this._.header.has_generation or this._.header.has_image or this._.header.has_ancillary))),
    "maps" / If(lambda this: this.header.has_maps, component(1, lambda this: not (this._.header.has_generation or this._.header.has_image or this._.header.has_ancillary))),
    "generation" / If(lambda this: this.header.has_generation, component(2, lambda this: not (this._.header.has_image or this._.header.has_ancillary))),
    "image" / If(lambda this: this.header.has_image, component(3, lambda this: not (this._.header.has_ancillary))),
    "ancillary" / If(lambda this: this.header.has_ancillary, GreedyRange(ANCILLARY)),
    Terminated,
)


def parse(data):
    """The fields of a file. Raises construct.ConstructError."""
    return _FILE.parse(bytes2bits(data))
