"""How the nested loops do under the conditions of a run, once for a machine and all submissions and runs on it.

Every submission with loops of its own is seen against this, so that it is the same for all that are timed on that
machine, however many processes grade, in whatever order, and how often. The landmark of one machine tells nothing of
another.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from grader.classroom.conditions import Run
from grader.classroom.store import Store
from grader.pipeline import VERSIONS, Options
from grader.records import Timing
from grader.rubric.model import SpeedItem, WholeRubric

HERE = ""
"""The machine that this process is on."""


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Those of one run, which the store keeps."""

    rubric: WholeRubric
    options: Options
    store: Store

    def known(self, machine: str = HERE) -> tuple[Timing, ...] | None:
        """The landmark of a machine; empty where nothing is timed, None where it has to be measured."""
        if not self.options.timing or not any(isinstance(item, SpeedItem) for item in self.rubric.items):
            return ()
        return self.store.landmark(self._key(machine))

    def keep(self, timings: tuple[Timing, ...], machine: str = HERE) -> None:
        """Keep what was measured on a machine, if all of it could be."""
        if all(timing.speed for timing in timings):
            self.store.add_landmark(self._key(machine), timings)

    def of(self, measured: Callable[[], tuple[Timing, ...]]) -> tuple[Timing, ...]:
        """The landmark of this machine, measured by this where it is not known."""
        known = self.known()
        if known is None:
            known = measured()
            self.keep(known)
        return known

    def _key(self, machine: str) -> str:
        key = Run(self.rubric, VERSIONS).key(timing=self.options.timing)
        return hashlib.sha256(f"{key} {machine}".encode()).hexdigest() if machine else key
