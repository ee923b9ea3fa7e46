"""`grade override RESULTS ID`."""

import argparse

from grader.command_line.command import Command
from grader.command_line.decisions import DecisionOptions, add_decision, decide
from grader.errors import UsageError


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    add_decision(parser, any_item=True, reason="why; the student reads it")


def run(options: DecisionOptions) -> int:
    """Keep what a person decided; the exit status."""
    if not (options.undo or options.reason.strip()):
        raise UsageError("--points needs a --reason: the student and the next instructor read it")
    return decide(options)


COMMAND = Command(
    name="override",
    help="give points by hand, over those that were computed",
    usage="RESULTS ID --points P --reason TEXT [options]",
    add_options=add_options,
    options=DecisionOptions,
    run=run,
    description="Give points by hand, for an item or the whole mark. Reports show them with those\n"
    "that were computed. They hold when the class is graded again.",
)
