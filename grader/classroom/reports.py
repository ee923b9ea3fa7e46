"""The reports of a results folder: a file of each form for each student, one costing no other."""

import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from grader.classroom.files import safe_name, write_whole
from grader.classroom.store import Store
from grader.classroom.ways import landmarks_of
from grader.errors import system_says
from grader.records import GradeReport
from grader.reports.audience import for_student
from grader.reports.base import report_not_made
from grader.reports.form import Beside, ClassRatios, forms_of_files
from grader.said import escape, say


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A file that is not as it should be."""

    path: Path
    error: Exception

    def __str__(self) -> str:
        """What happened to which file."""
        if isinstance(self.error, OSError):
            return f"{self.path}: cannot be written: {system_says(self.error)}"
        what = f"{type(self.error).__name__}: {self.error}"
        return f"{self.path}: a defect in the grader, the mark stands: {what} (-v shows where)"


def write_report(
    folder: Path, report: GradeReport, beside: Beside | None = None, endings: Iterable[str] | None = None
) -> list[Unwritten]:
    """`reports/<id>.txt`, `.md` and `.html` of one submission, to be handed to the student.

    Args:
        folder: of the results.
        report: of the submission.
        beside: the class's speed ratios and landmarks, as far as they are known.
        endings: of the forms that are to be written; by default all.

    Returns:
        What could not be written, or says only that the report could not be made: one costs no other.
    """
    reports, name = folder / "reports", safe_name(report.who.id)
    chosen = forms_of_files() if endings is None else endings
    handed = cache(partial(for_student, report))
    tried = (_write_form(reports / f"{name}{ending}", report, handed, beside or Beside()) for ending in chosen)
    return [failed for failed in tried if failed is not None]


def class_beside(store: Store, ratios: ClassRatios) -> Beside:
    """What of a class a student's page shows: everybody's speed ratios, and the landmarks of the last race."""
    return Beside(class_ratios=ratios, landmarks=landmarks_of(store) if ratios else {})


def _write_form(path: Path, report: GradeReport, handed: Callable[[], GradeReport], beside: Beside) -> Unwritten | None:
    """One form of a report; `handed` makes what the student may see of it."""
    failed = None
    try:
        text = forms_of_files()[path.suffix].render(handed(), beside)
    except Exception as error:  # a defect of ours: it costs this file, which says so
        failed = Unwritten(path, error)
        text = report_not_made(report.score, report.max_score) + "\n"
    try:
        path.parent.mkdir(exist_ok=True)
        write_whole(path, text)
    except OSError as error:
        failed = Unwritten(path, error)
    return failed


def has_report(folder: Path, id: str) -> bool:
    """Whether every form of a submission's report is there."""
    try:
        return all((folder / "reports" / f"{safe_name(id)}{ending}").exists() for ending in forms_of_files())
    except OSError:  # writing it says why
        return False


def remove_report(folder: Path, id: str) -> list[Unwritten]:
    """Remove every form of a submission's report; what could not be removed."""
    failed = []
    for ending in forms_of_files():
        path = folder / "reports" / f"{safe_name(id)}{ending}"
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            failed.append(Unwritten(path, error))
    return failed


class Failures:
    """The files that could not be written. The first of each kind is told at once, the others are counted."""

    def __init__(self, *, verbose: bool) -> None:
        self.kinds: dict[Path, object] = {}
        """Those files, with the kind of what happened."""
        self._verbose = verbose

    def tell(self, failed: Unwritten) -> None:
        """Say on stderr that a file could not be written."""
        kind = type(failed.error), getattr(failed.error, "errno", str(failed.error))
        is_new = kind not in self.kinds.values()
        self.kinds[failed.path] = kind
        if is_new:
            say(str(failed))
            if self._verbose:
                print(escape("".join(traceback.format_exception(failed.error))), file=sys.stderr)

    def sum_up(self) -> None:
        """Say on stderr how many more there were."""
        for count in Counter(self.kinds.values()).values():
            if count > 1:
                say(f"{count - 1} more could not be written for the same reason")
