"""Parse the command line, call the pipeline, print. No logic of grading is here."""

import argparse
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from grader import __version__
from grader.errors import RubricError, UsageError

if TYPE_CHECKING:
    from grader.records import GradeReport

_STDERR = 2
EPILOG = """\
exit status:
  0  everything asked for was graded, whatever the marks
  1  a mark is below --fail-under
  2  the command line or the rubric is wrong
  3  a submission could not be graded for a reason that is ours (judge error)
"""


def entry_point() -> None:
    """`grade` as a program."""
    _open_standard_streams()
    for number in (signal.SIGTERM, signal.SIGHUP):  # end as with Ctrl-C, so that nothing is left behind
        signal.signal(number, _interrupt)
    sys.exit(main(sys.argv[1:]))


def _open_standard_streams() -> None:
    """Descriptors 0 to 2 have to be taken, or sockets and pipes of ours would get their numbers."""
    while (fd := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        pass
    os.close(fd)


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def main(arguments: Sequence[str]) -> int:
    """Run one command line; the exit status. Results go to stdout, everything else to stderr."""
    arguments = list(arguments)
    if arguments[:1] == ["run"]:
        del arguments[0]
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(options)
    except KeyboardInterrupt:
        print("grade: interrupted", file=sys.stderr)
        return 130
    except Exception as error:  # whatever it is, the user gets a sentence and a status
        return _failed(error, verbose=options.verbosity > 0)


def _failed(error: Exception, *, verbose: bool) -> int:
    """Say on stderr what stopped the run; the exit status."""
    if isinstance(error, RubricError):
        for problem in error.problems:
            print(problem, file=sys.stderr)
        print(f"grade: the rubric has {len(error.problems)} problem(s); nothing was graded", file=sys.stderr)
        return 2
    if isinstance(error, UsageError):
        print(f"grade: {error}", file=sys.stderr)
        return 2
    if isinstance(error, OSError):
        # Of the run itself only the output can fail like this. The interpreter would try to flush it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):  # the reader has gone, and knows it
            return 141
        print(f"grade: the output cannot be written: {error.strerror}", file=sys.stderr)
        return 3
    if verbose:
        traceback.print_exception(error)
    print(f"grade: a defect in the grader: {type(error).__name__}: {error} (-v shows where)", file=sys.stderr)
    return 3


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="grade",
        usage="grade [run] PATH... [options]",
        description="Grade NumPy convolutions: correctness on randomized shapes, speed against a fast baseline, "
        "a mark by a rubric, and the reason for every lost mark.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "paths",
        nargs="+",
        type=Path,
        metavar="PATH",
        help="a submission (.py, .ipynb, .zip or a folder), or a folder or .zip of many",
    )
    add(
        "--rubric",
        type=Path,
        metavar="FILE",
        help="the rubric (YAML); default: the packaged cs231n-conv.yaml",
    )
    add(
        "--format",
        choices=("terminal", "json"),
        default="terminal",
        help="default: terminal; json is JSON Lines",
    )
    add("--seed", type=_seed, metavar="N", help="draw other cases than the rubric's seed does")
    add("--no-timing", action="store_true", help="leave the speed items out (they earn nothing)")
    add("--fail-under", type=_percent, metavar="PERCENT", help="exit with 1 if a mark is below this")
    loudness = parser.add_mutually_exclusive_group()
    loudness.add_argument(
        "-q", "--quiet", dest="verbosity", action="store_const", const=-1, default=0, help="one line for each"
    )
    loudness.add_argument(
        "-v", "--verbose", dest="verbosity", action="store_const", const=1,
        help="add traits, printed output, isolation, and tracebacks of judge errors",
    )  # fmt: skip
    add("--version", action="version", version=f"convgrade {__version__}")
    return parser


def _seed(text: str) -> int:
    if not (text.isdecimal() and len(text) < 20 and int(text) < 2**63):
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 0 to 2**63 - 1")
    return int(text)


def _percent(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1000:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 0 to 1000")
    return value


def _run(options: argparse.Namespace) -> int:
    # These import NumPy and pydantic: `--help` and `--version` do without.
    from grader.pipeline import Grader, Options
    from grader.rubric_file import DEFAULT_RUBRIC, load_rubric
    from grader.sources import find_entries

    rubric = load_rubric(options.rubric or DEFAULT_RUBRIC)
    reports = []
    entries = find_entries(options.paths)
    with Grader(rubric, Options(seed=options.seed, timing=not options.no_timing)) as grader:
        for entry in entries:
            report = grader.grade(entry)
            reports.append(report)
            _show(report, options, first=len(reports) == 1)
    return _exit_status(reports, options.fail_under)


def _show(report: "GradeReport", options: argparse.Namespace, *, first: bool) -> None:
    """Print one report; what needs an instructor's eye goes to stderr as well."""
    if options.format == "json":
        from grader.reports import json

        print(json.render(report), flush=True)
    else:
        from grader.reports import terminal

        separator = "" if first or options.verbosity < 0 else "\n"
        print(separator + terminal.render(report, options.verbosity), flush=True)
    from grader.reports.json import escape

    if report.verdict == "judge_error" or report.path_error:
        print(f"grade: {escape(report.message or '')}", file=sys.stderr)
        if report.traceback and options.verbosity > 0 and options.format == "json":
            print(report.traceback, file=sys.stderr)


def _exit_status(reports: "Sequence[GradeReport]", fail_under: float | None) -> int:
    if any(report.verdict == "judge_error" for report in reports):
        return 3
    if any(report.path_error for report in reports):
        return 2
    if fail_under is not None and any(100 * (r.score or 0) < fail_under * r.max_score for r in reports):
        return 1
    return 0
