"""Reports as they are printed, and how they make a command end."""

import sys
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from grader.command_line.output import OutputOptions
from grader.command_line.terminal import show_text, width
from grader.records import GradeReport
from grader.reports.form import Beside, find_form
from grader.said import escape, say

T = TypeVar("T")


def show(report: GradeReport, options: OutputOptions, *, first: bool, twins: Sequence[str] | None = None) -> bool:
    """Print one report; what needs an instructor's eye goes to stderr as well.

    Returns:
        Whether the report could be made.
    """
    whole = report
    if options.audience == "student":
        from grader.reports.audience import for_student  # who grades sees everything

        report = for_student(report)
    text = made(partial(_rendered, report, options, first=first, twins=twins), report, options)
    printed = find_form(options.format).not_made(report) if text is None else text
    if options.format == "terminal":
        show_text(printed, end="")
    else:
        print(printed, end="", flush=True)
    if report.verdict == "judge_error":
        say(escape(report.message or ""))
        if whole.traceback and options.verbosity > 0 and (options.format != "terminal" or not report.traceback):
            print(escape(whole.traceback), file=sys.stderr)
    return text is not None


def made(make: Callable[[], T], report: GradeReport, options: OutputOptions) -> T | None:
    """What is made of a report; None, and a line on stderr, where that fails, which costs no other report."""
    try:
        return make()
    except Exception as error:  # a defect of ours in this form of a report: the mark has nothing to do with it
        name = escape(report.who.name)
        what = f"a defect in the grader, the mark stands: {type(error).__name__}: {error} (-v shows where)"
        say(f"{name}: the report could not be made: {what}")
        if options.verbosity > 0:
            print(escape("".join(traceback.format_exception(error))), file=sys.stderr)
        return None


def _rendered(report: GradeReport, options: OutputOptions, *, first: bool, twins: Sequence[str] | None) -> str:
    """In the form that is asked for, which alone is imported."""
    form = find_form(options.format)
    separator = "" if first or options.verbosity < 0 else form.separator
    return separator + form.render(report, Beside(options.verbosity, twins, width()))


class Status:
    """The exit status of a run."""

    def __init__(self, fail_under: float | None) -> None:
        self.fail_under = fail_under
        self.has_failed = False
        """Something of ours has, beside the marking."""
        self._value = 0

    @property
    def value(self) -> int:
        """For the shell."""
        return 3 if self.has_failed else self._value

    def add(self, report: GradeReport) -> None:
        """Take one submission into account: a failure of ours weighs most."""
        if report.verdict == "judge_error":
            self._value = 3
        elif self.fail_under is not None and report.percent is not None and report.percent < self.fail_under:
            self._value = max(self._value, 1)
