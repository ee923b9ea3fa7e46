"""`grade PATH...`."""

import argparse
from contextlib import nullcontext

from grader.command_line.isolation import layers
from grader.errors import JudgeError
from grader.sandbox.processes import Zygote

_SUFFIXES = (".py", ".ipynb")


def run(options: argparse.Namespace) -> int:
    """Grade what the command line names; the exit status."""
    with _early(options) or nullcontext() as zygote:
        from grader.command_line.grading import grade  # noqa: PLC0415  # the rest, while the sandbox gets ready

        return grade(options, zygote)


def _early(options: argparse.Namespace) -> Zygote | None:
    """The sandbox process, begun before anything else where no class is graded, which starts its own.

    None where it cannot be started: the first submission's report says so.
    """
    if options.out is not None or not all(path.suffix.lower() in _SUFFIXES for path in options.paths):
        return None
    try:
        return Zygote(layers(options))
    except (OSError, JudgeError):
        return None
