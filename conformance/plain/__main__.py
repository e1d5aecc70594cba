"""The second decoder as a program for the harness: python -m misc_conformance.plain follows the protocol of docs/conformance.md."""

from __future__ import annotations

import base64
import json
import sys
from functools import lru_cache
from typing import Any

from .bits import TooSlow
from .decoder import Values, decode
from .language import model_digest

models: dict[str, bytes] = {}  # by digest, from the request `start`


def answer(request: dict[str, Any]) -> Values:
    """Carry out a request and return its result."""
    if request["op"] == "start":
        files = [base64.b64decode(model) for model in request["models"]]
        models.update((model_digest(file), file) for file in files)
        return {"name": "plain", "version": "0.1"}
    if request["op"] == "stop":
        return {}
    result = decode_file(base64.b64decode(request["data"]))
    return result if request["op"] == "decode" else {key: result[key] for key in ("verdict", "issues")}


@lru_cache(maxsize=1)  # the harness sends `decode` and `validate` for the same file in succession
def decode_file(data: bytes) -> Values:
    """Decode a file: its content and bits, or the rule that it breaks."""
    return decode(data, models)


def main() -> None:
    """Read requests from standard input and write replies to standard output, until the request `stop`."""
    for line in sys.stdin:
        request = json.loads(line)
        reply: dict[str, Any] = {"seq": request["seq"]}
        try:
            reply["result"] = answer(request)
        except TooSlow as reason:
            reply["skipped"] = f"slow: {reason}"
        except Exception as error:
            reply["errored"] = f"{type(error).__name__}: {error}"
        print(json.dumps(reply), flush=True)
        if request["op"] == "stop":
            return


if __name__ == "__main__":
    main()
