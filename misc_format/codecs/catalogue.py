"""The table of published codecs: a row for each, read from its own code.

To add a codec, add a row. Only a container that has neither a `Layout` nor arrays needs a module of its own.
"""

from __future__ import annotations

from misc_format.codecs import cfte, compressai, controlgic, diffc, egic, noises, ownbits, perco, pics, sedic
from misc_format.codecs.faults import option_fault
from misc_format.codecs.forms import container, single
from misc_format.codecs.layout import ADAPTIVE, Field, Fixed, Layout, Length, Mark, Number, Octets, prefixed
from misc_format.codecs.rows import Codec, Derived, Fields, Form, Part, Setting
from misc_format.components import Size

# --- settings that several decoders need


def _named(key: str, meaning: str, field: str) -> Setting:
    return Setting(key, meaning, field, scale=0)


STEPS = Setting("steps", "sampling steps", "steps")
SEED = Setting("seed", "seed of the start noise", "seed", most=2**64 - 1)
SAMPLER = _named("sampler", "registered name of the sampler", "sampler")
GUIDANCE = Setting("guidance", "classifier-free guidance", "guidance", scale=10)
SUFFIX = _named("prompt_suffix", "end of the prompt", "prompt_suffix")


def _level(meaning: str, most: int = 2**32 - 1, key: str = "level") -> Setting:
    return Setting(key, meaning, "level", most=most)


# --- what follows from the size of the picture


def _cells(multiple: int, cell: int) -> tuple[Derived, Derived]:
    """Rows and columns of cells of a picture whose sides are padded to a multiple."""

    def along(side: int) -> int:
        return -(-side // multiple) * multiple // cell

    return lambda size: along(size.height), lambda size: along(size.width)


def _grid(multiple: int, cell: int, rows: str = "rows", columns: str = "columns") -> dict[str, Derived]:
    return dict(zip((rows, columns), _cells(multiple, cell), strict=True))


def _padded(multiple: int) -> dict[str, Derived]:
    return _grid(multiple, 1, "padded_height", "padded_width")


def _pixels(multiple: int) -> Derived:
    rows, columns = _cells(multiple, 1)
    return lambda size: rows(size) * columns(size)


def _cropped(size: Size) -> int:
    return (size.height // 16 * 16) * (size.width // 16 * 16)


# --- layouts

BODY: tuple[Field, ...] = (
    Number("rows", least=1), Number("columns", least=1), Fixed("number of strings", "I", 2), *prefixed("y"), *prefixed("z"),
)  # fmt: skip
SIDES: tuple[Field, ...] = (Number("height", least=1), Number("width", least=1))
FENCE = Mark(bytes.fromhex("46E28492"))
HIFIC = Layout("<", (
    Number("z_rows", "H"), Number("z_columns", "H"), Number("height", "H"), Number("width", "H"),
    Number("z_coded_channels", "H"), Number("z_coded_rows", "H"), Number("z_coded_columns", "H"),
    Number("y_coded_channels", "H"), Number("y_coded_rows", "H"), Number("y_coded_columns", "H"), Fixed("batch", "H", 1),
    FENCE, *prefixed("z", unit=4), FENCE, *prefixed("y", unit=4), FENCE,
))  # fmt: skip
_CRDR_HEAD: tuple[Field, ...] = (Number("height", "H"), Number("width", "H"), Number("max_y", "B"))
_CRDR_STRINGS = (*prefixed("z"), *prefixed("y"))
CRDR = Layout("<", (Fixed("length of the header", "I", 6), *_CRDR_HEAD, Number("rate", "B"), *_CRDR_STRINGS))
CRDR_SINGLE = Layout("<", (Fixed("length of the header", "I", 5), *_CRDR_HEAD, *_CRDR_STRINGS))
DCVC = Layout(">", (
    Fixed("type and id of the sequence", "B", 0x00), Number("height", ADAPTIVE, 1), Number("width", ADAPTIVE, 1),
    Number("coding", "B", most=7), Fixed("type and id of the frame", "B", 0x10), Number("qp", "B"), *prefixed("bits", ADAPTIVE),
))  # fmt: skip
DCVC_2021 = Layout(">", (*SIDES, Length("y"), Length("z"), Octets("y"), Octets("z")))


def _body(ending: str, files: str, *head: Field) -> Form:
    return container("file", ending, files, Layout(">", (*head, *BODY)))


# --- parts


def _string(
    field: str,
    role: str,
    holds: str,
    coder: str = "compressai-rans",
    name: str = "",
    needed: bool = True,
    **more: object,
) -> Part:
    return Part(field, role, "string", holds, name=name, coder=coder, needed=needed, **more)  # type: ignore[arg-type]


def _latents(y: int, z: int, role: str = "image") -> tuple[Part, Part]:
    """Both strings of a hyperprior. `y`, `z`: channels, 0 if they were not found."""
    return (
        _string("z", "hyper", f"{z or '?'} channels of hyper-latents", shape=(*([z] if z else []), "rows", "columns")),
        _string("y", role, f"{y or '?'} channels of latents"),
    )


def _library(y: int, z: int) -> tuple[Part, Part]:
    """The same with the names of the library's `compress()`."""
    hyper, image = _latents(y, z)
    return hyper._replace(field="strings_1"), image._replace(field="strings_0")


PERCO_ALPHABET = Setting("alphabet", f"number of codes; the models have grids of {perco.GRIDS}", least=2)
PERCO = Codec(
    "perco-sd", "PerCo (SD)", "Nikolai10/PerCo",
    (
        Part("indices", "image", "codes", f"a grid of codes: {perco.GRIDS}", alphabet="alphabet", axes=2, batch=True),
        _string("index_string", "image", "the same for 8,196 codes, which are no whole bits", "torchac", shape=("index_rows", "index_columns")),
    ),
    needs="the model of the rate; a picture of 512x512; 20 steps, guidance 3.0, seed",
    own=ownbits.perco_own, divided_by="512 x 512", divisor=lambda size: 512 * 512,
    uncounted="the pickle (81 bytes or more), the rate, the size of the original picture",
    forms=(single("file", ".pkl", "INPUT.pkl, a pickle", (), perco.read, perco.write, "the pickle of another protocol, the zlib stream under another release"),),
    settings=(PERCO_ALPHABET, _level("place of the model in its table of rates"), STEPS, GUIDANCE, SEED),
    has_text=True, profile="perco", completed=perco.complete,
)  # fmt: skip

GLC = Codec(
    "glc", "GLC", "jzyustc/GLC",
    (
        Part("index", "semantic", "codes", "8x8 codes for 512x512", alphabet=16_384, shape=("rows", "columns"), batch=True),
        Part("y_q", "detail", "integers", "256 channels of latents", shape=(256, "y_rows", "y_columns"), batch=True, dtype="float32"),
    ),
    needs="the quality level; the size of the original picture",
    own="it adds -log2 of its network's probabilities for the latents, and 14 bits for each code",
    divided_by="original pixels", uncounted="the quality level, the size, the ends of codewords",
    settings=(_level("q_index", 63),),
    derived=_grid(64, 64) | _grid(64, 16, "y_rows", "y_columns"), profile="glc",
)  # fmt: skip

DLF = Codec(
    "dlf", "DLF", "dlfcodec/Dual-generative-Latent-Fusion",
    (
        Part("z_bit_stream", "semantic", "uniform", "32 codes for each 256x256 pixels", alphabet=4096, shape=("blocks", 32)),
        Part("indices", "semantic", "codes", "the same as an array", alphabet=4096, shape=("blocks", 32)),
        _string("h_bit_stream", "detail", "64 channels of latents", "dcvc-rans", shape=(64, "detail_rows", "detail_columns")),
        Part("y_q", "detail", "integers", "the same as an array", shape=(64, "detail_rows", "detail_columns"), batch=True, dtype="float32"),
    ),
    needs="which of four models (qp0 to qp3)",
    own=ownbits.dlf_own, divided_by="original pixels", uncounted="the model; it allows 6 bytes for the size",
    settings=(_level("model qp0 to qp3", 3),),
    derived={
        **_padded(256), **_grid(256, 256, "block_rows", "block_columns"), **_grid(256, 32, "detail_rows", "detail_columns"),
        "blocks": lambda size: -(-size.height // 256) * -(-size.width // 256),
        "tokens": lambda size: -(-size.height // 256) * -(-size.width // 256) * 32,
    },
    tuples={
        "img_shape": ("padded_height", "padded_width"), "feat_shape": ("1", "768", "detail_rows", "detail_columns"),
        "stack_shape": ("block_rows", "block_columns"), "token_length": ("tokens",), "z_indices_shape": ("blocks", "12", "1", "32"),
    },
)  # fmt: skip

_OSCAR_ALPHABETS = (256, 1024, 256, 2048, 16, 32, 64, 256)


def _oscar_alphabet(fields: Fields) -> Fields:
    if "level" not in fields:
        raise option_fault(
            "the number of codes follows from it, and the source does not say it; give --set level=N", "level"
        )
    return {"alphabet": _OSCAR_ALPHABETS[fields["level"]], **fields}


OSCAR = Codec(
    "oscar", "OSCAR", "jp-guo/OSCAR",
    (
        Part("indices", "semantic", "codes", "96 to 6,144 codes", alphabet="alphabet", axes=2, batch=True),
        Part("A_z", "statistics", "raw", "norms of the original's four latent channels", shape=(4,), batch=True, dtype="float32"),
    ),
    needs="the level; four norms of the original's latents; the size of the original picture",
    own=ownbits.oscar_own, divided_by="original pixels", uncounted="the four norms (128 bits), the level, the size",
    settings=(_level("0 to 7", 7),),
    completed=_oscar_alphabet,
)  # fmt: skip


_K = Setting("K", "noises of a codebook", least=2, most=2**24)
_M = Setting("M", "noises that a step takes", least=1, most=noises.MAX_CHOSEN, reads=True)
DDCM = Codec(
    "ddcm", "DDCM", "DDCM-2025/ddcm-compressed-image-generation",
    (
        Part("noise_indices", "seeds", "codes", "an index of K, or M of them, for each step", alphabet="K", axes=2, dtype="int32"),
        Part("coeff_indices", "coefficients", "codes", "M - 1 coefficients for each step", alphabet="levels", axes=2, dtype="int32", needed=False),
    ),
    needs="T, the range of steps, K, M, C and the model, which stand in the folder's name; the size of the original picture",
    own=ownbits.ddcm_own, divided_by="512 x 512 or 768 x 768", divisor=None,
    uncounted="T, K, M, C, the range, the model; whole bits and bytes",
    forms=(single("file", ".bin", "STEM_noise_indices.bin", ("noise_indices", "K"), noises.read_ddcm, noises.write_ddcm),),
    settings=(
        _K, _M, Setting("C", "bits of a coefficient", least=1, most=16, reads=True),
        Setting("levels", "values of a coefficient, 2^C", least=2, most=2**16), Setting("T", "steps", "steps", least=2),
        Setting("first", "the first time step of the range, A of _inA-B", most=noises.LAST_TIME, reads=True),
        Setting("last", "the last one, B", most=noises.LAST_TIME, reads=True),
    ),
    completed=noises.complete_ddcm, profile="ddcm",
)  # fmt: skip

TURBO_DDCM = Codec(
    "turbo-ddcm", "Turbo-DDCM", "AmitVaisman/Turbo-DDCM",
    (
        Part("indices", "seeds", "sets", "M of K for each step", alphabet="K", axes=2),
        Part("signs", "coefficients", "codes", "their signs, 1 for plus", alphabet=2, axes=2),
    ),
    needs="model, T, K, M, seed and type of numbers, which stand in compression_config.json; the size of the original picture",
    own=ownbits.turbo_own, divided_by="pixels of the resized picture", divisor=None,
    uncounted="compression_config.json",
    forms=(single("file", ".turbo_ddcm", "STEM.turbo_ddcm; compression_config.json as the settings", ("indices", "signs", "K"), noises.read_turbo, noises.write_turbo),),
    settings=(_K, _M, Setting("T", "steps", "steps", least=2), SEED),
    settings_fields=noises.turbo_settings, completed=noises.check_turbo,
)  # fmt: skip

_STEP_IDX = _level("steps that were sent", 2**16 - 1, "step_idx")
DIFFC = Codec(
    "diffc", "DiffC", "JeremyIV/diffc",
    (
        _string("seeds", "seeds", "seeds below 2^16 under Zipf distributions", "diffc-zipf"),
        Part("chunk_seeds", "seeds", "codes", "the same as an array", alphabet=65_536, axes=1),
        Part("Dkl_per_step", "statistics", "raw", "Kullback-Leibler divergence of each step, in bits", axes=1, dtype="float64", needed=False),
    ),
    needs="the model and the divergences of a configuration (YAML)",
    own=ownbits.diffc_own, divided_by="original pixels",
    uncounted="the header of its file, the divergences; it counts 33 bytes of a Python object",
    forms=(
        diffc.form("file", "NAME.diffc", diffc.NEW),
        diffc.form("old-file", "NAME.diffc of older releases, without the size", diffc.OLD),
    ),
    settings=(_STEP_IDX, SEED),
    has_text=True,
)  # fmt: skip


def _grain(name: str, axis: int, side: int) -> tuple[Part, Part]:
    del axis
    return (
        Part(f"ind_{name}", "semantic", "codes", f"a code for each {side}x{side} pixels of this grain", name=name, alphabet=controlgic.ALPHABET, axes=1, needed=False),
        _string(f"indices_{name}", "semantic", "the same as its file, without the model's counts", "huffman", name=name, needed=False),
    )  # fmt: skip


CONTROL_GIC = Codec(
    "control-gic", "Control-GIC", "lianqi1008/Control-GIC",
    (
        Part("mask_coarse", "partition", "codes", "the cells of 16x16 pixels with a coarse code", name="coarse", alphabet=2, shape=("coarse_rows", "coarse_columns"), batch=True, needed=False),
        Part("mask_medium", "partition", "codes", "the cells of 8x8 pixels with a medium code", name="medium", alphabet=2, shape=("medium_rows", "medium_columns"), batch=True, needed=False),
        *_grain("coarse", 0, 16), *_grain("medium", 1, 8), *_grain("fine", 2, 4),
    ),
    needs="the mode; the size of the cropped picture; counts of the codes, which are in the checkpoint",
    own=ownbits.controlgic_own, divided_by="pixels of the picture cropped to 16", divisor=_cropped,
    uncounted="the mode, the size, the table of the Huffman code",
    forms=(Form("files", "one to five files such as indices_coarse.bin; an .npy of the counts as the settings", ("mode",), controlgic.read, controlgic.write),),
    settings=(_level(f"which grains there are, with these arrays (ind_ or indices_): {controlgic.LIST}", len(controlgic.MODES) - 1, "mode"),),
    derived={
        "coarse_rows": lambda size: size.height // 16, "coarse_columns": lambda size: size.width // 16,
        "medium_rows": lambda size: size.height // 16 * 2, "medium_columns": lambda size: size.width // 16 * 2,
    },
    settings_fields=controlgic.counts_of,
    completed=controlgic.check_counts,
)  # fmt: skip

DIFFEIC = Codec(
    "diffeic", "DiffEIC", "huai-chang/DiffEIC", _latents(320, 192, "detail"),
    needs="the size of the original picture, sampler, steps (50), seed (231)",
    own=ownbits.whole_file, divided_by="pixels padded to 64", divisor=_pixels(64),
    uncounted="the size of the original picture, sampler, steps, seed",
    forms=(_body("", "data/STEM, without an ending"),),
    settings=(STEPS, SEED, SAMPLER), derived=_grid(64, 64), tuples={"shape": ("rows", "columns")}, profile="diffeic",
)  # fmt: skip

STABLECODEC = Codec(
    "stablecodec", "StableCodec", "LuizScarlet/StableCodec",
    (
        *_latents(320, 160, "detail"),
        Part("color_fix", "statistics", "codes", "mean and deviation of red, green and blue, 16 bits each", alphabet=65_536, shape=(6,), needed=False),
    ),
    needs="the size of the original picture, a prompt, the model; with --color_fix six numbers of the original",
    own=ownbits.whole_file, divided_by="original pixels", uncounted="the size, the prompt, 96 bits of color_fix",
    forms=(_body("", "a file without an ending"),),
    settings=(SEED, SUFFIX), derived=_grid(256, 256), tuples={"shape": ("rows", "columns")}, has_text=True,
)  # fmt: skip

RESULIC = Codec(
    "resulic", "ResULIC", "NJUVISION/ResULIC", _latents(0, 0, "detail"),
    needs="the caption, quality, steps, guidance, seed 42; the size of the original picture",
    own="it counts the caption under a histogram of CLIP's token numbers, which its tokenizer makes",
    divided_by="pixels padded to 64", divisor=_pixels(64),
    uncounted="the histogram, the list of characters and their number, quality, steps",
    forms=(_body("", "data/STEM, without an ending; the caption is in no file"),),
    settings=(_level("quality"), STEPS, GUIDANCE, SEED, SUFFIX), tuples={"shape": ("rows", "columns")}, has_text=True,
)  # fmt: skip

TACO = Codec(
    "taco", "TACO", "effl-lab/TACO", _latents(320, 192),
    needs="the caption, from which its decoder makes embeddings of CLIP",
    own=ownbits.whole_file, divided_by="original pixels", uncounted="the caption",
    forms=(_body("", "temp/NAME, the name of the picture", *SIDES),),
    settings=(_level("rate of the model"),), derived=_grid(64, 64), tuples={"shape": ("rows", "columns")}, has_text=True,
)  # fmt: skip

MLIC = Codec(
    "mlic++", "MLIC++", "JiangWeibeta/MLIC", _latents(320, 192),
    needs="the model of the rate",
    own=ownbits.whole_file, divided_by="original pixels", uncounted="the model",
    forms=(_body("", "a running number, without an ending", *SIDES),),
    settings=(_level("rate of the model"),), derived=_grid(64, 64), tuples={"shape": ("rows", "columns")},
)  # fmt: skip

TCM = Codec(
    "tcm", "LIC-TCM", "jmliu206/LIC_TCM", _library(320, 0),
    needs="the size of the original picture, the model of the rate",
    own=ownbits.strings_alone, divided_by="original pixels",
    uncounted="the shape, the size; without --real it prints an estimate",
    settings=(_level("rate of the model"),), derived=_grid(128, 64), tuples={"shape": ("rows", "columns")},
)  # fmt: skip

LALIC = Codec(
    "lalic", "LALIC", "sjtu-medialab/RwkvCompress", _library(320, 192),
    needs="the size of the original picture, the model of the rate",
    own="it adds -log2 of its network's probabilities", divided_by="original pixels",
    uncounted="the ends of codewords, the shape, the size",
    settings=(_level("rate of the model"),), derived=_grid(128, 64), tuples={"shape": ("rows", "columns")},
)  # fmt: skip

MS_ILLM = Codec(
    "ms-illm", "MS-ILLM", "facebookresearch/NeuralCompression",
    (
        _string("hyper_latent_strings", "hyper", "hyper-latents"),
        _string("latent_strings", "image", "latents"),
    ),
    needs="the model of the rate; the padded size",
    own="it counts a pickle of its own class: 118 to 121 bytes more than the strings", divided_by="original pixels",
    uncounted="the model",
    settings=(_level("rate of the model"),), derived=_padded(64),
    tuples={"image_size": ("height", "width"), "padded_size": ("padded_height", "padded_width")},
)  # fmt: skip

HIFIC_ROW = Codec(
    "hific", "HiFiC (Justin-Tan)", "Justin-Tan/high-fidelity-generative-compression",
    (
        _string("z", "hyper", "hyper-latents", "hific-rans", shape=("z_coded_channels", "z_coded_rows", "z_coded_columns")),
        _string("y", "image", "latents", "hific-rans", shape=("y_coded_channels", "y_coded_rows", "y_coded_columns")),
    ),
    needs="the model of the rate",
    own=ownbits.whole_file, divided_by="original pixels", uncounted="the model",
    forms=(container("file", ".hfc", "a file of its compress.py", HIFIC),),
    settings=(_level("rate of the model"),), derived=_grid(64, 64, "z_rows", "z_columns"),
    tuples={
        "hyper_coding_shape": ("z_coded_channels", "z_coded_rows", "z_coded_columns"),
        "latent_coding_shape": ("y_coded_channels", "y_coded_rows", "y_coded_columns"),
    },
)  # fmt: skip

EGIC = Codec(
    "egic", "EGIC", "Nikolai10/EGIC",
    (
        _string("z_string", "hyper", "192 channels of hyper-latents", "tensorflow-compression", shape=(192, "z_rows", "z_columns")),
        *(_string(field, "image", "32 of 320 channels of latents", "tensorflow-compression", str(place)) for place, field in enumerate(egic.SLICES)),
    ),
    needs="the size of the original picture, the model, the weight of its residual",
    own=ownbits.whole_file, divided_by="pixels padded to 256", divisor=_pixels(256),
    uncounted="the size of the original picture, the model",
    forms=(single("file", ".tfci", "INPUT.tfci, PackedTensors", egic.FIELDS, egic.read, egic.write, "the order of the tensors"),),
    settings=(_level("rate of the model"),), derived=_padded(256) | _grid(256, 16),
    tuples={"z_shape": ("z_rows", "z_columns")},
)  # fmt: skip

CRDR_ROW = Codec(
    "crdr", "CRDR", "iwa-shi/CRDR",
    (
        _string("z", "hyper", "hyper-latents", "unknown"),
        _string("y", "image", "latents", "unknown"),
        Part("max_y", "statistics", "number", "the largest latent", alphabet=256),
    ),
    needs="beta, its choice between distortion and realism",
    own=ownbits.whole_file, divided_by="original pixels", uncounted="beta",
    forms=(
        container("file", ".bin", "NAME.bin of the model of all rates", CRDR),
        container("single-rate", ".bin", "NAME.bin of a model of one rate", CRDR_SINGLE),
    ),
    settings=(_level("the rate in sixteenths", 255, "rate"),),
)  # fmt: skip

CDC = Codec(
    "cdc", "CDC", "buggyyang/CDC_compression",
    (
        Part("q_latent", "image", "integers", "256 channels of latents less their means", axes=3, batch=True, dtype="float32"),
        Part("q_hyper_latent", "hyper", "integers", "256 channels of hyper-latents less their medians", axes=3, batch=True, dtype="float32"),
    ),
    needs="start noise, steps (65), gamma (0.8)",
    own="it adds -log2 of its network's probabilities", divided_by="pixels of the input", uncounted="noise or seed, steps, gamma",
    settings=(STEPS, SEED, _level("rate of the model")),
)  # fmt: skip

DCVC_INTRA = Codec(
    "dcvc-intra", "DCVC, intra frame", "microsoft/DCVC",
    (
        _string("bits", "image", "latents and hyper-latents in one string", "dcvc-rans", needed=False),
        _string("z", "hyper", "hyper-latents (DCVC of 2021)", "unknown", needed=False),
        _string("y", "detail", "latents (DCVC of 2021)", "unknown", needed=False),
        Part("coding", "private", "number", "ec_part and use_ada_i of the sequence", name="coding", alphabet=8, default=0, needed=False),
    ),
    needs="the model",
    own=ownbits.whole_file, divided_by="original pixels", uncounted="the model",
    forms=(
        container("file", ".bin", "a sequence header and an intra frame (DCVC-FM, DCVC-RT)", DCVC),
        container("2021", ".bin", "an intra frame of DCVC of 2021", DCVC_2021),
    ),
    settings=(_level("qp", 255, "qp"),),
)  # fmt: skip

# The model of CompressAI.
LIBRARY = (
    Setting("architecture", "registered name of the architecture", scale=0), Setting("metric", "mse or ms-ssim", scale=0),
    Setting("quality", "the library's level", least=1, most=8),
    Setting("digest", "16 hexadecimal digits of the weights' SHA-256", scale=0),
)  # fmt: skip


def _pics_model(fields: Fields) -> Fields:
    """With the model of its sketches, and the shape for a picture that was not resized."""
    rows, columns = (-(-fields.get(side, 0) // 64) for side in ("height", "width"))
    return {"architecture": "cheng2020-attn", "metric": "ms-ssim", "rows": rows, "columns": columns, **fields}


def _sedic_model(fields: Fields) -> Fields:
    return {"architecture": "cheng2020-attn", "metric": "mse", **fields}


PICS = Codec(
    "pics", "PICS", "leieric/Text-Sketch",
    (
        Part("strings", "sketch", "compressai", "the strings of the sketch, y and z"),
        Part("index", "seeds", "number", "which of N pictures is chosen", alphabet="candidates", needed=False),
    ),
    needs="the index of the chosen picture, the shape of the sketch, the size of the original picture",
    own=ownbits.pics_own, divided_by="pixels of the resized picture", divisor=None,
    uncounted="the shape; its file lacks the index, which it counts; it counts 33 bytes of a Python object",
    forms=(single("file", ".yaml", "N_caption.yaml", ("strings",), pics.read, pics.write, "the three measured rates, which no decoder reads, are left out", ("caption", "strings")),),
    settings=(
        *LIBRARY, Setting("rows", "of the sketch's hyper-latents"), Setting("columns", "of the sketch's hyper-latents"),
        Setting("index", "the chosen picture"), Setting("candidates", "how many there were", least=2), SEED,
    ),
    tuples={"shape": ("rows", "columns")}, has_text=True, profile="pics", completed=_pics_model,
)  # fmt: skip

CFTE = Codec(
    "cfte", "CFTE", "Berlin0610/CFTE_DCC2022",
    (
        Part("frame", "image", "codestream", "the first frame, 256x256", coder="vvc", needed=False),
        _string("points_string", "points", "differences of key points from the first frame", "ppm"),
        Part("value", "points", "integers", "the same as an array, in quarters", batch=True, axes=1, step=2**14),
    ),
    needs="the key point detector, quantiser step 4",
    own=ownbits.strings_alone, divided_by="nothing: it sums bits over frames", divisor=None, uncounted="the settings of the frames",
    forms=(Form("files", "frame0000.bin and frame0001.bin", ("points_string",), cfte.read, cfte.write),),
)  # fmt: skip

COMPRESSAI = Codec(
    "compressai", "CompressAI, examples/codec.py", "InterDigitalInc/CompressAI",
    (Part("strings", "image", "compressai", "the strings of a model of the library"),),
    needs="the weights",
    own=ownbits.whole_file, divided_by="original pixels", uncounted="the weights",
    forms=(
        compressai.form("file", "NAME.bin", (compressai.DEPTH,)),
        compressai.form("old-file", "NAME.bin of older releases, without the bit depth", ()),
    ),
    settings=LIBRARY, tuples={"shape": ("rows", "columns")}, model=None,
)  # fmt: skip

SEDIC = Codec(
    "sedic", "SEDIC", "yang-xidian/SEDIC",
    (Part("strings", "image", "compressai", "the strings of cheng2020-attn, which its code never makes", needed=False),),
    needs="the weights; the size of the original picture",
    own="it adds -log2 of its network's probabilities and a Huffman code of the text's own characters",
    divided_by="pixels padded to 64", divisor=_pixels(64), uncounted="the masks, the table of the Huffman code, the size",
    forms=(Form("files", "a .csv with name and prompt, and a .png a mask; the strings as arrays beside them", ("caption", "items"), sedic.read, sedic.write, "the picture's name, and how the masks are stored", ("caption", "items", "masks")),),
    settings=(*LIBRARY, Setting("picture", "its name in the table", scale=0, reads=True)),
    tuples={"shape": ("rows", "columns")}, has_text=True, has_items=True, model=None, profile="sedic",
    completed=_sedic_model,
)  # fmt: skip

CODECS: dict[str, Codec] = {
    row.name: row
    for row in (
        PERCO, GLC, DLF, OSCAR, DDCM, TURBO_DDCM, DIFFC, CONTROL_GIC, DIFFEIC, STABLECODEC, RESULIC, TACO, MLIC, TCM, LALIC, MS_ILLM,
        HIFIC_ROW, EGIC, CRDR_ROW, CDC, DCVC_INTRA, PICS, SEDIC, CFTE, COMPRESSAI,
    )
}  # fmt: skip
