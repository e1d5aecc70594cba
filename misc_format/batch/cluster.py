"""The engine for many machines: Ray Data, with a number of actors. Each actor has a pool of one process.

Every machine must reach the source and the output under the same name: a URL, or a shared folder. Ray runs in a process of its own,
because it ends its process when the head node is lost, and waits long for an address that does not answer.
"""

from __future__ import annotations

import base64
import logging
import os
import pickle
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Final, NamedTuple

from misc_format.batch.work import Setup, Worker
from misc_format.engine.pool import Event, Limits, Pool, StoppedError, describe_exit, portable
from misc_format.engine.stores import UnavailableError

ANSWER_SECONDS: Final = 5.0  # that a machine may take to accept a connection
CONNECT_SECONDS: Final = 30.0  # that Ray may take to connect to a cluster
START_SECONDS: Final = 120.0  # that Ray may take to start on this machine
EXIT_SECONDS: Final = 10.0
RESUME: Final = "; finished units are kept"


class Cluster(NamedTuple):
    """What to run on a cluster. `address`: None: a new Ray on this machine. `gpus`: that each actor reserves."""

    setup: Setup
    numbers: Sequence[int]
    actors: int
    limits: Limits
    address: str | None
    gpus: float


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


def run(cluster: Cluster) -> Iterator[Event]:
    """Do all units. The number of an event is the index of its unit in `numbers`. Raises `StoppedError`."""
    import ray  # noqa: F401 - without it, fail here

    if cluster.address is not None:
        _require_answer(cluster.address)
    context = get_context("spawn")
    pipe, driver_end = context.Pipe(duplex=False)
    driver = context.Process(target=_drive, args=(cluster, driver_end), daemon=True)
    driver.start()
    driver_end.close()
    try:
        seconds = START_SECONDS if cluster.address is None else CONNECT_SECONDS
        if not pipe.poll(seconds):
            raise StoppedError(UnavailableError(f"{_name(cluster.address)} is not ready after {seconds:g} seconds"))
        while True:
            message = pipe.recv()
            if isinstance(message, Exception):
                raise StoppedError(message)
            if message is None:
                return
            yield from message
    except (EOFError, OSError):
        driver.join(EXIT_SECONDS)
        reason = f"{_name(cluster.address)} was lost ({describe_exit(driver.exitcode)}){RESUME}"
        raise StoppedError(UnavailableError(reason)) from None
    finally:
        driver.terminate()
        driver.join(EXIT_SECONDS)
        driver.kill()
        pipe.close()


def _require_answer(address: str) -> None:
    """Raise `StoppedError` if no machine answers at an address with a port."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not host or not port.isdigit():
        return  # "auto", or an address that Ray looks up
    try:
        socket.create_connection((host.strip("[]"), int(port)), ANSWER_SECONDS).close()
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"no Ray cluster answers at {address} ({reason}); start one there with ray start --head, or correct --address"
        raise StoppedError(UnavailableError(message)) from error


def _name(address: str | None) -> str:
    return "Ray on this machine" if address is None else f"the head node of the Ray cluster at {address}"


def _drive(cluster: Cluster, pipe: Connection) -> None:
    """Run Ray in this process: send an empty message when it is ready, then events, and None or an error at the end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is handled by the process that started this one
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    os.dup2(
        2, 1
    )  # Ray prints what it has to say on stdout, for example that a machine died; there --json has its document
    import ray

    try:
        try:
            for events in _events(cluster):
                pipe.send(events)
        finally:
            ray.shutdown()
        pipe.send(None)
    except StoppedError as error:
        pipe.send(portable(error.cause))
    except (ray.exceptions.RayError, ConnectionError, OSError, RuntimeError) as error:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        pipe.send(UnavailableError(f"{_name(cluster.address)} is not available: {reason}{RESUME}"))


def _events(cluster: Cluster) -> Iterator[list[Event]]:
    import ray
    import ray.data

    _connect(cluster.address)
    resources: dict[str, float] = ray.cluster_resources()
    _require_gpus(cluster, resources.get("GPU", 0.0))
    yield []
    ray.data.DataContext.get_current().enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.WARNING)  # this program shows its own progress
    index = {number: index for index, number in enumerate(cluster.numbers)}
    units = ray.data.from_items([{"unit": number} for number in index], override_num_blocks=len(index))
    results = units.map_batches(
        _Actor,
        fn_constructor_args=(cluster.setup, cluster.limits),
        batch_size=1,
        compute=ray.data.ActorPoolStrategy(size=min(cluster.actors, len(index))),
        num_cpus=1,
        num_gpus=cluster.gpus,
    )
    for row in results.iter_rows():
        tallies = pickle.loads(base64.b64decode(row["result"]))  # safe: it comes from our own actor
        if isinstance(tallies, Exception):
            raise StoppedError(tallies)
        number = index[int(row["unit"])]
        yield [Event(number, tallies[0]), Event(number, tallies[-1]), Event(number, last=True)]


def _connect(address: str | None) -> None:
    """Start Ray on this machine, or connect to a cluster. Raises `StoppedError`."""
    import ray

    try:
        ray.init(address=address, log_to_driver=False, include_dashboard=False if address is None else None)
    except Exception as error:  # Ray raises errors of any type, on a busy machine plain ones
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        verb = "did not start" if address is None else "is not available"
        raise StoppedError(UnavailableError(f"{_name(address)} {verb}: {reason}{RESUME}")) from error


def _require_gpus(cluster: Cluster, gpus: float) -> None:
    if gpus < cluster.gpus:
        place = "this machine" if cluster.address is None else "the cluster"
        raise StoppedError(
            UnavailableError(
                f"{place} has {gpus:g} GPUs, and each worker reserves {cluster.gpus:g}; leave out --gpus, or add machines with GPUs"
            )
        )
