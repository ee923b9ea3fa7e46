"""What runs on a worker: each function takes JSON and gives JSON, and none of them raises.

What they raised would be pickled by Dask, with whatever text is in it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from grader.classroom.cluster.proof import proof_of
from grader.classroom.cluster.wire import FINDINGS, JOB, LANDMARK, ORDER, PROOF, Failed, Job
from grader.errors import GradeError, reason
from grader.pipeline import Grader
from grader.records import Entry, Place
from grader.timing.machine import this_machine

_NOBODY = Entry("", "", "", Place(""))
"""Whose submission it is stays where it was handed in."""


@dataclass(slots=True)
class _Held:
    """The grader that this process has ready, for one job at a time."""

    job: Job | None = None
    grader: Grader | None = None

    def for_job(self, job: Job) -> Grader:
        if self.grader is None or job != self.job:
            self.close()
            self.job, self.grader = job, Grader(job.rubric, job.options, job.number)
        return self.grader

    def close(self) -> None:
        grader, self.grader = self.grader, None
        if grader is not None:
            grader.close()


_HELD = _Held()


def prove(job: bytes) -> bytes:
    """A `Proof` for a `Job`."""
    return _answer(PROOF, lambda: proof_of(JOB.validate_json(job), _threads()))


def measure(job: bytes) -> bytes:
    """The landmark of this machine for a `Job`."""
    return _answer(LANDMARK, lambda: _HELD.for_job(JOB.validate_json(job)).landmark())


def examine(order: bytes) -> bytes:
    """The `Findings` of an `Order`, with what machine they were made on."""
    return _answer(FINDINGS, lambda: _examined(order))


def _examined(data: bytes) -> Any:
    order = ORDER.validate_json(data)
    findings = _HELD.for_job(order.job).examine(_NOBODY, order.reading)
    return replace(findings, machine=this_machine())


def _answer(adapter: TypeAdapter[Any], work: Callable[[], object]) -> bytes:
    try:
        return adapter.dump_json(work())
    except Exception as error:  # ours: the other end says it
        return adapter.dump_json(Failed(_in_words(error)))


def _in_words(error: Exception) -> str:
    match error:
        case OSError():
            return reason(error)
        case ValidationError():  # its text quotes what it is about
            return "it does not understand what it was sent: install the same version of the grader as here"
        case GradeError():
            return str(error)
    return f"{type(error).__name__}: {error}"


def _threads() -> int:
    from distributed import get_worker  # noqa: PLC0415  # only a worker has one

    return int(get_worker().state.nthreads)
