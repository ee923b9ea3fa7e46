"""The files of a results folder as they are written, and what is said of those that cannot be."""

import sys
import traceback
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from grader.classroom.folder import Unwritten, write_report
from grader.classroom.store import Store
from grader.records import GradeReport
from grader.reports.form import ClassRatios
from grader.said import escape, say


class ReportWriter:
    """Writes reports, one costing no other. The first failure of each kind is told at once, the others are counted."""

    def __init__(self, store: Store, *, verbose: bool) -> None:
        self.failed: dict[Path, object] = {}
        """The files that could not be written, with the kind of what happened."""
        self._store = store
        self._verbose = verbose

    def write(
        self, report: GradeReport, class_ratios: ClassRatios | None = None, endings: Iterable[str] | None = None
    ) -> None:
        """Write the files of one submission; what was not written is tried again in the next run."""
        failed = write_report(self._store.path.parent, report, class_ratios, endings)
        for each in failed:
            self.tell(each)
        if not failed:
            self._store.note_written(report.who.id)

    def tell(self, failed: Unwritten) -> None:
        """Say on stderr that a file could not be written."""
        kind = type(failed.error), getattr(failed.error, "errno", str(failed.error))
        is_new = kind not in self.failed.values()
        self.failed[failed.path] = kind
        if is_new:
            say(str(failed))
            if self._verbose:
                print(escape("".join(traceback.format_exception(failed.error))), file=sys.stderr)

    def sum_up(self) -> None:
        """Say on stderr how many more there were."""
        for count in Counter(self.failed.values()).values():
            if count > 1:
                say(f"{count - 1} more could not be written for the same reason")
