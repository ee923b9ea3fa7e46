"""The results folder: the database, `grades.csv`, `grades.json` and a report for each student."""

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from grader.audience import for_student
from grader.errors import UsageError
from grader.pseudonyms import pseudonym
from grader.records import FUNCTIONS, GradeReport
from grader.reports import html, json, markdown, terminal
from grader.reports.base import spreadsheet_cell
from grader.reports.html import ClassRatios
from grader.rubric import Rubric

_BEFORE_ITEMS = ("id", "name", "verdict", "score", "max_score")
_AFTER_ITEMS = (
    *(f"ratio_{function}" for function in FUNCTIONS), "wrong_on_own_cache", "identical_to", "message", "source",
)  # fmt: skip


def write_report(folder: Path, report: GradeReport) -> None:
    """`reports/<id>.txt`, `.md` and `.html` of one submission, to be handed to the student."""
    write_page(folder, report, {})
    report = for_student(report)
    reports = folder / "reports"
    name = safe_name(report.submission["id"] or "")
    write_whole(reports / f"{name}.txt", terminal.render(report) + "\n")
    write_whole(reports / f"{name}.md", markdown.render(report))


def write_page(folder: Path, report: GradeReport, class_ratios: ClassRatios) -> None:
    """`reports/<id>.html`, with the class's speed ratios beside this one's, as far as they are known."""
    reports = folder / "reports"
    reports.mkdir(exist_ok=True)
    name = safe_name(report.submission["id"] or "")
    write_whole(reports / f"{name}.html", html.render(for_student(report), class_ratios))


def has_report(folder: Path, id: str) -> bool:
    """Whether every form of a submission's report is there."""
    return all((folder / "reports" / f"{safe_name(id)}{ending}").exists() for ending in (".txt", ".md", ".html"))


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
        columns = [*_BEFORE_ITEMS, *(item.id for item in rubric.items), *_AFTER_ITEMS]
        writer = csv.DictWriter(table, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
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
    last = *ratios, report.wrong_on_own_cache or None, " ".join(twins), report.message, submission["source"]
    items = {item.id: item.points for item in report.items}
    return {**items, **dict(zip(_BEFORE_ITEMS, first, strict=True)), **dict(zip(_AFTER_ITEMS, last, strict=True))}


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
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    with _replacing(path) as file:
        file.write(text)


@contextmanager
def _replacing(path: Path) -> Iterator[IO[str]]:
    """A new file that takes the place of `path` when all of it has been written."""
    beside = path.with_name(f".{path.name}.new")
    with beside.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        yield file
    beside.replace(path)  # atomic
