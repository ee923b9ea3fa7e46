"""How the nested loops do under the conditions of a run, once for a machine and all submissions and runs on it.

Every submission with loops of its own is seen against this, so that it is the same for all that are timed on that
machine, however many processes grade, in whatever order, and how often. The landmark of one machine tells nothing of
another.
"""

from collections.abc import Callable
from dataclasses import dataclass

from grader.classroom.conditions import Run
from grader.classroom.loops import key_of, landmark_of, name_of
from grader.classroom.store import Store
from grader.pipeline import VERSIONS, Options
from grader.records import Timing
from grader.rubric.model import SpeedItem, WholeRubric
from grader.timing.machine import this_machine

HERE = ""
"""The machine that this process is on."""


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Those of one run, which the store keeps."""

    rubric: WholeRubric
    options: Options
    store: Store

    @property
    def are_needed(self) -> bool:
        """Whether anything is timed."""
        return self.options.timing and any(isinstance(item, SpeedItem) for item in self.rubric.items)

    def known(self, machine: str = HERE) -> tuple[Timing, ...] | None:
        """The landmark of a machine; empty where nothing is timed, None where it has to be measured."""
        if not self.are_needed:
            return ()
        if machine == HERE:
            return landmark_of(self.store, self._run, this_machine())
        return self.store.landmark(key_of(self._run.key(timing=True), machine))

    def keep(self, timings: tuple[Timing, ...], machine: str = HERE) -> None:
        """Keep what was measured on a machine, if all of it could be."""
        if all(timing.speed for timing in timings):
            self.store.add_landmark(key_of(self._run.key(timing=True), machine or name_of(this_machine())), timings)

    def of(self, measured: Callable[[], tuple[Timing, ...]]) -> tuple[Timing, ...]:
        """The landmark of this machine, measured by this where it is not known."""
        known = self.known()
        if known is None:
            known = measured()
            self.keep(known)
        return known

    @property
    def _run(self) -> Run:
        return Run(self.rubric, VERSIONS)
