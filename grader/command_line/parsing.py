"""Arguments -> a command and its options. What is wrong with them is one line, with what may have been meant."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from grader import __version__
from grader.command_line.command import Command, all_commands, find_command
from grader.errors import UsageError, did_you_mean

DEFAULT = "run"
"""The command that a path alone means."""
_EXIT_STATUS = """\
exit status:
  0  everything was graded, whatever the marks
{more}  2  the command line or the rubric is wrong
  3  internal error: a submission could not be graded, or a file not written
"""


def exit_status(more: str = "") -> str:
    """What the exit status of a command that grades means, for its help; `more` is a line of its own."""
    return _EXIT_STATUS.format(more=more)


class Parser(argparse.ArgumentParser):
    """One that raises what is wrong, and names what may have been meant."""

    def error(self, message: str) -> NoReturn:
        """As argparse's, as a UsageError."""
        options = [option for action in self._actions for option in action.option_strings]
        raise UsageError(f"{_in_words(message, options)} (see `{self.prog} --help`)")


def _in_words(message: str, options: Sequence[str]) -> str:
    """What argparse says, in our words."""
    if found := re.fullmatch(r"unrecognized arguments: (.*)", message, re.DOTALL):
        unknown = [word for word in found[1].split(" ") if word.startswith("-")]
        if not unknown:
            return f"unexpected argument: {found[1]}"
        return f"there is no option {unknown[0]}{did_you_mean(unknown[0].partition('=')[0], options)}"
    if found := re.fullmatch(r"argument (.+?): invalid choice: (.+) \(choose from (.*)\)", message, re.DOTALL):
        choices = [choice.strip("' ") for choice in found[3].split(",")]
        named = found[1].split("/")[-1]
        suggestion = did_you_mean(found[2].strip("'"), choices)
        return f"{named}: there is no {found[2]}{suggestion}; choose from {', '.join(choices)}"
    if found := re.fullmatch(r"the following arguments are required: (.*)", message):
        return f"{found[1]} is missing"
    return re.sub(r"^argument (?:\S+/)?(\S+): ", r"\1: ", message)


def parse(arguments: Sequence[str]) -> tuple[Command, Any]:
    """The command and its options, of `Command.options`.

    Raises:
        UsageError: where they are wrong.
        SystemExit: after `--help` and `--version`.
    """
    named = find_command(arguments[0]) if arguments and arguments[0].isidentifier() else None
    command = named or find_command(DEFAULT)
    assert command is not None  # it is in this package
    if not arguments:
        raise UsageError("name a submission or a class: `grade PATH` (see `grade --help`)")
    parser = parser_of(command, overview=named is None)
    found = parser.parse_args(arguments if named is None else arguments[1:])
    return command, command.options(**vars(found))


def parser_of(command: Command, *, overview: bool = False) -> argparse.ArgumentParser:
    """The parser of a command; for `grade --help`, `overview` makes it show all commands."""
    add = _Overview if overview else None
    parser = Parser(
        prog="grade" if overview else f"grade {command.name}",
        usage=None if overview else f"grade {command.name} {command.usage}",
        description=command.description or f"{command.help[0].upper()}{command.help[1:]}.",
        epilog=command.epilog,
        formatter_class=_formatter,
        add_help=add is None,
    )
    if add is not None:
        parser.usage = f"grade {command.usage}\n       grade COMMAND ..."
        parser.add_argument("-h", "--help", action=add, nargs=0, help="show this help and exit")
    if command.name == DEFAULT:
        parser.add_argument("--version", action="version", version=f"convgrade {__version__}")
    command.add_options(parser)
    parser._positionals.title = "arguments"
    return parser


def _formatter(prog: str) -> argparse.HelpFormatter:
    """One that keeps to the width of all other text."""
    from grader.command_line.terminal import width

    return argparse.RawDescriptionHelpFormatter(prog, width=width())


class _Overview(argparse.Action):
    """Prints the help of `grade` itself, which lists all commands: only then are their modules imported."""

    def __init__(self, option_strings: Sequence[str], dest: str, **rest: Any) -> None:
        super().__init__(option_strings, dest=argparse.SUPPRESS, default=argparse.SUPPRESS, **rest)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        commands = all_commands().values()
        width = 2 + max(len(each.name) for each in commands)
        lines = [f"  {each.name:{width}}{each.help}" for each in commands]
        parser.description = "\n".join([str(parser.description), "", "commands:", *lines])
        parser.print_help()
        parser.exit()


def whole_number(low: int, high: int) -> Any:
    """A type of argument: a whole number from `low` to `high`."""

    def parsed(text: str) -> int:
        if not (text.isdecimal() and len(text) < 20 and low <= int(text) <= high):
            raise argparse.ArgumentTypeError(f"{text} is not a whole number from {low} to {high}")
        return int(text)

    return parsed


def percent(text: str) -> float:
    """A type of argument: a number from 0 to 1000."""
    value = number(text)
    if not 0 <= value <= 1000:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 0 to 1000")
    return value


def number(text: str) -> float:
    """A type of argument: a number, with a decimal point."""
    try:
        return float(text)
    except ValueError as error:
        point = text.replace(",", ".")
        meant = f"; did you mean {point}?" if re.fullmatch(r"\d+\.\d*", point) and "," in text else ""
        raise argparse.ArgumentTypeError(f"{text} is not a number{meant}") from error


def moment(text: str) -> str:
    """A type of argument: a moment that says how far its clock is from UTC."""
    from grader.rubric.late import moment as checked

    try:
        return checked(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error} (got {text})") from error


def path(text: str) -> Path:
    """A type of argument: a path that could be one."""
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError("a path is empty" if not text else f"{text!r} is no path")
    return Path(text)
