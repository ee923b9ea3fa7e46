"""The connection to a Dask cluster: asks one worker for one thing, and hears what becomes of it.

Dask pickles the call of a function, and bytes that were scattered go as they are. So a call has no argument but the
key of bytes that were sent to its worker before, and its result is bytes. The connection refuses to pickle any data.
"""

import logging
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

import dask
from distributed import Client, KilledWorker, LocalCluster
from distributed.client import FutureCancelledError

from grader.closing import Closing
from grader.errors import ClusterLost, UsageError

_CONNECT_S = 15
_SEND_S = 10
"""A worker that does not take a few kilobytes in this time is taken for lost."""
_PLAIN = ["dask", "msgpack"]
"""Dask's own way to send bytes, and plain data: not pickle."""
_POLL_S = 0.5
SETTINGS = {
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.worker.memory.monitor-interval": "1s",
    "distributed.worker.profile.enabled": False,
}
"""Dask looks at itself 50 times a second, and keeps an hour of samples: of a scheduler and of workers that wait for
submissions, which take seconds, that is most of what they do."""


class Unreachable(Exception):
    """A worker that cannot be sent anything."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a call."""

    worker: str
    """Its address."""
    about: object
    """What the call was made for."""
    data: bytes | None
    """What the function gave; None where the worker was lost."""
    failed: str = ""
    """Why the function could not be called, where it was not the worker that was lost."""


@dataclass(frozen=True, slots=True)
class _Call:
    worker: str
    about: object
    sent: Any
    future: Any


class Link(Closing):
    """Raises UsageError where no scheduler answers.

    Args:
        scheduler: the address of one that runs; without it, a cluster is started on this machine.
        jobs: how many workers that cluster has.
    """

    def __init__(self, scheduler: str | None, jobs: int) -> None:
        self._open = ExitStack()
        self._ended: SimpleQueue[_Call] = SimpleQueue()
        self._kept: _Call | None = None
        """The last one that has ended, until the next has. Where none is left of a function, the scheduler begins for
        the next what it calls a span, and keeps 6 KiB of each for ever."""
        for name in ("distributed", "distributed.client"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # what is lost, we say ourselves
        try:
            at: Any = scheduler or self._open.enter_context(_cluster_here(jobs))
            client = Client(
                at, timeout=_CONNECT_S, set_as_default=False, serializers=_PLAIN, deserializers=_PLAIN
            )  # fmt: skip
        except (OSError, ValueError, RuntimeError, TypeError) as error:  # the latter where TLS is not set up
            self._open.close()
            raise UsageError(f"no scheduler of Dask answers at {scheduler or 'this machine'}: {error}") from error
        self._client = client
        self._open.callback(client.close, timeout=1)
        self.name: str = scheduler or client.scheduler.address

    def workers(self) -> list[str]:
        """The addresses of those that are there now.

        Raises:
            ClusterLost: where the scheduler is.
        """
        try:
            found = [*self._client.nthreads()]  # asked now, while `scheduler_info` may tell what a timer has left
        except (OSError, TimeoutError) as error:
            raise self._lost() from error
        self._check()
        return found

    def ask(self, function: Callable[[bytes], bytes], data: bytes, worker: str, about: object) -> None:
        """Call a function on a worker; `heard` tells what becomes of it.

        Raises:
            Unreachable: where the worker is gone.
            ClusterLost: where the scheduler is.
        """
        self._check()
        try:
            sent = self._client.scatter(data, workers=[worker], hash=False, timeout=_SEND_S)
        except Exception as error:  # Dask has a dozen kinds for this
            self._check()
            raise Unreachable(worker) from error
        future = self._client.submit(function, sent, workers=[worker], pure=False, retries=0)
        call = _Call(worker, about, sent, future)
        future.add_done_callback(lambda _: self._ended.put(call))

    def heard(self) -> Iterator[Answer]:
        """What has ended meanwhile; waits a moment for it.

        Raises:
            ClusterLost: where the scheduler is.
        """
        with suppress(Empty):
            yield self._answer(self._ended.get(timeout=_POLL_S))
            while True:
                yield self._answer(self._ended.get_nowait())

    def _answer(self, call: _Call) -> Answer:
        try:
            return Answer(call.worker, call.about, call.future.result(timeout=_SEND_S))
        except (FutureCancelledError, KilledWorker, OSError, TimeoutError):
            self._check()
            return Answer(call.worker, call.about, None)
        except Exception as error:  # the worker could not load the function, or its result is no bytes
            return Answer(call.worker, call.about, None, f"{type(error).__name__}: {error}")
        finally:
            before, self._kept = self._kept, call
            if before is not None:
                before.future.release()
                before.sent.release()

    def _check(self) -> None:
        if self._client.status != "running":
            raise self._lost()

    def _lost(self) -> ClusterLost:
        return ClusterLost(
            f"the scheduler {self.name} is lost; what was graded is kept. Run the same command again to go on."
        )

    def close(self) -> None:
        """Leave the cluster; one that was started here ends."""
        self._open.close()


@contextmanager
def _cluster_here(jobs: int) -> Iterator[LocalCluster]:
    """Workers of this machine, each a process. Ctrl-C is the first process's business."""
    os.environ["PYTHONSAFEPATH"] = "1"  # else they take their modules from the current folder, such as `numpy.py`
    dask.config.set(SETTINGS)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        cluster = LocalCluster(
            n_workers=jobs, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL
        )
    finally:
        signal.signal(signal.SIGINT, before)
    with cluster:
        yield cluster
