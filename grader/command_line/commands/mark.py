"""`grade mark RESULTS ID`."""

import argparse

from grader.command_line.command import Command
from grader.command_line.decisions import DecisionOptions, add_decision, decide


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    add_decision(parser, any_item=False, reason="a remark; the student reads it")


def run(options: DecisionOptions) -> int:
    """Keep the points that a person gives; the exit status."""
    return decide(options, kind="manual")


COMMAND = Command(
    name="mark",
    help="give the points of an item that only a person marks",
    usage="RESULTS ID --item ITEM --points P [options]",
    add_options=add_options,
    options=DecisionOptions,
    run=run,
    description="Give the points of an item of the rubric that has `kind: manual`. They hold\n"
    "when the class is graded again.",
)
