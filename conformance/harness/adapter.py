"""The reference decoder, which answers the harness as any other does: python -m misc_conformance.harness.adapter"""

from __future__ import annotations

import base64
import json
import os
import sys
import tempfile
import zlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from misc_format import __version__
from misc_format.coders.image import codetables
from misc_format.system.usermodel import TABLES_VARIABLE, VARIABLE

from ..authoring.expected import outcome

Reply = dict[str, Any]


def main() -> None:
    """Requests from standard input, replies to standard output."""
    with tempfile.TemporaryDirectory() as folder:
        serve(Path(folder))


def serve(folder: Path) -> None:
    """Answer requests until `stop`. The models are written to `folder`."""
    ops: dict[str, Callable[[Reply], Reply]] = {
        "start": lambda request: _start(request, folder),
        "decode": _decode,
        "validate": lambda request: {
            key: value for key, value in _decode(request).items() if key in ("verdict", "issues")
        },
        "stop": lambda request: {},
    }
    for line in sys.stdin:
        request = json.loads(line)
        reply: Reply = {"seq": request["seq"]}
        try:
            reply["result"] = ops[request["op"]](request)
        except Exception as error:
            reply["errored"] = f"{type(error).__name__}: {error}"
        print(json.dumps(reply), flush=True)
        if request["op"] == "stop":
            return


def _start(request: Reply, folder: Path) -> Reply:
    paths: dict[str, list[str]] = {VARIABLE: [], TABLES_VARIABLE: []}
    for number, model in enumerate(request["models"]):
        path = folder / f"model-{number}.bin"
        path.write_bytes(base64.b64decode(model))
        is_table = zlib.decompress(path.read_bytes()).startswith(codetables.FORM.signature)
        paths[TABLES_VARIABLE if is_table else VARIABLE].append(str(path))
    os.environ.update({variable: os.pathsep.join(names) for variable, names in paths.items() if names})
    return {"name": "misc_format", "version": __version__}


def _decode(request: Reply) -> Reply:
    result = dict(_outcome(base64.b64decode(request["data"])))
    if result["verdict"] != "conforming":
        issue = {"severity": "error", **{key: result[key] for key in ("rule", "bit_offset", "path")}}
        return {"verdict": result["verdict"], "issues": [issue]}
    warnings = [{"severity": "warning", **warning} for warning in result.pop("warnings", [])]
    return {**result, "issues": warnings}


@lru_cache(maxsize=1)  # decode and validate of one file follow each other
def _outcome(data: bytes) -> Reply:
    return outcome(data)


if __name__ == "__main__":
    main()
