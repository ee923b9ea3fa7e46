"""What a platform reads of a report, in the form that has its name."""

import json
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

from grader.classroom.files import write_whole
from grader.records import GradeReport
from grader.reports.form import Beside, find_form


def rendered(form: str, report: GradeReport) -> str:
    """The report in a form. Where that fails, the mark is known all the same, and told."""
    found = find_form(form)
    try:
        return found.render(report, Beside())
    except Exception:  # a defect of ours, which is for the staff
        traceback.print_exc()
        return found.not_made(report)


def into_file(form: str) -> Callable[[Path, GradeReport], None]:
    """Writes `results/results.json`, whole."""
    return lambda root, report: _write(root, rendered(form, report))


def failure_into_file(told: Mapping[str, object]) -> Callable[[Path], None]:
    """The same where there is no report."""
    return lambda root: _write(root, json.dumps(told) + "\n")


def _write(root: Path, text: str) -> None:
    (root / "results").mkdir(exist_ok=True)
    write_whole(root / "results" / "results.json", text)
