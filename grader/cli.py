"""Parse the command line and call the command. No logic of grading is here."""

import argparse
import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

from grader import __version__
from grader.errors import GradeError, NoSuchPath, OutputFailed, RubricError, UsageError, reason
from grader.said import escape, without_controls

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

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
    _start_quickly()
    for number in (signal.SIGTERM, signal.SIGHUP):  # end as with Ctrl-C, so that nothing is left behind
        if signal.getsignal(number) != signal.SIG_IGN:  # under nohup a hang-up is to be ignored
            signal.signal(number, _interrupt)
    status = main(sys.argv[1:])
    gc.freeze()  # else all that is left is searched for garbage on the way out, half as long as NumPy's import
    sys.exit(status)


def _start_quickly() -> None:
    """Spare imports what would only delay them (`python -m benchmarks.startup` shows what each line gains)."""
    gc.set_threshold(200_000)  # what they make stays; by default it is searched for garbage hundreds of times
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a second thread would only spin, where the sandbox starts
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # else it looks for them in every package


def _open_standard_streams() -> None:
    """Descriptors 0 to 2 have to be taken, or sockets and pipes of ours would get their numbers."""
    while (fd := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        pass
    os.close(fd)


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def main(arguments: Sequence[str]) -> int:
    """Run one command line; the exit status. Results go to stdout, everything else to stderr."""
    with _streams_told_apart():
        verbose = False
        try:
            command, options = _parsed(arguments)
            verbose = options.verbosity > 0
            status: int = import_module(f"grader.commands.{command}").run(options)  # `--help` does without
            _flush_output()
            return status
        except KeyboardInterrupt:
            print("grade: interrupted", file=sys.stderr)
            return 130
        except Exception as error:  # whatever it is, the user gets a sentence and a status
            return _failed(error, verbose=verbose)


def _parsed(arguments: Sequence[str]) -> tuple[str, argparse.Namespace]:
    """The command and its options; ends here for `--help`, `--version` and what is wrong."""
    named = bool(arguments) and arguments[0] in PARSERS
    command, rest = (arguments[0], arguments[1:]) if named else ("run", arguments)
    try:
        return command, PARSERS[command]().parse_args(rest)
    except SystemExit:
        _flush_output()
        raise


def _flush_output() -> None:
    """Now: what fails when the interpreter ends is told in its own words."""
    if sys.stdout is not None:
        sys.stdout.flush()


@contextmanager
def _streams_told_apart() -> Iterator[None]:
    """Whatever cannot be encoded is escaped, and what fails is known to be the output, not a file of the run's."""
    before = sys.stdout, sys.stderr
    for stream in before:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if sys.stdout is not None:
        sys.stdout = cast(TextIO, _Stream(sys.stdout, _refused, without_controls))
    if sys.stderr is not None:
        sys.stderr = cast(TextIO, _Stream(sys.stderr, lambda error: None))  # nobody can be told
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def _refused(error: OSError) -> None:
    raise OutputFailed(error.strerror) from error


class _Stream:
    """A standard stream that writes what `change` makes of a text, and calls `failed` where it cannot."""

    def __init__(self, stream: TextIO, failed: Callable[[OSError], None], change: Callable[[str], str] = str) -> None:
        self._stream = stream
        self._failed = failed
        self._change = change

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """As a file's."""
        try:
            return self._stream.write(self._change(text))
        except OSError as error:
            self._failed(error)
            return len(text)

    def flush(self) -> None:
        """As a file's."""
        try:
            self._stream.flush()
        except OSError as error:
            self._failed(error)


def _failed(error: Exception, *, verbose: bool) -> int:
    """Say on stderr what stopped the run; the exit status."""
    if isinstance(error, OutputFailed):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else the interpreter tries to flush it again
        if isinstance(error.__cause__, BrokenPipeError):  # the reader has gone, and knows it
            return 141
    for problem in error.problems if isinstance(error, RubricError) else ():
        print(escape(problem), file=sys.stderr)
    if verbose and not isinstance(error, GradeError):
        print(escape("".join(traceback.format_exception(error))), file=sys.stderr)
    print(f"grade: {escape(_in_words(error))}", file=sys.stderr)
    return 2 if isinstance(error, UsageError) else 3


def _in_words(error: Exception) -> str:
    match error:
        case RubricError():
            return f"the rubric has {len(error.problems)} problem(s); nothing was graded"
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
    """What may be meant by a path that leads nowhere: a command."""
    from difflib import get_close_matches  # noqa: PLC0415  # only where something is wrong

    near = get_close_matches(path, [*PARSERS, "help", "version"], 1)
    near = near or [name for name in PARSERS if len(path) > 2 and name.startswith(path)]
    option = "--" if near and near[0] not in PARSERS else ""
    return f" (did you mean `grade {option}{near[0]}`?)" if near else ""


class _Parser(argparse.ArgumentParser):
    """One whose messages do nothing to the terminal, whatever was written on the command line."""

    def _print_message(self, message: str, file: "SupportsWrite[str] | None" = None) -> None:
        super()._print_message(escape(message), file)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="grade",
        usage="grade [run] PATH... [options]\n       grade report RESULTS [ID] [options]\n"
        "       grade leaderboard RESULTS [options]\n       grade time PATH [options]\n"
        "       grade rubric check|audit|schema ...\n       grade doctor [options]",
        description="Grade NumPy convolutions: correctness on randomized shapes, speed against a fast baseline, "
        "a mark by a rubric, and the reason for every lost mark.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "paths",
        nargs="+",
        type=_path,
        metavar="PATH",
        help="a submission (.py, .ipynb, .zip or a folder), or a folder or .zip of many",
    )
    add("--rubric", type=Path, metavar="FILE", help="the rubric (YAML); default: the packaged cs231n-conv.yaml")
    add("--seed", type=_seed, metavar="N", help="draw other cases than the rubric's seed does")
    add("--no-timing", action="store_true", help="do not time: speed is then no part of the mark")
    add("--fail-under", type=_percent, metavar="PERCENT", help="exit with 1 if a mark is below this")
    add("--out", type=Path, metavar="DIR", help="write the results folder; default for a class: results/")
    add("--add", action="store_true", help="these submissions belong to this results folder as well")
    add(
        "--jobs",
        type=_jobs,
        metavar="N",
        default=max(1, (os.cpu_count() or 1) // 2),
        help="submissions of a class at a time; default: half the processors",
    )
    add(
        "--resume",
        dest="fresh",
        action="store_false",
        default=False,
        help="of a class, run only what the results folder does not have (default)",
    )
    add("--fresh", dest="fresh", action="store_true", help="run everything again")
    _add_isolation(parser)
    _add_output(parser)
    add("--version", action="version", version=f"convgrade {__version__}")
    return parser


def _report_parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="grade report", description="Render stored results again, without grading anything.")
    parser.add_argument("results", type=Path, metavar="RESULTS", help="the results folder")
    parser.add_argument("id", nargs="?", metavar="ID", help="one submission; without it the whole class")
    _add_output(parser)
    return parser


def _time_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="grade time",
        description="Time one submission against the fast baseline, without grading it, and draw the ratios of all "
        "pairs of calls as a histogram. Its results still have to be right.",
    )
    add = parser.add_argument
    add("path", type=Path, metavar="PATH", help="the submission")
    add("--rubric", type=Path, metavar="FILE", help="the rubric that says what is timed; default: cs231n-conv.yaml")
    add(
        "--workload",
        metavar="SHAPES",
        help="other shapes than the rubric's, such as 'x(20,3,32,32) w(16,3,3,3) s1 p1' (s: stride, p: pad)",
    )
    add("--repeat", type=_times, metavar="N", default=1, help="measure N times, and say how far apart the ratios are")
    add("--format", choices=("terminal", "json"), default="terminal", help="default: terminal; json is JSON Lines")
    add(
        "-v", "--verbose", dest="verbosity", action="store_const", const=1, default=0,
        help="add the traceback of a judge error",
    )  # fmt: skip
    _add_isolation(parser)
    return parser


def _doctor_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="grade doctor", description="Say which layers of isolation and what quality of timing this machine gives."
    )
    parser.add_argument("--format", choices=("terminal", "json"), default="terminal", help="default: terminal")
    _add_isolation(parser)
    parser.set_defaults(verbosity=0)
    return parser


def _add_isolation(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--isolation",
        choices=("strict", "auto", "none"),
        default="auto",
        help="strict refuses to run with a layer missing; none runs submissions unconfined; default: auto",
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=("namespaces", "rlimits", "landlock", "seccomp"),
        help="leave a layer of isolation out, to find out what it does; may be repeated",
    )


def _rubric_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="grade rubric",
        description="Validate a rubric, measure which known mistakes it would let through, or print the JSON Schema.",
    )
    commands = parser.add_subparsers(dest="what", required=True, metavar="check|audit|schema")
    check = commands.add_parser("check", help="say whether a rubric is valid, and what is wrong with it")
    audit = commands.add_parser("audit", help="run the bank of known mistakes against the rubric's cases")
    schema = commands.add_parser("schema", help="print the JSON Schema of rubrics")
    for sub in (check, audit):
        sub.add_argument("rubric", type=Path, metavar="RUBRIC", help="the rubric (YAML), or the name of a packaged one")
    audit.add_argument("--seeds", type=_times, metavar="N", default=20, help="so many seeds, from the rubric's on; 20")
    audit.add_argument("--format", choices=("terminal", "json"), default="terminal", help="default: terminal")
    for sub in (check, audit, schema):
        sub.set_defaults(verbosity=0)
    return parser


def _leaderboard_parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="grade leaderboard", description="Rank what a results folder holds.")
    add = parser.add_argument
    add("results", type=Path, metavar="RESULTS", help="the results folder")
    add(
        "--format",
        choices=("terminal", "markdown", "html", "fragment", "latex", "csv", "json"),
        default="terminal",
        help="default: terminal; html is a page with a chart, fragment only its table",
    )
    add("--out", type=Path, metavar="FILE", help="write to a file instead")
    add(
        "--names",
        choices=("real", "pseudonymous", "anonymous"),
        help="how submissions are called; default: as the rubric says",
    )
    add("--key", type=Path, metavar="FILE", help="the secret that pseudonyms are made with; made if it is not there")
    add("--legend", type=Path, metavar="FILE", help="write who is who behind the pseudonyms (CSV)")
    parser.set_defaults(verbosity=0)
    return parser


PARSERS = {
    "run": _parser,
    "time": _time_parser,
    "report": _report_parser,
    "leaderboard": _leaderboard_parser,
    "rubric": _rubric_parser,
    "doctor": _doctor_parser,
}
"""Subcommands; what is none of them is a path to grade."""


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format",
        choices=("terminal", "json", "markdown", "html"),
        default="terminal",
        help="default: terminal; json is JSON Lines, html a page of one submission",
    )
    parser.add_argument(
        "--audience",
        choices=("instructor", "student"),
        default="instructor",
        help="student: hidden items only as passed, partial or failed, and no total; default: instructor",
    )
    loudness = parser.add_mutually_exclusive_group()
    loudness.add_argument(
        "-q", "--quiet", dest="verbosity", action="store_const", const=-1, default=0, help="one line for each"
    )
    loudness.add_argument(
        "-v", "--verbose", dest="verbosity", action="store_const", const=1,
        help="add traits, printed output, isolation, and tracebacks of judge errors",
    )  # fmt: skip


def _path(text: str) -> Path:
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError("a path is empty" if not text else f"{text!r} is no path")
    return Path(text)


def _jobs(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= 256):
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1 to 256")
    return int(text)


def _times(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= 1000):
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1 to 1000")
    return int(text)


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
