"""The engine of many machines: Ray Data, with a pool of actors that each load their models once.

Source and output must be reachable under their names from every machine: URLs, or folders that all of them share.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from typing import Any

from misc_format.batch.jobs import Setup
from misc_format.batch.journal import Tally
from misc_format.batch.local import Listen, StoppedError, portable


class _Actor:
    """A worker of the cluster: units in, what became of them out."""

    def __init__(self, setup: Setup) -> None:
        from misc_format.batch.work import Worker

        self._error: Exception | None = None
        try:
            self._worker = Worker(setup)
        except Exception as error:
            self._error = portable(error)

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        number = int(batch["unit"][0])
        found: dict[str, Any] = {}
        if self._error is None:
            try:
                found["tally"] = self._worker.run(number, lambda _: None)
            except Exception as error:
                self._error = portable(error)
        if self._error is not None:
            found["error"] = _pickled(self._error)
        return {"unit": [number], "found": [json.dumps(found)]}


def run(
    setup: Setup, numbers: Iterable[int], workers: int, listen: Listen, *, address: str | None, gpus: float
) -> None:
    """Do all units on a cluster, or, without an address, on a Ray of this machine's own. Raises `StoppedError`, `ConnectionError`."""
    import ray
    import ray.data

    units = [{"unit": number} for number in numbers]
    if not units:
        return
    ours = not ray.is_initialized()
    if ours:
        ray.init(address=address, log_to_driver=False, include_dashboard=False if address is None else None)
    try:
        ray.data.DataContext.get_current().enable_progress_bars = False
        logging.getLogger("ray.data").setLevel(logging.WARNING)  # progress is ours to tell
        pool = ray.data.ActorPoolStrategy(size=max(1, min(workers, len(units))))
        data = ray.data.from_items(units, override_num_blocks=len(units)).map_batches(
            _Actor, fn_constructor_args=(setup,), batch_size=1, compute=pool, num_cpus=1, num_gpus=gpus
        )
        for row in data.iter_rows():
            found = json.loads(row["found"])
            if "error" in found:
                raise StoppedError(_unpickled(found["error"]))
            listen(int(row["unit"]), Tally(*found["tally"]), True)
    finally:
        if ours:
            ray.shutdown()


def _pickled(error: Exception) -> str:
    import base64
    import pickle

    return base64.b64encode(pickle.dumps(error)).decode()


def _unpickled(text: str) -> Exception:
    import base64
    import pickle

    error: Exception = pickle.loads(base64.b64decode(text))  # it comes from an actor of ours
    return error
