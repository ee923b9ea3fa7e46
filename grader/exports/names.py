"""How pages are called in the archive that a platform's bulk upload takes: by the names of what was downloaded."""

from collections.abc import Callable, Sequence

from grader.exports.base import Handed
from grader.exports.pages import can_be
from grader.records import GradeReport


def handed(reports: Sequence[GradeReport], name: Callable[[GradeReport, str], str | None], why: str) -> Handed:
    """The names of everybody's pages.

    Args:
        reports: of the class.
        name: of a page in the archive, given the name in the platform's export; None where there is none.
        why: there is none then.
    """
    names: dict[str, str] = {}
    left = []
    for report in reports:
        called = name(report, report.who.source.rpartition("/")[2])
        if called is None:
            left.append(f"{report.who.name} ({report.who.id}): {why}")
        elif not can_be(called):
            left.append(f"{report.who.name} ({report.who.id}): {called} is nothing that a page can be sent as")
        else:
            names[called] = report.who.id
    return Handed(names, tuple(left))
