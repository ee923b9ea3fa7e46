"""What a command is, and which there are: every module of `commands` is one."""

import argparse
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from grader.command_line import commands

WHOSE = "the submission, by its id, a name, an e-mail address (or what is before its @) or a file"
"""Help of an argument ID."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command of `grade`."""

    name: str
    help: str
    """What it does, in a line of the list of commands."""
    usage: str
    """Its arguments, as the first line of its help shows them."""
    add_options: Callable[[argparse.ArgumentParser], None]
    options: type[Any]
    """A frozen dataclass that has a field for each option."""
    run: Callable[[Any], int]
    """Called with `options`; the exit status. What takes long to import is imported by it, not with its module."""
    description: str = ""
    """More than `help`, for its own help."""
    epilog: str = ""
    stops: str = ""
    """What has not happened where the rubric is wrong, such as "nothing was graded"."""


def find_command(name: str) -> Command | None:
    """The command of this name; only its module is imported."""
    return _imported(name) if name in _names() else None


def all_commands() -> Mapping[str, Command]:
    """All of them by name, `run` first, then in the order of the alphabet."""
    return {name: _imported(name) for name in sorted(_names(), key=lambda name: (name != "run", name))}


def _names() -> set[str]:
    return {module.name for module in pkgutil.iter_modules(commands.__path__)}


def _imported(name: str) -> Command:
    found: Command = import_module(f"{commands.__name__}.{name}").COMMAND
    return found
