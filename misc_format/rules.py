"""The catalogue of requirements: rules, which a file can be seen to break, and duties, which only a decoder or an encoder can.

Ids are unique for ever; one that goes leaves its id unused. This is data. Readers raise `MiscError` with an id from here; the
validator, its explanations and the specification's Annex C follow from it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "info"]


Actor = Literal["stream", "decoder", "encoder"]
Subject = Literal["file", "content", "folder", "run"]


class Rule(NamedTuple):
    """A row of the catalogue.

    `where`: the path that a report of it gives, and the bit offset if it is not the path's first bit. `actor`: who keeps it.
    `subject`: what breaks it: a file, content that is to be written, a folder that is to be packed, or a run with the limits
    and models of its caller. `rationale`: why, where that is not plain.
    """

    id: str
    clause: str
    requirement: str
    where: str
    hint: str
    severity: Severity = "error"
    actor: Actor = "stream"
    subject: Subject = "file"
    rationale: str = ""


class Duty(NamedTuple):
    """A requirement that is not seen in a file but in what a program does."""

    id: str
    clause: str
    actor: Actor
    requirement: str
    rationale: str = ""


# fmt: off
_ROWS = (
    Rule("MISC-CON-001", "4.2", "A file begins with the three bytes CD 53 43.", "the field", "This is not a MISC bitstream, or its first bytes are lost.", rationale="Three bytes are the least that is told from other formats; the first is not ASCII, so that no text is taken for a file."),
    Rule("MISC-CON-002", "4.7", "A decoder rejects a version_major that it does not know.", "the field", "Use a newer decoder.", actor="decoder"),
    Rule("MISC-CON-003", "4.7", "While version_major is 0, a decoder rejects a version_minor that it does not know.", "the field", "Decode with the release that wrote the file, then encode again.", actor="decoder"),
    Rule("MISC-CON-004", "4.5", "profile is a registered or private-use value.", "the field", "Use profile 0 (free) if no other fits."),
    Rule("MISC-CON-005", "4.2", "wide_size is 1 exactly if width or height is more than 4,096.", "the field", "Write the size in 12 bits.", rationale="Two forms of one size would be two files of one content."),
    Rule("MISC-CON-006", "4.1", "A file has at least one of text, maps and image.", "`header/has_text`", "A file without content has nothing to decode.", rationale="Generation parameters alone describe no picture."),
    Rule("MISC-CON-007", "4.1", "A file does not end inside a field.", "the field; `maps/I` at its first bit for run lengths, at its data for regions; `maps` at the first pixel for packed maps; `image/z_length` for a string z; `image/codestream` for stored bytes", "The file is cut short; get it again.", rationale="A reader that makes up what is missing would give different content from reader to reader."),
    Rule("MISC-CON-008", "4.1", "A component does not run past the end of the file.", "the component, at its payload", "The file is cut short, or length is wrong."),
    Rule("MISC-CON-009", "3.3", "A varint has no byte to spare: its last byte is 0 only if it is the only one.", "the field", "Write the shortest form.", rationale="One number, one form: a second form is a place to hide bits that no count explains."),
    Rule("MISC-CON-010", "3.3", "A varint is at most MAX_VARINT.", "the field", "The file is corrupt here.", rationale="Numbers fit 32 bits in every language, and a varint ends after five bytes."),
    Rule("MISC-CON-011", "4.5", "A field that the syntax fixes has its fixed value.", "the field", "Write reserved bits as zero.", rationale="What readers ignore today could not be given a meaning tomorrow."),
    Rule("MISC-CON-012", "4.5", "A decoder rejects a reserved method, and one that needs its content a private-use method that it does not know, and names it.", "`framing/KIND/method`", "Use a newer decoder, or the one that knows this method.", actor="decoder", rationale="Core components say what the picture is: leaving one out gives another picture."),
    Rule("MISC-CON-013", "4.4", "has_ancillary is 1 only if an ancillary component follows.", "`header/has_ancillary`", "Write has_ancillary as 0."),
    Rule("MISC-CON-014", "4.4", "Ancillary components come in strictly ascending order of type.", "`framing/ancillary/I/type`", "Sort them; one of each type.", rationale="One order makes one file, and one of each type leaves no choice which counts."),
    Rule("MISC-CON-015", "4.5", "A decoder rejects an ancillary-list component of a critical type that it does not know, and names it.", "`framing/ancillary/I/type`", "Use a newer decoder.", actor="decoder"),
    Rule("MISC-CON-016", "4.6", "Nothing follows the content of a component.", "the component, at the first bit behind its content", "length is too large, or bytes were added.", rationale="Bytes that nobody reads are counted by nobody."),
    Rule("MISC-CON-017", "4.6", "Padding bits are zero.", "the component, at the first padding bit", "Write the bits that fill the last byte as zero."),
    Rule("MISC-CON-018", "4.6", "A payload is the one that the encoding process gives for its content.", "the component, at the first bit in which the two payloads differ, or the first behind the shorter one", "Decode and encode again.", rationale="Equal content has equal bytes, so that figures compare and files can be told apart by their digest."),
    Rule("MISC-CON-019", "4.2", "width and height are at most MAX_SIDE.", "the field", "Scale the picture down, or cut it into several files.", rationale="Sides fit 16 bits everywhere, 65,536 included in no computation."),
    Rule("MISC-ENT-001", "5.1", "At each symbol of a range codeword, the quantile is below 2^24.", "`KIND/codeword`, at its first bit", "The codeword is corrupt.", rationale="No encoder gives such a codeword; without this rule what a decoder does with it would depend on the decoder."),
    Rule("MISC-ARG-001", "3.4", "Content to be written has the types that its component carries.", "the value", "Give integers for numbers, and arrays or lists of them for maps, samples and latents.", actor="encoder", subject="content", rationale="What is converted in silence is not what the caller meant."),
    Rule("MISC-TXT-001", "6.1", "Each field of text is well-formed UTF-8.", "`text/overall`, `text/items/I/name` or `/detail`, at the first byte of the ill-formed sequence, or its code; under a language model, at the codeword", "Text in another encoding must be converted first.", rationale="Text goes to people and to models; damage shows here first."),
    Rule("MISC-TXT-002", "6.1", "The number of text fields is odd: the overall description, then a name and a detail for each item.", "the component, at its payload", "A separator is missing or superfluous."),
    Rule("MISC-TXT-003", "6.1", "There are at most MAX_ITEMS items.", "the component, at its payload, or its codeword under a language model", "Drop the least important items."),
    Rule("MISC-TXT-004", "6.1", "All text with its separators is at most MAX_TEXT_BYTES long.", "the component, at its payload, or its codeword under a language model", "Shorten the text.", rationale="A language model takes time for each byte, and so does what reads the text."),
    Rule("MISC-TXT-005", "6.3", "A Huffman codeword ends at a symbol, followed by fewer than eight zero bits.", "the component, at the first bit behind the last whole code", "The codeword is cut or corrupt.", rationale="Whole bytes of padding would be room for hidden data."),
    Rule("MISC-TXT-006", "6.4", "A name ends in the token DETAIL; the overall description and a detail end in NAME or END.", "`text/overall`, `text/items/I/name` or `/detail`, at the first bit of the codeword", "The codeword is corrupt."),
    Rule("MISC-TXT-007", "6.10", "The decoder has the language model that a payload names by its digest.", "`text/model_digest`", "Let the environment variable MISC_LANGUAGE_MODEL name the model's file.", actor="decoder", rationale="Another model gives another text without any error."),
    Rule("MISC-MAP-001", "7.1", "size_code is not a reserved value.", "`maps/size_code`", "Use a size of the table, or an explicit one."),
    Rule("MISC-MAP-002", "7.1", "Map sizes are written in the shortest of their forms.", "`maps/size_code`; under method context `maps/codeword`", "Use the code of the table, or one size for all."),
    Rule("MISC-MAP-003", "7.1", "All maps of a file have at most MAX_MAP_PIXELS pixels together.", "the component, at its payload", "Use smaller maps.", rationale="Memory is taken for declared pixels: a file of 11 bytes may declare all of them."),
    Rule("MISC-MAP-004", "7.3", "A run has at least one pixel, and none ends behind the last pixel of a map.", "`maps/I`, at the first bit of the run's code", "The codeword is corrupt."),
    Rule("MISC-MAP-005", "7.1", "There are 1 to MAX_MAPS maps, each with sides from 1 to MAX_SIDE.", "the field; under method context `maps/codeword`", "Leave out the component if there are no maps."),
    Rule("MISC-MAP-006", "7.4.5", "A JBIG2 region that is given for a map has the pixels of the map.", "`maps/I`, or the file of clause 14.2", "Leave out the region, or take the map from it.", actor="encoder", subject="content", rationale="A payload kept to the byte must say what the file says elsewhere."),
    Rule("MISC-IMG-001", "8.1", "colour is not a reserved value.", "the field", "Use grey or RGB."),
    Rule("MISC-IMG-002", "8.1", "A grid has at most MAX_GRID_CELLS cells.", "the component, at its payload", "Use a coarser grid.", rationale="Memory and time are taken for declared cells."),
    Rule("MISC-IMG-003", "8.2", "Every sample of a grid to be written is between 0 and 2^depth - 1.", "the component", "Write a larger depth, or fewer levels.", actor="encoder", subject="content"),
    Rule("MISC-IMG-004", "8.1", "A grid is no wider and no higher than the picture.", "the field", "Use at most one cell a pixel.", rationale="More cells than pixels carry nothing more."),
    Rule("MISC-IMG-005", "8.1", "block_size is at most MAX_SIDE, and no larger than it takes for one cell to cover the picture.", "the field", "Use a smaller block.", rationale="All larger blocks give the same single cell."),
    Rule("MISC-LAT-001", "17.1", "The picture takes at most MAX_LATENT_PLACES places of latents.", "the component, at its payload", "Scale the picture down, or use another method.", rationale="Memory and time are taken for the places of the picture, not for the bytes that are there."),
    Rule("MISC-LAT-002", "17.2", "Latents have the shape that the picture's size gives, and values and a quality within their bounds.", "`image`, or the file of clause 14.2", "Encode the picture again.", actor="encoder", subject="content"),
    Rule("MISC-LAT-003", "17.6", "A value of scale 0 is 0.", "`image`, or the file of clause 14.2", "Let the quantiser follow the model.", actor="encoder", subject="content"),
    Rule("MISC-CAI-001", "18.1", "architecture is not a reserved value.", "the field", "Use a newer decoder, or a registered architecture."),
    Rule("MISC-CAI-002", "18.2", "The shape is explicit only if it is not the usual one.", "`image/explicit_shape`", "Write explicit_shape as 0."),
    Rule("MISC-CAI-003", "18.2", "A shape is no larger than that of the picture padded to multiples of 256 pixels.", "the field", "Give width and height of the picture that was compressed."),
    Rule("MISC-CAI-004", "18.2", "The latent y of a shape has at most MAX_STRING_POSITIONS positions.", "the component, at its payload", "Use a smaller picture.", rationale="Memory and time are taken for declared positions."),
    Rule("MISC-CAI-005", "18.1", "Content to be written has the number of strings of its architecture, a quality of 1 to MAX_QUALITY, a registered metric, a shape of two positive numbers and, if any, a digest of 16 hexadecimal digits.", "the field", "Give what compress() returned, and the model that it came from.", actor="encoder", subject="content"),
    Rule("MISC-CAI-006", "18.4", "A decoder that needs the symbols has the weights that a payload names.", "`image/weights_digest`, or `image/architecture`", "Name the file of the weights that the picture was encoded with.", actor="decoder", subject="run", rationale="Other weights give other latents without any error."),
    Rule("MISC-CAI-007", "18.5", "Where its symbols are decoded, a string is whole words, and gives all symbols of its shape, escapes of at most 7 nibbles and none to spare, until no word is left and the state is 2^31.", "`image/y` or `image/z`", "The string is corrupt, or is decoded under other weights or other floating-point arithmetic than it was made under.", subject="run", rationale="The library itself reads beyond such strings."),
    Rule("MISC-CDS-001", "19.3", "template is a registered value.", "the field", "Use a newer decoder."),
    Rule("MISC-CDS-002", "19.2", "reduction_minus_1 is not 3.", "the field", "Reduce the picture to a half or a third of its sides, or not at all."),
    Rule("MISC-CDS-003", "19.1", "A codestream begins as its format does.", "`image/codestream`", "The codestream is corrupt, of another format, or in a container."),
    Rule("MISC-CDS-004", "19.1", "A codestream has at most MAX_CODESTREAM_BYTES bytes.", "`image/codestream`", "Encode the picture at a lower quality."),
    Rule("MISC-CDS-005", "19.2", "The size that a JPEG or WebP codestream states, or a template's fields, is that of the picture divided by the reduction, rounded up.", "`image/codestream`", "Encode the picture at that size, or name its reduction."),
    Rule("MISC-CDS-006", "19.4", "The quality of JPEG's quantiser tables is 1 to 100.", "`image/codestream`, at its first byte", "The payload is corrupt."),
    Rule("MISC-CDS-007", "19.6", "A codestream decodes to a picture of the size that it should have.", "`image/codestream`", "The codestream is corrupt, or the library that decodes it lacks something it uses.", actor="decoder", subject="run"),
    Rule("MISC-GEN-001", "9", "A generation component has at least one parameter.", "the component, at its payload", "Leave the component out.", rationale="An absent component says the same in no bits."),
    Rule("MISC-GEN-002", "4.5", "A model or sampler id is registered.", "the field", "Register the model, or name it by its digest.", "warning", rationale="The number is kept, but only who agreed on it can paint."),
    Rule("MISC-GEN-003", "9", "strength is at most MAX_STRENGTH.", "the field", "Give strength between 0 and 1."),
    Rule("MISC-ANC-001", "10", "A checksum has four bytes.", "the component, at its payload", "Write the CRC-32 of all bytes before it."),
    Rule("MISC-ANC-002", "10", "A checksum equals the CRC-32 of all bytes of the file before its payload.", "the component, at its payload", "The file is damaged; get it again.", rationale="Entropy codes turn most damage into other content; a checksum is the only thing that finds it."),
    Rule("MISC-ANC-003", "10", "A string is well-formed UTF-8.", "the field or component, at the first byte of the ill-formed sequence", "Convert the text to UTF-8."),
    Rule("MISC-PRO-001", "11", "The profile's required components are present.", "`KIND`, at `header/has_KIND`", "Add the component, or use profile free."),
    Rule("MISC-PRO-002", "11", "No component is present that the profile leaves out.", "the component, at its payload", "Drop the component, or use profile free."),
    Rule("MISC-PRO-003", "11", "The number of items is within the profile's range.", "`text/items`, at the payload of text", "Drop items, or use profile free."),
    Rule("MISC-PRO-004", "11", "Each field of text has at most the profile's number of words.", "the field, at its first bit in the codeword", "Shorten the text, or use profile free.", rationale="Models overshoot the length they are asked for; the limits leave a fifth."),
    Rule("MISC-PRO-005", "11", "Each map has a size that the profile allows.", "`maps/I`, at its first bit in the codeword", "Resample the maps, or use profile free."),
    Rule("MISC-PRO-006", "11", "Where the profile ties maps to items, there is one map for each item.", "`maps`, at its payload, or at `header/has_maps` where there is none", "Give one map for each item, in their order.", rationale="A map says where its item is; one without the other is not what the system writes."),
    Rule("MISC-PRO-007", "11", "A file takes no more bits a pixel than its profile is for.", "`header/profile`", "Use profile free, or a coarser reference.", "warning", rationale="A rate says at which point a system is run, not how its files are decoded; small pictures cannot keep it."),
    Rule("MISC-PCK-001", "14.2", "A folder to be packed has a manifest.json with width and height.", "`manifest.json`", 'Write {"width": W, "height": H} to manifest.json.', actor="encoder", subject="folder"),
    Rule("MISC-PCK-002", "14.2", "manifest.json is a JSON object of known keys only, with values of the right type and range.", "`manifest.json/KEY`", "See the table of keys in the specification.", actor="encoder", subject="folder"),
    Rule("MISC-PCK-003", "14.2", "The files of a folder have the content that their names promise, and say nothing twice.", "the file", "See the table of files in the specification.", actor="encoder", subject="folder"),
    Rule("MISC-RES-001", "16", "A decoded picture has at most as many pixels as the caller allows.", "`header`", "Allow more with --max-pixels.", actor="decoder", subject="run", rationale="65,535 x 65,535 pixels are 12 GiB, and a file of ten bytes can ask for them."),
    Rule("MISC-RES-002", "16", "Checking a file takes at most the memory that the caller allows.", "`file`", "Allow more with --max-memory.", actor="decoder", subject="run", rationale="The limits of clause 12 bound memory, at more than some callers have."),
    Rule("MISC-RES-003", "16", "Checking a file takes at most the time that the caller allows.", "`file`", "Allow more with --timeout.", actor="decoder", subject="run", rationale="The limits of clause 12 bound time, at minutes for the worst files."),
    Rule("MISC-RES-004", "16", "A generative decoder takes 1 to 1,000 steps.", "`generation/steps`", "Decode with the embedded decoder, or encode again with fewer steps.", actor="decoder", subject="run"),
)
_DUTIES = (
    Duty("MISC-DEC-001", "1.1", "decoder", "A decoder gives the same content on every machine: from bytes to content it uses integers, or floats where each operation on them is exact.", "A float that rounds differently turns the rest of a codeword into something else."),
    Duty("MISC-DEC-002", "3.4", "decoder", "A decoder gives no content of a file that breaks a rule of severity error, and reports id, path and bit offset of a rule that it breaks."),
    Duty("MISC-DEC-003", "3.4", "decoder", "A decoder gives the content of a file that breaks rules of severity warning alone."),
    Duty("MISC-DEC-004", "4.5", "decoder", "A decoder ignores an ancillary component from type 6 on that it does not know, and gives its payload as it is.", "Old decoders read files with new remarks."),
    Duty("MISC-DEC-005", "4.5", "decoder", "A decoder takes a file with a private-use method or profile, and gives the payload as it is.", "Counting bits and copying files need no content."),
    Duty("MISC-DEC-006", "4.7", "decoder", "From version 1 on, a decoder rejects a file for its version only if it does not know version_major."),
    Duty("MISC-DEC-007", "13", "decoder", "A program that counts bits gives each bit of a file to one leaf, so that leaves add up to eight times the bytes of the file.", "A bit that is left out is a bit that a figure hides."),
    Duty("MISC-DEC-008", "13", "decoder", "Bits per pixel are bits divided by width times height of the original picture.", "Division by a padded size under-reports by up to 8 % for a picture of 1200 x 900."),
    Duty("MISC-DEC-009", "16", "decoder", "A decoder checks a declared size against its limit, and against the bytes that are there, before it takes memory of that size.", "A dozen bytes can declare gigabytes."),
    Duty("MISC-DEC-010", "16", "decoder", "A decoder that makes pixels asks its caller how many it may make.", "See MISC-RES-001."),
    Duty("MISC-DEC-011", "16", "decoder", "A decoder fetches nothing that a file names unless it is asked to.", "A file must not choose what a machine downloads."),
    Duty("MISC-ENC-001", "3.4", "encoder", "An encoder writes files that keep every rule of severity error."),
    Duty("MISC-ENC-002", "4.2", "encoder", "width and height are those of the original picture, before any padding or scaling."),
    Duty("MISC-ENC-003", "14.2", "encoder", "A folder that was unpacked from a file packs to the same bytes."),
)
# fmt: on

RULES: dict[str, Rule] = {row.id: row for row in _ROWS}
DUTIES: dict[str, Duty] = {row.id: row for row in _DUTIES}
FILE_RULES = tuple(row.id for row in _ROWS if row.subject == "file")
