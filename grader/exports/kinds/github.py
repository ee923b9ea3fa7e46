"""GitHub Actions: a job summary, which goes into the file of `--out`, and annotations, which standard output takes.

A summary over 1 MiB would be dropped, and so are annotations beyond ten of a step, so what is more is told in a line.
Source: GitHub's documentation of workflow commands.
"""

import glob
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from grader.exports.base import Export, Filled, Options, no_mark
from grader.records import GradeReport, ItemResult
from grader.reports.audience import for_student
from grader.reports.base import markdown_text, marks
from grader.reports.form import Beside, find_form
from grader.reports.losses import losses
from grader.reports.machine import text_of, title_of
from grader.said import escape

_MOST_BYTES = 1000 * 1024
_MOST_ANNOTATIONS = 10
_CUT = "\n\nThe rest is left out, since GitHub would drop a longer summary.\n"


def _fill(reports: Sequence[GradeReport], data: bytes | None, options: Options) -> Filled:
    is_one = len(reports) == 1
    summary = find_form("markdown").render(for_student(reports[0]), Beside()) if is_one else _table(reports)
    left = tuple(no_mark(report.who.name) for report in reports if report.score is None)
    lines = [line for report in reports for line in _annotations(report, with_name=not is_one)]
    printed = "".join(f"{line}\n" for line in lines[:_MOST_ANNOTATIONS])
    return Filled(_cut(summary.encode()), len(reports) - len(left), left, printed=printed)


def _cut(summary: bytes) -> bytes:
    if len(summary) <= _MOST_BYTES:
        return summary
    return summary[: _MOST_BYTES - len(_CUT)].decode(errors="ignore").encode() + _CUT.encode()


def _table(reports: Sequence[GradeReport]) -> str:
    lines = ["| submission | mark | verdict |", "|---|---|---|"]
    for report in reports:
        cells = (report.who.name, marks(report), report.verdict.value.replace("_", " "))
        lines.append(f"| {' | '.join(map(markdown_text, cells))} |")
    return "\n".join(lines) + "\n"


def _annotations(report: GradeReport, *, with_name: bool) -> Iterator[str]:
    path = _property(_in_repository(report))
    for loss in losses(for_student(report)):
        item, titles = loss.items[0], ", ".join(map(title_of, loss.items))
        title = f"{report.who.name}: {titles}" if with_name else titles
        place = f"file={path}{_line(item)},title={_property(title)}"
        yield f"::{_kind(item)} {place}::{_data(text_of(item))}"
    if report.message:
        yield f"::error title={_property(report.who.name)}::{_data(report.message)}"


def _line(item: ItemResult) -> str:
    """The line of a mistake, or that of which the message is; of a notebook, whose cells have their own lines, none."""
    mistake = None if item.explanation is None else item.explanation.mistake
    if mistake is not None and mistake.lines:
        return "" if mistake.at.startswith("cell") else f",line={mistake.lines[0]}"
    named = re.search(r"\.py:(\d+)\b", item.message or "")
    return f",line={named[1]}" if named else ""


def _in_repository(report: GradeReport) -> str:
    """The graded file by its path from where we are, which on GitHub is the repository."""
    path = Path(report.who.source)
    with suppress(OSError):  # a name in an archive may be longer than any path on disk
        if report.file and path.is_dir():  # there may be folders around everything that was handed in
            path = min(path.rglob(glob.escape(report.file)), key=lambda found: (len(found.parts), found), default=path)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _kind(item: ItemResult) -> str:
    return "notice" if item.bonus else "error"


def _data(text: str) -> str:
    return escape(text).replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


EXPORT = Export(_fill, out="file")
