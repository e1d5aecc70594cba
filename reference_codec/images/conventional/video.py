"""AV1, HEVC, VVC and AVC through the ffmpeg of imageio-ffmpeg: one frame of 4:2:0 as an elementary stream without a container.

Samples have 10 bits, of AVC 8.

Rule 1.  A picture is padded to even sides of at least 16 pixels by repeating its last row and column, and cropped after decoding.
Rule 2.  The encoders' options give the headers that the templates of clause 11 restore.
Rule 3.  ffmpeg gets a limit on the pixels that it decodes, and the limits of `decoding`.
"""

from __future__ import annotations

import subprocess
from functools import partial
from typing import Final

import numpy as np

from misc_format.coders.image.codedsize import coded
from misc_format.components import Samples, Size
from reference_codec.errors import PictureError
from reference_codec.images.conventional import decoding
from reference_codec.images.conventional.codec import Codec, require_size
from reference_codec.pictures.samples import rgb, size_of

QUIET: Final = ("-nostdin", "-hide_banner", "-loglevel", "error", "-y")
MAX_SECONDS: Final = (
    1800  # to encode one picture; the slowest encoder takes about 5 s for 768 x 512 pixels on an idle core
)
MAX_CODING_BLOCK: Final = 128  # pixels on a side of the largest coding tree unit
SCALER: Final = ("-sws_flags", "lanczos+accurate_rnd+full_chroma_int+full_chroma_inp")
X265: Final = "keyint=1:info=0:wpp=0:log-level=none"


def _encode(samples: Samples, quality: int, *, kind: str, pixels: str, options: tuple[str, ...]) -> bytes:
    height, width = samples.shape[:2]
    size = coded(Size(width, height))
    padding = ((0, size.height - height), (0, size.width - width), (0, 0))
    padded = np.pad(rgb(samples), padding, mode="edge")
    encoder = [option.format(quality=quality) for option in options]
    command = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size.width}x{size.height}", "-framerate", "1", "-i", "pipe:0",
               "-frames:v", "1", *SCALER, "-pix_fmt", pixels, *encoder, "-threads", "1", "-f", kind, "pipe:1"]  # fmt: skip
    process = _ffmpeg(command, padded.tobytes())
    if process.returncode or not process.stdout:
        raise PictureError(
            f"ffmpeg does not encode a picture of {width}x{height} as {kind}: {decoding.reason(process.stderr)}."
        )
    return process.stdout


def _decode(data: bytes, size: Size, *, kind: str) -> Samples:
    import imageio_ffmpeg

    padded = coded(size)
    # ffmpeg checks this limit before it allocates a frame; its decoders count whole coding blocks.
    max_pixels = (padded.width + MAX_CODING_BLOCK) * (padded.height + MAX_CODING_BLOCK)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), *QUIET, "-max_pixels", str(max_pixels), "-f", kind, "-i", "pipe:0", "-frames:v", "1",
               *SCALER, "-f", "image2pipe", "-c:v", "ppm", "-pix_fmt", "rgb24", "pipe:1"]  # fmt: skip
    samples = decoding.decode(command, data, padded)
    require_size(size_of(samples), size, padded)
    return samples[: size.height, : size.width]


def _ffmpeg(arguments: list[str], data: bytes) -> subprocess.CompletedProcess[bytes]:
    import imageio_ffmpeg

    command = [imageio_ffmpeg.get_ffmpeg_exe(), *QUIET, *arguments]
    try:
        return subprocess.run(command, input=data, capture_output=True, timeout=MAX_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise PictureError(
            f"ffmpeg took more than {MAX_SECONDS} seconds; scale the picture down and try again."
        ) from None


def _codec(name: str, kind: str, best: int, worst: int, default: int, scale: str, *options: str) -> Codec:
    demuxer = DEMUXERS.get(kind, kind)
    encode = partial(_encode, kind=demuxer, pixels=PIXELS.get(kind, "yuv420p10le"), options=options)
    return Codec(name, kind, worst, best, default, scale, encode, partial(_decode, kind=demuxer))


X264: Final = "keyint=1:stitchable=1:psy=0"  # stitchable: no header depends on the QP
# A message with the options of x264, SEI of type 6, is left out.
AVC: Final = (
    "-c:v", "libx264", "-preset", "placebo", "-level", "6.2", "-qp", "{quality}", "-x264-params", X264,
    "-bsf:v", "filter_units=remove_types=6",
)  # fmt: skip
#: ffmpeg's names of byte streams, where they are not those of the formats.
DEMUXERS: Final = {"av1": "obu", "avc": "h264"}
PIXELS: Final = {"avc": "yuv420p"}
VVC: Final = ("-c:v", "libvvenc", "-preset", "slow", "-g", "1", "-level", "6.2", "-qp", "{quality}", "-qpa")
CODECS = (
    _codec("av1", "av1", 0, 63, 60, "libaom's CRF", "-c:v", "libaom-av1", "-still-picture", "1", "-cpu-used", "1", "-crf", "{quality}"),
    _codec("hevc", "hevc", 0, 51, 46, "x265's QP", "-c:v", "libx265", "-preset", "veryslow", "-x265-params", f"qp={{quality}}:{X265}"),
    _codec("avc", "avc", 1, 51, 45, "x264's QP", *AVC),
    _codec("vvc", "vvc", 0, 63, 53, "vvenc's QP", *VVC, "0"),
    _codec("vvc-perceptual", "vvc", 0, 63, 53, "vvenc's QP, varied within the picture to suit the eye", *VVC, "1"),
)  # fmt: skip
