"""`misc table`: a table of codes from arrays, for method codes-static."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from misc_format.cli import render
from misc_format.cli.counting import JsonFlag
from misc_format.cli.options import require_other_file
from misc_format.cli.outcome import guarded
from misc_format.coders.image import codetables
from misc_format.coders.image.codes import whole
from misc_format.errors import MiscError
from misc_format.folder.npz import read_array, read_arrays
from misc_format.system.files import write_file


@guarded
def table(
    sources: Annotated[
        list[Path],
        typer.Argument(readable=False, help="Arrays of codes: .npy and .npz files.", metavar="ARRAY..."),
    ],
    alphabet: Annotated[int, typer.Option(min=2, max=65_536, help="The number of codes.")],
    output: Annotated[Path, typer.Option("-o", "--output", readable=False, help="The file of the table to write.")],
    as_json: JsonFlag = False,
) -> None:
    """Count the codes of arrays and write a table, under which method codes-static codes others like them.

    Set MISC_CODE_TABLES to the path of the table to use it, both to write files and to read them. Files name it by its digest.
    """
    require_other_file(output, *sources)
    arrays = [values for source in sources for values in _arrays(source)]
    try:
        data = codetables.counted(arrays, alphabet)
    except ValueError as error:
        raise MiscError("MISC-ARR-003", str(error), path=str(sources[0]) if len(sources) == 1 else "arrays") from None
    write_file(output, data)
    made = codetables.from_bytes(data)
    codes = sum(values.size for values in arrays)
    bits = _bits(arrays, made)
    if as_json:
        render.emit(
            {"table": str(output), "digest": made.digest, "bytes": made.size, "alphabet": alphabet, "codes": codes,
             "bits_per_code": bits}
        )  # fmt: skip
    else:
        render.say(
            f"{output}: digest {made.digest}, {made.size:,} bytes, from {codes:,} codes; "
            f"{bits:.3f} bits for each of them, and {np.log2(alphabet):.3f} under a uniform table"
        )


def _arrays(source: Path) -> list[np.ndarray]:
    if source.suffix not in (".npy", ".npz"):
        raise MiscError("MISC-PCK-003", "the name does not end in .npy or .npz", path=str(source))
    values = [read_array(source)] if source.suffix == ".npy" else list(read_arrays(source).values())
    return [whole(array, str(source)) for array in values]


def _bits(arrays: list[np.ndarray], made: codetables.CodeTable) -> float:
    """The mean information of a code of the arrays under the table."""
    information = 24 - np.log2(np.diff(made.below))
    counts = sum(np.bincount(values.ravel().astype(np.int64), minlength=made.alphabet) for values in arrays)
    return float((counts * information).sum() / np.sum(counts))
