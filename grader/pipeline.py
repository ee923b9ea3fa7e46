"""load -> policy -> verify -> time -> score. The only file that knows the order of the stages."""

import platform
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from types import TracebackType
from typing import Self

import numpy as np

from grader import __version__, messages, policy, problems, scoring, timing, verify
from grader.cases import draw_cases
from grader.errors import GradeError, JudgeError, PathRejected, SubmissionRejected
from grader.operators import find_operator
from grader.records import (
    FUNCTIONS,
    Check,
    Entry,
    Function,
    GradeReport,
    Isolation,
    ItemResult,
    ReportVerdict,
    Submission,
    Timing,
    Verdict,
)
from grader.rubric import Rubric
from grader.sandbox.processes import Zygote
from grader.sandbox.session import LoadOutcome, Program, Session, SessionLimits, region_bytes_for
from grader.sources.text import parse


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line chooses for a run."""

    seed: int | None = None
    """In place of the rubric's."""
    timing: bool = True


@dataclass(frozen=True, slots=True)
class _Graded:
    """What the stages made of a submission."""

    verdict: ReportVerdict
    items: tuple[ItemResult, ...]
    message: str | None = None
    timings: tuple[Timing, ...] = ()
    stdout: bytes = b""
    isolation: Isolation = field(default_factory=Isolation)
    notes: tuple[str, ...] = ()


class Grader:
    """Grades submissions one after the other with one rubric. Use it as a context manager."""

    def __init__(self, rubric: Rubric, options: Options | None = None) -> None:
        self.options = options or Options()
        if self.options.seed is not None:
            rubric = rubric.model_copy(update={"seed": self.options.seed})
        self.rubric = rubric
        operator = find_operator(rubric.operator)
        assert operator is not None  # the rubric has been checked
        self.operator = operator
        self._names = [rubric.functions.name(f) for f in FUNCTIONS]
        self._zygote: Zygote | None = None

    @cached_property
    def problems(self) -> tuple[problems.Problem, ...]:
        """The cases with their numbers, the same for every submission."""
        cases = self.rubric.cases
        drawn = draw_cases(cases.ranges, cases.count, cases.dtypes, ragged=cases.ragged, seed=self.rubric.seed)
        return tuple(problems.pose_fairly(self.operator, case) for case in drawn)

    def grade(self, entry: Entry) -> GradeReport:
        """Grade one submission. Never raises: a failure of ours is the report's verdict."""
        started, start = datetime.now(UTC), time.perf_counter()
        identity: dict[str, str | None] = {
            "id": entry.id,
            "name": entry.name,
            "source": entry.source,
            "sha256": None,
        }
        trace, path_error = None, False
        try:
            if self._zygote is None:
                self._zygote = Zygote()
            content = entry.read(self._names)
            identity["sha256"] = content.sha256
            submission = parse(content, self._names)
            graded = self._run(submission, self._zygote)
        except SubmissionRejected as error:
            graded = self._rejected(str(error), Verdict.SKIPPED)
            path_error = isinstance(error, PathRejected)
        except Exception as error:  # a defect or a failure of ours: never the student's zero
            trace = traceback.format_exc()
            graded = self._judge_error(error)
            self.close()
        return GradeReport(
            submission=identity,
            verdict=graded.verdict,
            message=None if graded.message is None else graded.message.replace("\n", "\\n"),
            score=scoring.total(self.rubric, graded.items),
            max_score=self.rubric.max_score,
            items=graded.items,
            speed=scoring.speeds(graded.timings),
            stdout=graded.stdout.decode(errors="replace"),
            isolation=graded.isolation,
            seed=self.rubric.seed,
            rubric={"name": self.rubric.name, "sha256": self.rubric.sha256},
            versions={"grader": __version__, "numpy": np.__version__, "python": platform.python_version()},
            started_at=started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            wall_s=round(time.perf_counter() - start, 6),
            notes=graded.notes,
            traceback=trace,
            path_error=path_error,
        )

    def _run(self, submission: Submission, zygote: Zygote) -> _Graded:
        """All the stages for a submission that could be read."""
        forbidden = self._forbidden(submission)
        notes = list(submission.notes)
        if forbidden and self.rubric.policy.on_violation == "flag":
            notes += forbidden.values()
            forbidden = {}
        program, limits = self._program(submission), self._limits()
        region_bytes = max(region_bytes_for(self.operator.shapes(p.case.sizes).values()) for p in self.problems)
        allowed = self.rubric.policy.imports
        with Session(zygote, program, limits, region_bytes, allowed=allowed) as session:
            loaded = session.load()
            rejection = self._rejection(submission, loaded)
            if rejection is not None:
                return replace(rejection, stdout=session.stdout, isolation=session.isolation, notes=tuple(notes))
            verification = verify.verify(session, submission, self.rubric, self.operator, self.problems, forbidden)
            stdout, isolation = session.stdout, session.isolation
        notes += verification.notes
        timings = self._timings(submission, zygote, program, limits, verification.checks)
        items = scoring.score_items(self.rubric, verification, timings, self.operator.shapes)
        return _Graded(ReportVerdict.GRADED, items, None, timings, stdout, isolation, tuple(notes))

    def _timings(
        self,
        submission: Submission,
        zygote: Zygote,
        program: Program,
        limits: SessionLimits,
        checks: Sequence[Check],
    ) -> tuple[Timing, ...]:
        if not self.options.timing:
            return ()
        return timing.time_items(zygote, program, limits, submission, self.rubric, self.operator, checks)

    def _forbidden(self, submission: Submission) -> dict[Function, str]:
        """The functions that reach an import which the rubric does not allow, and the first such import."""
        allowed = self.rubric.policy.imports
        forbidden = {}
        for function, name in zip(FUNCTIONS, self._names, strict=True):
            for found in policy.violations(submission.code, [name], allowed)[:1]:
                text = messages.forbidden_import(name, submission.origin, found.line, found.module, allowed)
                forbidden[function] = text
        return forbidden

    def _program(self, submission: Submission) -> Program:
        functions = {f: self.rubric.functions.name(f) for f in FUNCTIONS}
        outputs = {f: self.operator.outputs(f) for f in FUNCTIONS}
        return Program(submission.origin.filename, submission.code, functions, self.operator.inputs, outputs)

    def _limits(self) -> SessionLimits:
        limits = self.rubric.limits
        return SessionLimits(
            call_s=limits.call_s,
            cpu_s=int(limits.total_s) + 60,
            memory_bytes=limits.memory_mib * 1024 * 1024,
            output_bytes=limits.output_kib * 1024,
        )

    def _rejection(self, submission: Submission, loaded: LoadOutcome) -> _Graded | None:
        """Why a loaded file cannot be graded, or None."""
        if loaded.verdict is not Verdict.PASSED:
            limit = messages.limit_text(self.rubric.limits, loaded.verdict)
            text = messages.load_ended(submission.origin, loaded.verdict, loaded.error, limit)
            return self._rejected(text, loaded.verdict)
        if "function" in loaded.found.values():
            return None
        text = messages.no_functions(submission.origin, self._names, loaded.found, loaded.skipped)
        return self._rejected(text, Verdict.MISSING)

    def _rejected(self, message: str, verdict: Verdict) -> _Graded:
        return _Graded(ReportVerdict.REJECTED, scoring.uniform_items(self.rubric, verdict, message), message)

    def _judge_error(self, error: Exception) -> _Graded:
        text = str(error) if isinstance(error, GradeError) else f"{type(error).__name__}: {error}"
        message = f"the grader failed, which is not the submission's fault; nothing was marked: {text}"
        if not isinstance(error, JudgeError):
            message += " (run again with -v for the traceback, and report it)"
        items = scoring.uniform_items(self.rubric, Verdict.JUDGE_ERROR, None, points=None)
        return _Graded(ReportVerdict.JUDGE_ERROR, items, message)

    def close(self) -> None:
        """End the sandbox processes."""
        zygote, self._zygote = self._zygote, None
        if zygote is not None:
            zygote.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
