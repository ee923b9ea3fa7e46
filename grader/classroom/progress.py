"""How a class run is coming along, on stderr: a live line on a terminal, a plain line now and then elsewhere."""

import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column

from grader.classroom.run import Done, How
from grader.records import ReportVerdict
from grader.said import escape, say

_EVERY_S = 10.0
_FIXED_COLUMNS = 24
"""What the bar, the remaining time and the spaces between take."""


class ClassProgress(AbstractContextManager["ClassProgress"]):
    """Counts submissions as they are dealt with."""

    def __init__(self, total: int, *, quiet: bool) -> None:
        self.total = total
        self.quiet = quiet
        self.counts: Counter[str] = Counter()
        self.ran = 0
        self.now = ""
        self.start = self.last = time.monotonic()
        self.live: Progress | None = None
        if sys.stderr is not None and sys.stderr.isatty() and not quiet:
            console = Console(stderr=True)
            room = max(10, console.width - _FIXED_COLUMNS - 2 * len(str(total)))
            description = Column(no_wrap=True, overflow="ellipsis", max_width=room)
            text = TextColumn("{task.description}", markup=False, table_column=description)
            columns = (MofNCompleteColumn(), BarColumn(10), TimeRemainingColumn(), text)
            self.live = Progress(*columns, console=console, transient=True)
            self.task = self.live.add_task("", total=total)

    def watch(self, running: Sequence[str]) -> None:
        """Take note of what runs now."""
        self.now = ", ".join(running)
        self._show_live()

    def advance(self, done: Done) -> None:
        """One more is done."""
        is_new = done.how is How.GRADED
        self.counts[done.verdict if is_new else done.how] += 1
        self.ran += is_new and done.verdict is not ReportVerdict.MISSING
        self._show_live()
        if self.live is None and not self.quiet:
            count = self.counts.total()
            if time.monotonic() - self.last > _EVERY_S or count == self.total:
                self.last = time.monotonic()
                say(f"{count} of {self.total}: {self._counts()}")

    def _show_live(self) -> None:
        if self.live is not None:
            now = f"; now {escape(self.now)}".replace("\n", " ") if self.now else ""
            self.live.update(self.task, completed=self.counts.total(), description=self._counts() + now)

    def _counts(self) -> str:
        counts = ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in self.counts.items())
        return f"{counts}; {_rate(self.ran, time.monotonic() - self.start)}" if self.ran else counts

    def __enter__(self) -> Self:
        if self.live is not None:
            self.live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.live is not None:
            self.live.stop()


def _rate(count: int, seconds: float) -> str:
    """How fast it goes.

    >>> _rate(34, 20.0), _rate(4, 50.0)
    ('1.7/s', '12 s each')
    """
    return f"{count / max(1e-9, seconds):.1f}/s" if count > seconds else f"{seconds / count:.0f} s each"
