"""The results folder: the database, `grades.csv`, `grades.json` and a report for each student."""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from grader.records import GradeReport
from grader.reports import json, markdown, terminal
from grader.reports.base import escape


def write_report(folder: Path, report: GradeReport) -> None:
    """`reports/<id>.txt` and `.md` of one submission."""
    reports = folder / "reports"
    reports.mkdir(exist_ok=True)
    name = safe_name(report.submission["id"] or "")
    _write(reports / f"{name}.txt", terminal.render(report) + "\n")
    _write(reports / f"{name}.md", markdown.render(report))


def has_report(folder: Path, id: str) -> bool:
    """Whether both forms of a submission's report are there."""
    return all((folder / "reports" / f"{safe_name(id)}{ending}").exists() for ending in (".txt", ".md"))


def write_tables(folder: Path, reports: Sequence[GradeReport]) -> None:
    """`grades.csv` and `grades.json` of a whole class, in the order of the ids."""
    ordered = sorted(reports, key=lambda report: report.submission["id"] or "")
    _write(folder / "grades.csv", _csv(ordered))
    lines = ",\n".join(json.render(report) for report in ordered)
    _write(folder / "grades.json", f"[\n{lines}\n]\n")


def safe_name(id: str) -> str:
    """A file name for any id: plain ones as they are, others changed and told apart by a part of their hash.

    >>> safe_name("alice"), safe_name("../a b")
    ('alice', 'a_b-2c2c791a')
    """
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", id).strip("._-")[:80]
    return plain if plain == id else f"{plain}-{hashlib.sha256(id.encode()).hexdigest()[:8]}".lstrip("-")


def _csv(reports: Iterable[GradeReport]) -> str:
    """One row for each submission; text that a spreadsheet would take for a formula is disarmed."""
    rows = [_row(report) for report in reports]
    text = io.StringIO()
    if rows:
        columns = list(dict.fromkeys(column for row in rows for column in row))
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows({column: _cell(value) for column, value in row.items()} for row in rows)
    return text.getvalue()


def _row(report: GradeReport) -> dict[str, object]:
    row: dict[str, object] = {
        "id": report.submission["id"],
        "name": report.submission["name"],
        "verdict": report.verdict.value,
        "score": report.score,
        "max_score": report.max_score,
    }
    row |= {item.id: item.points for item in report.items}
    for function, speed in (report.speed or {}).items():
        row[f"ratio_{function}"] = round(speed.ratio.median, 6)
    return {**row, "message": report.message, "source": report.submission["source"]}


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return "" if value is None else value
    text = escape(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, "utf-8", errors="backslashreplace")
    beside.replace(path)  # atomic
