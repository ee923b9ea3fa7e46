"""What runs in an autograder: one submission is graded, and its results are written once and whole."""

import json
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from grader.autograders.base import find_autograder
from grader.classroom.files import write_whole
from grader.pipeline import Grader
from grader.records import GradeReport, ReportVerdict
from grader.reports.form import Beside, find_form
from grader.rubric.as_json import from_json
from grader.rubric.late import moment
from grader.rubric.model import WholeRubric

RUBRIC = "rubric.json"
"""The file in the grader's folder that has the rubric."""


def main(arguments: Sequence[str]) -> int:
    """Grade the submission that a platform handed over; the exit status is 3 where we failed.

    Args:
        arguments: the name of the platform, the grader's folder, and that in which the platform has its files.
    """
    name, source, root = arguments[0], Path(arguments[1]), Path(arguments[2])
    results = root / "results" / "results.json"
    try:
        report = grade(name, source, root)
        text, failed = render(name, report)
    except Exception:  # a defect of ours, or a platform that is not as it says: never the student's zero
        traceback.print_exc()
        text, failed = json.dumps(find_autograder(name).failed) + "\n", True
    results.parent.mkdir(exist_ok=True)
    write_whole(results, text)
    return 3 if failed else 0


def grade(name: str, source: Path, root: Path) -> GradeReport:
    """The report of the submission that the platform handed over."""
    handed = find_autograder(name).handed_in(root)
    with Grader(_rubric(source / RUBRIC, handed.due)) as grader:
        return grader.grade(handed.entry)


def render(name: str, report: GradeReport) -> tuple[str, bool]:
    """What the platform reads, and whether we failed; then the staff are told why."""
    failed = report.verdict is ReportVerdict.JUDGE_ERROR
    if failed:
        print(report.message, report.traceback or "", sep="\n", file=sys.stderr)
    form = find_form(name)
    try:
        return form.render(report, Beside()), failed
    except Exception:  # a defect of ours: the mark is known all the same
        traceback.print_exc()
        return form.not_made(report), True


def _rubric(file: Path, due: str | None) -> WholeRubric:
    kept = json.loads(file.read_text(encoding="utf-8"))
    rubric = from_json(json.dumps(kept["rubric"]), kept["sha256"])
    if rubric.late is None or due is None:
        return rubric
    return rubric.model_copy(update={"late": rubric.late.model_copy(update={"due": moment(due)})})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
