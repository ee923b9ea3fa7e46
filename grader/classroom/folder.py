"""A results folder: the database, `grades.csv`, `grades.json`, `index.html` and a report for each student."""

import csv
import io
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from grader.classroom.attempts import Evidence
from grader.classroom.files import replacing, safe_name
from grader.classroom.pseudonyms import pseudonym
from grader.classroom.reports import Failures, Unwritten, class_beside, has_report, write_report
from grader.classroom.roots import check_folder
from grader.classroom.store import Store
from grader.database import FILENAME
from grader.errors import UsageError, named_paths, system_says
from grader.locks import sole_use_of
from grader.records import FUNCTIONS, Extension, Function, GradeReport, Override, Who
from grader.reports.base import spreadsheet_cell
from grader.reports.form import Beside, ClassRatios
from grader.reports.forms import json
from grader.reports.index import ClassIndex
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
    "identical_to": "ids of the submissions whose two functions are the same, with spaces between",
    "message": "why the submission was not graded",
    "source": "the path that was graded",
    "report": "the student's page, from this folder on",
    "overridden": "items whose points a person gave (`grade override`), `mark` for the whole, with spaces between",
    "extended_until": "the due time that a person gave (`grade extend`); empty for the rubric's",
    "is_late": "`yes` or `no`, as the due time or the platform says; empty where neither does",
    "late_points": "points that lateness costs, which the score is without; empty where that is not known",
    "email": "where the source or the roster knows it",
}
"""The last columns."""


class ResultsFolder:
    """A results folder that this process alone writes into.

    Args:
        store: of the folder.
        verbose: say of a report that cannot be made where in the grader that is.
    """

    def __init__(self, store: Store, *, verbose: bool) -> None:
        self.store = store
        self.path = store.path.parent
        self.failures = Failures(verbose=verbose)

    def keep(self, evidence: Evidence, report: GradeReport) -> None:
        """Store an attempt, and write its reports. One that cannot be written is told, and written by the next run."""
        self.store.add(evidence, report)
        self._write(self.store.decided(report))

    def mark_again(self, ids: Iterable[str], rubric: WholeRubric) -> None:
        """Mark what was found of these submissions by this rubric; nothing is run."""
        for attempt in self.store.latest(ids):
            self.keep(attempt.evidence, attempt.computed_by(rubric))

    def override(self, id: str, override: Override, rubric: WholeRubric) -> None:
        """Keep what a person decided about a submission, and write its reports and the tables again."""
        self.store.add_override(id, override)
        self.publish(rubric, any_new=False)

    def extend(self, id: str, extension: Extension, rubric: WholeRubric) -> None:
        """The same for a due time."""
        self.store.add_extension(id, extension)
        self.publish(rubric, any_new=False)

    def publish(self, rubric: WholeRubric, *, any_new: bool) -> None:
        """Write the tables, then what is missing of the reports: a run may have been killed before it wrote them.

        That are two passes over the store, since a page shows the ratios of the whole class, and the class is never
        in memory at once.

        Args:
            rubric: its items are the columns.
            any_new: whether this run changed anything, so that the pages show other ratios than before.
        """
        ratios = self._write_tables(rubric)
        beside = class_beside(self.store, ratios)
        for attempt in self.store.latest(self.store.ids()):
            if not (attempt.is_written and has_report(self.path, attempt.id)):
                self._write(attempt.report, beside)
            elif ratios and any_new:
                self._write(attempt.report, beside, [".html"])
        self.failures.sum_up()

    def _write_tables(self, rubric: WholeRubric) -> ClassRatios:
        """Both tables, and the instructor's page; the class's ratios."""
        ratios: dict[tuple[str | None, Function], list[float]] = {}
        twins = twins_in(self.store)
        try:
            with ClassIndex(rubric.name, has_due=rubric.late is not None) as index:
                with write_tables(self.path, rubric, twins) as add:
                    for attempt in self.store.latest(self.store.ids()):
                        report = attempt.report
                        add(report)
                        same, is_by_another = twins.get(attempt.id, ()), attempt.rubric_sha256 != rubric.sha256
                        index.add(report, _page_of(attempt.id), twins=same, is_by_another=is_by_another)
                        for key in report.sections or (None,):
                            for function, speed in report.speeds_of(key).items():
                                ratios.setdefault((key, function), []).append(speed.ratio.median)
                self._write_index(index)  # which knows everybody now
        except OSError as error:
            self.failures.tell(Unwritten(Path(error.filename or self.path), error))
        return ratios

    def _write_index(self, index: ClassIndex) -> None:
        path = self.path / "index.html"
        try:
            with replacing(path) as file:
                file.writelines(index.pieces())
        except Exception as error:  # a full disk, or a defect of ours: it costs this page
            self.failures.tell(Unwritten(path, error))

    def _write(self, report: GradeReport, beside: Beside | None = None, endings: Iterable[str] | None = None) -> None:
        failed = write_report(self.path, report, beside, endings)
        for each in failed:
            self.failures.tell(each)
        if not failed:
            self.store.note_written(report.who.id)


@contextmanager
def results_in(path: Path, *, verbose: bool) -> Iterator[ResultsFolder]:
    """A results folder for this process alone, for as long as it grades into it.

    Raises:
        UsageError: where another process has it, or what is in it is not ours.
    """
    with sole_use_of(path), Store(path) as store:
        yield ResultsFolder(store, verbose=verbose)


def open_results(folder: Path) -> Store:
    """The store of a results folder, to be read only.

    Raises:
        UsageError: where there is none, or where we may not read it.
    """
    with named_paths():
        if not (folder / FILENAME).is_file():
            raise UsageError(
                f"{folder} is not a results folder (no {FILENAME} in it); `grade CLASS --out {folder}` makes one"
            )
        return Store(folder, read_only=True)


def known_in(folder: Path, ids: Iterable[str] | None = None) -> tuple[Mapping[str, Who], frozenset[str]]:
    """Whoever has results in a folder, which need not be there, by their ids; and who of them handed in nothing.

    Args:
        folder: the results folder.
        ids: who is looked for; by default, everybody.

    Raises:
        UsageError: where what is there cannot be read.
    """
    if not _has_database(folder):
        return {}, frozenset()
    with open_results(folder) as store:
        attempts = store.latest(store.ids() if ids is None else ids)
        return {attempt.id: attempt.who for attempt in attempts}, store.missing()


def _has_database(folder: Path) -> bool:
    """Whether there are results; a file that is empty is one that another process has just made."""
    with named_paths():
        return (folder / FILENAME).is_file() and (folder / FILENAME).stat().st_size > 0


def rubric_in(folder: Path) -> WholeRubric | None:
    """What a folder was last graded by, with the seed and the due time of that run; None where there is no such run.

    Raises:
        UsageError: where what is there cannot be read.
    """
    if not _has_database(folder):
        return None
    with open_results(folder) as store:
        last = store.last_run()
        return None if last is None else last.rubric


def make_folder(folder: Path, paths: Iterable[Path]) -> None:
    """Make a folder for the results of what lies at these paths, where there is none yet.

    Raises:
        UsageError: where that is not possible, or where results may not be written there.
    """
    try:
        check_folder(folder, paths)
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be used as a results folder: {system_says(error)}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"{folder}: cannot be written; choose another results folder (--out)")


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


def _page_of(id: str) -> str:
    """The student's page, from the folder on."""
    return f"reports/{safe_name(id)}.html"


def _row(report: GradeReport, twins: Sequence[str]) -> dict[str, object]:
    """One submission."""
    who, speeds = report.who, report.speed or {}
    first = who.id, who.name, report.verdict.value, report.score, report.max_score
    ratios = [round(speeds[f].ratio.median, 6) if f in speeds else None for f in FUNCTIONS]
    last = (
        *ratios, report.wrong_on_own_cache or None, " ".join(twins), report.message, who.source,
        _page_of(who.id), " ".join(each.item or "mark" for each in report.overrides),
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
