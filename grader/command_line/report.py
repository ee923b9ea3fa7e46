"""`grade report RESULTS [ID]`."""

import argparse

from grader.command_line.class_printing import printer
from grader.command_line.stored import open_results
from grader.errors import UsageError


def run(options: argparse.Namespace) -> int:
    """Render stored results again; the exit status."""
    with open_results(options.results) as store:
        ids = store.ids()
        if options.id is not None and options.id not in ids:
            raise UsageError(f"{options.results}: there is no submission {options.id} in it")
        if options.id is None and options.format == "html":
            raise UsageError(f"--format html is for one submission; the pages of all are in {options.results}/reports/")
        chosen = ids if options.id is None else [options.id]
        with printer(options, store, one_by_one=options.id is not None) as show:
            for attempt in store.latest(chosen):
                show(attempt.report)
    return 0
