"""Grade many submissions into a results folder."""

import argparse
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from grader.batch import grade_class, landmark
from grader.commands.choices import checked_options
from grader.commands.class_printing import printer
from grader.commands.printing import Status
from grader.commands.stored import twins_in
from grader.errors import UsageError
from grader.executors.base import Stop
from grader.executors.local import LocalExecutor
from grader.locks import sole_use_of
from grader.progress import ClassProgress
from grader.records import Entry, Function
from grader.results import has_report, write_report, write_tables
from grader.rubric import Rubric
from grader.store import Store

DEFAULT_RESULTS = Path("results")


def grade_into(options: argparse.Namespace, rubric: Rubric, entries: Sequence[Entry], *, one_by_one: bool) -> int:
    """Grade into a results folder; `one_by_one` prints each report, otherwise the class in summary.

    Returns:
        The exit status.
    """
    folder = options.out or DEFAULT_RESULTS
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be made a results folder: {error.strerror}") from error
    chosen = checked_options(options)
    quiet = options.verbosity < 0 or one_by_one
    status = Status(options.fail_under)
    with sole_use_of(folder), Store(folder) as store:
        dealt_with, any_new = set(), False
        with ExitStack() as stack:
            progress = stack.enter_context(ClassProgress(len(entries), quiet=quiet))
            stop = stack.enter_context(_stop_on_interrupt())
            progress.watch(["nested loops, to compare with"])
            chosen = replace(chosen, landmark=landmark(rubric, chosen, store))
            jobs = min(options.jobs, len(entries))
            executor = stack.enter_context(LocalExecutor(jobs, rubric, chosen, progress.watch))
            for done in grade_class(entries, rubric, chosen, store, executor, fresh=options.fresh, stop=stop):
                dealt_with.add(done.id)
                if done.how != "kept":
                    any_new = True
                    write_report(folder, done.report)
                    store.note_written(done.id)
                progress.advance(done.report.verdict.value, done.how)
        ordered = [entry.id for entry in entries if entry.id in dealt_with]
        with (
            printer(options, store, one_by_one=one_by_one) as show,
            write_tables(folder, rubric, twins_in(store)) as add,
        ):
            for attempt in store.latest(ordered if one_by_one else sorted(ordered)):
                report = attempt.report
                if not (attempt.is_written and has_report(folder, attempt.id)):  # the run was killed before it was
                    write_report(folder, report)
                    store.note_written(attempt.id)
                show(report)
                status.add(report)
            ratios: dict[Function, list[float]] = {}
            for attempt in store.latest(store.ids()):
                add(attempt.report)
                for function, speed in (attempt.report.speed or {}).items():
                    ratios.setdefault(function, []).append(speed.ratio.median)
        if ratios and any_new:
            for attempt in store.latest(store.ids()):
                write_page(folder, attempt.report, ratios)
    if len(ordered) < len(entries):
        left = len(entries) - len(ordered)
        print(f"grade: interrupted; {left} left. Run the same command again to go on.", file=sys.stderr)
        return 130
    if not one_by_one:
        print(f"grade: marks in {folder}/grades.csv, reports in {folder}/reports/", file=sys.stderr)
    return status.value


@contextmanager
def _stop_on_interrupt() -> Iterator[Stop]:
    """Ctrl-C or SIGTERM: what runs is finished, what waits is left; a second time ends at once."""
    stopped = False

    def stop(number: int, frame: object) -> None:
        nonlocal stopped
        if stopped:
            raise KeyboardInterrupt
        stopped = True
        print("grade: finishing what runs; once more to end at once", file=sys.stderr)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
