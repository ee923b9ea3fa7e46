"""`grade rubric check|audit|schema`."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from json import dumps
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from grader.command_line import parsing
from grader.command_line.command import Command

if TYPE_CHECKING:
    from grader.rubric.homework import Homework
    from grader.rubric.model import AnyItem


_WITHIN = "\xa0"
"""A space at which no line ends."""


@dataclass(frozen=True, kw_only=True)
class RubricOptions:
    """Options of `grade rubric`."""

    what: str
    rubric: Path = Path()
    seeds: int = 0
    format: str = "terminal"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    commands = parser.add_subparsers(dest="what", required=True, metavar="COMMAND", prog=parser.prog)
    check = commands.add_parser("check", help="say whether a rubric is valid, and what is wrong with it")
    audit = commands.add_parser("audit", help="run the bank of known mistakes against the rubric's cases")
    commands.add_parser("schema", help="print the JSON Schema of rubrics")
    for sub in (check, audit):
        sub.formatter_class, sub._positionals.title = parser.formatter_class, "arguments"
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
    from grader.command_line.terminal import width
    from grader.rubric.homework import Homework

    if options.what == "check":
        several = "" if None in found.parts else f", {_counted(len(found.parts), 'operator')}"
        points = sum(item.points for item in found.items if item.bonus)
        bonus = f", {points:g} points of bonus" if points else ""
        items = _counted(len(found.items), "item")
        print(f"{options.rubric}: valid: {items}, {found.max_score:g} points{several}{bonus}")
        for line in _checked(Homework.of(found)):
            lines = fill(line, width(), initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
            print(lines.replace(_WITHIN, " "))
        return 0
    from grader.audit import audit
    from grader.reports import audit as forms

    seeds = [found.seed + i for i in range(options.seeds)]
    for key, assignment in Homework.of(found).parts.items():
        seen = audit(assignment, seeds)
        if key is not None:
            seen = replace(seen, rubric=f"{seen.rubric}, {key}")
        print(forms.as_json(seen) if options.format == "json" else forms.terminal(seen, width()))
    return 0


def _checked(homework: "Homework") -> Iterator[str]:
    """What was found valid: of each operator its functions, cases and items, lateness, and what a person marks."""
    for key, part in homework.parts.items():
        named = part.operator.name if key in (None, part.operator.name) else f"{key} ({part.operator.name})"
        cases = _counted(part.rubric.cases.count, "case")
        mine = [item for item in homework.rubric.items if item.kind != "manual" and item.operator == key]
        yield f"{named}: {' and '.join(part.names.values())}, {cases}: {_items(mine)}"
    if (late := homework.rubric.late) is not None:
        free = f", {late.grace_minutes:g} minutes of grace" if late.grace_minutes else ""
        most = f", nothing is left after {_counted(late.max_days, 'day')}" if late.max_days is not None else ""
        left = f", but {late.floor_percent:g} % stay" if late.floor_percent else ""
        yield f"due {late.due}{free}; then {late.per_day_percent:g} % for each day that is begun{left}{most}"
    by_hand = [item for item in homework.rubric.items if item.kind == "manual"]
    if by_hand:
        yield f"by hand: {_items(by_hand)}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _items(items: "Sequence[AnyItem]") -> str:
    """Each with its points; those of a bonus with a plus, and with the word where a student does not see all of it."""
    seen = {
        item.id: "" if item.visibility == "visible" else f" ({item.visibility.replace('_', ' ')})" for item in items
    }
    return ", ".join(f"{item.id}{_WITHIN}{'+' if item.bonus else ''}{item.points:g}{seen[item.id]}" for item in items)


COMMAND = Command(
    name="rubric",
    help="check a rubric, find the mistakes it misses, print its schema",
    usage="check|audit|schema ...",
    add_options=add_options,
    options=RubricOptions,
    run=run,
    description="Validate a rubric, measure which known mistakes it would let through, or\nprint the JSON Schema.",
)
