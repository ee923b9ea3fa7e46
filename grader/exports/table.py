"""A plain table: one row for each person, the members of groups one by one."""

from collections.abc import Iterator, Sequence

from grader.exports.base import no_mark, people
from grader.records import GradeReport

HEADINGS = ("id", "name", "email", "group", "score", "max_score", "verdict")
Row = tuple[str, str, str | None, str | None, float | None, float, str]


def rows(reports: Sequence[GradeReport]) -> Iterator[Row]:
    """Everybody's, as `HEADINGS` say; without a score where there is no mark."""
    for one in people(reports):
        of = one.report
        score = None if of.score is None else round(of.score, 2)
        yield one.id, one.name, one.email, of.who.group, score, round(of.max_score, 2), of.verdict.value


def left_of(reports: Sequence[GradeReport]) -> tuple[str, ...]:
    """Whoever has no mark."""
    return tuple(no_mark(one.name) for one in people(reports) if one.report.score is None)
