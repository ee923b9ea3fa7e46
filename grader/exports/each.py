"""Exports that are a file for each submission, as a platform's autograder writes it."""

from collections.abc import Callable, Sequence

from grader.exports.base import Export, Filled, Options, no_mark
from grader.records import GradeReport
from grader.reports.form import Beside, find_form


def each_as(form: str, ending: str) -> Export:
    """A file for each submission, in a form of the report."""
    return each(lambda report: find_form(form).render(report, Beside()), ending)


def each(render: Callable[[GradeReport], str], ending: str) -> Export:
    """A file for each submission that has a mark; an error of ours is not handed on as anybody's result."""

    def fill(reports: Sequence[GradeReport], data: bytes | None, options: Options) -> Filled:
        files = {report.who.id: render(report).encode() for report in reports if report.score is not None}
        left = [no_mark(report.who.name) for report in reports if report.score is None]
        return Filled(written=len(files), left=tuple(left), files=files)

    return Export(fill, out="files", ending=ending)
