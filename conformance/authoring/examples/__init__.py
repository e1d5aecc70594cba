"""The examples of the specification, which `python spec/generate.py` writes to `spec/examples/` and to the document.

The reference encoder writes each file, and the plain decoder, which is written from the text alone, gives the values on the way.
"""

from __future__ import annotations

from . import (
    compressai_rans,
    image_arrays,
    image_codestream,
    image_grid,
    image_latents,
    maps_context,
    maps_jbig2,
    maps_runlength,
    range_coder,
    text_huffman,
    text_language,
)
from .form import Example

EXAMPLES: dict[str, Example] = {
    "range-coder": range_coder.EXAMPLE,
    "text-huffman": text_huffman.EXAMPLE,
    "text-language-own": text_language.EXAMPLE_OWN,
    "text-language": text_language.EXAMPLE_SHIPPED,
    "maps-runlength": maps_runlength.EXAMPLE,
    "maps-jbig2": maps_jbig2.EXAMPLE,
    "maps-context-fine": maps_context.EXAMPLE_FINE,
    "maps-context-reduced": maps_context.EXAMPLE_REDUCED,
    "maps-context-coarse": maps_context.EXAMPLE_COARSE,
    "image-grid": image_grid.EXAMPLE,
    "image-grid-grey": image_grid.EXAMPLE_GREY,
    "image-latents": image_latents.EXAMPLE,
    "compressai-rans": compressai_rans.EXAMPLE,
    "image-codestream": image_codestream.EXAMPLE,
    "codes-large": image_arrays.EXAMPLE_LARGE,
    "codes-context": image_arrays.EXAMPLE_CONTEXT,
    "sets": image_arrays.EXAMPLE_SETS,
    "integers": image_arrays.EXAMPLE_INTEGERS,
}
