"""The engine of many machines: Ray Data, with a number of actors. Each has a pool of one process, as on one machine.

Source and output must be reachable under their names from every machine: URLs, or folders that all of them share.
"""

from __future__ import annotations

import base64
import logging
import pickle
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from misc_format.batch.work import Setup, Worker
from misc_format.engine.pool import Event, Limits, Pool, StoppedError, portable


class _Actor:
    """A worker of the cluster: units in, what became of them out. Its process has the models; the actor looks after it."""

    def __init__(self, setup: Setup, limits: Limits) -> None:
        self._pool = Pool(partial(Worker, setup), 1, limits)

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        number = int(batch["unit"][0])
        result: Any
        try:
            result = [event.value for event in self._pool.run([number]) if not event.last]
        except StoppedError as error:
            result = portable(error.cause)
        return {"unit": [number], "result": [base64.b64encode(pickle.dumps(result)).decode()]}


class Crew:
    """Actors on a cluster, or, without an address, on a Ray of this machine's own."""

    def __init__(self, setup: Setup, actors: int, limits: Limits, *, address: str | None, gpus: float) -> None:
        self._setup, self._actors, self._limits, self._address, self._gpus = setup, actors, limits, address, gpus

    def run(self, numbers: Sequence[int]) -> Iterator[Event]:
        """Do all units; the numbers of events are places in `numbers`. Raises `StoppedError`, `ConnectionError`."""
        import ray
        import ray.data

        ours = not ray.is_initialized()
        if ours:
            ray.init(
                address=self._address,
                log_to_driver=False,
                include_dashboard=False if self._address is None else None,
            )
        try:
            ray.data.DataContext.get_current().enable_progress_bars = False
            logging.getLogger("ray.data").setLevel(logging.WARNING)  # progress is ours to tell
            pool = ray.data.ActorPoolStrategy(size=min(self._actors, len(numbers)))
            data = ray.data.from_items([{"unit": number} for number in numbers], override_num_blocks=len(numbers)).map_batches(
                _Actor, fn_constructor_args=(self._setup, self._limits), batch_size=1, compute=pool, num_cpus=1, num_gpus=self._gpus
            )  # fmt: skip
            for row in data.iter_rows():
                result = pickle.loads(base64.b64decode(row["result"]))  # it comes from an actor of ours
                if isinstance(result, Exception):
                    raise StoppedError(result)
                place = numbers.index(int(row["unit"]))
                yield from (Event(place, value) for value in (*result[:1], *result[-1:]))
                yield Event(place, last=True)
        finally:
            if ours:
                ray.shutdown()
