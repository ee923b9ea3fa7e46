"""The results folder: the database, `grades.csv`, `grades.json` and a report for each student."""

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import IO

from grader.classroom.pseudonyms import pseudonym
from grader.errors import UsageError, system_says
from grader.records import FUNCTIONS, GradeReport
from grader.reports.audience import for_student
from grader.reports.base import report_not_made, spreadsheet_cell
from grader.reports.form import Beside, ClassRatios, forms_of_files
from grader.reports.forms import json
from grader.rubric.model import Rubric

BEFORE_ITEMS: Mapping[str, str] = {
    "id": "unique in this folder",
    "name": "what reports call the submission",
    "verdict": "`graded`; `rejected`: nothing gradable could be loaded, so the score is 0; `judge_error`: the grader "
    "failed, and there is no score",
    "score": "the mark, with its bonus; empty for a judge error",
    "max_score": "sum of the points of all items that were judged and are no bonus",
}
"""The first columns of `grades.csv`, with what they mean. A column for each item of the rubric follows."""
AFTER_ITEMS: Mapping[str, str] = {
    "ratio_forward": "baseline time / submission's time of forward: 1 is as fast as the baseline; empty if not timed",
    "ratio_backward": "the same for backward",
    "wrong_on_own_cache": "number of cases in which forward is right, and backward only on the cache "
    "`(x, w, b, conv_param)`; empty if none",
    "identical_to": "ids of the submissions whose two functions are the same, with spaces between",
    "message": "why the submission was not graded",
    "source": "the path that was graded",
    "report": "the student's page, from this folder on",
}
"""The last columns."""


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
    folder: Path, report: GradeReport, class_ratios: ClassRatios | None = None, endings: Iterable[str] | None = None
) -> list[Unwritten]:
    """`reports/<id>.txt`, `.md` and `.html` of one submission, to be handed to the student.

    Args:
        folder: of the results.
        report: of the submission.
        class_ratios: the class's speed ratios, as far as they are known.
        endings: of the forms that are to be written; by default all.

    Returns:
        What could not be written, or says only that the report could not be made: one costs no other.
    """
    reports, name = folder / "reports", safe_name(report.submission["id"] or "")
    chosen = forms_of_files() if endings is None else endings
    handed = cache(partial(for_student, report))
    tried = (_write_form(reports / f"{name}{ending}", report, handed, class_ratios or {}) for ending in chosen)
    return [failed for failed in tried if failed is not None]


def _write_form(
    path: Path, report: GradeReport, handed: Callable[[], GradeReport], class_ratios: ClassRatios
) -> Unwritten | None:
    """One form of a report; `handed` makes what the student may see of it."""
    failed = None
    try:
        text = forms_of_files()[path.suffix].render(handed(), Beside(class_ratios=class_ratios))
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


@contextmanager
def write_tables(
    folder: Path, rubric: Rubric, twins: Mapping[str, Sequence[str]]
) -> Iterator[Callable[[GradeReport], None]]:
    """`grades.csv` and `grades.json` of a whole class, one submission after the other.

    Args:
        folder: of the results.
        rubric: its items are the columns.
        twins: by id, the other submissions with the same functions.
    """
    with _replacing(folder / "grades.csv") as table, _replacing(folder / "grades.json") as lines:
        columns = [*BEFORE_ITEMS, *(item.id for item in rubric.items), *AFTER_ITEMS]
        writer = csv.DictWriter(table, columns, extrasaction="ignore", lineterminator="\n")
        writer.writerow({column: spreadsheet_cell(column) for column in columns})
        separator = "[\n"

        def add(report: GradeReport) -> None:
            nonlocal separator
            same = twins.get(report.submission["id"] or "", ())
            lines.write(separator + json.render(report, same))
            separator = ",\n"
            writer.writerow({column: spreadsheet_cell(value) for column, value in _row(report, same).items()})

        yield add
        lines.write("\n]\n" if separator == ",\n" else "[]\n")


def safe_name(id: str) -> str:
    """A file name for any id: plain ones as they are, others changed and told apart by a part of their hash.

    >>> safe_name("alice"), safe_name("../a b")
    ('alice', 'a_b-2c2c791a')
    """
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", id).strip("._-")[:80]
    is_plain = plain == id and not re.search(r"-[0-9a-f]{8}$", plain)
    return plain if is_plain else f"{plain}-{hashlib.sha256(id.encode()).hexdigest()[:8]}".lstrip("-")


def _row(report: GradeReport, twins: Sequence[str]) -> dict[str, object]:
    """One submission."""
    submission, speeds = report.submission, report.speed or {}
    first = submission["id"], submission["name"], report.verdict.value, report.score, report.max_score
    ratios = [round(speeds[f].ratio.median, 6) if f in speeds else None for f in FUNCTIONS]
    last = (
        *ratios, report.wrong_on_own_cache or None, " ".join(twins), report.message, submission["source"],
        f"reports/{safe_name(submission['id'] or '')}.html",
    )  # fmt: skip
    items = {item.id: item.points for item in report.items}
    return {**items, **dict(zip(BEFORE_ITEMS, first, strict=True)), **dict(zip(AFTER_ITEMS, last, strict=True))}


def legend(secret: bytes, ids: Iterable[str]) -> str:
    """A table of who is who behind the pseudonyms, for the instructor (CSV)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "pseudonym"])
    writer.writerows([spreadsheet_cell(id), pseudonym(secret, id)] for id in ids)
    return text.getvalue()


def write_asked_for(path: Path, text: str) -> None:
    """Write a file that the command line names.

    Raises:
        UsageError: where that is not possible.
    """
    try:
        write_whole(path, text)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {system_says(error)}") from error


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    with _replacing(path) as file:
        file.write(text)


@contextmanager
def _replacing(path: Path) -> Iterator[IO[str]]:
    """A new file that takes the place of `path` when all of it has been written; otherwise nothing is left of it."""
    beside = path.with_name(f".{path.name}.new")
    try:
        with beside.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            yield file
        beside.replace(path)  # atomic
    except BaseException as error:
        with suppress(OSError):
            beside.unlink()
        if isinstance(error, OSError) and error.filename in (None, beside, str(beside)):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
