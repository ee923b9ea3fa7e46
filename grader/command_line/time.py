"""`grade time PATH`."""

import argparse
import sys
from dataclasses import replace

from grader.command_line.options import checked_options, rubric_file
from grader.errors import UsageError, named_paths
from grader.pipeline import Grader
from grader.reports import timing
from grader.reports.base import escape
from grader.rubric.assignment import Assignment
from grader.rubric.model import Rubric, SpeedItem
from grader.rubric.reading import load_rubric
from grader.rubric.workload import as_text, parse_workload
from grader.sources import find_entries


def run(options: argparse.Namespace) -> int:
    """Time one submission and print what was found; the exit status."""
    with named_paths():
        rubric = _with_workload(load_rubric(rubric_file(options.rubric)), options.workload)
        entries = find_entries([options.path])
    operator = Assignment.of(rubric).operator
    timed = {item.id: as_text(item.workload, operator) for item in rubric.items if isinstance(item, SpeedItem)}
    if not timed:
        raise UsageError(f"{options.rubric}: the rubric has no speed items, so there is nothing to time")
    if len(entries) != 1:
        raise UsageError(f"{options.path}: holds {len(entries)} submissions; name one")
    runs = []
    with Grader(rubric, replace(checked_options(options), verification=False)) as grader:
        for _ in range(options.repeat):
            found = grader.examine(entries[0])
            if found.verdict != "graded":
                print(f"grade: {escape(found.message or '')}", file=sys.stderr)
                if found.traceback and options.verbosity > 0:
                    print(found.traceback, file=sys.stderr)
                return 3 if found.verdict == "judge_error" else 2
            runs.append(found.timings)
            for note in found.notes if len(runs) == 1 else ():
                print(f"grade: note: {escape(note)}", file=sys.stderr)
            if options.format == "json":
                print(timing.as_json(entries[0].name, found.timings), flush=True)
            else:
                print(timing.terminal(entries[0].name, found.timings, timed), end="\n\n", flush=True)
    if options.repeat > 1 and options.format == "terminal":
        print(timing.spread(runs))
    return 0


def _with_workload(rubric: Rubric, text: str | None) -> Rubric:
    """The rubric, with other shapes to be timed if there is a text that says which."""
    if text is None:
        return rubric
    workload = parse_workload(text, Assignment.of(rubric).operator)
    items = (i.model_copy(update={"workload": workload}) if isinstance(i, SpeedItem) else i for i in rubric.items)
    return rubric.model_copy(update={"items": tuple(items)})
