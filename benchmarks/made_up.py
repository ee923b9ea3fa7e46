"""A results folder of a made-up class: nothing was run, but it is stored, ranked and shown as if it had been."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from grader.classroom.attempts import Evidence
from grader.classroom.conditions import Run
from grader.classroom.folder import ResultsFolder, results_in
from grader.classroom.leaderboard import Names
from grader.pipeline import VERSIONS
from grader.records import (
    FUNCTIONS,
    Findings,
    GradeReport,
    Interval,
    Isolation,
    ItemResult,
    ReportVerdict,
    Speed,
    Timing,
    Verdict,
    Who,
)
from grader.rubric.model import Rubric
from grader.rubric.reading import DEFAULT_RUBRIC, load_rubric
from reference.conv2d import OPERATOR

_LOOPS = 0.0016
"""The ratio of the nested loops."""


class MadeUp:
    """A results folder that results come into; a context manager's value."""

    def __init__(self, folder: ResultsFolder, names: Names) -> None:
        rubric = load_rubric(DEFAULT_RUBRIC)
        assert isinstance(rubric, Rubric)
        rubric = rubric.model_copy(update={"leaderboard": rubric.leaderboard.model_copy(update={"names": names})})
        self._folder, self._rubric, self._run = folder, rubric, Run(rubric, VERSIONS)
        folder.store.add_run(self._run)

    @classmethod
    @contextmanager
    def in_(cls, path: Path, names: Names = "real") -> Iterator[Self]:
        """Make it, or go on with it; its rubric's board shows these names."""
        path.mkdir(exist_ok=True)
        with results_in(path, verbose=True) as folder:
            yield cls(folder, names)

    def hand_in(self, who: Who, ratio: float, score: float = 100.0) -> None:
        """Store a result with this ratio of both functions, and write its pages."""
        evidence = Evidence("0", self._run.key(timing=True), Findings(ReportVerdict.GRADED))
        self._folder.keep(evidence, self._report(who, ratio, score))

    def publish(self) -> None:
        """Write the tables and the index; the landmark is measured by then."""
        key = self._run.key(timing=True)
        if self._folder.store.landmark(key) is None:
            loops = (Timing(f"speed-{f}", f, Verdict.PASSED, speed_of(_LOOPS)) for f in FUNCTIONS)
            self._folder.store.add_landmark(key, tuple(loops))
        self._folder.publish(self._rubric, any_new=True)

    def _report(self, who: Who, ratio: float, score: float) -> GradeReport:
        item = ItemResult("forward", "forward", "correctness", 40.0, 40.0, Verdict.PASSED)
        return GradeReport(
            who=who, sha256="feedface", verdict=ReportVerdict.GRADED, message=None, score=score, max_score=100.0,
            items=(item,), speed={"forward": speed_of(ratio), "backward": speed_of(0.8 * ratio)}, stdout="",
            isolation=Isolation(), seed=1, rubric={"name": self._rubric.name, "sha256": self._rubric.sha256},
            versions=VERSIONS, started_at=datetime.now(UTC).isoformat(), wall_s=1.0, terms=OPERATOR.terms,
        )  # fmt: skip


def speed_of(ratio: float) -> Speed:
    """A measurement with this ratio, give or take three percent."""
    return Speed(Interval(ratio, 0.97 * ratio, 1.03 * ratio), 0.01 / ratio, 0.01, 15, False, True)
