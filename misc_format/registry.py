"""The registry (clause 4.5): every number in a file that stands for a name.

Rows are added. No number is changed or used again. A number without a row is reserved; rows named "private" are for private use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple


class Method(NamedTuple):
    """A coding method of a component.

    `kind`: the kind of component. `id`: the number in the file.
    `module`: the module that defines its `CODER`; a name with a dot in front is relative to `misc_format.coders`.
    `everywhere`: whether every decoder can read it without a file of the user's. Only such a method is chosen automatically.
    `slow`: whether encoding takes tens of milliseconds, so that a writer in a hurry tries the other methods first.
    `self_declared`: whether a decoder of this document cannot tell from the payload that it is whole. Its frame has its length, and may
    have a check.
    """

    kind: str
    id: int
    name: str
    module: str
    clause: str
    meaning: str
    everywhere: bool = True
    slow: bool = False
    self_declared: bool = False


class Methods:
    """The table of methods, in order. `by_id` has (kind, number) as its keys, `by_name` has (kind, name)."""

    def __init__(self, rows: Iterable[Method]) -> None:
        self.by_id: dict[tuple[str, int], Method] = {}
        self.by_name: dict[tuple[str, str], Method] = {}
        for row in rows:
            self._add(row)

    def __iter__(self) -> Iterator[Method]:
        return iter(self.by_id.values())

    def __len__(self) -> int:
        return len(self.by_id)

    def of_kind(self, kind: str) -> list[Method]:
        """The methods of a kind of component."""
        return [row for row in self if row.kind == kind]

    @contextmanager
    def including(self, row: Method) -> Iterator[None]:
        """Add a row to the table while the `with` block runs: for experiments with a method that is not registered.

        Raises `ValueError` if the number or the name of the row is taken.
        """
        self._add(row)
        try:
            yield
        finally:
            del self.by_id[row.kind, row.id], self.by_name[row.kind, row.name]

    def _add(self, row: Method) -> None:
        if (row.kind, row.id) in self.by_id or (row.kind, row.name) in self.by_name:
            raise ValueError(f"{row.kind} method {row.id}, {row.name}: the number or the name is taken; choose another")
        self.by_id[row.kind, row.id] = self.by_name[row.kind, row.name] = row


class Entry(NamedTuple):
    """A registered number."""

    id: int
    name: str
    meaning: str


class Architecture(NamedTuple):
    """An architecture of CompressAI.

    `strings`: how many strings `compress()` returns. `pixels`: the side, in pixels, of the square for one element of `shape`.
    """

    id: int
    name: str
    strings: int
    pixels: int
    meaning: str


class AncillaryType(NamedTuple):
    """A type of the ancillary list. `form`: what the payload is. Types below FIRST_ANCILLARY are critical."""

    id: int
    name: str
    form: str
    meaning: str


AUTO = "auto"  # in the place of a method name: all methods are tried, and the smallest payload is kept
PRIVATE_METHOD = 15
PARTS_METHOD = 4
PRIVATE_PROFILE = 15
FIRST_ANCILLARY = 6
NAME_FORM = "[a-z0-9][a-z0-9_-]{0,31}"  # names of one's own, of parts and of texts

# In file order. The last component needs no length, so the largest one comes last.
CORE_KINDS = ("text", "maps", "generation", "image")

# fmt: off
METHODS = Methods((
    Method("text", 0, "raw", ".text.raw", "6.2", "UTF-8 bytes, unchanged"),
    Method("text", 1, "huffman", ".text.huffman", "6.3", "static canonical Huffman, table text-huffman-1"),
    Method("text", 2, "language", ".text.language", "6.4", "range coded under the integer language model text-language-1", slow=True),
    Method("text", 3, "language-own", ".text.language_own", "6.10", "range coded under a language model of the user, identified by its digest", everywhere=False, slow=True),
    Method("text", PRIVATE_METHOD, "private", ".private", "4.5", "private use, opaque bytes", everywhere=False, self_declared=True),
    Method("maps", 0, "packed", ".maps.packed", "7.2", "one bit per pixel"),
    Method("maps", 1, "runlength", ".maps.runlength", "7.3", "run lengths, relative to the row above or in Exp-Golomb codes"),
    Method("maps", 2, "jbig2", ".maps.jbig2", "7.4", "generic regions of JBIG2, arithmetic coded"),
    Method("maps", 3, "context", ".maps.context", "7.5", "all maps in one codeword under the map model maps-context-1"),
    Method("maps", PRIVATE_METHOD, "private", ".private", "4.5", "private use, opaque bytes", everywhere=False, self_declared=True),
    Method("generation", 0, "plain", ".generation.plain", "13", "the parameters as plain fields"),
    Method("generation", PRIVATE_METHOD, "private", ".private", "4.5", "private use, opaque bytes", everywhere=False, self_declared=True),
    Method("image", 0, "grid", ".image.grid", "8", "quantised pixel grid, range coded"),
    Method("image", 1, "latents", ".image.latents", "9", "learned latents under the integer model latents-1", slow=True),
    Method("image", 2, "compressai", ".image.compressai", "10", "strings of CompressAI, as the library writes them", self_declared=True),
    Method("image", 3, "codestream", ".image.codestream", "11", "codestream of JPEG, WebP, JPEG 2000, AV1, JPEG XL, AVC, HEVC or VVC, without the headers that a template restores", self_declared=True),
    Method("image", 5, "codes-uniform", ".image.codes_uniform", "12.3", "codes that are all equally likely, range coded"),
    Method("image", 6, "codes-static", ".image.codes_static", "12.4", "codes under a table of the user, identified by its digest", everywhere=False),
    Method("image", 7, "codes-adaptive", ".image.codes_adaptive", "12.5", "codes under frequencies that are counted in the array"),
    Method("image", 8, "codes-context", ".image.codes_context", "12.6", "codes under a model that adapts to the codes around each"),
    Method("image", 9, "codes-graded", ".image.codes_graded", "12.7", "codes by their number of bits"),
    Method("image", 10, "sets", ".image.sets", "12.8", "sets of indices, range coded"),
    Method("image", 11, "integers", ".image.integers", "12.9", "signed integers under a model that adapts in the array"),
    Method("image", 12, "string", ".image.string", "12.10", "a string of any entropy coder, unchanged", self_declared=True),
    Method("image", PRIVATE_METHOD, "private", ".private", "4.5", "private use, opaque bytes", everywhere=False, self_declared=True),
))
# fmt: on

PROFILES = (
    Entry(0, "free", "any valid combination"),
    Entry(1, "misc-1", "MISC level 1: text, items with maps, image"),
    Entry(2, "misc-2", "MISC level 2: the components of level 1, at a higher rate"),
    Entry(3, "misc-3", "MISC level 3: overall text and image"),
    Entry(4, "sedic", "SEDIC: text, items with full-resolution masks, latent image"),
    Entry(5, "cmc-text", "CMC-Bench Text: only a caption"),
    Entry(6, "cmc-pixel", "CMC-Bench Pixel: a caption and one pixel for each 64 x 64 block"),
    Entry(7, "cmc-image", "CMC-Bench Image: an image at extreme compression"),
    Entry(8, "cmc-full", "CMC-Bench Full: an image at extreme compression and a caption"),
    Entry(9, "perco", "PerCo (SD): a caption and a grid of codes"),
    Entry(10, "pics", "PICS: a prompt and a sketch"),
    Entry(11, "glc", "GLC: codes and integer latents"),
    Entry(12, "ddcm", "DDCM: the chosen noises of each step"),
    Entry(13, "diffeic", "DiffEIC: strings of latents and hyper-latents"),
    Entry(PRIVATE_PROFILE, "private", "private use; checked as free"),
)

ANCILLARY_TYPES = (
    AncillaryType(6, "comment", "UTF-8", "a remark for people"),
    AncillaryType(7, "provenance", "UTF-8", "where the picture comes from, and its licence"),
    AncillaryType(8, "icc", "bytes", "ICC profile of the original picture"),
    AncillaryType(13, "private-13", "bytes", "private use"),
    AncillaryType(14, "private-14", "bytes", "private use"),
    AncillaryType(15, "checksum", "4 bytes", "CRC-32 of all bytes of the file before this payload"),
)

MODELS = (
    Entry(1, "stable-diffusion-1.5", "Stable Diffusion 1.5"),
    Entry(2, "stable-diffusion-2.1", "Stable Diffusion 2.1, 768 px"),
    Entry(3, "stable-diffusion-2.1-base", "Stable Diffusion 2.1, 512 px"),
    Entry(4, "stable-diffusion-xl-1.0", "Stable Diffusion XL base 1.0"),
    Entry(5, "diffbir-v1", "DiffBIR v1 on Stable Diffusion 2.1 (MISC)"),
    Entry(6, "flux.1-dev", "FLUX.1 dev"),
    Entry(7, "diffbir-v2", "control of DiffBIR v2 on Stable Diffusion 2.1, 512 px (SEDIC)"),
    Entry(8, "realvisxl-4.0", "RealVisXL 4.0 (CMC-Bench)"),
    Entry(16, "perco-sd", "PerCo (SD)"),
    Entry(17, "glc", "GLC"),
    Entry(18, "dlf", "DLF"),
    Entry(19, "oscar", "OSCAR"),
    Entry(20, "ddcm", "DDCM"),
    Entry(21, "turbo-ddcm", "Turbo-DDCM"),
    Entry(22, "diffc", "DiffC"),
    Entry(23, "control-gic", "Control-GIC"),
    Entry(24, "diffeic", "DiffEIC"),
    Entry(25, "stablecodec", "StableCodec"),
    Entry(26, "resulic", "ResULIC"),
    Entry(27, "taco", "TACO"),
    Entry(28, "mlic++", "MLIC++"),
    Entry(29, "tcm", "LIC-TCM"),
    Entry(30, "lalic", "LALIC"),
    Entry(31, "ms-illm", "MS-ILLM"),
    Entry(32, "hific", "HiFiC, Justin-Tan's implementation"),
    Entry(33, "egic", "EGIC"),
    Entry(34, "crdr", "CRDR"),
    Entry(35, "cdc", "CDC"),
    Entry(36, "dcvc-intra", "intra frames of DCVC"),
    Entry(37, "pics", "PICS"),
    Entry(38, "cfte", "CFTE"),
)

ROLES = (
    Entry(0, "image", "the reference picture, or latents of it"),
    Entry(1, "semantic", "codes or latents of what the picture shows"),
    Entry(2, "detail", "codes or latents of how it looks"),
    Entry(3, "hyper", "hyper-latents, or other side information of an entropy model"),
    Entry(4, "residual", "a correction of another part"),
    Entry(5, "sketch", "edges, lines or a drawing of the picture"),
    Entry(6, "labels", "a map of classes"),
    Entry(7, "vector", "features or an embedding of the whole picture"),
    Entry(8, "boxes", "boxes of objects: rows of left, top, width and height"),
    Entry(9, "palette", "colours"),
    Entry(10, "points", "key points"),
    Entry(11, "seeds", "numbers that choose among random candidates"),
    Entry(12, "coefficients", "signs or weights of the chosen candidates"),
    Entry(13, "partition", "masks that say which cells use which codes"),
    Entry(14, "statistics", "numbers that normalise the picture or its latents"),
    Entry(15, "depth", "a map of depth"),
    Entry(31, "private", "private use"),
)

ENTROPY_CODERS = (
    Entry(0, "unknown", "not stated"),
    Entry(1, "none", "numbers as they are"),
    Entry(2, "compressai-rans", "rANS of CompressAI (clause 10.5)"),
    Entry(3, "torchac", "arithmetic coder of torchac"),
    Entry(4, "tensorflow-compression", "range coder of TensorFlow Compression"),
    Entry(5, "hific-rans", "rANS of Justin-Tan's HiFiC"),
    Entry(6, "dcvc-rans", "rANS of DCVC"),
    Entry(7, "diffc-zipf", "arithmetic coder of DiffC under Zipf distributions"),
    Entry(8, "huffman", "a Huffman code"),
    Entry(9, "ppm", "adaptive arithmetic coder of order 0"),
)

NAMED_TEXTS = (
    Entry(1, "language", "language tag of the description, as in BCP 47"),
    Entry(2, "negative", "what the picture does not show: a negative prompt"),
    Entry(3, "alternative", "another description of the whole picture"),
)

ARCHITECTURES = (
    Architecture(1, "bmshj2018-factorized", 1, 16, "factorized prior (Ballé et al., 2018)"),
    Architecture(2, "bmshj2018-hyperprior", 2, 64, "scale hyperprior (Ballé et al., 2018)"),
    Architecture(3, "mbt2018-mean", 2, 64, "hyperprior of scales and means (Minnen et al., 2018)"),
    Architecture(4, "mbt2018", 2, 64, "hyperprior and context model (Minnen et al., 2018)"),
    Architecture(5, "cheng2020-anchor", 2, 64, "residual blocks, hyperprior and context model (Cheng et al., 2020)"),
    Architecture(6, "cheng2020-attn", 2, 64, "cheng2020-anchor with attention modules; used by MISC and SEDIC"),
    Architecture(14, "private-14", 1, 16, "private use, one string"),
    Architecture(15, "private-15", 2, 64, "private use, two strings"),
)

METRICS = (
    Entry(0, "mse", "mean squared error"),
    Entry(1, "ms-ssim", "multi-scale structural similarity"),
)

SAMPLERS = (
    Entry(1, "ddim", "DDIM"),
    Entry(2, "ddpm", "DDPM"),
    Entry(3, "ddpm-spaced", "DDPM with evenly spaced steps (DiffBIR)"),
    Entry(4, "euler", "Euler"),
    Entry(5, "euler-ancestral", "Euler, ancestral"),
    Entry(6, "dpm++-2m", "DPM-Solver++ (2M)"),
    Entry(7, "unipc", "UniPC"),
)

ROLE_NAME = {row.id: row.name for row in ROLES}
ROLE_ID = {row.name: row.id for row in ROLES}
ARCHITECTURE_BY_ID = {row.id: row for row in ARCHITECTURES}
ARCHITECTURE_BY_NAME = {row.name: row for row in ARCHITECTURES}
METHOD_BY_ID = METHODS.by_id
METHOD_BY_NAME = METHODS.by_name
PROFILE_NAME = {row.id: row.name for row in PROFILES}
PROFILE_ID = {row.name: row.id for row in PROFILES}
MODEL_NAMES = frozenset(row.name for row in MODELS)
ANCILLARY_BY_ID = {row.id: row for row in ANCILLARY_TYPES}
ANCILLARY_BY_NAME = {row.name: row for row in ANCILLARY_TYPES}
