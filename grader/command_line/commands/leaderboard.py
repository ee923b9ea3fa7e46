"""`grade leaderboard RESULTS`."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from grader.command_line import parsing
from grader.command_line.command import Command
from grader.errors import UsageError
from grader.said import say

if TYPE_CHECKING:
    from grader.classroom.conditions import Run
    from grader.classroom.leaderboard import Names
    from grader.records import Board, Function

FORMS = ("terminal", "markdown", "html", "fragment", "latex", "csv", "json")


@dataclass(frozen=True, kw_only=True)
class LeaderboardOptions:
    """Options of `grade leaderboard`."""

    results: Path
    format: str
    out: Path | None
    names: "Names | None"
    key: Path | None
    legend: Path | None
    by: str | None
    operator: str | None
    against: list[Path]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    add = parser.add_argument
    add("results", type=parsing.path, metavar="RESULTS", help="the results folder")
    add(
        "--format",
        choices=FORMS,
        default="terminal",
        help="default: terminal; html is a page with a chart, fragment only its table",
    )
    add("--out", type=parsing.path, metavar="FILE", help="write to a file instead")
    add(
        "--names",
        choices=("real", "pseudonymous", "anonymous"),
        help="names to show; default: as the rubric says",
    )
    add(
        "--by",
        choices=("speed", "forward", "backward", "score"),
        help="what to rank by; forward and backward are the speed of that function alone; default: as the rubric says",
    )
    add("--operator", metavar="KEY", help="rank by one of the rubric's operators alone; default: as the rubric says")
    add(
        "--against",
        type=parsing.path,
        action="append",
        default=[],
        metavar="OLD",
        help="show beside it how fast another results folder's class was; may be repeated",
    )
    add("--key", type=parsing.path, metavar="FILE", help="secret key for pseudonyms; created if missing")
    add("--legend", type=parsing.path, metavar="FILE", help="write who is who behind the pseudonyms (CSV)")


def run(options: LeaderboardOptions) -> int:
    """Rank stored results and print them; the exit status."""
    from grader.classroom.board import board_of, past_board
    from grader.classroom.files import write_asked_for
    from grader.classroom.folder import open_results
    from grader.classroom.pseudonyms import default_key
    from grader.classroom.tables import legend

    with open_results(options.results) as store:
        run = store.last_run()
        if run is None:
            raise UsageError(f"{options.results}: was graded by an older convgrade; grade the class again")
        names = options.names or run.rubric.leaderboard.names
        secret = b"" if names == "real" else _pseudonym_key(options.key or default_key())
        if options.legend is not None:
            if names != "pseudonymous":
                raise UsageError("--legend is for pseudonymous names: add --names pseudonymous")
            write_asked_for(options.legend, legend(secret, store.ids()))
        asked, functions = _asked(run, options), _functions(options.by)
        board = board_of(store, asked, names, secret, functions)
    past = tuple(past_board(folder, asked, board.machine, functions) for folder in options.against)
    board = replace(board, past=past)
    text = _rendered(board, options)
    if options.out is None:
        print(text)
    else:
        write_asked_for(options.out, text + "\n")
        say(f"the leaderboard is in {options.out}")
    return 0


def _asked(run: "Run", options: LeaderboardOptions) -> "Run":
    """The run, with the ranking that the command line wants.

    Raises:
        UsageError: where the rubric has no such operator.
    """
    settings, keys = run.rubric.leaderboard, [key for key in run.rubric.parts if key is not None]
    if options.operator is not None:
        if options.operator not in keys:
            there_are = f"there are {', '.join(keys)}" if keys else "it has only one"
            raise UsageError(f"--operator: the rubric has no operator {options.operator}; {there_are}")
        settings = settings.model_copy(update={"operator": options.operator})
    if options.by is not None:
        settings = settings.model_copy(update={"rank_by": "score" if options.by == "score" else "speed"})
    return replace(run, rubric=run.rubric.model_copy(update={"leaderboard": settings}))


def _functions(by: str | None) -> "tuple[Function, ...]":
    """Whose speed counts."""
    from grader.records import FUNCTIONS

    return tuple(function for function in FUNCTIONS if by not in FUNCTIONS or function == by)


def _rendered(board: "Board", options: LeaderboardOptions) -> str:
    """As it is asked for, in one of `FORMS`."""
    from grader.command_line.terminal import width
    from grader.reports import leaderboard, leaderboard_page

    if options.format == "terminal":
        return leaderboard.terminal(board) if options.out else leaderboard.terminal(board, width())
    render: Callable[[Board], str] = (
        leaderboard_page.render if options.format == "html" else getattr(leaderboard, options.format)
    )
    return render(board)


def _pseudonym_key(path: Path) -> bytes:
    from grader.classroom.pseudonyms import load_key

    key, is_new = load_key(path)
    if is_new:
        say(f"created a key for pseudonyms, {path}: keep it, and keep it secret")
    return key


COMMAND = Command(
    name="leaderboard",
    help="rank what a results folder holds",
    usage="RESULTS [options]",
    add_options=add_options,
    options=LeaderboardOptions,
    run=run,
)
