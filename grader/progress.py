"""How a class run is coming along, on stderr: a live line on a terminal, a plain line now and then elsewhere."""

import sys
import time
from collections import Counter
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

_EVERY_S = 10.0


class ClassProgress(AbstractContextManager["ClassProgress"]):
    """Counts submissions as they are dealt with."""

    def __init__(self, total: int, *, quiet: bool) -> None:
        self.total = total
        self.quiet = quiet
        self.counts: Counter[str] = Counter()
        self.start = self.last = time.monotonic()
        self.live: Progress | None = None
        if sys.stderr is not None and sys.stderr.isatty() and not quiet:
            columns = (MofNCompleteColumn(), BarColumn(20), TextColumn("{task.description}"), TimeRemainingColumn())
            self.live = Progress(*columns, console=Console(stderr=True), transient=True)
            self.task = self.live.add_task("", total=total)

    def advance(self, name: str, verdict: str, how: str) -> None:
        """One more is done."""
        self.counts[verdict if how == "graded" else how] += 1
        done = sum(self.counts.values())
        rate = done / max(1e-9, time.monotonic() - self.start)
        counts = ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in self.counts.items())
        if self.live is not None:
            self.live.update(self.task, completed=done, description=f"{counts}; {rate:.1f}/s")
        elif not self.quiet and (time.monotonic() - self.last > _EVERY_S or done == self.total):
            self.last = time.monotonic()
            print(f"grade: {done} of {self.total}: {counts}; {rate:.1f} a second", file=sys.stderr, flush=True)

    def __enter__(self) -> Self:
        if self.live is not None:
            self.live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.live is not None:
            self.live.stop()
