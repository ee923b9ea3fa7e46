"""The tables of a results folder, `grades.csv` and `grades.json`: a row for each submission."""

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from grader.classroom.files import replacing, safe_name
from grader.classroom.pseudonyms import pseudonym
from grader.classroom.store import Store
from grader.records import FUNCTIONS, GradeReport
from grader.reports.base import spreadsheet_cell
from grader.reports.forms import json
from grader.rubric.model import WholeRubric

BEFORE_ITEMS: Mapping[str, str] = {
    "id": "unique in this folder",
    "name": "what reports call the submission",
    "verdict": "`graded`; `rejected`: nothing gradable could be loaded, so the score is 0; `missing`: in "
    "the roster, and handed in nothing, so the score is 0; `judge_error`: the grader failed, and there is no score",
    "score": "the mark, with its bonus; empty for a judge error",
    "max_score": "sum of the points of all items that were judged and are no bonus",
}
"""The first columns of `grades.csv`, with what they mean. A column for each item of the rubric follows."""
AFTER_ITEMS: Mapping[str, str] = {
    "ratio_forward": "baseline time / submission's time of forward: 1 is as fast as the baseline; empty if not timed",
    "ratio_backward": "the same for backward",
    "wrong_on_own_cache": "number of cases in which forward is right, and backward only on the cache "
    "`(x, w, b, conv_param)`; empty if none",
    "identical_to": "ids of the submissions whose functions, and what can reach them, are the same, with spaces "
    "between",
    "message": "why the submission was not graded",
    "source": "the path that was graded",
    "report": "the student's page, from this folder on",
    "overridden": "items whose points a person gave (`grade override`), `mark` for the whole, with spaces between",
    "extended_until": "the due time that a person gave (`grade extend`); empty for the rubric's",
    "is_late": "`yes` where it came after the due time (or that of an extension) and the grace, and also where the "
    "platform says late, whatever the due time says, unless there is an extension: what it costs is in `late_points`; "
    "else `no`; empty where nothing is known",
    "late_points": "points that lateness costs, which the score is without; empty where that is not known",
    "email": "where the source or the roster knows it",
}
"""The last columns."""


class _Twins(Mapping[str, tuple[str, ...]]):
    """By id, the others with the same key, which are put together when they are asked for."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._keys = keys
        self._groups: defaultdict[str, list[str]] = defaultdict(list)
        for id, key in keys.items():
            self._groups[key].append(id)

    def __getitem__(self, id: str) -> tuple[str, ...]:
        return tuple(other for other in self._groups[self._keys[id]] if other != id)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


def twins_in(store: Store) -> Mapping[str, tuple[str, ...]]:
    """By id, the other submissions whose functions are the same."""
    return _Twins(store.functions_keys())


@contextmanager
def write_tables(
    folder: Path, rubric: WholeRubric, twins: Mapping[str, Sequence[str]]
) -> Iterator[Callable[[GradeReport], None]]:
    """`grades.csv` and `grades.json` of a whole class, one submission after the other.

    Args:
        folder: of the results.
        rubric: its items are the columns.
        twins: by id, the other submissions with the same functions.
    """
    with replacing(folder / "grades.csv") as table, replacing(folder / "grades.json") as lines:
        columns = [*BEFORE_ITEMS, *(item.id for item in rubric.items), *AFTER_ITEMS]
        writer = csv.DictWriter(table, columns, extrasaction="ignore", lineterminator="\n")
        writer.writerow({column: spreadsheet_cell(column) for column in columns})
        separator = "[\n"

        def add(report: GradeReport) -> None:
            nonlocal separator
            same = twins.get(report.who.id, ())
            lines.write(separator + json.render(report, same))
            separator = ",\n"
            writer.writerow({column: spreadsheet_cell(value) for column, value in _row(report, same).items()})

        yield add
        lines.write("\n]\n" if separator == ",\n" else "[]\n")


def page_of(id: str) -> str:
    """The student's page, from the folder on."""
    return f"reports/{safe_name(id)}.html"


def _row(report: GradeReport, twins: Sequence[str]) -> dict[str, object]:
    """One submission."""
    who, speeds = report.who, report.speed or {}
    first = who.id, who.name, report.verdict.value, report.score, report.max_score
    ratios = [round(speeds[f].ratio.median, 6) if f in speeds else None for f in FUNCTIONS]
    last = (
        *ratios, report.wrong_on_own_cache or None, " ".join(twins), report.message, who.source,
        page_of(who.id), " ".join(each.item or "mark" for each in report.overrides),
        report.extension and report.extension.until, _late(report), report.late and report.late.points, who.email,
    )  # fmt: skip
    items = {item.id: item.points for item in report.items}
    return {**items, **dict(zip(BEFORE_ITEMS, first, strict=True)), **dict(zip(AFTER_ITEMS, last, strict=True))}


def _late(report: GradeReport) -> str:
    return "" if report.came_late is None else "yes" if report.came_late else "no"


def legend(secret: bytes, ids: Iterable[str]) -> str:
    """A table of who is who behind the pseudonyms, for the instructor (CSV)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "pseudonym"])
    writer.writerows([spreadsheet_cell(id), pseudonym(secret, id)] for id in ids)
    return text.getvalue()
