"""What of a report is for whom. The instructor sees everything; a student, of hidden items, only how they ended."""

from dataclasses import replace

from grader.records import FUNCTIONS, GradeReport, ItemResult, Verdict


def for_student(report: GradeReport) -> GradeReport:
    """The report without what hidden items would give away.

    Those say only passed, failed or skipped. What the submission printed is left out with them, since it may have been
    printed on their cases, and so is the speed that one of them is about.
    """
    hidden = [item for item in report.items if item.visibility != "visible"]
    if not hidden:
        return replace(report, traceback=None)
    functions = {item.function for item in hidden}
    speed = {f: report.speed[f] for f in FUNCTIONS if f in report.speed and f not in functions} if report.speed else {}
    return replace(
        report,
        items=tuple(_ended(item) if item in hidden else item for item in report.items),
        speed=speed or None,
        stdout="",
        traceback=None,
    )


def _ended(item: ItemResult) -> ItemResult:
    known = (Verdict.PASSED, Verdict.SKIPPED, Verdict.JUDGE_ERROR)
    verdict = item.verdict if item.verdict in known else Verdict.FAILED
    return ItemResult(
        item.id, item.title, item.kind, None, item.max_points, verdict, item.bonus, visibility=item.visibility
    )
