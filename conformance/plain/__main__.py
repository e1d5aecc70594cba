"""The decoder behind the harness's door: python -m conformance.plain speaks the protocol of docs/conformance.md."""

from __future__ import annotations

import base64
import json
import sys
from functools import lru_cache
from typing import Any

from conformance.plain.bits import TooMuch
from conformance.plain.decoder import Found, decode
from conformance.plain.text import digest_of

models: dict[str, bytes] = {}


def answer(request: dict[str, Any]) -> Any:
    """The result of a request."""
    if request["op"] == "start":
        files = [base64.b64decode(model) for model in request["models"]]
        models.update((digest_of(model), model) for model in files)
        return {"name": "plain", "version": "0.1"}
    if request["op"] == "stop":
        return {}
    found = decoded(base64.b64decode(request["data"]))
    return found if request["op"] == "decode" else {key: found[key] for key in ("verdict", "issues")}


@lru_cache(maxsize=1)  # decode and validate of one file follow each other
def decoded(data: bytes) -> Found:
    """The outcome of a file."""
    return decode(data, models)


for line in sys.stdin:
    asked = json.loads(line)
    reply: dict[str, Any] = {"seq": asked["seq"]}
    try:
        reply["result"] = answer(asked)
    except TooMuch as much:
        reply["skipped"] = f"slow: {much}"
    except Exception as error:
        reply["errored"] = f"{type(error).__name__}: {error}"
    print(json.dumps(reply), flush=True)
    if asked["op"] == "stop":
        break
