"""Published quality and rates of MISC, SEDIC and CMC-Bench as rows of data, with the options that encode and decode alike here."""

from __future__ import annotations

from typing import Final, NamedTuple


class Published(NamedTuple):
    """A configuration of a system.

    - `name`: for folders and tables.
    - `encode`: the options of `misc encode`; `lengths`: further ones for a describer that is asked.
    - `values`: the published metrics, by the names of `misc eval`. `bpp`: the published rate; None if there is none.
    - `dataset`: on which pictures, a name of `evaluation.datasets`. `source`: where the figures stand.
    - `has_text`, `has_maps`: whether a describer and a map maker work for it.
    """

    name: str
    encode: tuple[str, ...]
    values: dict[str, float]
    bpp: float | None
    dataset: str
    source: str
    lengths: tuple[str, ...] = ()
    has_text: bool = True
    has_maps: bool = False


LAST_LEVEL: Final = 3  # of MISC: it has no items


class System(NamedTuple):
    """A system: its decoder, the models that describe and map as in the paper, and its configurations."""

    decoder: str
    describer: str
    map_maker: str | None
    rows: tuple[Published, ...]


def _misc(level: int, lpips: float, clipsim: float, niqe: float, clipiqa: float, bpp: float) -> Published:
    values = {"lpips": lpips, "clipsim": clipsim, "niqe": niqe, "clipiqa": clipiqa}
    return Published(
        f"misc-{level}",
        ("--profile", f"misc-{level}"),
        values,
        bpp,
        "clic2020-misc",
        "MISC, Table IV (a)",
        has_maps=True,
    )


def _sedic(name: str, items: int, words: int, values: dict[str, float], bpp: float) -> Published:
    options = ("--profile", "sedic", "--items", str(items))
    lengths = ("--words", str(words), *(("--detail-words", "30") if items else ()))
    return Published(name, options, values, bpp, "kodak", "SEDIC, Tables I and V", lengths, has_maps=items > 0)


def _cmc(mode: str, consistency: float, perception: float) -> Published:
    has_text = mode != "image"
    image = ("--image-method", "vvc-qp53") if mode in ("image", "full") else ()
    options = ("--profile", f"cmc-{mode}", *image)
    values = {"cmc_topiq_fr": consistency, "cmc_topiq_nr": perception}
    lengths = ("--words", "20") if has_text else ()
    return Published(
        f"cmc-{mode}", options, values, None, "cmc-bench", "CMC-Bench, leaderboard, RealVis", lengths, has_text
    )


SYSTEMS: Final = {
    "misc": System(
        "misc", "endpoint=gpt-4o", "clip-surgery-code",
        (
            _misc(1, 0.5142, 0.8252, 4.3597, 0.6106, 0.0225),
            _misc(2, 0.4494, 0.8550, 4.1336, 0.6540, 0.0375),
            _misc(3, 0.3522, 0.9106, 3.8271, 0.6612, 0.0470),
        ),
    ),
    "sedic": System(
        "sedic", "endpoint=gpt-4o", "dino-sam",
        (
            _sedic("sedic-3", 3, 50, {"psnr": 21.83, "lpips": 0.1518, "dists": 0.1012}, 0.0457),
            _sedic("sedic-1", 1, 50, {"lpips": 0.2260, "dists": 0.1522}, 0.0304),
            _sedic("sedic-0", 0, 50, {"lpips": 0.2338, "dists": 0.1667}, 0.0226),
        ),
    ),
    "cmc-bench": System(
        "cmc", "endpoint=gpt-4o", None,
        (
            _cmc("full", 2.5646, 2.0415),
            _cmc("image", 2.5033, 1.8098),
            _cmc("pixel", 1.9878, 2.7815),
            _cmc("text", 1.7805, 3.4802),
        ),
    ),
}  # fmt: skip
