"""`grade completion bash|zsh|fish`."""

import argparse
from dataclasses import dataclass

from grader.command_line.command import Command, all_commands
from grader.command_line.parsing import DEFAULT

_EPILOG = """\
examples:
  eval "$(grade completion bash)"                  put this into ~/.bashrc
  grade completion zsh > "${fpath[1]}/_grade"
  grade completion fish > ~/.config/fish/completions/grade.fish
"""


@dataclass(frozen=True, kw_only=True)
class CompletionOptions:
    """Options of `grade completion`."""

    shell: str


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="the shell that is to complete")


def run(options: CompletionOptions) -> int:
    """Print the script; the exit status."""
    from shtab import complete

    print(complete(_whole(), options.shell))
    return 0


def _whole() -> argparse.ArgumentParser:
    """A parser that has the commands, and what `grade PATH` takes without one."""
    parser = argparse.ArgumentParser(prog="grade")
    commands = parser.add_subparsers(metavar="COMMAND")
    all_commands()[DEFAULT].add_options(parser)
    for command in all_commands().values():
        command.add_options(commands.add_parser(command.name, help=command.help))
    return parser


COMMAND = Command(
    name="completion",
    help="print a shell's completion",
    usage="bash|zsh|fish",
    add_options=add_options,
    options=CompletionOptions,
    run=run,
    epilog=_EPILOG,
)
