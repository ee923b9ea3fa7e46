"""What was found of a submission, and the report that a rubric makes of it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from grader.records.calls import Function
from grader.records.checks import Verification
from grader.records.decisions import Extension, Override
from grader.records.feedback import Explanation, Listing
from grader.records.sources import CHOICE, Who
from grader.records.timing import Speed, Timing
from grader.records.verdicts import ReportVerdict, Verdict
from reference.spec import Terms

Traits = dict[str, dict[str, int]]
"""For each trait how many of its cases passed: `{trait: {"passed": 2, "total": 2}}`."""
OPEN, SECRET = "open", "secret"
"""The keys of `ItemResult.cases`."""


@dataclass(frozen=True, slots=True)
class Isolation:
    """Which layers were in force around the student's code."""

    process: bool = False
    rlimits: bool = False
    namespaces: bool = False
    landlock: bool = False
    seccomp: bool = False


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found out about the functions of one operator, but for how fast they are."""

    verification: Verification | None = None
    """None where they were not checked."""
    explanations: tuple[Explanation, ...] = ()
    """One for each wrong output."""
    message: str | None = None
    """Why they were not checked, and the verdict of its items then."""
    reason: Verdict = Verdict.SKIPPED


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that running a submission found out. With a rubric, its mark follows without running it again."""

    verdict: ReportVerdict
    sha256: str | None = None
    """The digest of the graded text, where one could be read."""
    message: str | None = None
    reason: Verdict = Verdict.SKIPPED
    """What every item's verdict is, unless the submission is graded."""
    verification: Verification | None = None
    timings: tuple[Timing, ...] = ()
    explanations: tuple[Explanation, ...] = ()
    """One for each wrong output."""
    listings: tuple[Listing, ...] = ()
    stdout: str = ""
    isolation: Isolation = field(default_factory=Isolation)
    notes: tuple[str, ...] = ()
    seed: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)
    machine: Mapping[str, str] = field(default_factory=dict)
    """What was timed, or what another machine graded, names it: its `host`, the model of its `cpu`, its `caches`, the
    `blas` of NumPy and the `governor` of the frequency."""
    started_at: str = ""
    wall_s: float = 0.0
    traceback: str | None = None
    """The traceback of a judge error, for -v."""
    timed: bool = True
    """Whether the speed items were to be timed."""
    file: str = ""
    """The name of the graded file in what was handed in, where one could be read."""
    parts: Mapping[str, Examined] = field(default_factory=dict)
    """By the key of its operator, where the rubric has several: then there is no verification and no explanation here.
    """

    @property
    def was_checked(self) -> bool:
        """Whether any function was."""
        return any(self.of(key).verification is not None for key in self.parts or (None,))

    def of(self, key: str | None) -> Examined:
        """What was found out about one operator; None is the only one."""
        if key is not None and key in self.parts:
            return self.parts[key]
        return Examined(self.verification, self.explanations, self.message, self.reason)


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One line of the mark."""

    id: str
    title: str
    kind: str
    points: float | None
    max_points: float
    verdict: Verdict
    bonus: bool = False
    message: str | None = None
    hint: str | None = None
    traits: Traits | None = None
    counterexample: Mapping[str, Any] | None = None
    explanation: Explanation | None = None
    """What is known about a wrong output, where more can be said."""
    visibility: str = "visible"
    """The rubric's word for when a student may see more than how it ended."""
    function: Function | None = None
    """The function that a speed item is about."""
    operator: str | None = None
    """The rubric's key of the operator that it is about; None where there is only one."""
    all_or_nothing: bool = False
    """Whether one kind of input that fails costs all its points."""
    cases: Traits | None = None
    """Where the smaller share of right cases counts: of the open and of the secret ones how many `passed`, and the
    `total`."""

    @property
    def counts(self) -> bool:
        """Whether it is part of the mark: what was not judged, such as speed that was not timed, is not."""
        return self.verdict is not Verdict.SKIPPED or self.points is not None

    @property
    def loses(self) -> bool:
        """Whether a test of it would fail: points of the mark are lost, which those of a bonus are not."""
        return self.counts and self.verdict is not Verdict.PASSED and not self.bonus


@dataclass(frozen=True, slots=True)
class Section:
    """What is said of one operator, where the rubric has several."""

    terms: Terms
    wrong_on_own_cache: int = 0
    cache_note: str | None = None


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late a hand-in came, and what that cost."""

    late_s: float
    """Seconds after the due time; 0 for one in time."""
    days: int
    """Days of 24 hours that have begun since then; 0 within the grace."""
    percent: float
    """How much of the points is taken off."""
    points: float | None
    """The same in points; None where nothing was marked, or where a student would learn hidden points from it."""
    max_days: int | None = None
    """The days after which nothing of it counts, where more have begun; None where they have not."""


@dataclass(frozen=True, slots=True)
class GradeReport:
    """The end of the line: what every report renders."""

    who: Who
    sha256: str | None
    """The digest of the graded text, where one could be read."""
    verdict: ReportVerdict
    message: str | None
    score: float | None
    max_score: float
    items: tuple[ItemResult, ...]
    speed: Mapping[Function, Speed] | None
    """None where the rubric has several operators: see `speeds_of`."""
    stdout: str
    isolation: Isolation
    seed: int | None
    """The seed of the public cases; None for a student, who could work out all their answers beforehand."""
    rubric: Mapping[str, str]
    versions: Mapping[str, str]
    started_at: str
    wall_s: float
    terms: Terms
    """How its operator is spoken of; of several, the first."""
    notes: tuple[str, ...] = ()
    """Remarks that cost nothing: what was left out when the file was read, a shortened run."""
    listings: tuple[Listing, ...] = ()
    """The text of the graded functions."""
    traceback: str | None = None
    """The traceback of a judge error, for -v."""
    wrong_on_own_cache: int = 0
    """Cases in which forward is right, and backward only on the canonical cache."""
    cache_note: str | None = None
    """What is to be said of that."""
    audience: Literal["instructor", "student"] = "instructor"
    """Who reads it: a student is shown no advice for the instructor."""
    speed_by_item: Mapping[str, Speed] = field(default_factory=dict)
    """By the id of each speed item that was timed."""
    sections: Mapping[str, Section] = field(default_factory=dict)
    """By the key of each operator, where the rubric has several."""
    machine: Mapping[str, str] = field(default_factory=dict)
    """As in `Findings`."""
    file: str = ""
    """As in `Findings`."""
    late: Lateness | None = None
    """None where the rubric says nothing of lateness, or the source not when it was handed in."""
    late_note: str | None = None
    """What is to be said of that."""
    overrides: tuple[Override, ...] = ()
    """What people decided, which items and score have here; a stored report has none."""
    extension: Extension | None = None
    """A later due time that a person gave, which `late` has here; a stored report has none."""

    @property
    def came_late(self) -> bool | None:
        """Whether the rubric's due time and grace or the platform say so; None where neither says anything.

        Of an extension the platform need not know, so there it is not asked.
        """
        if self.late is None:
            return self.who.is_late
        return self.late.days > 0 or (self.extension is None and bool(self.who.is_late))

    @property
    def is_untimed(self) -> bool:
        """Whether speed is no part of the mark, where it is for those who are timed."""
        skipped = any(item.kind == "speed" and item.verdict is Verdict.SKIPPED for item in self.items)
        return skipped and self.verdict is ReportVerdict.GRADED

    @property
    def is_timed(self) -> bool:
        """Whether speed is a part of the mark."""
        counts = any(item.kind == "speed" and item.counts for item in self.items)
        return counts and self.verdict is not ReportVerdict.MISSING

    @property
    def is_late_by_unknown(self) -> bool:
        """Whether lateness costs nothing only because the platform does not say when it was handed in."""
        return self.late is None and self.late_note is not None

    @property
    def choice(self) -> str | None:
        """Which file was graded, and which others were not, where there was a choice."""
        return next((note for note in self.notes if note.startswith(CHOICE)), None)

    @property
    def unmarked(self) -> tuple[ItemResult, ...]:
        """The items for which a person has yet to give points."""
        is_graded = self.verdict is ReportVerdict.GRADED
        return tuple(item for item in self.items if is_graded and item.kind == "manual" and item.points is None)

    @property
    def remarks(self) -> tuple[str, ...]:
        """All that costs nothing and has to be said beside the items."""
        return (*self.notes, *self.cache_notes)

    @property
    def cache_notes(self) -> tuple[str, ...]:
        """That backward is right on the canonical cache only, operator by operator."""
        of_caches = (self.cache_note, *(section.cache_note for section in self.sections.values()))
        return tuple(note for note in of_caches if note)

    def speeds_of(self, operator: str | None) -> Mapping[Function, Speed]:
        """The first speed of each function that was timed; `operator` is a key, None where there is only one."""
        if operator is None:
            return self.speed or {}
        items = [item for item in self.items if item.operator == operator and item.id in self.speed_by_item]
        return {item.function: self.speed_by_item[item.id] for item in reversed(items) if item.function is not None}

    @property
    def possible_bonus(self) -> float:
        """The most points that bonus items give beyond `max_score`."""
        return round(math.fsum(item.max_points for item in self.items if item.bonus), 2)

    @property
    def is_decided(self) -> bool:
        """Whether a person gave the whole mark."""
        return any(override.item is None for override in self.overrides)

    @property
    def bonus(self) -> float:
        """What of the score comes on top of the maximum's items; nothing where a person gave the whole mark."""
        if self.is_decided:
            return 0.0
        return round(math.fsum(item.points or 0 for item in self.items if item.bonus), 2)

    @property
    def percent(self) -> float | None:
        """The score in percent of the maximum; None where there is no mark, or nothing to be had."""
        return None if self.score is None or not self.max_score else 100 * self.score / self.max_score
