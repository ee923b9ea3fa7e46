"""`grade retime RESULTS`."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from grader.command_line import parsing
from grader.command_line.command import Command
from grader.command_line.isolation import IsolationOptions, add_isolation

_LAPS, _FEWEST_LAPS = 15, 6


@dataclass(frozen=True, kw_only=True)
class RetimeOptions(IsolationOptions):
    """Options of `grade retime`."""

    results: Path
    top: int
    laps: int
    where: list[Path]
    verbosity: int


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    add = parser.add_argument
    add("results", type=parsing.path, metavar="RESULTS", help="the results folder")
    add(
        "--top", type=parsing.whole_number(0, 1000), default=20, metavar="N",
        help="how many leaders race; 0 for the landmarks alone; default: 20",
    )  # fmt: skip
    add(
        "--from", dest="where", type=parsing.path, action="append", default=[], metavar="FOLDER",
        help="where the hand-ins lie now, if they were moved; may be repeated",
    )  # fmt: skip
    laps = parsing.whole_number(_FEWEST_LAPS, 1000)
    add("--laps", type=laps, default=_LAPS, metavar="N", help=f"how often everybody runs; default: {_LAPS}")
    add("-q", "--quiet", dest="verbosity", action="store_const", const=-1, default=0, help="do not say what runs")
    add_isolation(parser)


def run(options: RetimeOptions) -> int:
    """Time the leaders together, store that and print the board; the exit status."""
    from grader.command_line.retiming import retime

    return retime(options)


COMMAND = Command(
    name="retime",
    help="time all leaders again in one race, for the final ranking",
    usage="RESULTS [options]",
    add_options=add_options,
    options=RetimeOptions,
    run=run,
    description="Time the leaders of a board again in one race, lap by lap in changing order,\n"
    "with nested loops and other landmarks beside them. Then the ranking does not\n"
    "depend on when somebody handed in, nor on which machine graded it. Earlier times\n"
    "stay stored, and no mark changes. Use a machine on which nothing else runs.",
    stops="nothing was timed",
)
