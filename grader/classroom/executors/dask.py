"""On a Dask cluster: each worker takes one submission at a time, and gets the next when it is done.

The submissions are placed here and not by Dask's scheduler: a worker that is lost was running one submission, which is
the one to suspect, and no text is sent anywhere before somebody is free to run it. So memory does not grow with the
class, neither here nor at the scheduler, which has at most one text and one result for each worker.

- A worker is lost: its submission goes to another one. One that has lost three workers is a judge error.
- A worker is slow: when nothing is left to be handed out, whoever is free is given a copy of what takes much longer
  than usual, and the first result counts; a failure does only where no copy is left.
- The scheduler is lost: the run ends, and the next one goes on from what is stored.
"""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from grader.classroom.executor import Stop, Work
from grader.errors import JudgeError, UsageError
from grader.pipeline import Grader, lost
from grader.records import Findings, Reading, ReportVerdict, Task

try:
    from grader.classroom.cluster.crew import Crew, Hand, State
    from grader.classroom.cluster.link import Answer, Link, Unreachable
    from grader.classroom.cluster.wire import FINDINGS, ORDER, Failed, Order
    from grader.classroom.cluster.worker import examine
except ModuleNotFoundError as missing:
    if missing.name not in {"dask", "distributed"}:
        raise
    raise UsageError("--executor dask needs Dask; install it: pip install 'convgrade[dask]'") from missing

_ATTEMPTS = 3
"""A submission that has lost so many workers gets no other."""
_SLOW = 3.0
"""A copy is made of what takes so many times as long as the others did on average."""


@dataclass(slots=True)
class _Try:
    """A submission that is being dealt with."""

    task: Task
    began: float = 0.0
    at: set[str] = field(default_factory=set)
    """The workers that have it."""
    lost: list[str] = field(default_factory=list)
    """The workers that were lost while they had it."""
    has_failed: bool = False
    """Whether one of two copies has ended without findings: then no third one is made."""


class DaskExecutor(AbstractContextManager["DaskExecutor"]):
    """Connects when there is something to run."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self._open = ExitStack()
        self._here = Grader(work.rubric, work.options)
        """For what could not be read: then nothing is run."""
        self._running: dict[str, _Try] = {}
        self._again: deque[_Try] = deque()
        """Those whose worker was lost."""
        self._left: Iterator[Task] = iter(())
        self._ahead: Task | None = None
        """The next one."""
        self._count, self._total_s = 0, 0.0
        self._is_connected = False

    def run(self, tasks: Iterable[Task], stop: Stop) -> Iterator[tuple[Task, Findings]]:
        """As `Executor.run`. Raises UsageError where there is no cluster, JudgeError where it is lost or of no use."""
        self._left = iter(tasks)
        self._look_ahead(stop)
        if self._ahead is None:
            return
        self._connect()
        found: list[tuple[Task, Findings]] = []
        while True:
            yield from self._hand_out(stop)
            yield from found  # is marked and stored while the workers have the next
            self._look_ahead(stop)
            if not self._running and (stop() or not (self._ahead or self._again)):
                return
            self.crew.meet()
            found = [each for answer in self.link.heard() for each in self._taken(answer)]

    def _connect(self) -> None:
        """Unless an earlier run has; then see who is still there."""
        if not self._is_connected:
            self.link = self._open.enter_context(Link(self.work.scheduler, self.work.jobs))
            self.crew = Crew(self.link, self.work)
            self._is_connected = True
        self.crew.meet()

    def _look_ahead(self, stop: Stop) -> None:
        """Have the next submission read before somebody is free for it."""
        if self._ahead is None and not stop():
            self._ahead = next(self._left, None)

    def _hand_out(self, stop: Stop) -> Iterator[tuple[Task, Findings]]:
        for hand in self.crew.free():
            while (one := self._next(stop)) is not None and isinstance(one.task.read, Exception):
                yield one.task, self._here.examine(one.task.entry, one.task.read)
            if one is not None and (failed := self._send(one, hand)) is not None:
                yield one.task, failed
        self.work.watch([each.task.entry.name for each in self._running.values()])

    def _next(self, stop: Stop) -> _Try | None:
        if stop():
            return None
        if self._again:
            return self._again.popleft()
        self._look_ahead(stop)
        task, self._ahead = self._ahead, None
        return self._slowest() if task is None else _Try(task)

    def _slowest(self) -> _Try | None:
        """What has been running for much longer than usual, on one worker alone; none that has lost a worker."""
        alone = [e for e in self._running.values() if len(e.at) == 1 and not (e.has_failed or e.lost)]
        oldest = min(alone, key=lambda each: each.began, default=None)
        if oldest is None or not self._count:
            return None
        is_slow = time.monotonic() - oldest.began > _SLOW * self._total_s / self._count
        return oldest if is_slow else None

    def _send(self, one: _Try, hand: Hand) -> Findings | None:
        """Have it run there; findings only where it cannot be sent anywhere."""
        assert isinstance(one.task.read, Reading)
        id = one.task.entry.id
        try:
            order = ORDER.dump_json(Order(hand.job, one.task.read))
        except ValueError as error:  # a defect of ours: reading gives what is no text
            return _not_graded(error)
        try:
            self.link.ask(examine, order, hand.address, id)
        except Unreachable:
            self.crew.forget(hand.address)
            if not one.at:
                self._again.appendleft(one)
            return None
        hand.state = State.BUSY
        one.at.add(hand.address)
        one.began = one.began or time.monotonic()
        self._running[id] = one
        return None

    def _taken(self, answer: Answer) -> Iterator[tuple[Task, Findings]]:
        if not isinstance(answer.about, str):
            self.crew.take(answer)
            return
        is_lost = answer.data is None and not answer.failed
        (self.crew.forget if is_lost else self.crew.set_free)(answer.worker)
        one = self._running.get(answer.about)
        if one is None or answer.worker not in one.at:  # a copy was first
            return
        one.at.discard(answer.worker)
        if answer.data is None and is_lost:
            one.lost.append(answer.worker)
        findings = _read(answer, one)
        if findings is not None and findings.verdict is ReportVerdict.JUDGE_ERROR and one.at:
            one.has_failed = True
            return
        if findings is not None:
            del self._running[answer.about]
            self._count, self._total_s = self._count + 1, self._total_s + time.monotonic() - one.began
            yield one.task, findings
        elif not one.at:
            del self._running[answer.about]
            one.began = 0.0
            self._again.append(one)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._here.close()
        self._open.close()


def _read(answer: Answer, one: _Try) -> Findings | None:
    """What was found; None where it has to be run again."""
    if answer.data is None and not answer.failed:
        if len(one.lost) < _ATTEMPTS:
            return None
        lost_at = ", ".join(one.lost)
        return _not_graded(JudgeError(f"{one.task.entry.id}: {len(one.lost)} workers were lost over it ({lost_at})"))
    if answer.data is None:
        return _not_graded(JudgeError(f"the worker {answer.worker} could not run it: {answer.failed}"))
    try:
        found = FINDINGS.validate_json(answer.data)
    except ValidationError as error:
        return _not_graded(error)
    if isinstance(found, Failed):
        return _not_graded(JudgeError(f"the worker {answer.worker} failed: {found.failed}"))
    return found


def _not_graded(error: Exception) -> Findings:
    return lost(Findings(ReportVerdict.JUDGE_ERROR), error)


EXECUTOR = DaskExecutor
