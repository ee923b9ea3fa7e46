"""What runs in an autograder: one submission is graded, and its results are told once and whole."""

import json
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from grader.autograders.base import RUBRIC, Autograder, find_autograder
from grader.pipeline import Grader
from grader.records import GradeReport, ReportVerdict
from grader.rubric.as_json import from_json
from grader.rubric.late import moment
from grader.rubric.model import WholeRubric


def main(arguments: Sequence[str]) -> int:
    """Grade the submission that a platform handed over.

    Args:
        arguments: the name of the platform, the grader's folder, and that in which the platform has its files.

    Returns:
        The exit status: 3 where we failed and that was told, 1 where it is still to be told.
    """
    autograder, source, root = find_autograder(arguments[0]), Path(arguments[1]), Path(arguments[2])
    try:
        report = grade(autograder, source, root)
        autograder.tell(root, report)
    except Exception:  # a defect of ours, or a platform that is not as it says: never the student's zero
        traceback.print_exc()
        if autograder.failed is None:
            return 1
        autograder.failed(root)
        return 3
    if report.verdict is not ReportVerdict.JUDGE_ERROR:
        return 0
    print(report.message, report.traceback or "", sep="\n", file=sys.stderr)
    return 3


def grade(autograder: Autograder, source: Path, root: Path) -> GradeReport:
    """The report of the submission that the platform handed over."""
    handed = autograder.handed_in(root)
    with Grader(_rubric(source / RUBRIC, handed.due)) as grader:
        return grader.grade(handed.entry)


def _rubric(file: Path, due: str | None) -> WholeRubric:
    kept = json.loads(file.read_text(encoding="utf-8"))
    rubric = from_json(json.dumps(kept["rubric"]), kept["sha256"])
    if rubric.late is None or due is None:
        return rubric
    return rubric.model_copy(update={"late": rubric.late.model_copy(update={"due": moment(due)})})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
