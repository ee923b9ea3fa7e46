"""`grade rubric check|audit|schema`."""

import argparse
from dataclasses import dataclass, replace
from json import dumps
from pathlib import Path

from grader.command_line import parsing
from grader.command_line.command import Command


@dataclass(frozen=True, kw_only=True)
class RubricOptions:
    """Options of `grade rubric`."""

    what: str
    rubric: Path = Path()
    seeds: int = 0
    format: str = "terminal"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    commands = parser.add_subparsers(dest="what", required=True, metavar="check|audit|schema", prog=parser.prog)
    check = commands.add_parser("check", help="say whether a rubric is valid, and what is wrong with it")
    audit = commands.add_parser("audit", help="run the bank of known mistakes against the rubric's cases")
    commands.add_parser("schema", help="print the JSON Schema of rubrics")
    for sub in (check, audit):
        sub.add_argument(
            "rubric", type=parsing.path, metavar="RUBRIC", help="the rubric (YAML), or the name of a packaged one"
        )
    times = parsing.whole_number(1, 1000)
    seeds = "number of seeds to try, starting with the rubric's; default: 20"
    audit.add_argument("--seeds", type=times, metavar="N", default=20, help=seeds)
    audit.add_argument("--format", choices=("terminal", "json"), default="terminal", help="default: terminal")


def run(options: RubricOptions) -> int:
    """Check, audit or describe rubrics; the exit status."""
    from grader.rubric.reading import json_schema

    if options.what == "schema":
        print(dumps(json_schema(), indent=2))
        return 0
    from grader.command_line.options import rubric_file
    from grader.errors import named_paths
    from grader.rubric.reading import load_rubric

    with named_paths():
        found = load_rubric(rubric_file(options.rubric))
    if options.what == "check":
        several = "" if None in found.parts else f", {len(found.parts)} operators"
        points = sum(item.points for item in found.items if item.bonus)
        bonus = f", {points:g} points of bonus" if points else ""
        print(f"{options.rubric}: valid: {len(found.items)} items, {found.max_score:g} points{several}{bonus}")
        return 0
    from grader.audit import audit
    from grader.command_line.terminal import width
    from grader.reports import audit as forms
    from grader.rubric.homework import Homework

    seeds = [found.seed + i for i in range(options.seeds)]
    for key, assignment in Homework.of(found).parts.items():
        seen = audit(assignment, seeds)
        if key is not None:
            seen = replace(seen, rubric=f"{seen.rubric}, {key}")
        print(forms.as_json(seen) if options.format == "json" else forms.terminal(seen, width()))
    return 0


COMMAND = Command(
    name="rubric",
    help="check a rubric, find the mistakes it misses, print its schema",
    usage="check|audit|schema ...",
    add_options=add_options,
    options=RubricOptions,
    run=run,
    description="Validate a rubric, measure which known mistakes it would let through, or\nprint the JSON Schema.",
)
