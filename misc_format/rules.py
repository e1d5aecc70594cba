"""The catalogue of rules: what a conforming file keeps. Ids are unique for ever; a rule that goes leaves its id unused.

This is data. Readers raise `MiscError` with an id from here; the validator and the specification's annex follow from it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "info"]


class Rule(NamedTuple):
    """A row of the catalogue. `where`: the path that a report of it gives, and the bit offset if it is not the path's first bit."""

    id: str
    clause: str
    requirement: str
    where: str
    hint: str
    severity: Severity = "error"


# fmt: off
_ROWS = (
    Rule("MISC-CON-001", "4.2", "A file begins with the three bytes CD 53 43.", "the field", "This is not a MISC bitstream, or its first bytes are lost."),
    Rule("MISC-CON-002", "4.7", "A decoder rejects a version_major that it does not know.", "the field", "Use a newer decoder."),
    Rule("MISC-CON-003", "4.7", "While version_major is 0, a decoder rejects a version_minor that it does not know.", "the field", "Decode with the release that wrote the file, then encode again."),
    Rule("MISC-CON-004", "4.2", "profile is a registered or private-use value.", "the field", "Use profile 0 (free) if no other fits."),
    Rule("MISC-CON-005", "4.2", "wide_size is 1 exactly if width or height is more than 4,096.", "the field", "Write the size in 12 bits."),
    Rule("MISC-CON-006", "4.1", "A file has at least one of text, maps and image.", "`header/has_text`", "A file without content has nothing to decode."),
    Rule("MISC-CON-007", "4.1", "A file does not end inside a field.", "the field; `maps/I` at its first bit for run lengths, at its data for regions; `maps` at the first pixel for packed maps", "The file is cut short; get it again."),
    Rule("MISC-CON-008", "4.3", "A component does not run past the end of the file.", "the component, at its payload", "The file is cut short, or length is wrong."),
    Rule("MISC-CON-009", "3.3", "A varint has no byte to spare: its last byte is 0 only if it is the only one.", "the field", "Write the shortest form."),
    Rule("MISC-CON-010", "3.3", "A varint is at most MAX_VARINT.", "the field", "The file is corrupt here."),
    Rule("MISC-CON-011", "4.5", "A field that the syntax fixes has its fixed value.", "the field", "Write reserved bits as zero."),
    Rule("MISC-CON-012", "4.5", "A decoder rejects a reserved method, and one that needs its content a private-use method that it does not know, and names it.", "`framing/KIND/method`", "Use a newer decoder, or the one that knows this method."),
    Rule("MISC-CON-013", "4.4", "has_ancillary is 1 only if an ancillary component follows.", "`header/has_ancillary`", "Write has_ancillary as 0."),
    Rule("MISC-CON-014", "4.4", "Ancillary components come in strictly ascending order of type.", "`framing/ancillary/I/type`", "Sort them; one of each type."),
    Rule("MISC-CON-015", "4.5", "A decoder rejects an ancillary-list component of a critical type that it does not know, and names it.", "`framing/ancillary/I/type`", "Use a newer decoder."),
    Rule("MISC-CON-016", "4.6", "Nothing follows the content of a component.", "the component, at the first bit behind its content", "length is too large, or bytes were added."),
    Rule("MISC-CON-017", "4.6", "Padding bits are zero.", "the component, at the first padding bit", "Write the bits that fill the last byte as zero."),
    Rule("MISC-CON-018", "4.6", "A payload is the one that the encoding process gives for its content.", "the component, at the first bit in which the two payloads differ, or the first behind the shorter one", "Decode and encode again."),
    Rule("MISC-CON-019", "12", "width and height are at most MAX_SIDE.", "the field", "Scale the picture down, or cut it into several files."),
    Rule("MISC-ENT-001", "5.1", "At each symbol of a range codeword, the quantile is below 2^24.", "`KIND/codeword`, at its first bit", "The codeword is corrupt."),
    Rule("MISC-TXT-001", "6.1", "Each field of text is well-formed UTF-8.", "`text/overall`, `text/items/I/name` or `/detail`, at the first byte of the ill-formed sequence, or its code; under a language model, at the codeword", "Text in another encoding must be converted first."),
    Rule("MISC-TXT-002", "6.1", "The number of text fields is odd: the overall description, then a name and a detail for each item.", "the component, at its payload", "A separator is missing or superfluous."),
    Rule("MISC-TXT-003", "12", "There are at most MAX_ITEMS items.", "the component, at its payload, or its codeword under a language model", "Drop the least important items."),
    Rule("MISC-TXT-004", "12", "All text with its separators is at most MAX_TEXT_BYTES long.", "the component, at its payload, or its codeword under a language model", "Shorten the text."),
    Rule("MISC-TXT-005", "6.3", "A Huffman codeword ends at a symbol, followed by fewer than eight zero bits.", "the component, at the first bit behind the last whole code", "The codeword is cut or corrupt."),
    Rule("MISC-TXT-006", "6.4", "A name ends in the token DETAIL; the overall description and a detail end in NAME or END.", "`text/overall`, `text/items/I/name` or `/detail`, at the first bit of the codeword", "The codeword is corrupt."),
    Rule("MISC-TXT-007", "6.10", "The decoder has the language model that a payload names by its digest.", "`text/model_digest`", "Let the environment variable MISC_LANGUAGE_MODEL name the model's file."),
    Rule("MISC-MAP-001", "7.1", "size_code is not a reserved value.", "`maps/size_code`", "Use a size of the table, or an explicit one."),
    Rule("MISC-MAP-002", "7.1", "Map sizes are written in the shortest of their forms.", "`maps/size_code`", "Use the code of the table, or one size for all."),
    Rule("MISC-MAP-003", "12", "All maps of a file have at most MAX_MAP_PIXELS pixels together.", "the component, at its payload", "Use smaller maps."),
    Rule("MISC-MAP-004", "7.3", "A run has at least one pixel, and none ends behind the last pixel of a map.", "`maps/I`, at the first bit of the run's code", "The codeword is corrupt."),
    Rule("MISC-MAP-005", "12", "There are 1 to MAX_MAPS maps, each with sides from 1 to MAX_SIDE.", "the field", "Leave out the component if there are no maps."),
    Rule("MISC-MAP-006", "7.4.5", "A JBIG2 region that is given for a map has the pixels of the map.", "`maps/I`, or the file of clause 14.2", "Leave out the region, or take the map from it."),
    Rule("MISC-IMG-001", "8.1", "colour is not a reserved value.", "the field", "Use grey or RGB."),
    Rule("MISC-IMG-002", "12", "A grid has at most MAX_GRID_CELLS cells.", "the component, at its payload", "Use a coarser grid."),
    Rule("MISC-IMG-003", "8.2", "Every sample of a grid to be written is between 0 and 2^depth - 1.", "the component", "Write a larger depth, or fewer levels."),
    Rule("MISC-IMG-004", "8.1", "A grid is no wider and no higher than the picture.", "the field", "Use at most one cell a pixel."),
    Rule("MISC-IMG-005", "8.1", "block_size is at most MAX_SIDE, and no larger than it takes for one cell to cover the picture.", "the field", "Use a smaller block."),
    Rule("MISC-LAT-001", "12", "The picture takes at most MAX_LATENT_PLACES places of latents.", "the component, at its payload", "Scale the picture down, or use another method."),
    Rule("MISC-LAT-002", "17.2", "Latents have the shape that the picture's size gives, and values and a quality within their bounds.", "`image`, or the file of clause 14.2", "Encode the picture again."),
    Rule("MISC-LAT-003", "17.5", "A value of scale 0 is 0.", "`image`, or the file of clause 14.2", "Let the quantiser follow the model."),
    Rule("MISC-CAI-001", "18.1", "architecture is not a reserved value.", "the field", "Use a newer decoder, or a registered architecture."),
    Rule("MISC-CAI-002", "18.2", "The shape is explicit only if it is not the usual one.", "`image/explicit_shape`", "Write explicit_shape as 0."),
    Rule("MISC-CAI-003", "18.2", "A shape is no larger than that of the picture padded to multiples of 256 pixels.", "the field", "Give width and height of the picture that was compressed."),
    Rule("MISC-CAI-004", "12", "The latent y of a shape has at most MAX_STRING_POSITIONS positions.", "the component, at its payload", "Use a smaller picture."),
    Rule("MISC-CAI-005", "18.1", "Content to be written has the number of strings of its architecture, a quality of 1 to MAX_QUALITY, a registered metric, a shape of two positive numbers and, if any, a digest of 16 hexadecimal digits.", "the field", "Give what compress() returned, and the model that it came from."),
    Rule("MISC-CAI-006", "18.4", "A decoder that needs the symbols has the weights that a payload names.", "`image/weights_digest`, or `image/architecture`", "Name the file of the weights that the picture was encoded with."),
    Rule("MISC-CAI-007", "18.5", "Where its symbols are decoded, a string is whole words, and gives all symbols of its shape, escapes of at most 7 nibbles and none to spare, until no word is left and the state is 2^31.", "`image/y` or `image/z`", "The string is corrupt, or is decoded under other weights or other floating-point arithmetic than it was made under."),
    Rule("MISC-CDS-001", "19.3", "template is a registered value.", "the field", "Use a newer decoder."),
    Rule("MISC-CDS-002", "19.2", "reduction_minus_1 is not 3.", "the field", "Reduce the picture to a half or a third of its sides, or not at all."),
    Rule("MISC-CDS-003", "19.1", "A codestream begins as its format does.", "`image/codestream`", "The codestream is corrupt, of another format, or in a container."),
    Rule("MISC-CDS-004", "12", "A codestream has at most MAX_CODESTREAM_BYTES bytes.", "`image/codestream`", "Encode the picture at a lower quality."),
    Rule("MISC-CDS-005", "19.2", "The size that a JPEG or WebP codestream states, or a template's fields, is that of the picture divided by the reduction, rounded up.", "`image/codestream`", "Encode the picture at that size, or name its reduction."),
    Rule("MISC-CDS-006", "19.4", "The quality of JPEG's quantiser tables is 1 to 100.", "`image/codestream`, at its first byte", "The payload is corrupt."),
    Rule("MISC-CDS-007", "19.6", "A codestream decodes to a picture of the size that it should have.", "`image/codestream`", "The codestream is corrupt, or the library that decodes it lacks something it uses."),
    Rule("MISC-GEN-001", "9", "A generation component has at least one parameter.", "the component, at its payload", "Leave the component out."),
    Rule("MISC-GEN-002", "9", "A model or sampler id is registered.", "the field", "Register the model, or name it by its digest.", "warning"),
    Rule("MISC-GEN-003", "9", "strength is at most MAX_STRENGTH.", "the field", "Give strength between 0 and 1."),
    Rule("MISC-ANC-001", "10", "A checksum has four bytes.", "the component, at its payload", "Write the CRC-32 of all bytes before it."),
    Rule("MISC-ANC-002", "10", "A checksum equals the CRC-32 of all bytes of the file before its payload.", "the component, at its payload", "The file is damaged; get it again."),
    Rule("MISC-ANC-003", "10", "A string is well-formed UTF-8.", "the field or component, at the first byte of the ill-formed sequence", "Convert the text to UTF-8."),
    Rule("MISC-PRO-001", "11", "The profile's required components are present.", "`KIND`, at `header/has_KIND`", "Add the component, or use profile free."),
    Rule("MISC-PRO-002", "11", "No component is present that the profile leaves out.", "the component, at its payload", "Drop the component, or use profile free."),
    Rule("MISC-PRO-003", "11", "The number of items is within the profile's range.", "`text/items`, at the payload of text", "Drop items, or use profile free."),
    Rule("MISC-PRO-004", "11", "Each field of text has at most the profile's number of words.", "the field, at its first bit in the codeword", "Shorten the text, or use profile free."),
    Rule("MISC-PRO-005", "11", "Each map has a size that the profile allows.", "`maps/I`, at its first bit in the codeword", "Resample the maps, or use profile free."),
    Rule("MISC-PRO-006", "11", "Where the profile ties maps to items, there is one map for each item.", "`maps`, at its payload, or at `header/has_maps` where there is none", "Give one map for each item, in their order."),
    Rule("MISC-PCK-001", "14.2", "A folder to be packed has a manifest.json with width and height.", "`manifest.json`", 'Write {"width": W, "height": H} to manifest.json.'),
    Rule("MISC-PCK-002", "14.2", "manifest.json is a JSON object of known keys only, with values of the right type and range.", "`manifest.json/KEY`", "See the table of keys in the specification."),
    Rule("MISC-PCK-003", "14.2", "The files of a folder have the content that their names promise, and say nothing twice.", "the file", "See the table of files in the specification."),
    Rule("MISC-RES-001", "16", "A decoded picture has at most as many pixels as the caller allows.", "`header`", "Allow more with --max-pixels."),
    Rule("MISC-RES-004", "16", "A generative decoder takes 1 to 1,000 steps.", "`generation/steps`", "Decode with the embedded decoder, or encode again with fewer steps."),
)
# fmt: on

RULES: dict[str, Rule] = {row.id: row for row in _ROWS}
