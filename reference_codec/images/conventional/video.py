"""AV1, HEVC and VVC through the ffmpeg that imageio-ffmpeg brings: 10-bit 4:2:0, one frame, a bare elementary stream.

Rule 1.  A picture is padded to even sides of at least 16 by repeating its edge, and cut back when it is decoded.
Rule 2.  Options are chosen so that the headers are those of the templates in clause 19.
Rule 3.  ffmpeg is told the number of pixels that it may decode, and ended when it takes too long.
"""

from __future__ import annotations

import subprocess
from functools import partial
from typing import Final

import numpy as np

from misc_format.coders.image.templates import EVEN, SMALLEST
from misc_format.components import Samples, Size
from reference_codec.images.conventional.codecs import Codec, DecodingError, require_size
from reference_codec.pictures.files import PictureError
from reference_codec.pictures.samples import rgb

SECONDS: Final = 1800  # for one picture; the slowest encoder takes some 5 s for 768 x 512 on an idle core
BLOCK: Final = 128  # the largest coding tree unit
SCALER: Final = ("-sws_flags", "lanczos+accurate_rnd+full_chroma_int+full_chroma_inp")
X265: Final = "keyint=1:info=0:wpp=0:log-level=none"


def _encode(samples: Samples, quality: int, *, kind: str, options: tuple[str, ...]) -> bytes:
    height, width = samples.shape[:2]
    size = coded(Size(width, height))
    padding = ((0, size.height - height), (0, size.width - width), (0, 0))
    pixels = np.pad(rgb(samples), padding, mode="edge")
    chosen = [option.format(quality=quality) for option in options]
    command = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size.width}x{size.height}", "-framerate", "1", "-i", "pipe:0",
               "-frames:v", "1", *SCALER, "-pix_fmt", "yuv420p10le", *chosen, "-threads", "1", "-f", kind, "pipe:1"]  # fmt: skip
    done = _ffmpeg(command, pixels.tobytes())
    if done.returncode or not done.stdout:
        raise PictureError(f"ffmpeg does not encode a picture of {width}x{height} as {kind}: {_reason(done)}.")
    return done.stdout


def _decode(data: bytes, size: Size, *, kind: str) -> Samples:
    allowed = coded(size)
    # Checked by ffmpeg before it takes memory for a frame; decoders count whole blocks.
    limit = ("-max_pixels", str((allowed.width + BLOCK) * (allowed.height + BLOCK)))
    command = [*limit, "-f", kind, "-i", "pipe:0", "-frames:v", "1", *SCALER, "-f", "image2pipe", "-c:v", "ppm", "-pix_fmt", "rgb24",
               "pipe:1"]  # fmt: skip
    try:
        done = _ffmpeg(command, data)
    except PictureError as error:
        raise DecodingError(str(error)) from None
    fields = done.stdout.split(None, 4)[:4]
    if done.returncode or len(fields) < 4 or fields[0] != b"P6":
        raise DecodingError(f"it cannot be decoded: {_reason(done)}")
    found = Size(int(fields[1]), int(fields[2]))
    require_size(found, size, allowed)
    pixels = done.stdout[-3 * found.width * found.height :]
    return np.frombuffer(pixels, np.uint8).reshape(found.height, found.width, 3)[: size.height, : size.width]


def coded(size: Size) -> Size:
    """The size that is encoded for a picture of `size`."""
    return Size(*(max(SMALLEST, -(-side // EVEN) * EVEN) for side in size))


def _ffmpeg(arguments: list[str], data: bytes) -> subprocess.CompletedProcess[bytes]:
    import imageio_ffmpeg

    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-hide_banner", "-loglevel", "error", "-y", *arguments]
    try:
        return subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise PictureError(f"ffmpeg took more than {SECONDS} seconds; scale the picture down and try again.") from None


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    """The first line of what ffmpeg said, without the address in its prefix."""
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[0].rpartition("] ")[2].rstrip(".") if lines else "it says nothing"


def _codec(name: str, kind: str, best: int, worst: int, default: int, meaning: str, *options: str) -> Codec:
    demuxer = "obu" if kind == "av1" else kind
    encode = partial(_encode, kind=demuxer, options=options)
    return Codec(name, kind, worst, best, default, meaning, encode, partial(_decode, kind=demuxer))


VVC: Final = ("-c:v", "libvvenc", "-preset", "slow", "-g", "1", "-level", "6.2", "-qp", "{quality}", "-qpa")
CODECS = (
    _codec("av1", "av1", 0, 63, 60, "libaom's CRF", "-c:v", "libaom-av1", "-still-picture", "1", "-cpu-used", "1", "-crf", "{quality}"),
    _codec("hevc", "hevc", 0, 51, 46, "x265's QP", "-c:v", "libx265", "-preset", "veryslow", "-x265-params", f"qp={{quality}}:{X265}"),
    _codec("vvc", "vvc", 0, 63, 53, "vvenc's QP", *VVC, "0"),
    _codec("vvc-perceptual", "vvc", 0, 63, 53, "vvenc's QP, adapted to what is seen", *VVC, "1"),
)  # fmt: skip
