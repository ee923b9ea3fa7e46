"""How a call of a student's function ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

from numpy.typing import NDArray

from grader.records.verdicts import Verdict
from grader.records.words import Kind

Array = NDArray[Any]
Function = Literal["forward", "backward"]
FUNCTIONS: tuple[Function, ...] = ("forward", "backward")
Value = int | float | tuple[int, ...]
"""A whole number (a float, where it is one), or the shape of an array."""


@dataclass(frozen=True, slots=True)
class StudentError:
    """What ended a call in the student's process."""

    type: str
    text: str
    line: int | None = None
    """Line in the submission where it was raised, where known."""
    out_of_memory: bool = False
    values: tuple[tuple[str, Value], ...] = field(default=(), compare=False)
    """What stood where it was raised, as the text has it, and what it was if that was a whole number or an array."""
    given: tuple[tuple[str, Value], ...] = field(default=(), compare=False)
    """The same of arrays that calls got there, which had returned: it is what they gave that met the others."""


@dataclass(frozen=True, slots=True)
class Returned:
    """One output as it came back. `array` is ours (a copy) and None where nothing comparable was returned."""

    array: Array | None
    kind: Kind
    shape: tuple[int, ...] = ()
    dtype: str = ""
    what: str = ""
    """What it was in words where it was no array of numbers: "a list of 3", "an array of dtype object";
    or what the function does, where it is None."""
    wanted: str = ""
    """What the function had to return, where it returned no tuple of so many: `(dx, dw, db)`; or to leave behind, where
    it did not: `bn_param['running_mean']`."""

    def to_be_left(self, place: str | None) -> Self:
        """The same; if it is not there, with where the function had to leave it (None: it had to be returned)."""
        return self if place is None or self.kind is not Kind.NONE else replace(self, wanted=place)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a call used of the processor, until its process stood still."""

    cpu_s: float
    """CPU time of all its threads, those that have ended too."""
    grader_s: float
    """CPU time of the grader itself."""
    waited_s: float
    """How long its first thread or the grader could have run, but another process had the CPU."""

    def lost_s(self, wall_s: float) -> float:
        """The part of the wall time that other processes took."""
        return min(self.waited_s, max(0.0, wall_s - self.cpu_s - self.grader_s))

    def slept_s(self, wall_s: float) -> float:
        """Idle time: neither side ran. Below 1 ms it is measurement noise and counts as 0."""
        slept_s = wall_s - self.cpu_s - self.grader_s - self.waited_s
        return slept_s if slept_s > 1e-3 else 0.0


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """How one call of the student's function ended.

    `verdict` is PASSED where the function returned (which says nothing of what it returned), otherwise CRASHED,
    TIMEOUT, MEMORY, OUTPUT_LIMIT or MISSING.
    """

    function: Function
    verdict: Verdict
    outputs: Mapping[str, Returned] = field(default_factory=dict)
    error: StudentError | None = None
    mutated: tuple[str, ...] = ()
    """Names of the inputs that the call changed in place."""
    wall_s: float = 0.0
    """From "go" to "done" on the grader's clock."""
    spent_s: float = 0.0
    """What counts of it against a limit: CPU time, and time in which the process did nothing."""
    used: "Usage | None" = None
    """What the kernel counted meanwhile; only of calls that are timed, and where it does."""
    beside_s: float = 0.0
    """What counts besides: time of other calls in which work of this one was done."""

    @property
    def counted_s(self) -> float:
        """The time that counts: CPU time and sleep, but not what other processes took; wall time where not known."""
        if self.used is None or self.used.cpu_s <= 0:
            return self.wall_s + self.beside_s
        return self.used.cpu_s + self.used.slept_s(self.wall_s) + self.beside_s

    @property
    def returned(self) -> bool:
        """Whether the function came back at all."""
        return self.verdict is Verdict.PASSED
