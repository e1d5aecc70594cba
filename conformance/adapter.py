"""Our own decoder behind the harness's door, like anybody's: python -m conformance.adapter"""

from __future__ import annotations

import base64
import json
import os
import sys
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from conformance.expected import outcome
from misc_format import __version__
from misc_format.coders.text.languagemodel.known import VARIABLE

Reply = dict[str, Any]


def main() -> None:
    """Requests on stdin, replies on stdout."""
    with tempfile.TemporaryDirectory() as folder:
        serve(Path(folder))


def serve(folder: Path) -> None:
    """Answer until `stop`. `folder` takes the models."""
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
    for number, model in enumerate(request["models"]):
        path = folder / f"model-{number}.bin"
        path.write_bytes(base64.b64decode(model))
        os.environ[VARIABLE] = str(path)
    return {"name": "misc_format", "version": __version__}


def _decode(request: Reply) -> Reply:
    found = dict(_outcome(base64.b64decode(request["data"])))
    place = ("rule", "bit_offset", "path")
    if found["verdict"] != "conforming":
        return {"verdict": found["verdict"], "issues": [{"severity": "error", **{key: found[key] for key in place}}]}
    warnings = [{"severity": "warning", **warning} for warning in found.pop("warnings", [])]
    return {**found, "issues": warnings}


@lru_cache(maxsize=1)  # decode and validate of one file follow each other
def _outcome(data: bytes) -> Reply:
    return outcome(data)


if __name__ == "__main__":
    main()
