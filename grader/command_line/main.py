"""`grade`: call the command that the arguments name, and say what stopped it. No logic of grading is here."""

import atexit
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from grader import __version__
from grader.command_line.streams import close_output, flush_output, open_standard_streams, streams_told_apart
from grader.errors import GradeError, NoSuchPath, OutputFailed, RubricError, UsageError, reason
from grader.said import escape, say

if TYPE_CHECKING:
    from grader.command_line.command import Command

_VERSION = ["--version"]
_MOST_BESIDE = 2000


def entry_point() -> None:
    """`grade` as a program."""
    _leave_windows()
    open_standard_streams()
    if sys.argv[1:] != _VERSION:
        from grader.starting import start_quickly  # has `dataclasses`, as all but that

        start_quickly()
    for number in (signal.SIGTERM, signal.SIGHUP):  # end as with Ctrl-C, so that nothing is left behind
        if signal.getsignal(number) != signal.SIG_IGN:  # under nohup a hang-up is to be ignored
            signal.signal(number, _interrupt)
    _end(main(sys.argv[1:]))


def _leave_windows() -> None:
    """It cannot fork, and the sandbox is made of forks: say so, before an import or a signal fails for it."""
    if sys.platform == "win32":
        print("grade: does not run on Windows itself, which cannot fork processes; run it in WSL", file=sys.stderr)
        sys.exit(2)


def _end(status: int) -> NoReturn:
    """End at once: taking the interpreter apart, object by object, takes as long as a fifth of NumPy's import."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, AttributeError):  # nobody reads it, or there is none
            stream.flush()
    os._exit(status)


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def main(arguments: Sequence[str]) -> int:
    """Run one command line; the exit status. Results go to stdout, everything else to stderr."""
    with streams_told_apart():
        command, verbose = None, False
        try:
            command, options = _parsed(arguments)
            verbose = getattr(options, "verbosity", 0) > 0
            status = command.run(options)
            flush_output()
            return status
        except KeyboardInterrupt:
            print("grade: interrupted", file=sys.stderr)
            return 130
        except Exception as error:  # whatever it is, the user gets a sentence and a status
            return _failed(error, command, verbose=verbose)


def _parsed(arguments: Sequence[str]) -> "tuple[Command, Any]":
    """As `parse`, which ends here for `--help` and `--version`."""
    if [*arguments] == _VERSION:  # what does without a parser is told at once
        print(f"convgrade {__version__}")
        flush_output()
        raise SystemExit(0)
    from grader.command_line.parsing import parse

    try:
        return parse(arguments)
    except SystemExit:
        flush_output()
        raise


def _failed(error: Exception, command: "Command | None", *, verbose: bool) -> int:
    """Say on stderr what stopped the run; the exit status."""
    if isinstance(error, OutputFailed):
        close_output()
        if isinstance(error.__cause__, BrokenPipeError):  # the reader has gone, and knows it
            return 141
    for problem in error.problems if isinstance(error, RubricError) else ():
        print(escape(problem), file=sys.stderr)
    if verbose and not isinstance(error, GradeError):
        print(escape("".join(traceback.format_exception(error))), file=sys.stderr)
    say(_in_words(error, command))
    return 2 if isinstance(error, UsageError) else 3


def _in_words(error: Exception, command: "Command | None") -> str:
    match error:
        case RubricError():
            count, stops = len(error.problems), command.stops if command else ""
            return f"the rubric has {count} problem{'' if count == 1 else 's'}{stops and f'; {stops}'}"
        case OutputFailed():
            return f"the output cannot be written: {error}"
        case NoSuchPath():
            return f"{error}{_suggestion(str(error).partition(':')[0])}"
        case GradeError():
            return str(error)
        case OSError():
            return reason(error)
    return f"a defect in the grader: {type(error).__name__}: {error} (-v shows where)"


def _suggestion(path: str) -> str:
    """What may be meant by a path that leads nowhere: a command, or what lies beside it."""
    from itertools import islice
    from pathlib import Path

    from grader.command_line.command import all_commands
    from grader.errors import did_you_mean

    if os.path.exists(path):  # noqa: PTH110  # unlike Path's it takes any text
        return ""
    commands = {name: f"`grade {name}`" for name in all_commands()}
    known = commands | {"help": "`grade --help`", "version": "`grade --version`"}
    beside: dict[str, str] = {}
    with suppress(OSError):  # its folder may be missing, too
        beside = {each.name: str(each) for each in islice(Path(path).parent.iterdir(), _MOST_BESIDE)}
    return did_you_mean(path, known) or did_you_mean(Path(path).name, beside)
