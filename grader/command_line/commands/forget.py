"""`grade forget RESULTS ID...`."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from grader.command_line import parsing
from grader.command_line.command import WHOSE, Command
from grader.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class ForgetOptions:
    """Options of `grade forget`."""

    results: Path
    ids: list[str]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    parser.add_argument("results", type=parsing.path, metavar="RESULTS", help="the results folder")
    parser.add_argument("ids", nargs="+", metavar="ID", help=WHOSE)


def run(options: ForgetOptions) -> int:
    """Take people out, and write the tables again; the exit status."""
    from grader.classroom.folder import open_results, results_in
    from grader.classroom.meant import attempt_meant
    from grader.reports.base import marks, one_line

    open_results(options.results).close()  # says so where it is none, before a lock is made in it
    with results_in(options.results, verbose=False) as folder:
        last = folder.store.last_run()
        if last is None:
            raise UsageError(f"{options.results}: was graded by an older convgrade; grade the class again")
        reports = [attempt_meant(folder.store, whose).report for whose in options.ids]
        folder.forget(report.who.id for report in reports)
        folder.publish(last.rubric, any_new=True)
    for report in reports:
        print(f"{one_line(report.who.name)}: taken out ({marks(report)})")
    return 3 if folder.failures.kinds else 0


COMMAND = Command(
    name="forget",
    help="take people out of the results",
    usage="RESULTS ID...",
    add_options=add_options,
    options=ForgetOptions,
    run=run,
    description="Take people out of a results folder: their marks, earlier attempts, what was\n"
    "decided about them, and their reports. Hand-ins stay where they are, and grading\n"
    "them again brings them back.",
)
