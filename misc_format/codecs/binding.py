"""The fields of a source as the content of a file, and back, as the row of the codec says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from misc_format.codecs.contents import KINDS, Shape
from misc_format.codecs.faults import content_fault, option_fault, source_fault
from misc_format.codecs.rows import Codec, Fields, Part
from misc_format.components import Content, Generation, ImagePart, Item, Maps, Parts, Size, Stream, Text
from misc_format.limits import MAX_SIDE
from misc_format.profiles import check


def to_stream(codec: Codec, fields: Mapping[str, Any], digest: str | None = None) -> Stream:
    """The content of a file. `digest`: that of the file of settings. Raises `MiscError`."""
    size = _size(fields)
    derived = {name: follow(size) for name, follow in codec.derived.items()}
    for name, value in derived.items():
        if name in fields and fields[name] != value:
            has = f"it is {fields[name]:,}; a picture of {size.width}x{size.height} has {value:,}"
            raise source_fault(f"{has}; check the size of the original picture", name)
    caption, items = fields.get("caption") or "", fields.get("items", ())
    stream = Stream(
        size.width, size.height,
        text=Text(caption, tuple(Item(*pair) for pair in items)) if caption or items else None,
        maps=Maps(fields["masks"]) if "masks" in fields else None,
        generation=_generation(codec, fields, digest),
        image=_image(list(_parts(codec, fields, derived))),
    )  # fmt: skip
    named = replace(stream, profile=codec.profile)
    return stream if any(True for _ in check(named)) else named


def to_fields(codec: Codec, stream: Stream) -> Fields:
    """The fields of the codec. Raises `MiscError` for content that its decoder does not take."""
    fields: Fields = {"width": stream.width, "height": stream.height, **_texts(codec, stream)}
    derived = {name: follow(stream.size) for name, follow in codec.derived.items()}
    found = _found(stream.image)
    for label, content in found.items():
        part = _alternative(codec, label, content)
        fields |= KINDS[part.content].take(part, content, _shape(part, derived))
    for part in codec.parts:
        if part.default is not None and part.label not in found:
            fields[part.field] = part.default
        elif part.needed and not any(other.label in found for other in codec.part(part.label)):
            raise content_fault(f"{codec.title} needs the part {part.label}: {part.holds}", f"image/{part.label}")
    if stream.maps is not None:
        if not isinstance(stream.maps, Maps) or not codec.has_items:
            raise content_fault(f"{codec.title} takes no maps, or not as they are", "maps")
        fields["masks"] = stream.maps.maps
    return fields | _settings(codec, stream.generation) | derived


def _size(fields: Mapping[str, Any]) -> Size:
    for name in ("width", "height"):
        if name not in fields:
            raise option_fault(f"the source does not say the size of the original picture; give --{name}", name)
        if not 1 <= fields[name] <= MAX_SIDE:
            raise source_fault(f"it is {fields[name]:,} pixels, not 1 to {MAX_SIDE:,}", name)
    return Size(fields["width"], fields["height"])


def _shape(part: Part, derived: Mapping[str, int]) -> Shape | None:
    """The shape of the part, if the row and the size of the picture give all of it."""
    if not part.shape or not all(isinstance(axis, int) or axis in derived for axis in part.shape):
        return None
    return tuple(axis if isinstance(axis, int) else derived[axis] for axis in part.shape)


def _parts(codec: Codec, fields: Mapping[str, Any], derived: Mapping[str, int]) -> Iterator[ImagePart]:
    taken: dict[str, str] = {}
    for part in codec.parts:
        if part.field not in fields:
            if part.needed and not any(other.field in fields for other in codec.part(part.label)):
                names = " or ".join(other.field for other in codec.part(part.label))
                raise source_fault(f"it has no {names}: {part.holds}", names)
            continue
        if part.default is not None and fields[part.field] == part.default:
            continue
        if part.label in taken:
            raise source_fault(f"it is there beside {taken[part.label]}, and one of them is needed", part.field)
        taken[part.label] = part.field
        content = KINDS[part.content].build(part, fields[part.field], fields, _shape(part, derived))
        yield ImagePart(part.role, content, part.name)


def _image(parts: list[ImagePart]) -> Content | None:
    """The parts; the only part of role image is the image itself."""
    if len(parts) == 1 and parts[0].label == "image":
        return parts[0].content
    return Parts(tuple(parts)) if parts else None


def _found(image: Content | None) -> dict[str, Content]:
    if image is None:
        return {}
    return {part.label: part.content for part in image.parts} if isinstance(image, Parts) else {"image": image}


def _alternative(codec: Codec, label: str, content: Content) -> Part:
    """The row of a part. Raises `MiscError` if the codec has none of this name and type."""
    parts = codec.part(label)
    if not parts:
        known = ", ".join(dict.fromkeys(part.label for part in codec.parts)) or "none"
        raise content_fault(f"{codec.title} has no part {label}; its parts are {known}", f"image/{label}")
    fitting = [part for part in parts if KINDS[part.content].type is type(content)]
    if not fitting:
        wanted = " or ".join(KINDS[part.content].type.__name__ for part in parts)
        raise content_fault(f"it is {type(content).__name__}; {codec.title} takes {wanted}", f"image/{label}")
    return fitting[0]


def _texts(codec: Codec, stream: Stream) -> Fields:
    text = stream.text
    if text is None:
        return {"caption": ""}
    if not codec.has_text or not isinstance(text, Text) or text.named or (text.items and not codec.has_items):
        wanted = "a caption and items" if codec.has_items else "one caption alone" if codec.has_text else "no text"
        raise content_fault(f"{codec.title} takes {wanted}", "text")
    items = tuple((item.name, item.detail) for item in text.items)
    return {"caption": text.overall} | ({"items": items} if codec.has_items else {})


def _generation(codec: Codec, fields: Mapping[str, Any], digest: str | None) -> Generation | None:
    values = {row.field: fields[row.key] for row in codec.settings if row.field and row.key in fields}
    values |= {"settings": digest} if digest else {}
    values |= {"model": codec.model_name} if codec.model_name else {}
    return Generation(**values) if values else None


def _settings(codec: Codec, generation: Any) -> Fields:
    if generation is None:
        return {}
    if not isinstance(generation, Generation):
        raise content_fault("the generation parameters are of a private-use method", "generation")
    if codec.model_name and generation.model not in (None, codec.model_name):
        raise content_fault(f"the model is {generation.model}, not {codec.model_name}", "generation/model")
    values = {row.key: getattr(generation, row.field) for row in codec.settings if row.field}
    return {key: value for key, value in values.items() if value is not None}
