"""The frozen records that travel from stage to stage. Units are in the names: `_s` seconds, `_bytes` bytes."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from numpy.typing import NDArray

from grader.errors import GradeError
from grader.records.feedback import Explanation, Listing, Outline
from reference.sizes import Sizes
from reference.spec import Terms

Array = NDArray[Any]
Function = Literal["forward", "backward"]
FUNCTIONS: tuple[Function, ...] = ("forward", "backward")
Traits = dict[str, dict[str, int]]
"""For each trait how many of its cases passed: `{trait: {"passed": 2, "total": 2}}`."""


class Verdict(StrEnum):
    """How an item, a check or a call can end. The words are the contract's."""

    PASSED = "passed"
    PARTIAL = "partial"
    FAILED = "failed"
    CRASHED = "crashed"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    OUTPUT_LIMIT = "output_limit"
    POLICY = "policy"
    MISSING = "missing"
    SKIPPED = "skipped"
    JUDGE_ERROR = "judge_error"


class ReportVerdict(StrEnum):
    """How grading one submission can end."""

    GRADED = "graded"
    REJECTED = "rejected"
    JUDGE_ERROR = "judge_error"


@dataclass(frozen=True, slots=True)
class Content:
    """The file that is graded, as it was found."""

    filename: str
    """Its name, with the folders above it where it was chosen among several."""
    data: bytes
    notes: tuple[str, ...] = ()
    """How it was chosen, where there was a choice."""

    @property
    def sha256(self) -> str:
        """The digest of the bytes."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a submission lies."""

    path: str
    """On disk."""
    steps: tuple[tuple[str, str], ...] = ()
    """The way on from there, each step with the name that it leads to: into a `folder`, into an `archive`, or to the
    thing of that name at the `top`, which is always the last step."""

    def into(self, how: str, name: str) -> "Place":
        """One step further."""
        return Place(self.path, (*self.steps, (how, name)))


@dataclass(frozen=True, slots=True)
class Entry:
    """One student's place in a source. Nothing of the submission has been read yet."""

    id: str
    """Identifies the submission in a run."""
    name: str
    """For people."""
    source: str
    """Where it lies, for a person: a path, with the member's name if it lies in an archive."""
    place: Place
    submitted_at: str | None = None
    """ISO 8601, where the source knows it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The file that a text came from, and how its lines are called there."""

    filename: str
    cells: tuple[int, ...] = ()
    """For a notebook: the first line of each cell in the text, counted from 1; of a cell left out, 0."""

    @property
    def is_notebook(self) -> bool:
        """Whether the text is that of cells, which run as `__main__`."""
        return bool(self.cells)

    def at(self, line: int) -> str:
        """A line as a person finds it again.

        >>> Origin("a.py").at(7), Origin("a.ipynb", (1, 5)).at(7)
        ('a.py:7', 'a.ipynb: cell 2, line 3')
        """
        begun = [(start, number) for number, start in enumerate(self.cells, 1) if 0 < start <= line]
        if not begun:
            return f"{self.filename}:{line}"
        start, number = begun[-1]
        return f"{self.filename}: cell {number}, line {line - start + 1}"


@dataclass(frozen=True, slots=True)
class Submission:
    """One student's code, as text that parses."""

    sha256: str
    """The digest of the graded source text: the bytes of a Python file, the code of a notebook."""
    origin: Origin
    code: str
    """The text that runs: what could not be parsed is blanked out, the line numbers are the original's."""
    unparsed: Mapping[str, str] = field(default_factory=dict)
    """Top-level functions that could not be parsed: name -> the syntax error, with its line."""
    notes: tuple[str, ...] = ()
    """What the student should know about how the text was read."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One import that the rubric does not allow, or one use of what it forbids."""

    line: int
    module: str
    """The module, or the full name of what is used."""
    is_use: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a submission found out, without running it. It comes from a process that is confined."""

    sha256: str
    """The digest of the file, as it was handed in."""
    submission: Submission
    violations: Mapping[str, Violation]
    """By the name of each graded function that breaks the rubric's policy, the first thing that breaks it."""
    listings: tuple[Listing, ...]
    """The text of the graded functions."""
    outlines: Mapping[str, Outline]
    """What the text of each says."""
    functions: tuple[str, ...]
    """The functions at the top level, for a person who looks for others."""
    classes: Mapping[str, tuple[str, ...]]
    """By class, the functions in it."""
    functions_key: str | None
    """Equal for submissions with the same functions; None where that cannot be told."""


@dataclass(frozen=True, slots=True)
class StudentError:
    """What ended a call in the student's process."""

    type: str
    text: str
    line: int | None = None
    """Line in the submission where it was raised, where known."""
    out_of_memory: bool = False


@dataclass(frozen=True, slots=True)
class Returned:
    """One output as it came back. `array` is ours (a copy) and None where nothing comparable was returned."""

    array: Array | None
    kind: str
    """`array`, `none`, or, for anything else, what it was in words: "a list", "an array of dtype object"."""
    shape: tuple[int, ...] = ()
    dtype: str = ""
    wanted: str = ""
    """What the function had to return, where it returned no tuple of so many: `(dx, dw, db)`."""


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


@dataclass(frozen=True, slots=True)
class Case:
    """One problem to solve: the sizes, how to draw the numbers, and what it tells about."""

    index: int
    sizes: Sizes
    seed: tuple[int, ...]
    judges: tuple[str, ...]
    """The traits that are judged on this case: its own for a single-factor case, `combined` for a random draw."""
    dtype: str = "float64"
    kinds: tuple[str, ...] = ()
    """Of its numbers, such as "large values": see `cases.numbers`."""
    functions: tuple[Function, ...] = FUNCTIONS
    """Those that are judged on it."""
    spaced: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """By array, the ends of evenly spaced numbers, as published cases have them in place of random ones."""
    secret: bool = False
    """Its numbers come from a secret, so nobody is shown what it has to do with them."""


@dataclass(frozen=True, slots=True)
class Check:
    """One output of one call, compared with what was expected."""

    output: str
    case: Case
    verdict: Verdict
    message: str | None = None
    """What is wrong, in one line; None where nothing is."""
    hint: str | None = None
    worst_index: tuple[int, ...] | None = None
    expected: float | None = None
    got: float | None = None
    tried: bool = True
    """False where the case was not run, since there was no time left for it."""
    on_own: "Check | None" = None
    """For a result on the canonical cache: the same output on the student's own, where there was one."""


@dataclass(frozen=True, slots=True)
class ContractObservation:
    """Whether one function kept one promise (`inputs_unchanged`, `deterministic`, `canonical_cache`)."""

    name: str
    function: Function
    verdict: Verdict
    """PASSED, FAILED, or MISSING where the function never returned anything that could show it."""
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """Everything that the correctness stage found out."""

    checks: tuple[Check, ...]
    contract: tuple[ContractObservation, ...]
    wrong_on_own_cache: int = 0
    """Cases in which forward is right, and backward only on the canonical cache."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A median with its 95 % interval."""

    median: float
    low: float
    high: float


class Doubt(StrEnum):
    """Why a ratio is not stable."""

    FEW = "few"
    """Calls took so long that there are too few pairs for an interval; their range is given."""
    WIDE = "wide"
    """The interval is."""
    DRIFT = "drift"
    """The ratio changed from the first half of the measurement to the second."""
    PREEMPTED = "preempted"
    """Other processes had the CPU for a good part of the time."""
    FREQUENCY = "frequency"
    """The other side itself became faster or slower: the processor's speed changed."""
    LOOPS = "loops"
    """With what is not known of the nested loops that it ran beside, the interval is wide."""
    STOPPED = "stopped"
    """Loading and all timed calls together took as long as they may, before there were enough pairs."""


@dataclass(frozen=True, slots=True)
class Speed:
    """One function's time beside the baseline's. `ratio` is baseline time / student time on the same inputs."""

    ratio: Interval
    student_s: float
    baseline_s: float
    """Where `loops_s` is known, the ratio's share of `student_s`; else measured."""
    rounds: int
    extrapolated: bool
    """The student's time was measured on fewer images than the workload has, and scaled."""
    stable: bool
    doubts: tuple[Doubt, ...] = ()
    """Why it is not stable."""
    attempts: int = 1
    student_protocol_s: float = 0.0
    baseline_protocol_s: float = 0.0
    """The part of each time that calls cost which do nothing, with as many images as are timed."""
    student_wall_s: float = 0.0
    baseline_wall_s: float | None = None
    """From "go" to "done" on the grader's clock, with what other processes took; None where `loops_s` is known."""
    loops_s: float | None = None
    """Seconds of the nested loops for the whole workload, where the student's function ran beside those."""
    ratios: tuple[float, ...] = ()
    """The ratio of each pair of calls, in the order in which they were measured."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How timing one function ended: a Speed, or the reason why there is none."""

    item: str
    function: Function
    verdict: Verdict
    speed: Speed | None = None
    message: str | None = None
    hint: str | None = None


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

    @property
    def counts(self) -> bool:
        """Whether it is part of the mark: what was not judged, such as speed that was not timed, is not."""
        return self.verdict is not Verdict.SKIPPED or self.points is not None


@dataclass(frozen=True, slots=True)
class Isolation:
    """Which layers were in force around the student's code."""

    process: bool = False
    rlimits: bool = False
    namespaces: bool = False
    landlock: bool = False
    seccomp: bool = False


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
    started_at: str = ""
    wall_s: float = 0.0
    traceback: str | None = None
    """The traceback of a judge error, for -v."""
    timed: bool = True
    """Whether the speed items were to be timed."""


@dataclass(frozen=True, slots=True)
class Task:
    """One submission to run."""

    entry: Entry
    read: Reading | GradeError
    """What was read of it, or why it cannot be read."""


@dataclass(frozen=True, slots=True)
class GradeReport:
    """The end of the line: what every report renders."""

    submission: Mapping[str, str | None]
    verdict: ReportVerdict
    message: str | None
    score: float | None
    max_score: float
    items: tuple[ItemResult, ...]
    speed: Mapping[Function, Speed] | None
    stdout: str
    isolation: Isolation
    seed: int | None
    """The seed of the public cases; None for a student, who could work out all their answers beforehand."""
    rubric: Mapping[str, str]
    versions: Mapping[str, str]
    started_at: str
    wall_s: float
    terms: Terms
    """How its operator is spoken of."""
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

    @property
    def remarks(self) -> tuple[str, ...]:
        """All that costs nothing and has to be said."""
        return (*self.notes, self.cache_note) if self.cache_note else self.notes

    @property
    def bonus(self) -> float:
        """What of the score comes on top of the maximum's items."""
        return round(math.fsum(item.points or 0 for item in self.items if item.bonus), 2)

    @property
    def percent(self) -> float | None:
        """The score in percent of the maximum; None where there is no mark, or nothing to be had."""
        return None if self.score is None or not self.max_score else 100 * self.score / self.max_score


@dataclass(frozen=True, slots=True)
class Row:
    """One submission on the leaderboard. Ratios are baseline time / its time."""

    rank: int
    tied: bool
    """Whether others share the rank."""
    name: str
    score: float
    max_score: float
    speed: Interval | None
    """Geometric mean of the functions that the rubric times."""
    forward: Interval | None
    backward: Interval | None
    stable: bool


@dataclass(frozen=True, slots=True)
class Board:
    """A leaderboard, as every form of it renders it."""

    title: str
    rank_by: Literal["speed", "score"]
    timed: tuple[Function, ...]
    """The functions that `speed` is the geometric mean of."""
    names: Literal["real", "pseudonymous", "anonymous"]
    rows: tuple[Row, ...]
    """The best first."""
    left_out: tuple[tuple[str, int], ...]
    """Why submissions are not on it, with how many."""
    marks: tuple[float, ...]
    """Everyone's latest, in ascending order: whose they are is not told."""
    percents: tuple[float, ...]
    """The same in percent of what could be had."""
    max_score: float
    loops: Interval | None
    """The same speed of nested Python loops."""
    graded_at: str
    """When the latest of the attempts was run: ISO 8601, UTC; empty where there is none."""
    rubric_sha256: str
    """The digest of the rubric that ranks; its name is the title."""
    summary: str
    """What the submissions are, as in `Terms`."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of isolation on this machine."""

    name: str
    on: bool
    gains: str
    why: str | None
    """Why it is off."""
    advice: str | None


@dataclass(frozen=True, slots=True)
class TimingQuality:
    """How well time can be measured here."""

    resolution_s: float
    """The smallest step of the clock that was seen."""
    noise: float
    """Half the range of the middle half of a calibrated loop's times, over their median."""
    governor: str | None
    """How the frequency of the CPU is chosen, where the system tells."""
    load: float
    """Processes that want to run, for each processor."""
    doubts: tuple[str, ...]
    """What makes it doubtful, and what to do."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything that `grade doctor` says."""

    layers: tuple[Layer, ...]
    timing: TimingQuality
    verdict: str


@dataclass(frozen=True, slots=True)
class Slip:
    """A known mistake that a rubric can let through."""

    bug: str
    title: str
    outputs: tuple[str, ...]
    seeds: tuple[int, ...]
    """Those with which it is let through."""
    remedy: str | None
    """A change of the rubric that would catch it."""


@dataclass(frozen=True, slots=True)
class Audit:
    """Everything that `grade rubric audit` says."""

    rubric: str
    seeds: tuple[int, ...]
    mistakes: int
    slips: tuple[Slip, ...]
    outside: tuple[str, ...]
    """Mistakes that are right on every input that the rubric allows."""
