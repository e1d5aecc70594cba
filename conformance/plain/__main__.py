"""The decoder behind the harness's door: python -m conformance.plain speaks the protocol of docs/conformance.md."""

from __future__ import annotations

import base64
import json
import sys
from typing import Any

from conformance.plain.decoder import Found, decode
from conformance.plain.text import digest_of

models: dict[str, bytes] = {}
last: tuple[bytes, Found] = b"\0", {}  # decode and validate of one file follow each other


def answer(request: dict[str, Any]) -> Any:
    """The result of a request."""
    global last
    if request["op"] == "start":
        files = [base64.b64decode(model) for model in request["models"]]
        models.update((digest_of(model), model) for model in files)
        return {"name": "plain", "version": "0.1", "claims": ["rule", "place", "symbols", "bits", "fields", "warnings"]}
    if request["op"] == "stop":
        return {}
    data = base64.b64decode(request["data"])
    if data != last[0]:
        last = data, decode(data, models)
    found = last[1]
    return found if request["op"] == "decode" else {key: found[key] for key in ("verdict", "issues")}


for line in sys.stdin:
    asked = json.loads(line)
    print(json.dumps({"seq": asked["seq"], "result": answer(asked)}), flush=True)
    if asked["op"] == "stop":
        break
