"""The catalogue of requirements: rules, duties, and the conformance classes that they bind (clause 3.5).

A rule can be seen to be broken in a file, in content, in a folder or in a run. A duty can be seen only in what a program does.
An id is never used again, even after its requirement is removed. Readers raise `MiscError` with an id of this catalogue. The
validator, its explanations, the lists of requirements in each clause of the specification and Annex C are made from it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "info"]
Actor = Literal["stream", "decoder", "encoder"]
Subject = Literal["file", "content", "folder", "source", "run"]
Class = Literal["reader", "decoder", "validator", "encoder"]

CLASSES: dict[Class, str] = {
    "reader": "reads the header and all frames, and counts the bits of each component without decoding it",
    "decoder": "is a reader that also gives the content of the methods that it implements",
    "validator": "is a decoder of all methods that also says whether a file conforms, and reports all faults that it can find",
    "encoder": "writes files",
}
CANONICAL = ("MISC-CON-016", "MISC-CON-017", "MISC-CON-018")
# The class that checks the rules of a family. Where it is missing, a decoder checks them.
_FAMILY_CLASSES: dict[str, Class] = {"CON": "reader", "PRO": "validator"}


class Rule(NamedTuple):
    """A requirement whose violation can be reported.

    `where`: the path in a report, and the bit offset if it is not the first bit of that path.
    `hint`: what the user can do.
    `actor`: who must keep the rule.
    `subject`: what breaks the rule: a file, content to be written, a folder to be packed, a source of another codec, or a run with its limits
    and models.
    `rationale`: the reason for the rule, if it is not obvious.
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

    @property
    def conformance_class(self) -> Class:
        """The first of reader, decoder and validator that checks the rule, or the encoder that keeps it."""
        if self.actor == "encoder":
            return "encoder"
        return "validator" if self.id in CANONICAL else _FAMILY_CLASSES.get(self.id.split("-")[1], "decoder")


class Duty(NamedTuple):
    """A requirement that can be checked only in what a program does.

    `conformance_class`: the first of reader, decoder and validator that has the duty, or the encoder.
    """

    id: str
    clause: str
    conformance_class: Class
    requirement: str
    rationale: str = ""


# fmt: off
_ROWS = (
    Rule("MISC-CON-001", "4.2", "A file begins with the three bytes CD 53 43.", "the field", "The file is not a MISC bitstream, or its first bytes are lost.", rationale="Three bytes are enough to tell the file from other formats. The first byte is not ASCII, so no text file looks like a MISC bitstream."),
    Rule("MISC-CON-002", "4.7", "A program rejects a version_major that it does not know.", "the field", "Use a newer decoder.", actor="decoder"),
    Rule("MISC-CON-003", "4.7", "While version_major is 0, a program rejects a version_minor that it does not know.", "the field", "Decode with the release that wrote the file, then encode again.", actor="decoder"),
    Rule("MISC-CON-004", "4.5", "profile is a registered value or a private-use value.", "the field", "Use profile 0 (free) if no other profile fits."),
    Rule("MISC-CON-005", "4.2", "wide_size is 1 if and only if width or height is greater than 4,096.", "the field", "Write the size in 12 bits.", rationale="If one size had two forms, one content would have two files."),
    Rule("MISC-CON-006", "4.1", "A file has at least one of text, maps and image.", "`header/has_text`", "Add text, maps or an image.", rationale="Generation parameters alone do not describe a picture."),
    Rule("MISC-CON-007", "4.1", "A file does not end inside a field.", "the field; `maps/I` at its first bit for run lengths, at its data for regions; `maps` at the first pixel for packed maps; `image/z_length` for a string z; `image/codestream` for stored bytes", "The file is truncated; get it again.", rationale="If readers made up the missing bits, each would give different content."),
    Rule("MISC-CON-008", "4.1", "A component does not extend past the end of the file, nor a part past the end of its image.", "the component, at its payload", "The file is truncated, or length is wrong."),
    Rule("MISC-CON-009", "3.3", "A varint has no unnecessary byte: its last byte is 0 only if it is its only byte.", "the field", "Write the number in its shortest form.", rationale="Each number has one form. A second form would carry hidden bits that no bit count explains."),
    Rule("MISC-CON-010", "3.3", "A varint is at most MAX_VARINT.", "the field", "The file is corrupt here.", rationale="Every number fits in 32 bits, and every varint in five bytes."),
    Rule("MISC-CON-011", "4.5", "A field with a fixed value in the syntax has that value.", "the field", "Write reserved bits as zero.", rationale="If readers ignored these bits today, a later version could not give them a meaning."),
    Rule("MISC-CON-012", "4.5", "A program rejects a reserved method. A program that needs the content also rejects a private-use method that it does not know. In both cases it names the method.", "`framing/KIND/method`", "Use a newer decoder, or a decoder that knows this method.", actor="decoder", rationale="Core components describe the picture. Without one of them, the picture would be a different one."),
    Rule("MISC-CON-013", "4.4", "has_ancillary is 1 only if an ancillary component follows.", "`header/has_ancillary`", "Write has_ancillary as 0."),
    Rule("MISC-CON-014", "4.4", "Ancillary components are in strictly ascending order of type.", "`framing/ancillary/I/type`", "Sort the components by type, and keep one of each type.", rationale="With one order, one content has one file. With one component of each type, it is clear which one counts."),
    Rule("MISC-CON-015", "4.5", "A program rejects a component of the ancillary list with a critical type that it does not know, and names the type.", "`framing/ancillary/I/type`", "Use a newer decoder.", actor="decoder"),
    Rule("MISC-CON-016", "4.6", "Nothing follows the content of a component.", "the component, at the first bit behind its content", "length is too large, or bytes were added.", rationale="Bytes that no decoder reads would belong to no field in a bit count."),
    Rule("MISC-CON-017", "4.6", "Padding bits are zero.", "the component, at the first padding bit", "Write the padding of the last byte as zeros."),
    Rule("MISC-CON-018", "4.6", "A payload is equal to the payload that the encoding process gives for its content.", "the component, at the first bit in which the two payloads differ, or at the first bit behind the shorter payload", "Decode the file and encode it again.", rationale="Under one method, equal content has equal bytes. Rates are therefore comparable, and digests show whether files are equal."),
    Rule("MISC-CON-019", "4.2", "width and height are at most MAX_SIDE.", "the field", "Scale the picture down, or split it into several files.", rationale="A side fits in 16 bits in every computation."),
    Rule("MISC-ENT-001", "5.1", "At each symbol of a range codeword, the quantile is below 2^24, or below the total of clause 5.5. Decisions have no quantile; at the start of a codeword of clauses 12.6, 12.8 and 12.9, D is below range.", "`KIND/codeword`, at its first bit", "The codeword is corrupt.", rationale="No encoder gives a codeword with a quantile of 2^24 or more. Without this rule, decoders could treat such a codeword differently."),
    Rule("MISC-ARG-001", "3.4", "Content to be written has the types that its component carries, and no choice without effect.", "the value", "Give numbers as integers, maps, samples and latents as arrays or lists of them, and only choices that apply.", actor="encoder", subject="content", rationale="What is converted or passed over in silence is not what the caller meant."),
    Rule("MISC-CON-020", "4.3", "A check is equal to the CRC-16 of its payload.", "`framing/KIND/check`, or `framing/image/I/check` of a part", "The file is damaged; get it again.", rationale="Where a decoder of this document cannot decode a payload, nothing else tells a damaged payload from a whole one."),
    Rule("MISC-CON-021", "4.1", "Nothing follows the last component of a file, or the last part of an image.", "`file` or `image`, at the first bit behind it", "Bytes were added, or a length is wrong.", rationale="A file that was written twice in a row would otherwise pass for one file."),
    Rule("MISC-PRT-001", "4.8", "role is not a reserved value.", "the field", "Use a newer decoder, or a registered role."),
    Rule("MISC-PRT-002", "4.8", "The name of a part has 1 to 32 of the characters a to z, 0 to 9, `-` and `_`, and begins with a letter or a digit.", "the field", "Use another name.", rationale="A name is part of paths, of file names and of column names."),
    Rule("MISC-PRT-003", "4.8", "No two parts of an image have the same role and the same name.", "`framing/image/I/role`", "Give one of the parts another name."),
    Rule("MISC-PRT-004", "4.8", "The only part of an image has a role other than `image`, or a name.", "`framing/image/0/role`", "Write the payload as that of the image itself.", rationale="If one part had two forms, one content would have two files."),
    Rule("MISC-PRT-005", "4.8", "An image has 1 to MAX_PARTS parts, and no part has parts.", "`image`, at the first bit behind the parts that are allowed, or `framing/image/I/method`", "Join parts, or put some of their content into one array."),
    Rule("MISC-TXT-001", "6.1", "Each field of text is well-formed UTF-8.", "`text/overall`, `text/items/I/name` or `/detail`, at the first byte of the ill-formed sequence, or at the code of that byte; under a language model, at the codeword", "Convert text in another encoding to UTF-8 first.", rationale="People and models read the text. Damage often shows here first."),
    Rule("MISC-TXT-002", "6.1", "The number of text fields is odd: the overall description, then a name and a detail for each item.", "the component, at its payload", "A separator is missing, or there is one too many."),
    Rule("MISC-TXT-003", "6.1", "There are at most MAX_ITEMS items.", "the component, at its payload, or its codeword under a language model", "Remove the least important items."),
    Rule("MISC-TXT-004", "6.1", "All text with its separators has at most MAX_TEXT_BYTES bytes.", "the component, at its payload, or its codeword under a language model", "Shorten the text.", rationale="Each byte takes time to decode under a language model, and time for every program that reads the text."),
    Rule("MISC-TXT-005", "6.3", "A Huffman codeword ends at a symbol, followed by fewer than eight bits.", "the component, at the first bit behind the last whole code", "The codeword is truncated or corrupt.", rationale="Whole bytes of padding could carry hidden data."),
    Rule("MISC-TXT-006", "6.4", "A name ends in the token DETAIL; the overall description and a detail end in NAME or END.", "`text/overall`, `text/items/I/name` or `/detail`, at the first bit of the codeword", "The codeword is corrupt."),
    Rule("MISC-TXT-007", "6.10", "The decoder has the language model whose digest the payload gives.", "`text/model_digest`", "Set the environment variable MISC_LANGUAGE_MODEL to the path of the model's file.", actor="decoder", rationale="A different model would give a different text without any error."),
    Rule("MISC-TXT-008", "6.1", "Named texts follow all items, and their names have the form of the name of a part.", "`text/named/I/name`, at the first bit of the codeword", "Use a registered name, or a name of one's own in lower case.", rationale="With one order, one content has one payload."),
    Rule("MISC-MAP-001", "7.1", "size_code is not a reserved value.", "`maps/size_code`", "Use a size of the table, or an explicit size."),
    Rule("MISC-MAP-002", "7.1", "Map sizes are written in their shortest form.", "`maps/size_code`; under method context `maps/codeword`", "Use the code of the table, or one size for all maps."),
    Rule("MISC-MAP-003", "7.1", "All maps of a file together have at most MAX_MAP_PIXELS pixels.", "the component, at its payload", "Use smaller maps.", rationale="A decoder allocates memory for the declared pixels, and a file of 11 bytes can declare this maximum."),
    Rule("MISC-MAP-004", "7.3", "A run has at least one pixel, and no run ends behind the last pixel of a map.", "`maps/I`, at the first bit of the run's code", "The codeword is corrupt."),
    Rule("MISC-MAP-005", "7.1", "There are 1 to MAX_MAPS maps, each with sides from 1 to MAX_SIDE.", "the field; under method context `maps/codeword`", "Leave out the component if there are no maps."),
    Rule("MISC-MAP-006", "7.4.5", "A JBIG2 region that is supplied for a map has the pixels of the map.", "`maps/I`, or the file of clause 18.2", "Leave out the region, or take the map from the region.", actor="encoder", subject="content", rationale="The region is written byte for byte, so it must decode to the map."),
    Rule("MISC-IMG-001", "8.1", "colour is not a reserved value.", "the field", "Use the value for grey or for RGB."),
    Rule("MISC-IMG-002", "8.1", "A grid has at most MAX_GRID_CELLS cells.", "the component, at its payload", "Use a coarser grid.", rationale="Memory and decoding time grow with the declared cells."),
    Rule("MISC-IMG-003", "8.2", "Every sample of a grid to be written is between 0 and 2^depth - 1.", "the component", "Use a larger depth, or fewer levels.", actor="encoder", subject="content"),
    Rule("MISC-IMG-004", "8.1", "A grid is no wider and no higher than the picture.", "the field", "Use at most one cell per pixel.", rationale="More cells than pixels carry no more information."),
    Rule("MISC-IMG-005", "8.1", "block_size is at most MAX_SIDE and at most the longer side of the picture.", "the field", "Use a smaller block.", rationale="Every larger block gives the same single cell."),
    Rule("MISC-LAT-001", "9.1", "The latents of the picture have at most MAX_LATENT_PLACES places.", "the component, at its payload", "Scale the picture down, or use another method.", rationale="Memory and decoding time grow with the places, whatever the number of bytes in the file."),
    Rule("MISC-LAT-002", "9.2", "The latents have the shape that follows from the size of the picture. Their values and their quality are within their bounds.", "`image`, or the file of clause 18.2", "Encode the picture again.", actor="encoder", subject="content"),
    Rule("MISC-LAT-003", "9.7", "A value (a latent or hyper-latent less its mean) whose scale is 0 is 0.", "`image`, or the file of clause 18.2", "Set these values to 0 in the quantiser.", actor="encoder", subject="content"),
    Rule("MISC-CAI-001", "10.1", "architecture is not a reserved value.", "the field", "Use a newer decoder, or a registered architecture."),
    Rule("MISC-CAI-002", "10.2", "The shape is explicit only if it differs from the usual shape.", "`image/explicit_shape`", "Write explicit_shape as 0."),
    Rule("MISC-CAI-003", "10.2", "A shape is no larger than the shape for the picture padded to multiples of 256 pixels.", "the field", "Use the width and the height of the picture that was compressed."),
    Rule("MISC-CAI-004", "10.2", "The latents y of a shape have at most MAX_STRING_POSITIONS positions.", "the component, at its payload", "Use a smaller picture.", rationale="Memory and decoding time grow with the declared positions."),
    Rule("MISC-CAI-005", "10.1", "Content to be written has as many strings as its architecture, a quality of 1 to MAX_QUALITY, a registered metric, and a shape of two positive numbers. A digest, if there is one, has 16 hexadecimal digits.", "the field", "Give the result of compress(), and name the model that it came from.", actor="encoder", subject="content"),
    Rule("MISC-CAI-006", "10.4", "A decoder that needs the symbols has the weights that the payload names.", "`image/weights_digest`, or `image/architecture`", "Name the file of weights with which the picture was encoded.", actor="decoder", subject="run", rationale="Different weights would give different latents without any error."),
    Rule("MISC-CAI-007", "10.5", "If the symbols of a string are decoded: the string is a whole number of words; it gives all symbols of its shape; each escape has at most 7 nibbles and no unnecessary nibble; and at the end no word is left and the state is 2^31.", "`image/y` or `image/z`", "The string is corrupt, or its encoder used different weights or different floating-point arithmetic.", subject="run", rationale="The library itself reads past the end of a string that breaks this rule."),
    Rule("MISC-CDS-001", "11.3", "template is a registered value.", "the field", "Use a newer decoder."),
    Rule("MISC-CDS-002", "11.2", "reduction_minus_1 is not 3.", "the field", "Reduce the sides of the picture to a half or a third, or not at all."),
    Rule("MISC-CDS-003", "11.1", "A codestream begins with the bytes that its format requires, and states the size of its picture.", "`image/codestream`, at its first stored byte", "The codestream is corrupt, has another format, or is in a container."),
    Rule("MISC-CDS-004", "11.1", "A codestream has at most MAX_CODESTREAM_BYTES bytes.", "`image/codestream`, at its first stored byte", "Encode the picture at a lower quality."),
    Rule("MISC-CDS-005", "11.2", "Each size that a codestream states, and that in the fields of a template, is the size of the picture divided by the reduction, rounded up, or, for AV1, AVC, HEVC and VVC, the coded size.", "`image/codestream`, at its first stored byte", "Encode the picture at that size, or give the right reduction."),
    Rule("MISC-CDS-006", "11.4", "The quality of the quantiser tables of JPEG is 1 to 100.", "`image/codestream`, at its first stored byte", "The payload is corrupt."),
    Rule("MISC-CDS-007", "11.6", "A codestream can be decoded, and its picture has the reduced size or, for AV1, AVC, HEVC and VVC, the coded size.", "`image/codestream`", "The codestream is corrupt, or uses a feature that the decoding library does not support.", actor="decoder", subject="run"),
    Rule("MISC-ARR-001", "12.1", "An alphabet has 2 to MAX_ALPHABET codes; under methods 6, 7 and 8 at most MAX_MODELLED_ALPHABET, for sets at most MAX_SET_STEPS, and with labels at most MAX_LABELS.", "the field", "Use another method, or a larger alphabet for an array of one code.", rationale="Codes of an alphabet of one carry nothing. Tables of counts take memory."),
    Rule("MISC-ARR-002", "12.1", "An array has at most four dimensions, and their sizes multiply to at most MAX_ARRAY_VALUES.", "`image/dimensions` for their number; the component, at its payload, for their product", "Split the array into parts.", rationale="A codeword of no bytes can declare this maximum."),
    Rule("MISC-ARR-003", "12.1", "Content to be written has codes below its alphabet, as many labels as codes or none, sets in strictly ascending order, integers from -MAX_INTEGER to MAX_INTEGER, a step and an offset that fit their fields, and a shape of positive numbers.", "the field", "Correct the array, or the parameter that the message names.", actor="encoder", subject="content"),
    Rule("MISC-ARR-004", "12.8", "An array of sets has two dimensions or more, a set has at most as many members as the alphabet has codes, and the number of sets times the size of the alphabet is at most MAX_SET_STEPS.", "the component, at its payload", "Use codes instead of sets, or split the array into parts.", rationale="A decoder walks through the alphabet once for each set."),
    Rule("MISC-ARR-005", "12.4", "The decoder has the table of frequencies whose digest the payload gives, and the table has the alphabet of the array.", "`image/table_digest`", "Set the environment variable MISC_CODE_TABLES to the path of the table's file.", actor="decoder", rationale="A different table would give different codes without any error."),
    Rule("MISC-GEN-001", "13", "A generation component has at least one parameter.", "the component, at its payload", "Leave the component out.", rationale="An absent component means the same and costs no bits."),
    Rule("MISC-GEN-002", "4.5", "A model or sampler id is registered.", "the field", "Register the model, or name it by its digest.", "warning", rationale="The number is kept, but only a decoder that knows its meaning can paint."),
    Rule("MISC-GEN-003", "13", "strength is at most MAX_STRENGTH.", "the field", "Use a strength between 0 and 1."),
    Rule("MISC-GEN-004", "13", "A digest of settings to be written has 16 hexadecimal digits.", "the field", "Give the first 16 digits of the SHA-256 of the file of settings.", actor="encoder", subject="content"),
    Rule("MISC-ANC-001", "14", "A checksum has four bytes.", "the component, at its payload", "Write the CRC-32 of all bytes before it."),
    Rule("MISC-ANC-002", "14", "A checksum equals the CRC-32 of all bytes of the file before its payload.", "the component, at its payload", "The file is damaged; get it again.", rationale="Damage to an entropy-coded payload often gives different valid content. Only a checksum detects it."),
    Rule("MISC-ANC-003", "14", "A string is well-formed UTF-8.", "the field or component, at the first byte of the ill-formed sequence", "Convert the text to UTF-8."),
    Rule("MISC-PRO-001", "15", "The profile's required components are present.", "`KIND`, at `header/has_KIND`", "Add the component, or use profile free."),
    Rule("MISC-PRO-002", "15", "Every core component that is present is required or optional in the profile.", "the component, at its payload", "Remove the component, or use profile free."),
    Rule("MISC-PRO-003", "15", "The number of items is within the profile's range.", "`text/items`, at the payload of text", "Remove items, or use profile free."),
    Rule("MISC-PRO-004", "15", "Each field of text has at most as many words as the profile allows.", "the field, at its first bit in the codeword", "Shorten the text, or use profile free.", rationale="Models often write more words than requested, so the limits allow a fifth more."),
    Rule("MISC-PRO-005", "15", "Each map has a size that the profile allows.", "`maps/I`, at its first bit in the codeword", "Resample the maps, or use profile free."),
    Rule("MISC-PRO-006", "15", "If the profile ties maps to items, there is one map for each item.", "`maps`, at its payload, or at `header/has_maps` if there are no maps", "Give one map for each item, in the order of the items.", rationale="A map shows where its item is. The systems never write one without the other."),
    Rule("MISC-PRO-007", "15", "The rate of a file is at most the rate of its profile.", "`header/profile`", "Use profile free, or a coarser reference picture.", "warning", rationale="The rate does not affect decoding, and small pictures cannot keep it."),
    Rule("MISC-PRO-008", "15", "The image has the parts that the profile requires, and no others than it allows.", "the part, or `image` if a part is missing, at its payload", "Add, rename or remove the part, or use profile free."),
    Rule("MISC-PRO-009", "15", "Each part has the content, the alphabet and the shape that the profile allows.", "the part, at its payload", "Give the array of the codec as it is, or use profile free.", rationale="An array of another shape or alphabet is not one that the codec's decoder takes."),
    Rule("MISC-PCK-001", "18.2", "A folder to be packed has a manifest.json with a width and a height.", "`manifest.json`", 'Write {"width": W, "height": H} to manifest.json.', actor="encoder", subject="folder"),
    Rule("MISC-PCK-002", "18.2", "manifest.json is a JSON object of known keys only, with values of the right type and range.", "`manifest.json/KEY`", "See the table of keys in clause 18.2 of the specification.", actor="encoder", subject="folder"),
    Rule("MISC-PCK-003", "18.2", "Each file of a folder has the content that its name requires, and no content is given twice.", "the file", "See the table of files in clause 18.2 of the specification.", actor="encoder", subject="folder"),
    Rule("MISC-IMP-001", "18.3", "A source of an import has the form that its codec writes.", "the file, array or field of the source", "Give the file as the codec wrote it, or its arrays by the names that misc import --list shows.", actor="encoder", subject="source", rationale="A source that is guessed at would be counted as something that nobody sent."),
    Rule("MISC-IMP-002", "18.3", "A stream to be exported has the parts that the decoder of the codec takes, and nothing else.", "the component or part", "Name the codec from which the file was imported.", actor="decoder", subject="content"),
    Rule("MISC-IMP-003", "18.3", "An import or an export gets the settings that the source does not have, and none that contradict it.", "the option", "See the settings of the codec in misc import --list.", actor="encoder", subject="content"),
    Rule("MISC-RES-001", "20", "A decoded picture has at most as many pixels as the caller allows.", "`header`", "Allow more with --max-pixels.", actor="decoder", subject="run", rationale="A picture of 65,535 x 65,535 pixels takes 12 GiB, and a file of ten bytes can declare it."),
    Rule("MISC-RES-002", "20", "The check of a file takes at most the memory that the caller allows.", "`file`", "Allow more with --max-memory.", actor="decoder", subject="run", rationale="The limits of clause 16 bound the memory, but some callers have less."),
    Rule("MISC-RES-003", "20", "The check of a file takes at most the time that the caller allows.", "`file`", "Allow more with --timeout.", actor="decoder", subject="run", rationale="The limits of clause 16 bound the time, but the worst files take minutes."),
    Rule("MISC-RES-004", "20", "A generative decoder takes 1 to 1,000 steps.", "`generation/steps`", "Decode with the embedded decoder, or encode again with fewer steps.", actor="decoder", subject="run"),
)
_DUTIES = (
    Duty("MISC-DEC-001", "1.1", "decoder", "A decoder gives the same content on every machine. From bytes to content it uses integers, or floating-point operations that are all exact.", "One different rounding changes all symbols behind it in a codeword."),
    Duty("MISC-DEC-002", "3.4", "reader", "If a file breaks a rule of severity error that its class checks, a program gives no content, and reports the id, the path and the bit offset of a broken rule."),
    Duty("MISC-DEC-003", "3.4", "decoder", "If a file breaks no rule of severity error that its class checks, a decoder gives its content."),
    Duty("MISC-DEC-004", "4.5", "reader", "A program ignores an ancillary component of an unknown type if the type is 6 or greater, and keeps its payload unchanged.", "Old decoders can read files with new remarks."),
    Duty("MISC-DEC-005", "4.5", "reader", "A program accepts a file with a private-use method or profile, and keeps the payload unchanged.", "A program can count bits and copy files without the content."),
    Duty("MISC-DEC-006", "4.7", "reader", "From version 1 on, a program rejects a file because of its version only if it does not know version_major."),
    Duty("MISC-DEC-007", "17", "reader", "A program that counts bits assigns each bit of a file to one leaf. The leaves add up to eight times the bytes of the file.", "An uncounted bit would make a rate too low."),
    Duty("MISC-DEC-008", "17", "reader", "Bits per pixel are the bits divided by the width times the height of the original picture.", "With a padded size, the rate of a picture of 1200 x 900 is up to 8 % too low."),
    Duty("MISC-DEC-009", "20", "reader", "Before a program allocates memory for a declared size, it checks the size against its limit and against the bytes that are present.", "A file of a dozen bytes can declare gigabytes."),
    Duty("MISC-DEC-010", "20", "decoder", "A decoder that makes pixels lets its caller set the maximum number of pixels.", "See MISC-RES-001."),
    Duty("MISC-DEC-011", "20", "decoder", "A decoder downloads nothing that a file names, unless its caller asks for it.", "A file must not decide what a machine downloads."),
    Duty("MISC-ENC-001", "3.4", "encoder", "An encoder writes files that break no rule of severity error."),
    Duty("MISC-ENC-002", "4.2", "encoder", "width and height are the size of the original picture, before padding and scaling."),
    Duty("MISC-ENC-003", "18.2", "encoder", "If a file is unpacked to a folder, the folder packs to the bytes of the file."),
)
# fmt: on

RULES: dict[str, Rule] = {row.id: row for row in _ROWS}
DUTIES: dict[str, Duty] = {row.id: row for row in _DUTIES}
FILE_RULES = tuple(row.id for row in _ROWS if row.subject == "file")
