"""`grade diff OLD NEW`."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grader.command_line import parsing
from grader.command_line.command import Command

if TYPE_CHECKING:
    from grader.records import Difference


@dataclass(frozen=True, kw_only=True)
class DiffOptions:
    """Options of `grade diff`."""

    old: Path
    new: Path | None
    format: str


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    parser.add_argument("old", type=parsing.path, metavar="OLD", help="a results folder")
    parser.add_argument(
        "new",
        type=parsing.path,
        nargs="?",
        metavar="NEW",
        help="another; without it, everyone's last attempt is compared with the one before",
    )
    parser.add_argument("--format", choices=("terminal", "json", "csv"), default="terminal", help="default: terminal")


def run(options: DiffOptions) -> int:
    """Print whose mark changes; the exit status is 1 where one goes down."""
    found = _difference(options)
    print(_rendered(found, options.format))
    return int(any(change.went_down for change in found.changes))


def _difference(options: DiffOptions) -> "Difference":
    from grader.classroom.diff import difference, last_change
    from grader.classroom.folder import open_results

    with open_results(options.old) as old:
        if options.new is None:
            return last_change(old)
        with open_results(options.new) as new:
            return difference(old, new)


def _rendered(found: "Difference", form: str) -> str:
    from grader.command_line.terminal import width
    from grader.reports import account

    if form == "terminal":
        return account.terminal_difference(found, width())
    return account.json_difference(found) if form == "json" else account.csv_difference(found)


COMMAND = Command(
    name="diff",
    help="show whose mark changes between two results folders, and why",
    usage="OLD [NEW] [options]",
    add_options=add_options,
    options=DiffOptions,
    run=run,
    description="Show whose mark changes between two results folders, by how much and why.\n"
    "The exit status is 1 where a mark goes down.",
)
