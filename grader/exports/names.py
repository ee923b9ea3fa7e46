"""How pages are called in the archive that a platform's bulk upload takes: by the names of what was downloaded."""

from collections.abc import Callable, Sequence

from grader.errors import UsageError
from grader.exports.base import Handed
from grader.exports.pages import can_be
from grader.records import GradeReport, ReportVerdict


def handed(
    reports: Sequence[GradeReport], name: Callable[[GradeReport, str], str | None], platform: str, why: str
) -> Handed:
    """The names of everybody's pages.

    Args:
        reports: of the class.
        name: of a page in the archive, given the name in the platform's export; None where there is none.
        platform: whose upload it is.
        why: there is none then.

    Raises:
        UsageError: where that is so of everybody.
    """
    names: dict[str, str] = {}
    left = []
    if len(reports) > 1 and not any(name(report, _file_of(report)) for report in reports):
        raise UsageError(
            f"this class was not read as a download of {platform}, which takes pages by the names in it: send each "
            "student reports/<id>.html of the results folder, or give out links (`grade serve FOLDER --links`)"
        )
    for report in reports:
        if report.verdict is ReportVerdict.MISSING:  # handed in nothing that a page could be a comment on
            continue
        called = name(report, _file_of(report))
        if called is None:
            left.append(f"{report.who.name} ({report.who.id}): {why}")
        elif not can_be(called):
            left.append(
                f"{report.who.name} ({report.who.id}): no page, since {platform} takes one only under the name "
                f"of the hand-in, {called}, and this is not code, a notebook or an archive"
            )
        else:
            names[called] = report.who.id
    return Handed(names, tuple(left))


def _file_of(report: GradeReport) -> str:
    return report.who.source.rpartition("/")[2]
