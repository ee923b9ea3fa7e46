"""On this machine: in this process for one job, else in a pool of processes. Each has a sandbox of its own."""

import os
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, ExitStack
from multiprocessing import active_children, get_context
from multiprocessing.sharedctypes import Synchronized
from types import TracebackType
from typing import Self

from grader.errors import JudgeError
from grader.executors.base import Stop, Watch
from grader.pipeline import Grader, Options
from grader.records import Findings, Task
from grader.rubric import Rubric
from grader.sandbox.confine import die_with_parent

_AHEAD = 2
"""Submissions handed out for each job: enough to keep it busy, few enough to keep memory flat."""


class LocalExecutor(AbstractContextManager["LocalExecutor"]):
    """`jobs` submissions at a time."""

    def __init__(self, jobs: int, rubric: Rubric, options: Options, watch: Watch) -> None:
        self.jobs = jobs
        self.rubric = rubric
        self.options = options
        self.watch = watch
        self._open = ExitStack()
        self._grader: Grader | None = None
        self._pool: ProcessPoolExecutor | None = None

    def run(self, tasks: Iterable[Task], stop: Stop) -> Iterator[tuple[Task, Findings]]:
        """As `Executor.run`."""
        return self._here(tasks) if self.jobs == 1 else self._in_pool(iter(tasks), stop)

    def _here(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Findings]]:
        for task in tasks:
            if self._grader is None:
                self._grader = self._open.enter_context(Grader(self.rubric, self.options))
            self.watch([task.entry.name])
            yield task, self._grader.examine(task.entry, task.verified)

    def _in_pool(self, tasks: Iterator[Task], stop: Stop) -> Iterator[tuple[Task, Findings]]:
        running: dict[Future[Findings], Task] = {}
        while True:
            while len(running) < _AHEAD * self.jobs and not stop() and (task := next(tasks, None)) is not None:
                running[self._submit(task)] = task
            if stop():
                for future in [future for future in running if future.cancel()]:
                    del running[future]
            if not running:
                return
            self.watch([task.entry.name for task in running.values()][: self.jobs])
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                task = running.pop(future)
                try:
                    yield task, future.result()
                except BrokenProcessPool as error:
                    raise JudgeError("a grading process was lost; run the same command again to go on") from error

    def _submit(self, task: Task) -> Future[Findings]:
        if self._pool is None:
            context = get_context("spawn")
            start = (os.getpid(), self.rubric, self.options, context.Value("i", 0))
            self._pool = ProcessPoolExecutor(self.jobs, context, _start_worker, start)
            self._open.enter_context(self._pool)
        return self._pool.submit(_examine, task)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and self._pool is not None:  # an interrupt: nothing is waited for
            for worker in active_children():
                worker.kill()
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._open.close()


_worker: Grader | None = None


def _start_worker(parent: int, rubric: Rubric, options: Options, started: "Synchronized[int]") -> None:
    """In a new worker: Ctrl-C is the first process's business, and its end is ours. `started` counts the workers."""
    die_with_parent()
    if os.getppid() != parent:  # it ended before that was agreed
        os._exit(1)
    global _worker  # noqa: PLW0603  # a worker process is one grader
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with started.get_lock():
        number = started.value
        started.value += 1
    _worker = Grader(rubric, options, number)


def _examine(task: Task) -> Findings:
    assert _worker is not None
    return _worker.examine(task.entry, task.verified)
