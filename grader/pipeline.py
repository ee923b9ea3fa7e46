"""read -> run -> time -> mark: the order of the stages for one submission. How it is run is in `running.py`."""

import platform
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from grader import __version__, messages
from grader.closing import Closing
from grader.errors import GradeError, SubmissionRejected, reason
from grader.judging.report import mark
from grader.reading.reader import Reader
from grader.records import Entry, Findings, GradeReport, Reading, ReportVerdict, Submission, Timing, Verdict
from grader.rubric.homework import Homework
from grader.rubric.model import WholeRubric
from grader.rubric.paths import all_paths
from grader.running import Examination, limits_of, prepared
from grader.sandbox.affinity import on_one_cpu
from grader.sandbox.inside.confine import LAYERS
from grader.sandbox.spawn import Zygote
from grader.source_code.syntax import quietly

if TYPE_CHECKING:
    from grader.timing.stopwatch import Stopwatch

VERSIONS = {"grader": __version__, "numpy": np.__version__, "python": platform.python_version()}


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line chooses for a run."""

    verification: bool = True
    timing: bool = True
    layers: tuple[str, ...] = LAYERS
    """The layers of confinement, as far as this machine has them."""
    landmark: tuple[Timing, ...] = ()
    """How the nested loops do on the rubric's speed items, where it is known."""
    remembers: bool = False
    """Whether that is measured where it is needed and not known, and kept for later runs of this user."""
    secret: tuple[int, ...] = ()
    """What the secret cases are drawn from; if empty, from each submission's own text."""
    strict: bool = False
    """Whether no machine may be used that lacks a layer; whoever starts the grader there has to find out."""


class Grader(Closing):
    """Grades submissions one after the other with one rubric. Use it as a context manager."""

    def __init__(
        self,
        rubric: WholeRubric,
        options: Options | None = None,
        worker: int | None = None,
        zygote: Callable[[], Zygote] | None = None,
    ) -> None:
        """Start nothing yet.

        Args:
            rubric: to grade by.
            options: of the command line.
            worker: the number of this one, where several grade at a time on this machine.
            zygote: gives a sandbox process that runs, with the layers of `options`; by default one of its own.
        """
        self.options = options or Options()
        self.worker = worker
        self.rubric = rubric
        self.homework = Homework.of(rubric)
        self._zygote: Zygote | None = None
        self._waited_s = 0.0
        self._give_zygote = zygote or (lambda: Zygote(self.options.layers))
        self._prepared = prepared(self.homework, self.options.secret)
        self._reader = Reader(self._started_zygote, self._go_on)

    @cached_property
    def _stopwatch(self) -> "Stopwatch":
        from grader.timing.stopwatch import Stopwatch  # noqa: PLC0415  # correctness alone does without

        landmark, remembers = self.options.landmark, self.options.remembers
        return Stopwatch(self.homework, limits_of(self.homework), landmark, remembers=remembers)

    def grade(self, entry: Entry) -> GradeReport:
        """Grade one submission. Never raises: a failure of ours is the report's verdict."""
        return marked(self.homework, entry, self.examine(entry))

    def examine(self, entry: Entry, read: Reading | GradeError | None = None) -> Findings:
        """Run one submission through all stages but the marking. Never raises.

        `read` is what was read of it, or why it cannot be read, where that has been tried.
        """
        started, start, self._waited_s = datetime.now(UTC), time.perf_counter(), 0.0
        with np.errstate(all="ignore"), quietly():  # what a student's numbers do in our arithmetic is no news
            found = self._examine(entry, read)
        return replace(
            found,
            timed=self.options.timing,
            seed=self.rubric.seed,
            versions=VERSIONS,
            started_at=_as_text(started),
            wall_s=round(time.perf_counter() - start - self._waited_s, 6),
        )

    def landmark(self) -> tuple[Timing, ...]:
        """How the nested loops do on the rubric's speed items, measured now; later submissions are compared with them.

        Raises:
            JudgeError: where the sandbox or the baseline fails.
        """
        with on_one_cpu(self.worker) as cpu:
            return self._stopwatch.landmark(self._started_zygote(), cpu)

    def _examine(self, entry: Entry, read: Reading | GradeError | None) -> Findings:
        sha256 = None
        try:
            reading = self.read(entry) if read is None else read
            if isinstance(reading, GradeError):
                raise reading
            sha256 = reading.sha256
            submission, found = reading.submission, self._checked(reading)
            if self.options.timing and found.verdict is ReportVerdict.GRADED:
                found = self._timed(submission, found)
            return replace(found, sha256=submission.sha256, file=submission.origin.filename)
        except SubmissionRejected as error:
            return Findings(ReportVerdict.REJECTED, error.sha256, str(error))
        except Exception as error:  # a defect or a failure of ours: never the student's zero
            failed = lost(Findings(ReportVerdict.JUDGE_ERROR, sha256), error)
            self.close()
            return failed

    def read(self, entry: Entry) -> Reading:
        """Read what was handed in.

        Raises:
            SubmissionRejected: where nothing can be graded.
            JudgeError: where it cannot be read for a reason that is ours.
        """
        reading = read_entry(self._reader, entry, self.homework)
        assert reading is not None  # there is none that is known
        return reading

    def _checked(self, reading: Reading) -> Findings:
        """All the stages but timing, for a submission that could be read."""
        outlines = self._reader.outlines(reading.submission.code, self.homework.outlines)
        examination = Examination(self.homework, self._prepared, reading, outlines, self.options.verification)
        zygote = self._started_zygote()
        if self.worker is None:  # alone on this machine, which may have more than one
            return examination.findings(zygote, None)
        with on_one_cpu(self.worker) as cpu:
            return examination.findings(zygote, cpu)

    def _timed(self, submission: Submission, found: Findings) -> Findings:
        """What was found, with how fast the functions are."""
        asked = [
            (key, self._prepared[key].program(submission), None if checked is None else checked.checks)
            for key in self.homework.parts
            if (checked := found.of(key).verification) is not None or not self.options.verification
        ]
        with on_one_cpu(self.worker) as cpu:
            timings = self._stopwatch.time(self._started_zygote(), asked, submission.origin, cpu)
        self._waited_s = self._stopwatch.waited_s if timings else 0.0
        return replace(found, timings=timings, machine=self._stopwatch.machine)

    def _go_on(self) -> bool:
        """Pose one more problem that every submission is asked; whether there was one."""
        return self.options.verification and any(part.rounds.public.go_on() for part in self._prepared.values())

    def _started_zygote(self) -> Zygote:
        if self._zygote is None:
            self._zygote = self._give_zygote()
        return self._zygote

    def close(self) -> None:
        """End the sandbox processes."""
        zygote, self._zygote = self._zygote, None
        if zygote is not None:
            zygote.close()


def read_entry(reader: Reader, entry: Entry, homework: Homework, known: str | None = None) -> Reading | None:
    """As `Reader.read`, for a rubric and its operators."""
    policy = homework.rubric.policy
    forbidden = all_paths(policy.forbidden)
    return reader.read(entry, homework.names, policy.imports, forbidden, policy.files, known)


def nothing(homework: Homework, options: Options) -> Findings:
    """What is found of whoever handed in nothing."""
    return Findings(
        ReportVerdict.MISSING,
        message=messages.NOTHING_HANDED_IN,
        reason=Verdict.MISSING,
        timed=options.timing,
        seed=homework.rubric.seed,
        versions=VERSIONS,
        started_at=_as_text(datetime.now(UTC)),
    )


def marked(homework: Homework, entry: Entry, findings: Findings) -> GradeReport:
    """The report of one submission. Never raises: where marking it fails, the verdict says so."""
    try:
        return mark(homework, entry.who, findings)
    except Exception as error:  # a defect of ours: it costs this mark, and no other
        return mark(homework, entry.who, lost(findings, error))


def _as_text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def lost(findings: Findings, error: BaseException) -> Findings:
    """A judge error in place of what was found, of which only is kept what it was found of."""
    return Findings(
        ReportVerdict.JUDGE_ERROR,
        findings.sha256,
        _our_fault(error),
        seed=findings.seed,
        versions=findings.versions,
        started_at=findings.started_at,
        wall_s=findings.wall_s,
        traceback="".join(traceback.format_exception(error)),
    )


def _our_fault(error: BaseException) -> str:
    text = f"{type(error).__name__}: {error} (run again with -v for the traceback, and report it)"
    if isinstance(error, GradeError | OSError):
        text = reason(error) if isinstance(error, OSError) else str(error)
    return f"{messages.OUR_FAULT}: {text}"
