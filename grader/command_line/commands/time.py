"""`grade time PATH`."""

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from grader.command_line import parsing
from grader.command_line.command import Command
from grader.command_line.isolation import IsolationOptions, add_isolation, layers

if TYPE_CHECKING:
    from grader.records import Entry, Findings
    from grader.rubric.model import WholeRubric


@dataclass(frozen=True, kw_only=True)
class TimeOptions(IsolationOptions):
    """Options of `grade time`."""

    path: Path
    rubric: Path | None
    workload: str | None
    repeat: int
    format: str
    verbosity: int


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    add = parser.add_argument
    add("path", type=parsing.path, metavar="PATH", help="the submission")
    add("--rubric", type=parsing.path, metavar="FILE", help="the rubric that says what is timed; default: cs231n-conv")
    add(
        "--workload",
        metavar="SHAPES",
        help="other shapes than the rubric's, such as 'x(20,3,32,32) w(16,3,3,3) s1 p1': arrays by their names, then "
        "parameters by their first letters",
    )
    times = parsing.whole_number(1, 1000)
    add("--repeat", type=times, metavar="N", default=1, help="measure N times, and say how far apart the ratios are")
    add("--format", choices=("terminal", "json"), default="terminal", help="default: terminal; json is JSON Lines")
    add(
        "-v", "--verbose", dest="verbosity", action="store_const", const=1, default=0,
        help="add the traceback of a judge error",
    )  # fmt: skip
    add_isolation(parser)


def run(options: TimeOptions) -> int:
    """Time one submission and print what was found; the exit status."""
    from grader.command_line.entries import one_entry
    from grader.command_line.options import checked_options, rubric_file
    from grader.command_line.workloads import with_workload
    from grader.errors import UsageError, named_paths
    from grader.pipeline import Grader
    from grader.reports import timing
    from grader.rubric.model import SpeedItem
    from grader.rubric.reading import load_rubric

    with named_paths():
        rubric = with_workload(load_rubric(rubric_file(options.rubric)), options.workload)
    if not any(isinstance(item, SpeedItem) for item in rubric.items):
        raise UsageError(f"{options.rubric}: the rubric has no speed items, so there is nothing to time")
    entry, runs = one_entry(options.path, rubric, layers(options)), []
    with Grader(rubric, replace(checked_options(options), verification=False)) as grader:
        for number in range(options.repeat):
            found = grader.examine(entry)
            if found.verdict != "graded":
                return _failed(found, options)
            runs.append(found.timings)
            _show(entry, found, rubric, options, first=number == 0)
    if options.repeat > 1 and options.format == "terminal":
        print(timing.spread(runs))
    return 0


def _failed(found: "Findings", options: TimeOptions) -> int:
    """Say why nothing was timed; the exit status."""
    from grader.said import escape

    print(f"grade: {escape(found.message or '')}", file=sys.stderr)
    if found.traceback and options.verbosity > 0:
        print(escape(found.traceback), file=sys.stderr)
    return 3 if found.verdict == "judge_error" else 2


def _show(entry: "Entry", found: "Findings", rubric: "WholeRubric", options: TimeOptions, *, first: bool) -> None:
    """Print one measurement; what has to be known of the submission only once."""
    from grader.command_line.terminal import width
    from grader.command_line.workloads import workloads_of
    from grader.reports import timing
    from grader.said import escape

    for note in found.notes if first else ():
        print(f"grade: note: {escape(note)}", file=sys.stderr)
    if options.format == "json":
        print(timing.as_json(entry.name, found.timings), flush=True)
        return
    print(timing.terminal(entry.name, found.timings, workloads_of(rubric), width()), end="\n\n", flush=True)


COMMAND = Command(
    name="time",
    help="time one submission against the fast baseline",
    usage="PATH [options]",
    add_options=add_options,
    options=TimeOptions,
    run=run,
    description="Time one submission against the fast baseline, without grading it, and draw\n"
    "the ratios of all pairs of calls as a histogram. Its results still have to be\n"
    "right.",
    stops="nothing was timed",
)
