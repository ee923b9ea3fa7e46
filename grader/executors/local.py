"""On this machine: in this process for one job, else in a pool of processes. Each has a sandbox of its own."""

import os
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from grader.errors import JudgeError
from grader.executors.base import Stop
from grader.pipeline import Grader, Options
from grader.records import Entry, Findings
from grader.rubric import Rubric
from grader.sandbox.confine import die_with_parent

_AHEAD = 2
"""Submissions handed out for each job: enough to keep it busy, few enough to keep memory flat."""


class LocalExecutor:
    """`jobs` submissions at a time."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs

    def run(
        self, rubric: Rubric, options: Options, entries: Iterable[Entry], stop: Stop
    ) -> Iterator[tuple[Entry, Findings]]:
        """As `Executor.run`."""
        if self.jobs == 1:
            return _here(rubric, options, entries, stop)
        return _in_pool(self.jobs, rubric, options, entries, stop)


def _here(rubric: Rubric, options: Options, entries: Iterable[Entry], stop: Stop) -> Iterator[tuple[Entry, Findings]]:
    with Grader(rubric, options) as grader:
        for entry in entries:
            if stop():
                return
            yield entry, grader.examine(entry)


def _in_pool(
    jobs: int, rubric: Rubric, options: Options, entries: Iterable[Entry], stop: Stop
) -> Iterator[tuple[Entry, Findings]]:
    waiting = iter(entries)
    running: dict[Future[Findings], Entry] = {}
    with ProcessPoolExecutor(jobs, get_context("spawn"), _start_worker, (os.getpid(), rubric, options)) as pool:
        while True:
            while len(running) < _AHEAD * jobs and not stop() and (entry := next(waiting, None)) is not None:
                running[pool.submit(_examine, entry)] = entry
            if stop():
                for future in [future for future in running if future.cancel()]:
                    del running[future]
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                entry = running.pop(future)
                try:
                    yield entry, future.result()
                except BrokenProcessPool as error:
                    raise JudgeError("a grading process was lost; run the same command again to go on") from error


_worker: Grader | None = None


def _start_worker(parent: int, rubric: Rubric, options: Options) -> None:
    """In a new worker: Ctrl-C is the first process's business, and its end is ours."""
    die_with_parent()
    if os.getppid() != parent:  # it ended before that was agreed
        os._exit(1)
    global _worker  # noqa: PLW0603  # a worker process is one grader
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _worker = Grader(rubric, options)


def _examine(entry: Entry) -> Findings:
    assert _worker is not None
    return _worker.examine(entry)
