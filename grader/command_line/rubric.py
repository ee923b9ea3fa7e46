"""`grade rubric check|audit|schema`."""

import argparse
from json import dumps

from grader.command_line.options import rubric_file
from grader.errors import named_paths
from grader.rubric.assignment import Assignment
from grader.rubric.reading import json_schema, load_rubric


def run(options: argparse.Namespace) -> int:
    """Check, audit or describe rubrics; the exit status."""
    if options.what == "schema":
        print(dumps(json_schema(), indent=2))
        return 0
    with named_paths():
        found = load_rubric(rubric_file(options.rubric))
    if options.what == "check":
        print(f"{options.rubric}: valid: {len(found.items)} items, {found.max_score:g} points")
        return 0
    from grader.audit import audit  # noqa: PLC0415  # to check a rubric takes neither this nor a table
    from grader.reports import audit as forms  # noqa: PLC0415  # as above

    seen = audit(Assignment.of(found), [found.seed + i for i in range(options.seeds)])
    print(forms.as_json(seen) if options.format == "json" else forms.terminal(seen))
    return 0
