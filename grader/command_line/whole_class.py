"""Grade many submissions into a results folder."""

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from grader.classroom.executors.base import Stop
from grader.classroom.executors.local import LocalExecutor
from grader.classroom.folder import Unwritten, has_report, write_tables
from grader.classroom.progress import ClassProgress
from grader.classroom.roots import Origins, check_folder, claim
from grader.classroom.run import grade_class, landmark
from grader.classroom.store import Store
from grader.command_line.class_printing import printer
from grader.command_line.class_reports import ReportWriter
from grader.command_line.commands.run import RunOptions
from grader.command_line.options import checked_options
from grader.command_line.printing import Status
from grader.command_line.stored import twins_in
from grader.errors import UsageError, system_says
from grader.locks import sole_use_of
from grader.pipeline import Options
from grader.reading.reader import Reader
from grader.records import Entry, Function
from grader.reports.base import escape
from grader.rubric.model import Rubric
from grader.said import say

DEFAULT_RESULTS = Path("results")


def grade_into(
    options: RunOptions, rubric: Rubric, entries: Sequence[Entry], reader: Reader, *, one_by_one: bool
) -> int:
    """Grade into a results folder, with what `reader` says of the submissions.

    `one_by_one` prints each report, otherwise the class in summary.

    Everything is in the folder before anything is printed: whoever reads may have gone.

    Returns:
        The exit status.
    """
    folder = _made(options.out or DEFAULT_RESULTS, options.paths)
    chosen = checked_options(options)
    origins = Origins.of(entries, options.paths)
    with sole_use_of(folder), Store(folder) as store:
        claim(store, rubric, origins, add=options.add)
        writer = ReportWriter(store, verbose=options.verbosity > 0)
        dealt_with = _grade_all(options, rubric, entries, chosen, store, origins, reader, writer, quiet=one_by_one)
        ordered = [entry.id for entry in entries if entry.id in dealt_with]
        _publish(folder, rubric, store, writer, any_new=any(how != "kept" for how in dealt_with.values()))
        status = Status(options.fail_under)
        with printer(options, store, one_by_one=one_by_one) as show:
            for attempt in store.latest(ordered if one_by_one else sorted(ordered)):
                report = attempt.report
                status.add(report)
                status.has_failed |= not show(report)
        status.has_failed |= bool(writer.failed)
    is_quiet = one_by_one or folder / "grades.csv" in writer.failed
    _say_what_is_left(folder, entries, dealt_with, one_by_one=is_quiet)
    return status.value if len(dealt_with) == len(entries) else 130


def _made(folder: Path, paths: Sequence[Path]) -> Path:
    """The results folder, which is there now."""
    try:
        check_folder(folder, paths)
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be used as a results folder: {system_says(error)}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"{folder}: cannot be written; choose another results folder (--out)")
    return folder


def _grade_all(
    options: RunOptions,
    rubric: Rubric,
    entries: Sequence[Entry],
    chosen: Options,
    store: Store,
    origins: Origins,
    reader: Reader,
    writer: ReportWriter,
    *,
    quiet: bool,
) -> dict[str, str]:
    """Grade what is not stored, and write its reports; by id, how each was dealt with."""
    dealt_with: dict[str, str] = {}
    with ExitStack() as stack:
        progress = stack.enter_context(ClassProgress(len(entries), quiet=quiet or options.verbosity < 0))
        stop = stack.enter_context(_stop_on_interrupt())
        progress.watch(["nested loops, to compare with"])
        chosen = replace(chosen, landmark=landmark(rubric, chosen, store), secret=store.secret())
        executor = stack.enter_context(LocalExecutor(min(options.jobs, len(entries)), rubric, chosen, progress.watch))
        sections_last = sorted(entries, key=lambda entry: len(entry.place.steps))  # anybody can hand in a large one
        run = grade_class(
            sections_last, rubric, chosen, store, reader, executor, origins, fresh=options.fresh, stop=stop
        )
        for done in run:
            dealt_with[done.id] = done.how
            if done.how != "kept":
                writer.write(done.report)
            progress.advance(done.report.verdict.value, done.how)
    return dealt_with


def _publish(folder: Path, rubric: Rubric, store: Store, writer: ReportWriter, *, any_new: bool) -> None:
    """The tables, and what is missing of the reports: a run may have been killed before it wrote them."""
    ratios: dict[Function, list[float]] = {}
    try:
        with write_tables(folder, rubric, twins_in(store)) as add:
            for attempt in store.latest(store.ids()):
                add(attempt.report)
                for function, speed in (attempt.report.speed or {}).items():
                    ratios.setdefault(function, []).append(speed.ratio.median)
    except OSError as error:
        writer.tell(Unwritten(Path(error.filename or folder), error))
    for attempt in store.latest(store.ids()):
        if not (attempt.is_written and has_report(folder, attempt.id)):
            writer.write(attempt.report, ratios)
        elif ratios and any_new:
            writer.write(attempt.report, ratios, [".html"])
    writer.sum_up()


def _say_what_is_left(
    folder: Path, entries: Sequence[Entry], dealt_with: Mapping[str, str], *, one_by_one: bool
) -> None:
    """What a person has to know after the run, on stderr."""
    newer = [entry for entry in entries if dealt_with.get(entry.id) == "kept newer"]
    for entry in newer:
        say(f"{escape(entry.id)}: kept the later hand-in; {escape(entry.source)} is older")
    left = len(entries) - len(dealt_with)
    if left:
        say(f"interrupted; {left} left. Run the same command again to go on.")
    elif not one_by_one:
        say(f"marks in {folder}/grades.csv, reports in {folder}/reports/")


@contextmanager
def _stop_on_interrupt() -> Iterator[Stop]:
    """Ctrl-C or SIGTERM: what runs is finished, what waits is left; a second time ends at once."""
    stopped = False

    def stop(number: int, frame: object) -> None:
        nonlocal stopped
        if stopped:
            raise KeyboardInterrupt
        stopped = True
        say("finishing the submissions that are running; press Ctrl-C again to stop at once")

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
