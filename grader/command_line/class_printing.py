"""The reports of a results folder as they are printed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from grader.classroom.store import Store
from grader.classroom.tables import twins_in
from grader.command_line.commands.run import RunOptions
from grader.command_line.output import OutputOptions
from grader.command_line.printing import Status, made, show
from grader.command_line.terminal import show_text, width
from grader.records import GradeReport
from grader.reports.audience import for_student
from grader.reports.summary import ClassSummary
from grader.reports.view import doubts
from grader.said import escape, say

Show = Callable[[GradeReport], bool]
"""Whether the report could be made."""


@contextmanager
def printer(options: OutputOptions, store: Store, *, one_by_one: bool) -> Iterator[Show]:
    """Prints reports as they come, or on a terminal the class in summary at the end."""
    for_students = options.audience == "student"  # who are not told of each other
    twins = {} if one_by_one or for_students else twins_in(store)
    if options.format == "terminal" and not one_by_one and options.verbosity >= 0:
        whole = ClassSummary(twins)

        def take(report: GradeReport) -> bool:
            def add() -> bool:
                whole.add(for_student(report) if for_students else report)
                return True

            return made(add, report, options) is not None

        yield take
        if whole.verdicts:  # the run was not interrupted before the first
            show_text(whole.render(width()))
        return
    shown = 0

    def show_next(report: GradeReport) -> bool:
        nonlocal shown
        same = None if one_by_one or for_students else twins.get(report.who.id, ())
        shown += 1
        return show(report, options, first=shown == 1, twins=same)

    yield show_next


def printed(options: RunOptions, store: Store, ids: Sequence[str], *, one_by_one: bool) -> Status:
    """Print what was graded, as it is stored; how the command ends after that."""
    status = Status(options.fail_under)
    with printer(options, store, one_by_one=one_by_one) as show:
        for attempt in store.latest(ids if one_by_one else sorted(ids)):
            report = attempt.report
            status.add(report)
            status.has_failed |= not show(report)
    return status


def say_doubts(store: Store, ids: Sequence[str]) -> None:
    """Say whose mark is another than before, while a person's decision about it stays as it was."""
    decided = store.ids_decided()
    for attempt in store.latest(id for id in ids if id in decided):
        for doubt in doubts(attempt.report):
            say(escape(f"{attempt.id}: {doubt}; to change that, use `grade override`"))
