"""A results folder: the database, `grades.csv`, `grades.json`, `index.html` and a report for each student."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from grader.classroom.attempts import Evidence
from grader.classroom.files import replacing
from grader.classroom.reports import Failures, Unwritten, class_beside, has_report, remove_report, write_report
from grader.classroom.roots import check_folder
from grader.classroom.store import Store
from grader.classroom.tables import page_of, twins_in, write_tables
from grader.database import FILENAME
from grader.errors import UsageError, named_paths, system_says
from grader.locks import sole_use_of
from grader.records import Extension, Function, GradeReport, Override, Who
from grader.reports.form import Beside, ClassRatios
from grader.reports.index import ClassIndex
from grader.rubric.model import WholeRubric


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

    def forget(self, ids: Iterable[str]) -> None:
        """Take people out, with their reports; the tables have to be written again then."""
        for id in ids:
            self.store.forget(id)
            for each in remove_report(self.path, id):
                self.failures.tell(each)

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
                        index.add(report, page_of(attempt.id), twins=same, is_by_another=is_by_another)
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
