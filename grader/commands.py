"""What each command does: put the parts together, print, and say how it ended."""

import argparse
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from grader.batch import grade_class
from grader.errors import UsageError
from grader.executors.base import Stop
from grader.executors.local import LocalExecutor
from grader.locks import sole_use_of
from grader.pipeline import Grader, Options
from grader.progress import ClassProgress
from grader.records import Entry, GradeReport
from grader.reports import json, markdown, summary, terminal
from grader.reports.base import escape
from grader.results import has_report, write_report, write_tables
from grader.rubric import Rubric
from grader.rubric_file import DEFAULT_RUBRIC, PACKAGED, load_rubric
from grader.sources import find_entries
from grader.store import FILENAME, Store

DEFAULT_RESULTS = Path("results")


def run(options: argparse.Namespace) -> int:
    """`grade PATH...`; the exit status."""
    rubric = load_rubric(_rubric_file(options.rubric))
    if options.seed is not None:
        rubric = rubric.model_copy(update={"seed": options.seed})
    entries = find_entries(options.paths)
    is_class = len(entries) > len(options.paths)
    if is_class or options.out is not None:
        return _run_class(options, rubric, entries, options.out or DEFAULT_RESULTS, one_by_one=not is_class)
    reports = []
    with Grader(rubric, Options(timing=not options.no_timing)) as grader:
        for entry in entries:
            reports.append(grader.grade(entry))
            _show(reports[-1], options, first=len(reports) == 1)
    return _exit_status(reports, options.fail_under)


def _rubric_file(named: Path | None) -> Path:
    """The rubric that the command line names: a file, or else one of the packaged ones."""
    if named is None:
        return DEFAULT_RUBRIC
    packaged = PACKAGED / named.name
    return packaged if not named.exists() and named.parent == Path() and packaged.is_file() else named


def report(options: argparse.Namespace) -> int:
    """`grade report RESULTS [ID]`; the exit status."""
    if not (options.results / FILENAME).is_file():
        raise UsageError(f"{options.results}: is no results folder (there is no {FILENAME} in it)")
    with Store(options.results) as store:
        attempts = store.latest()
    if options.id is not None and options.id not in attempts:
        raise UsageError(f"{options.results}: there is no submission {options.id} in it")
    chosen = [attempts[options.id]] if options.id is not None else list(attempts.values())
    reports = [attempt.report for attempt in chosen]
    _show_all(reports, options, one_by_one=options.id is not None)
    return 0


def _run_class(
    options: argparse.Namespace, rubric: Rubric, entries: Sequence[Entry], folder: Path, *, one_by_one: bool
) -> int:
    """Grade into a results folder; `one_by_one` prints each report, otherwise the class in summary."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be made a results folder: {error.strerror}") from error
    reports: dict[str, GradeReport] = {}
    with (
        sole_use_of(folder),
        Store(folder) as store,
        ClassProgress(len(entries), quiet=options.verbosity < 0 or one_by_one) as progress,
        _stop_on_interrupt() as stop,
    ):
        chosen = Options(timing=not options.no_timing)
        executor = LocalExecutor(min(options.jobs, len(entries)))
        for done in grade_class(entries, rubric, chosen, store, executor, fresh=options.fresh, stop=stop):
            reports[done.id] = done.report
            if done.how != "kept" or not has_report(folder, done.id):
                write_report(folder, done.report)
            progress.advance(done.id, done.report.verdict.value, done.how)
        write_tables(folder, list(reports.values()))
    ordered = [reports[entry.id] for entry in entries if entry.id in reports]
    _show_all(ordered, options, one_by_one=one_by_one)
    if len(ordered) < len(entries):
        left = len(entries) - len(ordered)
        print(f"grade: interrupted; {left} left. Run the same command again to go on.", file=sys.stderr)
        return 130
    if not one_by_one:
        print(f"grade: marks in {folder}/grades.csv, reports in {folder}/reports/", file=sys.stderr)
    return _exit_status(ordered, options.fail_under)


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


def _show_all(reports: Sequence[GradeReport], options: argparse.Namespace, *, one_by_one: bool) -> None:
    """A class in summary on the terminal; otherwise each report."""
    if options.format == "terminal" and not one_by_one and options.verbosity >= 0:
        print(summary.render(reports))
        return
    for i, each in enumerate(reports):
        _show(each, options, first=i == 0)


def _show(report: GradeReport, options: argparse.Namespace, *, first: bool) -> None:
    """Print one report; what needs an instructor's eye goes to stderr as well."""
    if options.format == "json":
        print(json.render(report), flush=True)
    elif options.format == "markdown":
        print(("" if first else "\n") + markdown.render(report), end="", flush=True)
    else:
        separator = "" if first or options.verbosity < 0 else "\n"
        print(separator + terminal.render(report, options.verbosity), flush=True)
    if report.verdict == "judge_error" or report.path_error:
        print(f"grade: {escape(report.message or '')}", file=sys.stderr)
        if report.traceback and options.verbosity > 0 and options.format != "terminal":
            print(report.traceback, file=sys.stderr)


def _exit_status(reports: Sequence[GradeReport], fail_under: float | None) -> int:
    if any(report.verdict == "judge_error" for report in reports):
        return 3
    if any(report.path_error for report in reports):
        return 2
    if fail_under is not None and any(100 * (r.score or 0) < fail_under * r.max_score for r in reports):
        return 1
    return 0
