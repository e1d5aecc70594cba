"""Published codecs: what they wrote becomes a file with named parts, and comes back as it was."""

from __future__ import annotations

import io
import json
import zlib
from math import comb
from typing import Any

import numpy as np
import pytest

import misc_format
from misc_format.codecs import CODECS, Source, difference, export_codec, import_codec, listing
from misc_format.codecs.arrayform import CAPTION_FILE, FILE
from misc_format.codecs.bitpacking import pack_uniform, uniform_bytes, unpack_uniform
from misc_format.components import Parts, Stream
from misc_format.engine.problems import problem_of
from tests.misc_format.codec_sources import CASES, HEIGHT, WIDTH, Case, Torchac


def imported(case: Case, **changes: Any) -> Stream:
    case = case._replace(**changes)
    source = Source(case.files, case.arrays)
    form = case.form if case.arrays else None
    return import_codec(
        case.codec, source, settings=case.settings, settings_file=case.settings_file, form=form, **case.options
    )  # fmt: skip


def labels(stream: Stream) -> tuple[str, ...]:
    return (
        tuple(part.label for part in stream.image.parts)
        if isinstance(stream.image, Parts)
        else ("image",)
        if stream.image
        else ()
    )


def contents(stream: Stream) -> list[object]:
    return [part.content for part in stream.image.parts] if isinstance(stream.image, Parts) else [stream.image]


@pytest.mark.parametrize("name", CASES)
def test_a_source_goes_through_a_file_and_comes_back(name: str) -> None:
    case = CASES[name]
    data = misc_format.write(imported(case))
    assert misc_format.validate(data).verdict == "conforming"
    stream = misc_format.read(data)
    assert labels(stream) == case.labels
    assert stream.profile == case.profile
    files = export_codec(case.codec, stream, settings_file=case.settings_file, form=case.form)
    own = {key: data for key, data in files.items() if key not in (CAPTION_FILE, FILE)}
    if case.files and case.exact:
        assert list(own.values()) == [case.files[key] for key in ordered(case, own)]
    options = {key: value for key, value in case.options.items() if key != "caption"}
    source = Source({key: data for key, data in files.items() if key != FILE}, arrays_of(files))
    again = import_codec(case.codec, source, settings=case.settings, settings_file=case.settings_file, **options)
    assert (contents(again), again.text, again.maps) == (contents(stream), stream.text, stream.maps)
    assert again.generation == stream.generation
    if not case.files:
        for key, value in case.arrays.items():
            wanted = np.frombuffer(value, np.uint8) if isinstance(value, bytes) else np.asarray(value)
            assert np.array_equal(source.arrays[key], wanted), key
            assert source.arrays[key].dtype == wanted.dtype or isinstance(value, list) or key == "value", key


def arrays_of(files: dict[str, bytes]) -> dict[str, Any]:
    """The arrays that an export writes beside the files of the codec."""
    if FILE not in files:
        return {}
    with np.load(io.BytesIO(files[FILE])) as arrays:
        return dict(arrays)


def ordered(case: Case, files: dict[str, bytes]) -> list[str]:
    """The names of the source in the order of an export: the only file may have any name."""
    return list(case.files) if len(files) == 1 else list(files)


@pytest.mark.parametrize("name", CASES)
def test_own_bits_and_the_bits_of_the_file_differ_by_what_the_lines_say(name: str) -> None:
    case = CASES[name]
    stream = imported(case)
    counts = difference(case.codec, stream, case.settings_file)
    assert counts.file_bits == 8 * len(misc_format.write(stream))
    assert all(line.cause for line in counts.lines)
    assert bool(counts.reason) == (isinstance(CODECS[case.codec].own, str) or name == "diffc arrays")
    assert {line.own is None for line in counts.lines} == {bool(counts.reason)}


@pytest.mark.parametrize(
    ("name", "pixels"),
    [
        ("perco arrays", 512 * 512),
        ("glc", WIDTH * HEIGHT),
        ("egic", 768 * 512),
        ("control-gic mode 4", 128 * 64),
        ("ddcm M 1", None),  # 512 or 768, by the model
        ("turbo-ddcm", None),  # by the first picture of the folder
        ("pics", None),
        ("cfte", None),
    ],
)
def test_own_bits_are_divided_as_its_own_code_divides(name: str, pixels: int | None) -> None:
    case = CASES[name]
    counts = difference(case.codec, imported(case), case.settings_file)
    assert counts.own_pixels == pixels
    assert counts.pixels == case.options["width"] * case.options["height"]
    own = counts.own_bits
    assert counts.own_bpp(own) == (own / pixels if own is not None and pixels else None)
    assert counts.file_bpp(counts.file_bits) == counts.file_bits / counts.pixels


def test_a_picture_of_which_nothing_is_left_has_no_rate() -> None:
    stream = import_codec("control-gic", {"ind_fine": [0]}, width=15, height=15)
    counts = difference("control-gic", stream)
    assert (counts.own_pixels, counts.own_bpp(0)) == (0, None)


def total(name: str) -> float | None:
    return difference(CASES[name].codec, imported(CASES[name]), CASES[name].settings_file).own_bits


def test_own_bits_are_those_of_the_published_counts() -> None:
    text = len(zlib.compress(b"A red lighthouse on a rocky coast under a cloudy sky.", 9))
    assert total("perco 8 1024") == 8 * (text + 81)
    assert total("ddcm M 1") == pytest.approx(9_990)
    assert total("turbo-ddcm") == 6 * ((comb(600, 10) - 1).bit_length() + 10)
    assert total("diffc") == 8 * 700 + 8 * (33 + text)
    assert total("dlf") == 8 * (289 + 300) + 48
    assert total("oscar") == pytest.approx(0.0430 * 768 * 512)
    for name in (
        "diffeic",
        "stablecodec",
        "taco",
        "mlic++",
        "hific",
        "egic",
        "crdr",
        "crdr single",
        "dcvc",
        "dcvc 2021",
        "compressai",
        "control-gic mode 0",
        "cfte",
    ):
        assert total(name) == 8 * sum(map(len, CASES[name].files.values())), name
    assert total("tcm") == 8 * (150 + 24)


def test_every_codec_has_a_case() -> None:
    assert {case.codec for case in CASES.values()} == set(CODECS)


@pytest.mark.parametrize("alphabet", [2, 16, 64, 256, 1024, 2048, 4096, 32_768])
@pytest.mark.parametrize("count", [1, 2, 7, 64, 513])
def test_uniform_streams_of_torchac_are_plain_bits(alphabet: int, count: int) -> None:
    symbols = np.random.default_rng(count).integers(0, alphabet, count)
    for values in (
        symbols,
        np.zeros_like(symbols),
        np.full_like(symbols, alphabet - 1),
        np.full_like(symbols, alphabet // 2),
    ):
        stream = Torchac(alphabet).encode(values.tolist())
        assert stream == pack_uniform(values, alphabet)
        assert len(stream) == uniform_bytes(count, alphabet)
        assert np.array_equal(unpack_uniform(stream, count, alphabet, ""), values)


def test_the_size_of_the_picture_must_fit_the_shape() -> None:
    with pytest.raises(misc_format.SourceError, match="rows: it is 8; a picture of 768x640 has 10"):
        imported(CASES["diffeic"], options={"width": 768, "height": 640})
    with pytest.raises(misc_format.MiscError, match="give --width"):
        imported(CASES["diffeic"], options={})
    with pytest.raises(misc_format.MiscError, match="the source says 768, and 512 is given"):
        imported(CASES["taco"], options={"width": 512})


def test_settings_are_those_of_the_row() -> None:
    with pytest.raises(misc_format.MiscError, match="no setting of DiffEIC; its settings are steps"):
        imported(CASES["diffeic"], settings={"step": 50})
    with pytest.raises(misc_format.MiscError, match="'x' is not a number"):
        imported(CASES["diffeic"], settings={"steps": "x"})
    with pytest.raises(misc_format.MiscError, match=r"3\.14 is not a number from 0 to [\d,]+\.5 in steps of 0\.1"):
        imported(CASES["perco arrays"], settings={"alphabet": 1024, "guidance": 3.14})
    with pytest.raises(misc_format.MiscError, match="takes no caption"):
        imported(CASES["diffeic"], options={**CASES["diffeic"].options, "caption": "x"})


def test_the_digest_of_the_settings_is_checked() -> None:
    stream = imported(CASES["turbo-ddcm"])
    assert stream.generation is not None
    with pytest.raises(misc_format.MiscError, match="the file was made with the settings of"):
        export_codec("turbo-ddcm", stream, settings_file=b"{}")


def test_content_of_another_codec_is_not_exported() -> None:
    stream = imported(CASES["glc"])
    with pytest.raises(misc_format.MiscError, match="MISC-IMP-002 at image/semantic: DiffEIC has no part semantic"):
        export_codec("diffeic", stream)
    with pytest.raises(misc_format.MiscError, match="MISC-IMP-002"):
        export_codec("tcm", imported(CASES["mlic++"]))
    with pytest.raises(misc_format.MiscError, match="no form of TACO"):
        export_codec("taco", imported(CASES["taco"]), form="yaml")


SIGNS = np.ones((1, 2), int)
STRINGS = {"strings_0": b"y", "strings_1": b"z", "shape": [8, 12]}
MODEL = {"architecture": "mbt2018", "metric": "mse", "quality": 1}


@pytest.mark.parametrize(
    ("name", "arrays", "settings", "reason"),
    [
        ("perco-sd", {"indices": np.zeros((9, 7), int)}, {"alphabet": 1024}, "grid of 9x7 of 1,024 codes; they have 64x64"),
        ("perco-sd", {"indices": np.zeros((32, 32), int)}, {"alphabet": 1024}, "a grid of 32x32 of 1,024 codes"),
        ("perco-sd", {"index_string": b"12345"}, {}, "has 5 bytes; the model of 8,196 codes writes about 1,665"),
        ("turbo-ddcm", {"indices": [[0, 1, 2]], "signs": SIGNS}, {"K": 8}, "the sets have shape (1, 3) and the signs (1, 2)"),
        ("turbo-ddcm", {"indices": [range(300)], "signs": np.ones((1, 300))}, {"K": 2**24}, "300 noises, more than 256"),
        ("turbo-ddcm", {"indices": [[0, 1]] * 9_000, "signs": np.ones((9_000, 2))}, {"K": 8}, "more than are written"),
        ("ddcm", {"noise_indices": np.zeros((9, 3), int)}, {"K": 8}, "3 noises a step take 2 coefficients"),
        ("ddcm", {"noise_indices": [[1, 2, 3]], "coeff_indices": [[1, 1, 1]]}, {"K": 8, "levels": 2}, "take 2 coefficients"),
        ("hific", {"y": b"12345", "z": b"1234", "hyper_coding_shape": [1, 2, 3], "latent_coding_shape": [1, 2, 3]}, {}, "y"),
        ("control-gic", {"mask_coarse": np.zeros((32, 48), int), "ind_fine": np.zeros(24_576, int)}, {"mode": 0}, "needs the masks"),
        ("control-gic", {"width": WIDTH}, {}, "none of the arrays of Control-GIC"),
        ("dcvc-intra", {"coding": [0]}, {"qp": 3}, "none of the arrays of DCVC"),
        ("compressai", {"strings_0": b"y", "shape": [8, 12]}, MODEL, "it has 1 strings, and mbt2018 has 2"),
        ("compressai", STRINGS, {**MODEL, "metric": "psnr"}, "'psnr' is not one of mse, ms-ssim"),
        ("compressai", STRINGS, {**MODEL, "architecture": "mbt"}, "'mbt' is not one of"),
        ("pics", {"strings_0": b"y"}, {"quality": 1}, "it has 1 strings"),
        ("cdc", {"q_latent": np.full((1, 1, 1), 2**24 + 1), "q_hyper_latent": np.ones((1, 1, 1))}, {}, "do not fit in float32"),
    ],
)  # fmt: skip
def test_what_cannot_be_exported_is_not_imported(
    name: str, arrays: dict[str, Any], settings: dict[str, Any], reason: str
) -> None:
    with pytest.raises(misc_format.MiscError, match=r"MISC-IMP-00[13]") as caught:
        import_codec(name, arrays, width=WIDTH, height=HEIGHT, settings=settings)
    assert reason in str(caught.value)


DDCM = {"noise_indices": np.zeros((80, 5), int), "coeff_indices": np.zeros((80, 4), int)}
TURBO = {"indices": [range(10)] * 20, "signs": np.ones((20, 10), int)}
GRIDS = {"mask_coarse": np.zeros((32, 48), int), "ind_coarse": [1, 2, 3], "ind_fine": np.zeros(24_576, int)}


@pytest.mark.parametrize(
    ("name", "arrays", "settings", "reason"),
    [
        ("turbo-ddcm", TURBO, {"K": 16_384, "M": 3}, "at M: the source has 10 noises a step, and 3 is given"),
        ("turbo-ddcm", TURBO, {"K": 16_384, "T": 7}, "at T: of 7 steps at most 6 are coded, and the source has 20"),
        ("turbo-ddcm", TURBO, {"K": 16_384, "T": 21, "M": 10}, ""),
        ("ddcm", DDCM, {"K": 8, "C": 1, "M": 4}, "at M: the source has 5 noises a step, and 4 is given"),
        ("ddcm", DDCM, {"K": 8, "C": 1, "levels": 4}, "at levels: the source has 2 values of a coefficient, and 4 is given"),
        ("ddcm", DDCM, {"K": 8, "levels": 3}, "at levels: it is 3, which is no power of two"),
        ("ddcm", DDCM, {"K": 8, "C": 1, "T": 99}, "at T: of 99 steps 98 are coded, and the source has 80"),
        ("ddcm", DDCM, {"K": 8, "C": 1, "T": 80}, "at T: of 80 steps 79 are coded, and the source has 80"),
        ("ddcm", DDCM, {"K": 8, "C": 1, "T": 1000, "first": 999, "last": 950}, "at most 50 are coded"),
        ("ddcm", DDCM, {"K": 8, "C": 1, "T": 99, "last": 200}, ""),
        ("ddcm", DDCM, {"K": 8, "C": 1, "T": 81, "M": 5}, ""),
        ("ddcm", {"noise_indices": np.zeros(9, int)}, {"K": 8, "levels": 4}, "at levels: it is 4, and nothing of the source has it"),
        ("ddcm", {"noise_indices": np.zeros(9, int)}, {"K": 8, "M": 1, "C": 1}, ""),  # as the folder's name says
        ("control-gic", GRIDS, {"mode": 6}, "at mode: mode 6 has no mask_coarse; its arrays are ind_fine"),
        ("control-gic", {"ind_fine": GRIDS["ind_fine"]}, {"mode": 6}, ""),
        ("pics", STRINGS, {"quality": 1, "candidates": 4}, "at candidates: it is 4, and nothing of the source has it"),
        ("dcvc-intra", {"bits": b"bits", "qp": [3]}, {"qp": 4}, "the source says 3, and 4 is given"),
    ],
)  # fmt: skip
def test_settings_that_contradict_the_source_or_fit_nothing_of_it_are_refused(
    name: str, arrays: dict[str, Any], settings: dict[str, Any], reason: str
) -> None:
    def attempt() -> Stream:
        return import_codec(name, arrays, width=WIDTH, height=HEIGHT, settings=settings)

    if not reason:
        attempt()
        return
    with pytest.raises(misc_format.MiscError, match="MISC-IMP-003") as caught:
        attempt()
    assert reason in str(caught.value)


def test_settings_that_contradict_a_file_or_fit_nothing_of_it_are_refused() -> None:
    case = CASES["ddcm M 1"]
    cut = {"a.bin": case.files["a.bin"][:1000]}
    with pytest.raises(misc_format.MiscError, match="of 1,000 steps 999 are coded, and the source has 800"):
        imported(case, files=cut)
    assert imported(case, files=cut, settings={**case.settings, "last": 200}).generation
    for name, key, value in (("perco 8196", "alphabet", 1024), ("sedic without an image", "quality", 1)):
        with pytest.raises(misc_format.MiscError, match=f"MISC-IMP-003 at {key}: .*nothing of the source has it"):
            imported(CASES[name], settings={key: value})
    for key, value in (("seed", -1), ("T", 1), ("M", 257)):
        with pytest.raises(misc_format.MiscError, match=f"MISC-IMP-003 at {key}"):
            imported(CASES["turbo-ddcm"], settings_file=json.dumps({"K": 600, "M": 10, key: value}).encode())


@pytest.mark.parametrize(
    ("name", "arrays", "settings", "reason"),
    [
        ("ddcm", DDCM, {"K": 8}, "MISC-IMP-003 at C: the source does not say how many bits a coefficient has; give --set C=N"),
        ("compressai", STRINGS, {"quality": 1}, "give --set architecture=VALUE"),
        ("compressai", {"strings_0": b"y", "strings_1": b"z"}, MODEL, "give the array shape"),
        ("pics", STRINGS, {}, "give --set quality=VALUE"),
        ("perco-sd", {"indices": [[0]], "caption": [1]}, {"alphabet": 256}, "MISC-IMP-001 at caption: it is no text"),
        ("glc", {"index": np.zeros((9, 12))}, {}, "has (8, 12); check the size of the original picture"),
    ],
)  # fmt: skip
def test_a_message_says_what_to_do(name: str, arrays: dict[str, Any], settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(misc_format.MiscError) as caught:
        import_codec(name, arrays, width=WIDTH, height=HEIGHT, settings=settings)
    assert reason in str(caught.value)
    assert "?." not in problem_of(caught.value).sentence


def test_the_list_of_control_gic_has_the_arrays_of_each_mode() -> None:
    text = dict(listing.details(CODECS["control-gic"]))["setting mode"]
    assert "0: mask_coarse, mask_medium, ind_coarse, ind_medium, ind_fine; 1: mask_medium, ind_medium" in text
    assert text.endswith("4: ind_coarse; 5: ind_medium; 6: ind_fine")


def test_an_array_of_too_many_dimensions_is_refused_with_a_range() -> None:
    with pytest.raises(misc_format.MiscError, match="give 1 to 4 dimensions and at least one element"):
        misc_format.Stream(8, 8, image=misc_format.Codes(np.zeros((1, 1, 1, 1, 1), np.uint32), 2))


@pytest.mark.parametrize("name", CODECS)
def test_the_list_of_a_codec_has_its_grids(name: str) -> None:
    text = " ".join(text for _, text in listing.details(CODECS[name]))
    assert ("16x16 of 1,024, 8x8 of 1,024" in text) == (name == "perco-sd")


@pytest.mark.parametrize(
    ("name", "arrays", "options"),
    [
        ("dlf", {"indices": np.zeros((6, 32), int), "y_q": np.zeros((1, 64, 16, 24), np.float32)}, {}),
        ("control-gic", {"ind_medium": np.zeros(32, int)}, {"settings": {"mode": 5}, "width": 64, "height": 32}),
        ("dcvc-intra", {"y": b"latents"}, {}),
    ],
)
def test_content_that_its_code_cannot_count_is_imported_all_the_same(
    name: str, arrays: dict[str, Any], options: dict[str, Any]
) -> None:
    counts = difference(name, import_codec(name, arrays, **{"width": WIDTH, "height": HEIGHT, **options}))
    assert counts.reason and counts.own_bits is None and counts.file_bits > 0
