"""On this machine: in this process for one job, else in a pool of processes. Each has a sandbox of its own.

The pool is made of pipes and threads alone: what `multiprocessing` and `concurrent.futures` have for it takes
semaphores, for which some containers have no `/dev/shm`, and of a process that is lost they do not tell what it ran.
"""

import errno
import os
import pickle
import signal
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from itertools import chain
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Any, Self

from grader.classroom.executor import Stop, Work
from grader.classroom.worker import begin
from grader.errors import JudgeError, reason
from grader.pipeline import Grader, Options, lost
from grader.records import Findings, ReportVerdict, Task, Timing
from grader.rubric.model import WholeRubric
from grader.said import say
from grader.sandbox.inside.confine import die_with_parent

_AHEAD = 2
"""Submissions handed out for each job: enough to keep it busy, few enough to keep memory flat."""
_LAST_MOMENT_S = 1.0
"""A process that closed its pipe ends by itself."""
_ATTEMPTS = 2
"""So often a submission is tried whose process is lost: the kernel may have meant another one's memory."""


class LocalExecutor(AbstractContextManager["LocalExecutor"]):
    """`jobs` submissions at a time."""

    def __init__(self, work: Work) -> None:
        self.jobs = work.jobs
        self.rubric = work.rubric
        self.options = work.options
        self.watch = work.watch
        self._zygote = work.zygote
        self._landmarks = work.landmarks
        self._open = ExitStack()
        self._grader: Grader | None = None
        self._pool: _Pool | None = None

    def run(self, tasks: Iterable[Task], stop: Stop) -> Iterator[tuple[Task, Findings]]:
        """As `Executor.run`."""
        left = iter(tasks)
        first = next(left, None) if self.jobs > 1 else None
        if first is not None:
            left = chain([first], left)
            self._pool = self._pool or self._started_pool()
            yield from self._in_pool(self._pool, left, stop) if self._pool.workers else ()
        yield from self._here(left)  # everything, where there is no pool

    def _here(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Findings]]:
        for task in tasks:
            if self._grader is None:
                self._grader = self._open.enter_context(Grader(self.rubric, self.options, zygote=self._zygote))
            self.watch([task.entry.name])
            yield task, self._grader.examine(task.entry, task.read)

    def _started_pool(self) -> "_Pool":
        """As many processes as can be had; where those are fewer, that is said."""
        pool = _Pool(self.rubric, self.options)
        try:
            for number in range(self.jobs):
                pool.add_worker(number)
        except OSError as error:
            self.jobs = max(1, len(pool.workers))
            say(f"grading {self.jobs} at a time, since this machine starts no more processes: {reason(error)}")
        return pool

    def _in_pool(self, pool: "_Pool", left: Iterator[Task], stop: Stop) -> Iterator[tuple[Task, Findings]]:
        running: dict[str, Task] = {}
        while True:
            while len(running) < _AHEAD * self.jobs and not stop() and (task := next(left, None)) is not None:
                running[task.entry.id] = task
                pool.todo.put(task)
            if stop():
                for waiting in pool.taken_back():
                    del running[waiting.entry.id]
            if not running:
                return
            self.watch([each.entry.name for each in running.values()][: self.jobs])
            done, findings = pool.done.get()
            del running[done.entry.id]
            yield done, findings

    def _measured(self) -> tuple[Timing, ...]:
        with Grader(self.rubric, self.options) as grader:
            return grader.landmark()

    def __enter__(self) -> Self:
        self.options = replace(self.options, landmark=self._landmarks.of(self._measured))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.close(at_once=error is not None)  # after an interrupt nothing is waited for
        self._open.close()


@dataclass(slots=True)
class _Pool:
    """Processes that take tasks from one queue and put what they find into another."""

    rubric: WholeRubric
    options: Options
    workers: list["_Worker"] = field(default_factory=list)
    todo: SimpleQueue[Task | None] = field(default_factory=SimpleQueue)
    done: SimpleQueue[tuple[Task, Findings]] = field(default_factory=SimpleQueue)

    def add_worker(self, number: int) -> None:
        """One more process; raises OSError where the system has none for us."""
        worker = _Worker(self, number)
        try:
            worker.start()
        except RuntimeError as error:  # Python's way of saying that there is no thread
            worker.end_process()
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN)) from error
        self.workers.append(worker)

    def taken_back(self) -> Iterator[Task]:
        """What no process has begun with."""
        try:
            while (task := self.todo.get_nowait()) is not None:
                yield task
        except Empty:
            return

    def close(self, *, at_once: bool) -> None:
        """End the processes, when they have done what they do or at once."""
        for worker in self.workers:
            worker.is_ending = True
            self.todo.put(None)
            if at_once:
                worker.end_process()
        for worker in self.workers:
            worker.join()


class _Worker(Thread):
    """A process that examines submissions, and the thread that hands them over and takes what it finds."""

    def __init__(self, pool: _Pool, number: int) -> None:
        super().__init__(daemon=True)
        self.is_ending = False
        self._pool = pool
        self._number = number
        self._process, self._pipe = self._begun()

    def _begun(self) -> tuple[SpawnProcess, "Connection[Any, Any]"]:
        os.environ["PYTHONSAFEPATH"] = "1"  # else it takes its modules from the current folder, such as `pickle.py`
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        packed = pickle.dumps((_work, (os.getpid(), self._pool.rubric, self._pool.options, self._number)))
        try:
            process = context.Process(target=begin, args=(theirs, packed), daemon=True)
            process.start()
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        return process, ours

    def run(self) -> None:
        """Until there is nothing more to do."""
        while (task := self._pool.todo.get()) is not None:
            self._pool.done.put((task, self._examined(task)))
        self._pipe.close()
        self._process.join()

    def _examined(self, task: Task) -> Findings:
        """What the process finds; where it is lost, what another one finds."""
        failed: Exception = JudgeError("the run was ended")
        for _ in range(_ATTEMPTS):
            try:
                self._pipe.send(task)
                found: Findings = self._pipe.recv()
                return found
            except (EOFError, OSError):
                if self.is_ending:
                    break
                failed = JudgeError(f"the process that graded it was lost ({self._end()}); run the same command again")
            except Exception as error:  # of a task or findings that do not go through a pipe: a defect of ours
                failed = error
                break
            try:
                self._process, self._pipe = self._begun()
            except OSError as error:
                failed = error
        return lost(Findings(ReportVerdict.JUDGE_ERROR), failed)

    def _end(self) -> str:
        """How the process ended."""
        self._process.join(_LAST_MOMENT_S)
        self.end_process()
        status = self._process.exitcode or 0
        return f"signal {-status}" if status < 0 else f"exit status {status}"

    def end_process(self) -> None:
        """Whatever it does."""
        self._process.kill()
        self._process.join()


def _work(pipe: "Connection[Any, Any]", parent: int, rubric: WholeRubric, options: Options, number: int) -> None:
    """A worker's process. Ctrl-C is the first process's business, and its end is ours."""
    die_with_parent()
    if os.getppid() != parent:  # it ended before that was agreed
        os._exit(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Grader(rubric, options, number) as grader:
        while True:
            try:
                task: Task = pipe.recv()
            except EOFError:
                return
            pipe.send(grader.examine(task.entry, task.read))


EXECUTOR = LocalExecutor
