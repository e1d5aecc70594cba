"""The options of `misc decode` about the decoder, declared once as parameters of a function."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from reference_codec.commands.shared import SOURCE_HELP, Device, Numbers, Offloading, Weights
from reference_codec.decoder import EMBEDDED, NAMES, Options
from reference_codec.models.runtime import Dtype, Offload, Runtime

Painter = StrEnum("Painter", {name: name for name in NAMES})  # type: ignore[misc]


def options_from(
    weights: Weights = None,
    decoder: Annotated[
        Painter,
        typer.Option(help="embedded: the reference picture; the others: the papers' decoders, on Stable Diffusion."),
    ] = Painter("embedded"),
    model: Annotated[
        str | None,
        typer.Option(help=f"Stable Diffusion: {SOURCE_HELP}. Default: the file's, or the profile's.", metavar="MODEL"),
    ] = None,
    controlnet: Annotated[
        str | None,
        typer.Option(
            help=f"ControlNet that sees the reference picture, {SOURCE_HELP}, or DiffBIR's file.", metavar="MODEL"
        ),
    ] = None,
    cleaner: Annotated[
        str | None,
        typer.Option(
            help="SwinIR that cleans the reference picture for DiffBIR's ControlNet: a file, or none. "
            "Default: the profile's, or the one in the ControlNet's file.",
            metavar="MODEL",
        ),
    ] = None,
    device: Device = "auto",
    dtype: Numbers = Dtype.AUTO,
    offload: Offloading = Offload.NONE,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse weights that differ from the recorded ones.")
    ] = False,
    long_side: Annotated[
        int | None,
        typer.Option(
            min=64,
            max=8192,
            help="Long side of the painted picture in pixels; less needs less memory. Default: by profile.",
        ),
    ] = None,
    short_side: Annotated[
        int | None, typer.Option(min=64, max=8192, help="The same for the short side. Give one of the two.")
    ] = None,
    as_released: Annotated[
        bool,
        typer.Option("--as-released", help="Do as the system's released code where that departs from its paper."),
    ] = False,
) -> Options:
    """The options of the decoder. Raises `typer.BadParameter` for options that have no effect, or exclude each other."""
    if long_side and short_side:
        raise typer.BadParameter("the size for painting follows from one side", param_hint="--long-side, --short-side")
    generative = {
        "--model": model, "--controlnet": controlnet, "--cleaner": cleaner, "--strict": strict, "--long-side": long_side,
        "--short-side": short_side, "--as-released": as_released,
    }  # fmt: skip
    without_effect = [name for name, value in generative.items() if value]
    if decoder.value == EMBEDDED and without_effect:
        raise typer.BadParameter(
            "only for a generative decoder; name one with --decoder", param_hint=", ".join(without_effect)
        )
    runtime = Runtime(device, dtype, offload, strict)
    return Options(decoder.value, model, controlnet, runtime, long_side, as_released, weights, cleaner, short_side)
