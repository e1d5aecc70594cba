"""The image component: the reference picture under the method that the user or the preset chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from misc_format.coders import coder
from misc_format.components import Codestream, Grid, Latents, Size, Strings
from misc_format.limits import MAX_GRID_CELLS
from misc_format.registry import AUTO, METHOD_BY_NAME
from reference_codec.encoder.work import Work
from reference_codec.images import grid

if TYPE_CHECKING:
    from reference_codec.images.latents.codec import Encoder

USUAL_BPP: Final = 0.02  # of latents, for a profile whose preset has no latents
NOTE_QUALITY: Final = "Quality {0} is the best whose image component takes at most {1:g} bpp."
NOTE_CODEC_QUALITY: Final = "Quality {0} ({1}) is the best within the rate."
NOTE_CODESTREAM: Final = "The {0} codestream has {1:,} bytes; the image component takes {2:,} of the file."


def make(work: Work) -> Grid | Latents | Strings | Codestream | None:
    """The image component of a picture; None if the preset has no image and the user chooses none."""
    choices = work.choices.image
    if choices.codec is not None:
        return _conventional(work, choices.codec)
    if choices.method == "compressai":
        from reference_codec.images import compressai

        return compressai.encode(work.samples, work.models.compressai)
    return _grid(work) if is_grid(work) else _latents(work)


def is_grid(work: Work) -> bool:
    """Whether the image is a grid, if it is neither a codestream nor from CompressAI."""
    choices = work.choices.image
    return choices.is_grid or (choices.method == AUTO and work.preset.image_bpp is None)


def _grid(work: Work) -> Grid | None:
    choices, preset = work.choices.image, work.preset
    depth = choices.depth or preset.depth
    if choices.cells is not None:
        return grid.stretch(work.samples, choices.cells, depth)
    if choices.block is not None:
        return grid.make(work.samples, choices.block, depth)
    if preset.block is None:
        return None
    return grid.make(work.samples, _fitting_block(work.size, preset.block), depth)


def _fitting_block(size: Size, block: int) -> int:
    """The preset's block, doubled until the grid has few enough cells, and no larger than the picture."""
    while -(-size.width // block) * -(-size.height // block) > MAX_GRID_CELLS:
        block *= 2
    return min(block, max(size))


def _latents(work: Work) -> Latents | Codestream:
    """Latents at the chosen quality, or the best within the chosen or the preset's rate.

    If neither method nor quality is chosen, the rival's codestream if that is nearer to the picture at this rate.
    """
    from reference_codec.images.latents import codec

    choices = work.choices.image
    encoder = codec.Encoder(work.samples, work.report)
    if choices.quality is not None:
        if choices.effort:
            return encoder.searched(choices.quality, choices.effort, work.report)
        return encoder.at(choices.quality)
    bpp = choices.target_bpp or work.preset.image_bpp or USUAL_BPP
    max_bits = int(bpp * work.size.width * work.size.height)
    content, notes = within(work, encoder, max_bits)
    work.notes += notes
    if choices.target_bpp and isinstance(content, Latents):
        work.notes.append(NOTE_QUALITY.format(content.quality, bpp))
    return content


def within(work: Work, encoder: Encoder, max_bits: int) -> tuple[Latents | Codestream, list[str]]:
    """The best latents within so many bits, with the chosen effort, and notes for the user.

    With method auto, the rival's codestream if that is nearer to the picture.
    """
    choices = work.choices.image
    effort = choices.effort
    latents = encoder.searched_within(max_bits, effort, work.report) if effort else encoder.within(max_bits)
    if choices.method == AUTO:
        from reference_codec.images import best

        better = best.better_than(latents, work.samples, max_bits)
        if better:
            return better.content, [better.note]
    return latents, []


def _conventional(work: Work, codec: str) -> Codestream:
    from reference_codec.images.conventional import coding

    choices = work.choices.image
    settings = coding.Settings(codec, choices.quality, choices.reduction)
    if choices.target_bpp is None:
        content = coding.make(work.samples, settings)
    else:
        content, quality = coding.search(work.samples, settings, choices.target_bpp)
        work.notes.append(NOTE_CODEC_QUALITY.format(quality, settings.codec.scale))
    payload = coder(METHOD_BY_NAME["image", "codestream"]).encode(content, work.size)
    work.notes.append(NOTE_CODESTREAM.format(content.format, len(content.data), len(payload)))
    return content
