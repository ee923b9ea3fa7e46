"""Findings and a rubric -> GradeReport. Pure: to mark again after a change of points, nothing is run."""

from grader import scoring
from grader.operators import find_operator
from grader.records import Findings, GradeReport, ItemResult, ReportVerdict, Verdict
from grader.rubric import Rubric


def mark(rubric: Rubric, id: str, name: str, source: str, findings: Findings) -> GradeReport:
    """The report of one submission.

    Args:
        rubric: the findings have to come from a rubric that runs the same things.
        id: of the submission in its run.
        name: for people.
        source: where it came from.
        findings: from `Grader.examine`.
    """
    items = _items(rubric, findings)
    return GradeReport(
        submission={"id": id, "name": name, "source": source, "sha256": findings.sha256},
        verdict=findings.verdict,
        message=None if findings.message is None else findings.message.replace("\n", "\\n"),
        score=scoring.total(rubric, items),
        max_score=rubric.max_score,
        items=items,
        speed=scoring.speeds(findings.timings),
        stdout=findings.stdout,
        isolation=findings.isolation,
        seed=findings.seed,
        rubric={"name": rubric.name, "sha256": rubric.sha256},
        versions=findings.versions,
        started_at=findings.started_at,
        wall_s=findings.wall_s,
        notes=findings.notes,
        traceback=findings.traceback,
        path_error=findings.path_error,
    )


def _items(rubric: Rubric, findings: Findings) -> tuple[ItemResult, ...]:
    if findings.verdict is ReportVerdict.JUDGE_ERROR:
        return scoring.uniform_items(rubric, Verdict.JUDGE_ERROR, None, points=None)
    if findings.verification is None:
        return scoring.uniform_items(rubric, findings.reason, findings.message)
    operator = find_operator(rubric.operator)
    assert operator is not None  # the rubric has been checked
    return scoring.score_items(rubric, findings.verification, findings.timings, operator.shapes)
