"""classroom50: `result.json` of a submission, which its runner takes from an autograder.

Scores are whole points, and the sum of the tests' is the score, so marks are rounded. What the runner knows of the
submission stands in the environment that it sets. Source: foundation50/classroom50, `classroom50/result/v1`.
"""

import json
import os
from collections.abc import Mapping
from typing import Any

from grader.errors import UsageError
from grader.exports.each import each
from grader.records import GradeReport, ItemResult, Verdict
from grader.reports.audience import for_student
from grader.reports.machine import shares, title_of

_FROM = {
    "classroom": "CLASSROOM",
    "assignment": "ASSIGNMENT",
    "submission": "SUBMISSION_TAG",
    "commit": "COMMIT_URL",
    "release": "RELEASE_URL",
}
"""Fields of the result, and the variables of the environment that hold them."""


def _render(report: GradeReport) -> str:
    missing = [variable for variable in _FROM.values() if not os.environ.get(variable)]
    if missing:
        raise UsageError(f"--to classroom50: its runner sets {', '.join(missing)}; run this in its autograder")
    return json.dumps(as_dict(report, os.environ)) + "\n"


def as_dict(report: GradeReport, environment: Mapping[str, str]) -> dict[str, Any]:
    """The whole file."""
    known = {field: environment[variable] for field, variable in _FROM.items()}
    points, shown = shares(report, decimals=0), {item.id: item for item in for_student(report).items}
    tests = [_test(item, shown[item.id], points[item.id]) for item in report.items if item.counts]
    return {
        "schema": "classroom50/result/v1",
        **known,
        "review": environment.get("REVIEW_URL") or known["commit"],
        "datetime": f"{report.started_at[:19]}Z",
        "score": sum(test["score"] for test in tests),
        "max-score": sum(test["max-score"] for test in tests),
        "tests": tests,
    }


def _test(item: ItemResult, shown: ItemResult, points: float) -> dict[str, Any]:
    most = 0 if item.bonus else round(item.max_points)
    passed = item.verdict is Verdict.PASSED
    return {"test-name": title_of(shown), "passed": passed, "score": int(points), "max-score": most}


EXPORT = each(_render, ".json")
