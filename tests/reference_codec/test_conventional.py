"""Conventional codecs as references: encoded, within a rate, decoded, and what is broken refused. Needs the extra "conventional"."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import reference_codec
from conformance.authoring import cases
from misc_format import Codestream, MiscError, account, read
from misc_format.cli.app import app
from misc_format.coders.image import bpg, templates
from misc_format.coders.image import codestream as image_codestream
from misc_format.coders.image.formats import FORMATS
from misc_format.components import Size
from misc_format.testing.codestream_headers import header
from reference_codec.encoder import ImageChoices
from reference_codec.errors import PictureError
from reference_codec.images.conventional import coding as conventional
from reference_codec.images.conventional import decoding, jpeg2000
from reference_codec.images.conventional.codec import DecodingError
from reference_codec.images.conventional.coding import CODECS, Settings
from reference_codec.images.conventional.names import MEANINGS
from tests.misc_format import bpg_files

PHOTO = Path(__file__).parents[2] / "examples" / "coffee.png"
SMALL = np.asarray(Image.open(PHOTO).convert("RGB").resize((97, 65), Image.Resampling.LANCZOS))
REAL = dict(cases._codestreams())


@pytest.mark.parametrize("reduction", [1, 2, 3])
@pytest.mark.parametrize("name", sorted(CODECS))
def test_a_picture_comes_back_in_its_size(name: str, reduction: int) -> None:
    content = conventional.make(SMALL, Settings(name, None, reduction))
    painted = conventional.paint(content, Size(97, 65))
    assert painted.shape == SMALL.shape
    error = float(((painted.astype(float) - SMALL) ** 2).mean())
    assert 10 * np.log10(255**2 / error) > 15


@pytest.mark.parametrize("name", ["av1", "hevc", "vvc", "vvc-perceptual", "avc", "jpeg", "webp", "jpeg2000"])
def test_headers_of_this_encoder_are_those_of_a_template(name: str) -> None:
    """Another version of an encoder may write others; then a template for those is due."""
    data = reference_codec.encode(SMALL, "cmc-image", image=ImageChoices(name))
    from misc_format import inspect

    template = next(leaf.value for leaf in inspect(data) if leaf.path == "image/template")
    assert templates.table().templates[template].name != "any"


@pytest.mark.parametrize("name", ["webp", "av1"])
def test_the_best_quality_within_a_rate_is_found(name: str) -> None:
    settings = Settings(name)
    content, quality = conventional.search(SMALL, settings, 0.7)
    assert 8 * len(image_codestream.encode(content, Size(97, 65))) <= 0.7 * 97 * 65
    step = 1 if settings.codec.best > settings.codec.worst else -1
    better = conventional.make(SMALL, Settings(name, quality + step))
    assert len(image_codestream.encode(better, Size(97, 65))) > 0.7 * 97 * 65 / 8


def test_a_rate_below_all_qualities_is_one_plain_error() -> None:
    with pytest.raises(PictureError, match="lowest quality"):
        conventional.search(SMALL, Settings("jpeg"), 0.001)


def test_a_quality_out_of_range_is_one_plain_error() -> None:
    with pytest.raises(PictureError, match="0 to 51"):
        conventional.make(SMALL, Settings("hevc", 52))


def test_methods_of_the_command_line_are_those_that_there_are() -> None:
    assert set(MEANINGS) == set(conventional.NAMES)


@pytest.mark.parametrize("name", sorted(REAL))
def test_vectors_are_decoded(name: str) -> None:
    stream = REAL[name]
    assert isinstance(stream.image, Codestream)
    assert conventional.paint(stream.image, stream.size).shape[:2] == (stream.height, stream.width)


@pytest.mark.parametrize("kind", ["jpeg", "webp", "av1", "jxl", "hevc", "vvc", "avc", "jpeg2000"])
def test_a_codestream_of_noise_is_refused(kind: str) -> None:
    noise = np.random.default_rng(1).integers(0, 256, 80, np.uint8).tobytes()
    with pytest.raises(MiscError, match="MISC-CDS-007"):
        conventional.paint(Codestream(kind, header(kind, Size(96, 64)) + noise), Size(96, 64))


@pytest.mark.parametrize("name", ["jxl", "av1-avif", "hevc", "vvc", "av1-large", "avc", "jpeg2000"])
def test_a_large_picture_behind_a_small_header_is_not_decoded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    image = REAL[f"codestream-{name}"].image
    assert isinstance(image, Codestream)
    monkeypatch.setattr(decoding, "decode", None)
    with pytest.raises(MiscError, match="MISC-CDS-005"):
        conventional.paint(image, Size(8, 8))


@pytest.mark.parametrize("kind", ["av1", "hevc", "vvc", "jxl", "avc", "jpeg2000"])
def test_a_decoder_has_little_memory_and_time(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    image = REAL[f"codestream-{kind}"].image
    assert isinstance(image, Codestream)
    monkeypatch.setattr(decoding, "FIXED_MEMORY", 2**20)
    with pytest.raises(MiscError, match="MISC-CDS-007"):
        conventional.paint(image, Size(96, 64))
    monkeypatch.setattr(decoding, "FIXED_MEMORY", 2**30)
    monkeypatch.setattr(decoding, "MAX_SECONDS", 0.001)
    with pytest.raises(MiscError, match="more than 0"):
        conventional.paint(image, Size(96, 64))


PROGRAMS = {
    "memory": "b = bytearray(2**31)",
    "time": "while True: pass",
    "sleep": "import time; time.sleep(600)",
    "files": "held = [open('/dev/null') for _ in range(100)]",
    "flood": "while True: print('x' * 9999)",
    "flood of messages": "import sys\nwhile True: print('x' * 9999, file=sys.stderr)",
    "nothing": "",
    "a lie": "import sys; sys.stdout.buffer.write(b'P6 99999 99999 255 ')",
    "not a number": "import sys; sys.stdout.buffer.write(b'P6 a b 255 ')",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_decoder_that_does_not_behave_is_ended(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(decoding, "MAX_SECONDS", 2)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DecodingError):
        decoding.decode([sys.executable, "-I", "-c", PROGRAMS[name]], b"", Size(8, 8))


def test_the_command_line_encodes_and_decodes(tmp_path: Path) -> None:
    file, picture = tmp_path / "a.misc", tmp_path / "a.png"
    arguments = [
        "encode",
        str(PHOTO),
        "-o",
        str(file),
        "--profile",
        "cmc-image",
        "--image-method",
        "vvc",
        "--reduction",
        "2",
    ]
    result = CliRunner().invoke(app, [*arguments, "--target-bpp", "0.02"])
    assert result.exit_code == 0, result.output
    assert "component takes" in result.output
    stream = read(file.read_bytes())
    assert isinstance(stream.image, Codestream) and stream.image.reduction == 2
    [bits] = [part.bits for part in account(file.read_bytes()).components if part.path == "image"]
    assert bits <= 0.02 * 600 * 400
    assert CliRunner().invoke(app, ["decode", str(file), "-o", str(picture)]).exit_code == 0
    assert Image.open(picture).size == (600, 400)


@pytest.mark.parametrize(
    "options",
    [["--quality", "3", "--block", "8"], ["--quality", "128"], ["--reduction", "2"], ["--image-method", "webp", "--block", "8"],
     ["--image-method", "webp", "--quality", "3", "--target-bpp", "1"]],
)  # fmt: skip
def test_options_that_do_not_go_together(options: list[str], tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["encode", str(PHOTO), "-o", str(tmp_path / "a"), *options]).exit_code == 2


OTHER_ENCODERS = {
    "hevc-temporal-layers": ("hevc", "libx265", "-x265-params", "temporal-layers=3:log-level=none"),
    "hevc-444": ("hevc", "libx265", "-pix_fmt", "yuv444p", "-x265-params", "log-level=none"),
    "hevc-422": ("hevc", "libx265", "-pix_fmt", "yuv422p10", "-x265-params", "log-level=none"),
    "hevc-grey": ("hevc", "libx265", "-pix_fmt", "gray", "-x265-params", "log-level=none"),
    "avc-main": ("avc", "libx264", "-pix_fmt", "yuv420p", "-profile:v", "main"),
    "avc-interlaced": ("avc", "libx264", "-pix_fmt", "yuv420p", "-x264-params", "interlaced=1"),
    "avc-444-scaling-lists": ("avc", "libx264", "-pix_fmt", "yuv444p", "-x264-params", "cqm=jvt"),
    "avc-422": ("avc", "libx264", "-pix_fmt", "yuv422p10"),
    "avc-grey": ("avc", "libx264", "-pix_fmt", "gray"),
    "jpeg2000-ffmpeg": ("jpeg2000", "jpeg2000", "-format", "j2k", "-frames:v", "1"),
    "vvc-sublayers": ("vvc", "libvvenc", "-preset", "faster"),
    "av1-svt": ("av1", "libsvtav1"),
    "av1-aom": ("av1", "libaom-av1", "-cpu-used", "8"),
    "av1-rav1e": ("av1", "librav1e"),
}


@pytest.mark.parametrize("name", OTHER_ENCODERS)
def test_sizes_that_other_encoders_state(name: str) -> None:
    import imageio_ffmpeg

    kind, encoder, *options = OTHER_ENCODERS[name]
    source = ["-f", "lavfi", "-i", "testsrc=s=132x100:d=1:r=3"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *source, "-c:v", encoder, *options]
    process = subprocess.run(
        [*command, "-f", {"av1": "obu", "avc": "h264", "jpeg2000": "image2pipe"}.get(kind, kind), "pipe:1"],
        capture_output=True,
        check=False,
    )
    if b"Unknown encoder" in process.stderr:
        return  # this build of ffmpeg lacks it
    assert set(FORMATS[kind].sizes(process.stdout)) == {Size(132, 100)}


BPG = {
    "yuv420p": bpg_files.Header(96, 64),
    "yuv420p10le": bpg_files.Header(90, 70, pixel_format=4, depth=10),
    "yuv422p": bpg_files.Header(98, 66, pixel_format=5),
    "yuv444p12le": bpg_files.Header(97, 65, pixel_format=3, depth=12),
    "gray": bpg_files.Header(97, 65, pixel_format=0),
    "gbrp": bpg_files.Header(97, 65, pixel_format=3, colour_space=1, limited=0),
}


@pytest.mark.parametrize("pixels", BPG)
def test_a_bpg_file_has_the_picture_of_its_stream(pixels: str) -> None:
    import imageio_ffmpeg

    ffmpeg, header = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error"], BPG[pixels]
    source = [
        "-f",
        "lavfi",
        "-i",
        f"testsrc=s={header.width}x{header.height}:d=1:r=1",
        "-frames:v",
        "1",
        "-pix_fmt",
        pixels,
    ]
    x265 = ["-c:v", "libx265", "-x265-params", "keyint=1:qp=30:log-level=none", "-f", "hevc", "pipe:1"]
    stream = subprocess.run([*ffmpeg, *source, *x265], capture_output=True, check=True).stdout
    rebuilt = bpg.hevc_codestream(bpg_files.of_stream(stream, header), "image.bpg")
    raw = ["-f", "hevc", "-i", "pipe:0", "-f", "rawvideo", "-pix_fmt", pixels, "pipe:1"]
    decoded = [
        subprocess.run([*ffmpeg, *raw], input=data, capture_output=True, check=True) for data in (stream, rebuilt)
    ]
    assert decoded[0].stdout == decoded[1].stdout and decoded[0].stdout
    assert not decoded[1].stderr
    painted = conventional.paint(Codestream("hevc", rebuilt), Size(header.width, header.height))
    assert painted.shape == (header.height, header.width, 3)


def test_the_colours_of_a_bpg_file_are_those_that_it_states() -> None:
    """Pure green, without loss, in RGB and in YCbCr of full range."""
    import imageio_ffmpeg

    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error"]
    for pixels, samples, space in (
        ("gbrp", (255, 0, 0), 1),
        ("yuv444p", (150, 44, 21), 0),
        ("yuv444p", (182, 30, 12), 3),
    ):
        planes = b"".join(bytes((sample,)) * 32 * 32 for sample in samples)
        command = [
            "-f",
            "rawvideo",
            "-pix_fmt",
            pixels,
            "-s",
            "32x32",
            "-i",
            "pipe:0",
            "-frames:v",
            "1",
            "-c:v",
            "libx265",
        ]
        x265 = ["-x265-params", "keyint=1:lossless=1:log-level=none", "-f", "hevc", "pipe:1"]
        stream = subprocess.run([*ffmpeg, *command, *x265], input=planes, capture_output=True, check=True).stdout
        file = bpg_files.of_stream(stream, bpg_files.Header(32, 32, pixel_format=3, colour_space=space, limited=0))
        painted = conventional.paint(Codestream("hevc", bpg.hevc_codestream(file, "image.bpg")), Size(32, 32))
        assert np.abs(painted.astype(int) - (0, 255, 0)).max() <= 1


@pytest.mark.parametrize("pixels", ["gray", "gray12le", "gray16le", "rgb24", "rgb48le"])
def test_samples_of_more_than_8_bits_are_not_clipped(pixels: str) -> None:
    import imageio_ffmpeg

    ffmpeg, of = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error"], "gray" if pixels.startswith("gray") else "rgb24"
    source = ["-f", "lavfi", "-i", "testsrc=s=64x64:d=1:r=1", "-frames:v", "1", "-pix_fmt"]
    coded = ["-c:v", "jpeg2000", "-pred", "dwt53", "-format", "j2k", "-f", "image2pipe", "pipe:1"]
    data = subprocess.run([*ffmpeg, *source, pixels, *coded], capture_output=True, check=True).stdout
    plain = subprocess.run([*ffmpeg, *source, of, "-f", "rawvideo", "pipe:1"], capture_output=True, check=True).stdout
    painted = conventional.paint(Codestream("jpeg2000", data), Size(64, 64))
    expected = np.frombuffer(plain, np.uint8).reshape(painted.shape).astype(int)
    assert np.abs(painted - expected).max() <= 2


def test_a_codestream_of_jpeg_2000_names_no_version() -> None:
    data = conventional.make(SMALL, Settings("jpeg2000")).data
    assert b"OpenJPEG" not in data
    commented = data.replace(b"\xff\x90", b"\xff\x64\0\7\0\1Hi?\xff\x90", 1)
    assert jpeg2000.without_comments(commented) == data


@pytest.mark.parametrize("size", [(8, 8), (5, 3), (1600, 900), (301, 777), (5000, 4), (64, 64)])
def test_sizes_that_jpeg_xl_states(size: tuple[int, int]) -> None:
    import pillow_jxl  # noqa: F401

    stream = io.BytesIO()
    Image.new("RGB", size).save(stream, "JXL", effort=1)
    assert list(FORMATS["jxl"].sizes(FORMATS["jxl"].bare(stream.getvalue(), "image.jxl"))) == [Size(*size)]
