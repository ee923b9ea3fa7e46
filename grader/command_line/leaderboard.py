"""`grade leaderboard RESULTS`."""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from grader.classroom.folder import legend, write_asked_for
from grader.classroom.leaderboard import Names, rank
from grader.classroom.pseudonyms import default_key, load_key
from grader.classroom.store import Run, Store
from grader.command_line.stored import open_results
from grader.errors import UsageError
from grader.judging.points import speeds
from grader.judging.report import mark
from grader.records import Board, GradeReport
from grader.reports import leaderboard as forms
from grader.reports import leaderboard_page
from grader.rubric.assignment import Assignment

_FORMS: dict[str, Callable[[Board], str]] = {
    "terminal": forms.terminal,
    "markdown": forms.markdown,
    "html": leaderboard_page.render,
    "fragment": forms.fragment,
    "latex": forms.latex,
    "csv": forms.csv,
    "json": forms.json,
}


def run(options: argparse.Namespace) -> int:
    """Rank stored results and print them; the exit status."""
    with open_results(options.results) as store:
        run = store.last_run()
        if run is None:
            raise UsageError(f"{options.results}: an older convgrade graded it; grade the class once more")
        names: Names = options.names or run.rubric.leaderboard.names
        secret = b"" if names == "real" else _pseudonym_key(options.key or default_key())
        if options.legend is not None:
            if names != "pseudonymous":
                raise UsageError("--legend is for pseudonymous names: add --names pseudonymous")
            write_asked_for(options.legend, legend(secret, store.ids()))
        reports = list(_comparable(store, run))
        others = len(set(store.ids()) - {report.submission["id"] for report in reports})
        loops = speeds(store.landmark(run.key(timing=True)) or ())
        board = rank(reports, run.rubric, names=names, secret=secret, landmark=loops, left_out=others)
    text = _FORMS[options.format](board)
    if options.out is None:
        print(text)
    else:
        write_asked_for(options.out, text + "\n")
        print(f"grade: the leaderboard is in {options.out}", file=sys.stderr)
    return 0


def _comparable(store: Store, run: Run) -> Iterator[GradeReport]:
    """Every attempt that was run as the last run's rubric wants it, marked by that rubric."""
    for attempt in store.attempts_at(run.key(timing=timed) for timed in (True, False)):
        report = attempt.report
        if attempt.rubric_sha256 != run.rubric.sha256:
            id, name, source = (report.submission[key] or "" for key in ("id", "name", "source"))
            report = mark(Assignment.of(run.rubric), id, name, source, attempt.findings)
        yield report


def _pseudonym_key(path: Path) -> bytes:
    key, is_new = load_key(path)
    if is_new:
        print(f"grade: made a new key for pseudonyms, {path}: keep it, and keep it to yourself", file=sys.stderr)
    return key
