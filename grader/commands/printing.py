"""Reports as they are printed, and how they make a command end."""

import argparse
import sys
from collections.abc import Sequence

from grader.audience import for_student
from grader.records import GradeReport
from grader.reports.base import escape
from grader.said import say


def show(report: GradeReport, options: argparse.Namespace, *, first: bool, twins: Sequence[str] | None = None) -> None:
    """Print one report; what needs an instructor's eye goes to stderr as well."""
    whole = report
    if options.audience == "student":
        report = for_student(report)
    print(_rendered(report, options, first=first, twins=twins), end="", flush=True)
    if report.verdict == "judge_error" or report.path_error:
        say(escape(report.message or ""))
        if whole.traceback and options.verbosity > 0 and (options.format != "terminal" or not report.traceback):
            print(whole.traceback, file=sys.stderr)


def _rendered(report: GradeReport, options: argparse.Namespace, *, first: bool, twins: Sequence[str] | None) -> str:
    """In the form that is asked for, which alone is imported."""
    if options.format == "json":
        from grader.reports import json

        return json.render(report, twins) + "\n"
    if options.format == "html":
        from grader.reports import html

        return html.render(report) + "\n"
    if options.format == "markdown":
        from grader.reports import markdown

        return ("" if first else "\n") + markdown.render(report)
    from grader.reports import terminal

    separator = "" if first or options.verbosity < 0 else "\n"
    return separator + terminal.render(report, options.verbosity) + "\n"


class Status:
    """The exit status of a run."""

    def __init__(self, fail_under: float | None) -> None:
        self.fail_under = fail_under
        self.value = 0

    def add(self, report: GradeReport) -> None:
        """Take one submission into account: a failure of ours weighs most, then a path that leads nowhere."""
        if report.verdict == "judge_error":
            self.value = 3
        elif report.path_error:
            self.value = max(self.value, 2)
        elif self.fail_under is not None and report.percent is not None and report.percent < self.fail_under:
            self.value = max(self.value, 1)
