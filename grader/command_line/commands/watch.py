"""`grade watch FOLDER`."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

from grader.classroom.executors import executor_names
from grader.command_line import parsing
from grader.command_line.command import Command
from grader.command_line.isolation import IsolationOptions, add_isolation


@dataclass(frozen=True, kw_only=True)
class WatchOptions(IsolationOptions):
    """Options of `grade watch`."""

    folder: Path
    rubric: Path | None
    out: Path
    once: bool
    no_timing: bool
    jobs: int
    executor: str
    scheduler: str | None
    verbosity: int


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    add = parser.add_argument
    add("folder", type=parsing.path, metavar="FOLDER", help="where hand-ins arrive")
    add(
        "--rubric",
        type=parsing.path,
        metavar="FILE",
        help="a rubric (YAML) or a packaged one's name; default: that of the results folder, or cs231n-conv",
    )
    add(
        "--out", type=parsing.path, metavar="DIR", default=Path("results"), help="the results folder; default: results/"
    )
    add("--once", action="store_true", help="grade what is there and end, for cron")
    add("--no-timing", action="store_true", help="do not time; speed is then no part of the mark")
    add(
        "--jobs",
        type=parsing.whole_number(1, 256),
        metavar="N",
        default=max(1, (os.cpu_count() or 1) // 2),
        help="submissions at a time; default: half the processors",
    )
    names = executor_names()
    add("--executor", choices=names, default=names[0], help="where submissions are graded; default: on this machine")
    add("--scheduler", metavar="ADDRESS", help="with --executor dask: the cluster's scheduler, as tcp://host:8786")
    add_isolation(parser)
    add("-q", "--quiet", dest="verbosity", action="store_const", const=-1, default=0, help="say only what went wrong")
    add(
        "-v", "--verbose", dest="verbosity", action="store_const", const=1,
        help="add tracebacks of reports that could not be written",
    )  # fmt: skip


def run(options: WatchOptions) -> int:
    """Grade what arrives until interrupted, or once; the exit status."""
    from grader.command_line.watching import watch

    return watch(options)


COMMAND = Command(
    name="watch",
    help="grade what arrives in a folder, and keep the board up to date",
    usage="FOLDER [options]",
    add_options=add_options,
    options=WatchOptions,
    run=run,
    description="Grade what arrives or changes in a folder, until Ctrl-C. After each round the\n"
    "tables, the pages and the board (leaderboard.html) in the results folder are\n"
    "written again, whole or not at all, so that any web server can serve them.",
    epilog=parsing.exit_status(),
    stops="nothing was graded",
)
