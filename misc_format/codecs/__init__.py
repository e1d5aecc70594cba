"""Published codecs: their files and arrays become streams with named parts, and come back.

    stream = import_codec("perco-sd", "photo.pkl", width=768, height=512)
    files = export_codec("perco-sd", stream)        # {"image.pkl": bytes}

Nothing of a source is executed, sizes are checked before memory is taken, and what is not of the codec's form, or could not be exported
again, is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from misc_format.accounting import account
from misc_format.codecs import arrayform, binding, ownbits
from misc_format.codecs.catalogue import CODECS
from misc_format.codecs.faults import CONTENT, OPTION, content_fault, option_fault, shown, source_fault
from misc_format.codecs.ownbits import Comparison, Difference
from misc_format.codecs.rows import Codec, Fields, Files, Form, Part, Setting
from misc_format.codecs.sources import Source, opened
from misc_format.components import Generation, Stream
from misc_format.errors import MiscError
from misc_format.limits import MAX_SIDE
from misc_format.stream import write

__all__ = [
    "ARRAYS", "CODECS", "Codec", "Comparison", "Difference", "Files", "Form", "Part", "Setting", "Source",
    "codec_named", "difference", "export_codec", "forms_of", "import_codec",
]  # fmt: skip

ARRAYS = arrayform.ARRAYS
DIGEST_BYTES = 8


def codec_named(name: str) -> Codec:
    """The row of a codec. Raises `MiscError` for an unknown name."""
    if name not in CODECS:
        raise option_fault(f"{shown(name)} is no codec; the codecs are {', '.join(CODECS)}", "codec")
    return CODECS[name]


def forms_of(codec: Codec) -> tuple[str, ...]:
    """The names of the forms that can be imported and exported."""
    return (*(form.name for form in codec.forms), ARRAYS)


def import_codec(
    name: str,
    sources: Source | Mapping[str, Any] | str | Path | Sequence[str | Path],
    *,
    width: int | None = None,
    height: int | None = None,
    caption: str | None = None,
    settings: Mapping[str, Any] | None = None,
    settings_file: bytes | None = None,
    form: str | None = None,
) -> Stream:
    """The content of what a codec wrote, ready for `misc_format.write`.

    `sources`: paths of its files, of a folder with them, or of arrays (.npz, .npy, .pt); a mapping is one of arrays and strings by name; a
    `Source` has files as bytes. `width`, `height`: of the original picture, if the source does not say it. `caption`: the text that its
    decoder takes, if the source does not have it. `settings`: values of the row's settings. `settings_file`: a file that its decoder needs;
    its digest goes into the stream. `form`: which of `forms_of` the source has; by default it is found.

    Raises `MiscError` (MISC-IMP-001 for a source, MISC-IMP-003 for an option), and `OSError` for a path that cannot be read.
    """
    codec = codec_named(name)
    source = opened(sources)
    given = _given(codec, settings or {}, width, height, caption, settings_file)
    fields = _agreed(_read(codec, source, given, form), given)
    digest = None if settings_file is None else digest_of(settings_file)
    stream = binding.to_stream(codec, codec.completed(fields), digest)
    _check_export(name, stream, settings_file)
    _check_kept(codec, fields, binding.to_fields(codec, stream))
    return stream


def export_codec(name: str, stream: Stream, *, settings_file: bytes | None = None, form: str | None = None) -> Files:
    """What the decoder of a codec takes, by file name.

    `form`: one of `forms_of`; by default the first one for which the stream has all fields. `settings_file`: needed where the codec's files
    depend on it; its digest must be that of the stream. Raises `MiscError` (MISC-IMP-002 for content, MISC-IMP-003 for an option).
    """
    codec = codec_named(name)
    fields = _fields(codec, stream, settings_file)
    if form is not None and form not in forms_of(codec):
        raise option_fault(
            f"{shown(form)} is no form of {codec.title}; its forms are {', '.join(forms_of(codec))}", "form"
        )
    for row in codec.forms:
        missing = [field for field in row.fields if field not in fields]
        if form == row.name and missing:
            raise content_fault(f"the form {form} needs {', '.join(missing)}", "image")
        if form in (None, row.name) and not missing:
            carried = fields.keys() if row.carries is None else row.carries
            return row.write(fields) | arrayform.write_arrays(codec, fields, carried)
    if files := arrayform.write_arrays(codec, fields):
        return files
    raise content_fault(f"it has none of the arrays of {codec.title}", "image")


def difference(name: str, stream: Stream, settings_file: bytes | None = None) -> Comparison:
    """The bits that the codec's own code reports beside those of the stream as a file, by component and part. Raises `MiscError`."""
    codec = codec_named(name)
    return ownbits.compare(codec, _fields(codec, stream, settings_file), account(write(stream)))


def digest_of(settings_file: bytes) -> str:
    """The digest of a file of settings, as it stands in `Generation.settings`."""
    return hashlib.sha256(settings_file).hexdigest()[: 2 * DIGEST_BYTES]


def _check_export(name: str, stream: Stream, settings_file: bytes | None) -> None:
    """Check that an export gives the source back. Raises `MiscError` for one that its codec cannot have written."""
    try:
        export_codec(name, stream, settings_file=settings_file)
    except MiscError as error:
        if error.rule == CONTENT:
            raise source_fault(error.message, error.path) from None
        if error.rule != OPTION:  # an option, such as a file of settings, can still be given to the export
            raise
    except ModuleNotFoundError:
        return  # arrays need no extra that only the codec's own file needs


def _check_kept(codec: Codec, fields: Fields, kept: Fields) -> None:
    """Check that a file keeps each setting. Raises `MiscError` for one that fits nothing of the source."""
    for row in codec.settings:
        if row.key in fields and not row.reads and kept.get(row.key) != fields[row.key]:
            raise option_fault(
                f"it is {shown(fields[row.key])}, and nothing of the source has it; leave it out", row.key
            )


def _fields(codec: Codec, stream: Stream, settings_file: bytes | None) -> Fields:
    """The fields of a stream and of the file of settings."""
    fields = binding.to_fields(codec, stream)
    if settings_file is None:
        return fields
    wanted = stream.generation.settings if isinstance(stream.generation, Generation) else None
    if wanted is not None and wanted != digest_of(settings_file):
        raise option_fault(
            f"its digest is {digest_of(settings_file)}; the file was made with the settings of {wanted}", "settings"
        )
    return (codec.settings_fields(settings_file) if codec.settings_fields else {}) | fields


def _given(
    codec: Codec,
    settings: Mapping[str, Any],
    width: int | None,
    height: int | None,
    caption: str | None,
    settings_file: bytes | None,
) -> Fields:
    """The fields that the user gives."""
    rows = {row.key: row for row in codec.settings}
    for key in settings:
        if key not in rows:
            known = ", ".join(f"{row.key} ({row.meaning})" for row in codec.settings) or "none"
            raise option_fault(f"it is no setting of {codec.title}; its settings are {known}", key)
    fields: Fields = {key: rows[key].parsed(value) for key, value in settings.items()}
    if settings_file is not None and codec.settings_fields is not None:
        found = codec.settings_fields(settings_file)
        found |= {key: rows[key].parsed(value) for key, value in found.items() if key in rows}
        fields = _agreed(found, fields)
    if caption is not None and not codec.has_text:
        raise option_fault(f"the decoder of {codec.title} takes no caption", "caption")
    options = {"width": width, "height": height, "caption": caption}
    for name, side in (("width", width), ("height", height)):
        if side is not None and not 1 <= side <= MAX_SIDE:
            raise option_fault(f"it is {side:,} pixels, not 1 to {MAX_SIDE:,}", name)
    return fields | {key: value for key, value in options.items() if value is not None}


def _agreed(fields: Fields, given: Mapping[str, Any]) -> Fields:
    """The fields of a source and those that the user gives. Raises `MiscError` where they differ."""
    for key, value in given.items():
        if key in fields and fields[key] != value:
            raise option_fault(f"the source says {shown(fields[key])}, and {shown(value)} is given", key)
    return {**given, **fields}


def _read(codec: Codec, source: Source, given: Mapping[str, Any], form: str | None) -> Fields:
    """The fields of a source: of its files in the form that they have, of arrays, and of a caption beside them."""
    files = dict(source.files)
    fields = {}
    if codec.has_text and len(files) + len(source.arrays) > 1 and arrayform.CAPTION_FILE in files:
        fields = {"caption": arrayform.read_caption(files.pop(arrayform.CAPTION_FILE))}
    if source.arrays or form == ARRAYS:
        fields = _joined(fields, arrayform.read_arrays(codec, source.arrays))
        if form == ARRAYS and files:
            raise source_fault(f"they are no arrays: {', '.join(files)}")
    if files or not source.arrays:
        fields = _joined(fields, _read_files(codec, files, given, form))
    return fields


def _joined(fields: Fields, more: Fields) -> Fields:
    """Fields of several files. Raises `MiscError` for one that two of them have, unless it is the same number."""
    for name in fields.keys() & more.keys():
        if type(fields[name]) is not int or fields[name] != more[name]:
            raise source_fault("it is given twice; keep one", name)
    return fields | more


def _read_files(codec: Codec, files: Files, given: Mapping[str, Any], form: str | None) -> Fields:
    """The fields of files in the form that they have."""
    forms = [row for row in codec.forms if form in (None, row.name)]
    if not forms:
        reason = (
            f"{shown(form)} is no form of {codec.title}" if codec.forms else f"{codec.title} has no files of its own"
        )
        raise option_fault(f"{reason}; its forms are {', '.join(forms_of(codec))}", "form")
    results = [_attempt(row, files, given) for row in forms]
    read = [result for result in results if not isinstance(result, MiscError)]
    if len(read) > 1:
        names = ", ".join(row.name for row in forms)
        raise option_fault(f"the file can be read in several forms; name one of {names}", "form")
    if not read:
        raise next(result for result in results if isinstance(result, MiscError))
    return read[0]


def _attempt(form: Form, files: Files, given: Mapping[str, Any]) -> Fields | MiscError:
    try:
        return form.read(files, given)
    except MiscError as error:
        return error
