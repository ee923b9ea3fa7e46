"""`grade new FOLDER`."""

import argparse
import keyword
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grader.command_line import parsing
from grader.command_line.command import Command
from grader.errors import UsageError

if TYPE_CHECKING:
    from grader.handout.task import Wishes

_EPILOG = """\
examples:
  grade new hw2 --title "Homework 2" --due 2027-02-03T23:59-08:00
  grade new hw3 --extends cs231n-max-pool

On a terminal it asks for the rubric, the title and the due time
if you leave them out.
"""


@dataclass(frozen=True, kw_only=True)
class NewOptions:
    """Options of `grade new`."""

    folder: Path
    extends: str | None
    title: str | None
    forward: str | None
    backward: str | None
    due: str | None
    seed: int | None


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    add = parser.add_argument
    add("folder", type=parsing.path, metavar="FOLDER", help="a new folder")
    add("--extends", metavar="NAME", help="the packaged rubric to start from; default: cs231n-conv")
    add("--title", metavar="TEXT", help="the assignment's title; default: the folder's name")
    add("--forward", type=_function, metavar="NAME", help="the name of the forward function")
    add("--backward", type=_function, metavar="NAME", help="the name of the backward function")
    add("--due", type=parsing.moment, metavar="TIME", help="when it is due, as 2027-02-03T23:59-08:00")
    number = parsing.whole_number(0, 2**63 - 2)
    add("--seed", type=number, metavar="N", help="draws the randomized shapes; default: a random one")


def _function(text: str) -> str:
    if not text.isidentifier() or keyword.iskeyword(text):
        raise argparse.ArgumentTypeError(f"{text} cannot be the name of a function")
    return text


def run(options: NewOptions) -> int:
    """Make the assignment; the exit status."""
    from grader.classroom.files import write_asked_for
    from grader.handout.files import files_of
    from grader.handout.task import RUBRIC

    folder = options.folder
    if folder.exists():
        raise UsageError(f"{folder}: is there already; name a new folder")
    files = files_of(_wishes(options))
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be made: {error.strerror}") from error
    for name, text in files.items():
        write_asked_for(folder / name, text)
    print(f"{folder}/ has {', '.join(files)}.")
    print(f"Keep {folder}/{RUBRIC} to yourself, and hand out the others.")
    print(f"To grade what comes back: grade CLASS --rubric {folder}/{RUBRIC}")
    return 0


def _wishes(options: NewOptions) -> "Wishes":
    """What the options say; the rest is asked for on a terminal, or is what is usual."""
    from grader.handout.task import Wishes

    base = _base(options.extends or _answer("Packaged rubric to start from", "cs231n-conv"))
    title = options.title or _answer("Title of the assignment", options.folder.name)
    due = options.due or _due(_answer("Due time, as 2027-02-03T23:59-08:00 (empty: none)", ""))
    seed = secrets.randbelow(2**31) if options.seed is None else options.seed
    return Wishes(base=base, title=title, seed=seed, forward=options.forward, backward=options.backward, due=due)


def _base(named: str) -> str:
    """The name of a packaged rubric.

    Raises:
        UsageError: where there is none of this name.
    """
    from grader.command_line.options import rubric_file
    from grader.rubric.reading import PACKAGED

    file = rubric_file(Path(named))
    if file.parent != PACKAGED:
        raise UsageError(f"--extends: {named} is no packaged rubric; `grade new` starts from one of those")
    return file.stem


def _due(answer: str) -> str | None:
    try:
        return parsing.moment(answer) if answer else None
    except argparse.ArgumentTypeError as error:
        raise UsageError(f"--due: {error}") from error


def _answer(question: str, usual: str) -> str:
    """What a person at a terminal types; anywhere else, and where nothing is typed, what is usual."""
    if sys.stdin is None or not sys.stdin.isatty():
        return usual
    print(f"{question}{f' [{usual}]' if usual else ''}: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip() or usual


COMMAND = Command(
    name="new",
    help="make an assignment: rubric, starter file, public tests, README",
    usage="FOLDER [options]",
    add_options=add_options,
    options=NewOptions,
    run=run,
    epilog=_EPILOG,
    stops="nothing was made",
)
