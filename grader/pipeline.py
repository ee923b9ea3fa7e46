"""load -> policy -> verify -> time -> mark. The only file that knows the order of the stages."""

import platform
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from grader import __version__, messages
from grader.closing import Closing
from grader.errors import GradeError, SubmissionRejected, reason
from grader.judging.judged import Wrong
from grader.judging.refusal import forbidden_functions, rejection_of
from grader.judging.report import mark
from grader.judging.rounds import Rounds
from grader.judging.verify import Verifier
from grader.reading.reader import Reader
from grader.records import (
    FUNCTIONS,
    Check,
    Entry,
    Findings,
    GradeReport,
    Reading,
    ReportVerdict,
    Submission,
    Timing,
    Verification,
)
from grader.records.feedback import Explanation, Outline
from grader.rubric.assignment import Assignment
from grader.rubric.model import Rubric
from grader.rubric.paths import all_paths
from grader.sandbox.affinity import on_one_cpu
from grader.sandbox.base import Program, SessionLimits
from grader.sandbox.inside.confine import LAYERS
from grader.sandbox.session import Session
from grader.sandbox.spawn import Zygote
from grader.source_code.syntax import quietly

if TYPE_CHECKING:
    from grader.feedback.mistakes import KnownResults
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
    secret: tuple[int, ...] = ()
    """What the secret cases are drawn from; if empty, from each submission's own text."""


class Grader(Closing):
    """Grades submissions one after the other with one rubric. Use it as a context manager."""

    def __init__(
        self,
        rubric: Rubric,
        options: Options | None = None,
        worker: int | None = None,
        zygote: Zygote | None = None,
    ) -> None:
        """Start nothing yet.

        Args:
            rubric: to grade by.
            options: of the command line.
            worker: the number of this one, where several grade at a time on this machine.
            zygote: the sandbox process, if it has been started already, with the layers of `options`.
        """
        self.options = options or Options()
        self.worker = worker
        self.rubric = rubric
        self.assignment = Assignment.of(rubric)
        self.operator = self.assignment.operator
        self._zygote = zygote
        self._known: KnownResults | None = None
        self._rounds = Rounds(self.assignment, self.options.secret)
        self._reader = Reader(self._started_zygote)

    @cached_property
    def _stopwatch(self) -> "Stopwatch":
        from grader.timing.stopwatch import Stopwatch  # noqa: PLC0415  # correctness alone does without

        return Stopwatch(self.rubric, self.operator, self._limits(), self.options.landmark)

    def grade(self, entry: Entry) -> GradeReport:
        """Grade one submission. Never raises: a failure of ours is the report's verdict."""
        return marked(self.assignment, entry, self.examine(entry))

    def examine(self, entry: Entry, read: Reading | GradeError | None = None) -> Findings:
        """Run one submission through all stages but the marking. Never raises.

        `read` is what was read of it, or why it cannot be read, where that has been tried.
        """
        started, start = datetime.now(UTC), time.perf_counter()
        with np.errstate(all="ignore"), quietly():  # what a student's numbers do in our arithmetic is no news
            found = self._examine(entry, read)
        return replace(
            found,
            timed=self.options.timing,
            seed=self.rubric.seed,
            versions=VERSIONS,
            started_at=started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            wall_s=round(time.perf_counter() - start, 6),
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
            zygote = self._started_zygote()
            with on_one_cpu(self.worker) as cpu:
                return replace(self._run(reading, zygote, cpu), sha256=reading.submission.sha256)
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
        reading = read_entry(self._reader, entry, self.assignment)
        assert reading is not None  # there is none that is known
        return reading

    def _run(self, reading: Reading, zygote: Zygote, cpu: int | None) -> Findings:
        """All the stages for a submission that could be read."""
        submission = reading.submission
        forbidden = forbidden_functions(self.assignment, reading)
        notes = list(submission.notes)
        if forbidden and (self.rubric.policy.on_violation == "flag" or not self.options.verification):
            notes += forbidden.values()
            forbidden = {}
        program, limits = self._program(submission), self._limits()
        allowed = self.rubric.policy.imports
        secret_rounds = self._rounds.secret(submission.sha256) if self.options.verification else ()
        region_bytes = self._rounds.region_bytes(secret_rounds)
        with Session(zygote, program, limits, region_bytes, allowed=allowed, cpu=cpu) as session:
            rejection = rejection_of(self.assignment, reading, session.load())
            verification: Verification | None = None
            wrong: tuple[Wrong, ...] = ()
            if rejection is None and self.options.verification:
                verifier = Verifier(session, submission, self.assignment, forbidden, reading.outlines)
                verification, wrong = verifier.verify(self._rounds.public)
            if session.carefully and rejection is None:
                notes.append(messages.loaded_carefully(submission.origin, session.carefully))
            stdout, isolation = session.stdout.decode(errors="replace"), session.isolation
            explanations, of_the_search, trace = self._explanations(session, wrong, reading.outlines)
            if verification is not None:  # last of all: what was printed, raised or kept there gets nowhere
                verification = verifier.verify_in_secret(secret_rounds, verification)
        if rejection is not None:
            return replace(rejection, stdout=stdout, isolation=isolation, notes=tuple(notes))
        return Findings(
            ReportVerdict.GRADED,
            verification=verification,
            explanations=explanations,
            listings=reading.listings,
            timings=self._timings(submission, zygote, cpu, verification.checks if verification else None),
            stdout=stdout,
            isolation=isolation,
            notes=(*notes, *of_the_search),
            traceback=trace,
        )

    def _explanations(
        self, session: Session, wrong: Sequence[Wrong], outlines: Mapping[str, Outline]
    ) -> tuple[tuple[Explanation, ...], tuple[str, ...], str | None]:
        """What can be said of the results that are wrong, notes, and the traceback where that failed.

        Nothing of it is imported where all are right.
        """
        if not wrong:
            return (), (), None
        from grader.feedback.explain import explain  # noqa: PLC0415  # right submissions do without
        from grader.feedback.mistakes import KnownResults  # noqa: PLC0415  # right submissions do without

        self._known = self._known or KnownResults(self.operator.bank())
        try:
            found = explain(session, self.assignment, self._rounds.problems, wrong, outlines, self._known)
        except Exception as error:  # a defect of ours: it costs the explanation, never the mark
            return (), (messages.not_explained(type(error).__name__),), traceback.format_exc()
        return *found, None

    def _timings(
        self, submission: Submission, zygote: Zygote, cpu: int | None, checks: Sequence[Check] | None
    ) -> tuple[Timing, ...]:
        if not self.options.timing:
            return ()
        return self._stopwatch.time(zygote, self._program(submission), submission.origin, checks, cpu)

    def _program(self, submission: Submission) -> Program:
        names, signature, origin = self.assignment.names, self.operator.signature, submission.origin
        outputs = {f: signature.outputs(f) for f in FUNCTIONS}
        return Program(origin.filename, submission.code, names, signature.inputs, outputs, as_main=origin.is_notebook)

    def _limits(self) -> SessionLimits:
        limits = self.rubric.limits
        return SessionLimits(
            call_s=limits.call_s,
            cpu_s=int(limits.total_s) + 60,
            memory_bytes=limits.memory_mib * 1024 * 1024,
            output_bytes=limits.output_kib * 1024,
        )

    def _started_zygote(self) -> Zygote:
        if self._zygote is None:
            self._zygote = Zygote(self.options.layers)
        return self._zygote

    def close(self) -> None:
        """End the sandbox processes."""
        zygote, self._zygote = self._zygote, None
        if zygote is not None:
            zygote.close()


def read_entry(reader: Reader, entry: Entry, assignment: Assignment, known: str | None = None) -> Reading | None:
    """As `Reader.read`, for an assignment."""
    rubric = assignment.rubric
    names = [rubric.functions.name(f) for f in FUNCTIONS]
    forbidden = all_paths(rubric.policy.forbidden)
    return reader.read(entry, names, rubric.policy.imports, forbidden, known, assignment.operator.outline)


def marked(assignment: Assignment, entry: Entry, findings: Findings) -> GradeReport:
    """The report of one submission. Never raises: where marking it fails, the verdict says so."""
    try:
        return mark(assignment, entry.who, findings)
    except Exception as error:  # a defect of ours: it costs this mark, and no other
        return mark(assignment, entry.who, lost(findings, error))


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
