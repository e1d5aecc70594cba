"""The decoder of the newer checkout is given the vectors of the older one."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from ..harness.decoder_process import DecoderProcess
from ..harness.run import PASSED, run
from ..suite import MANIFEST, MODELS, Vector
from .checkout import environment
from .differences import Change, Difference

ADAPTER = "misc_conformance.harness.adapter"
PROGRAM = """
import runpy, sys
sys.path[:0] = {path!r}
from misc_description.confinement import confine
confine({path!r})
runpy.run_module({adapter!r}, run_name='__main__')
"""


def decoded(old: Path, new: Path, without: Collection[str] = ()) -> Iterator[Difference]:
    """Each answer that is not the one of the older checkout. `without`: the files of vectors that are withdrawn.

    Raises `CheckoutError`, `OSError`, and `Fault` if the decoder cannot be started.
    """
    with environment(new) as variables:
        path = variables["PYTHONPATH"].split(os.pathsep)
        program = PROGRAM.format(path=path, adapter=ADAPTER)
        models = [(old / "conformance" / model.name).read_bytes() for model in MODELS]
        decoder = DecoderProcess([sys.executable, "-P", "-c", program], models)
        for result in run(decoder, (one for one in _vectors(old) if one.expected["file"] not in without)).results:
            if result.status != PASSED:
                sentence = f"{result.op}: {result.status}: {result.message}"
                yield Difference(Change.BREAKING, "decoding", result.vector.name, sentence)


def _vectors(home: Path) -> Iterator[Vector]:
    folder = home / "conformance" / "vectors"
    for entry in json.loads((folder / MANIFEST.name).read_text(encoding="utf-8")):
        yield Vector(entry["file"].removesuffix(".misc"), (folder / entry["file"]).read_bytes(), entry)
