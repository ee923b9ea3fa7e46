"""`grade report RESULTS [ID]`."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from grader.command_line import parsing
from grader.command_line.command import WHOSE, Command
from grader.command_line.output import OutputOptions, add_output
from grader.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class ReportOptions(OutputOptions):
    """Options of `grade report`."""

    results: Path
    id: str | None


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    parser.add_argument("results", type=parsing.path, metavar="RESULTS", help="the results folder")
    parser.add_argument("id", nargs="?", metavar="ID", help=f"{WHOSE}; without it the whole class")
    add_output(parser)


def run(options: ReportOptions) -> int:
    """Render stored results again; the exit status."""
    from grader.classroom.folder import open_results
    from grader.classroom.meant import attempt_meant
    from grader.command_line.class_printing import printer

    with open_results(options.results) as store:
        if options.id is None and options.is_for_one:
            what = f"--format {options.format} is for one submission"
            raise UsageError(f"{what}; {options.all_of(str(options.results))}")
        chosen = store.ids() if options.id is None else [attempt_meant(store, options.id).id]
        with printer(options, store, one_by_one=options.id is not None) as show:
            for attempt in store.latest(chosen):
                show(attempt.report)
    return 0


COMMAND = Command(
    name="report",
    help="show stored results again, without grading",
    usage="RESULTS [ID] [options]",
    add_options=add_options,
    options=ReportOptions,
    run=run,
)
