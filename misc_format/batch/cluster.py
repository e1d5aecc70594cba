"""The engine for many machines: Ray Data, with a number of actors. Each actor has a pool of one process.

Every machine must reach the source and the output under the same name: a URL, or a shared folder.
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
    """A worker of the cluster. It takes units and returns their tallies. Its process has the models, and the actor watches the process."""

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


def run(
    setup: Setup, numbers: Sequence[int], actors: int, limits: Limits, *, address: str | None, gpus: float
) -> Iterator[Event]:
    """Do all units on a cluster, or, without an address, on a new Ray on this machine.

    The number of an event is the index of its unit in `numbers`. Raises `StoppedError`, `ConnectionError`.
    """
    import ray
    import ray.data

    started_here = not ray.is_initialized()
    if started_here:
        ray.init(address=address, log_to_driver=False, include_dashboard=False if address is None else None)
    try:
        ray.data.DataContext.get_current().enable_progress_bars = False
        logging.getLogger("ray.data").setLevel(logging.WARNING)  # this program shows its own progress
        units = ray.data.from_items([{"unit": number} for number in numbers], override_num_blocks=len(numbers))
        pool = ray.data.ActorPoolStrategy(size=min(actors, len(numbers)))
        results = units.map_batches(
            _Actor, fn_constructor_args=(setup, limits), batch_size=1, compute=pool, num_cpus=1, num_gpus=gpus
        )
        for row in results.iter_rows():
            tallies = pickle.loads(base64.b64decode(row["result"]))  # safe: it comes from our own actor
            if isinstance(tallies, Exception):
                raise StoppedError(tallies)
            index = numbers.index(int(row["unit"]))
            yield from (Event(index, tally) for tally in (tallies[0], tallies[-1]))
            yield Event(index, last=True)
    finally:
        if started_here:
            ray.shutdown()
