"""When a ratio is trusted, and what runs beside a submission: races of fake sessions on a clock that a test winds."""

import itertools
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from grader.records import Array, Doubt, Function, Interval, Origin, Speed, Timing, Verdict
from grader.rubric.model import Rubric, SpeedItem
from grader.sandbox.fake import FakeSession, ScriptedClock, Seconds
from grader.timing.race import Race
from grader.timing.sides import Loops, Sides
from reference.conv2d import OPERATOR
from tests.rubrics import one_operator

IMAGES, BUDGET_S = 6, 1.0
RUBRIC = """
schema: convgrade/1
extends: cs231n-conv.yaml
name: r
items:
  - {id: speed, kind: speed, function: forward, points: 10, full_at: 0.5, zero_at: 0.0001,
     workload: {x: [6, 1, 3, 3], w: [1, 1, 2, 2], stride: 1, pad: 0}}
"""
BASELINE_S, STUDENT_S = 0.01, 0.02
"""For the whole workload."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> ScriptedClock:
    clock = ScriptedClock()
    monkeypatch.setattr("time.perf_counter", clock)
    return clock


@pytest.fixture(scope="module")
def rubric(tmp_path_factory: pytest.TempPathFactory) -> Rubric:
    path: Path = tmp_path_factory.mktemp("rubric") / "rubric.yaml"
    path.write_text(RUBRIC)
    return one_operator(path)


def side(clock: ScriptedClock, seconds: Seconds) -> FakeSession:
    """A right solution that takes so long."""
    functions: dict[Function, Callable[..., object]] = {"forward": OPERATOR.forward, "backward": OPERATOR.backward}
    outputs: dict[Function, Sequence[str]] = {"forward": ("out",), "backward": ("dx", "dw", "db")}
    return FakeSession(functions, OPERATOR.signature.inputs, outputs, clock=clock, seconds=seconds, call_s=10)


def for_each_image(whole_s: float) -> Seconds:
    """In proportion to the images of a call."""
    return lambda x: whole_s * len(x) / IMAGES


def race(
    clock: ScriptedClock,
    rubric: Rubric,
    student: Seconds,
    loops: Loops | None = None,
    baseline: Seconds = for_each_image(BASELINE_S),  # noqa: B008  # it has no state
    share_s: float = math.inf,
) -> Race:
    item = next(item for item in rubric.items if isinstance(item, SpeedItem) and item.id == "speed")
    sides = side(clock, student), side(clock, baseline)
    return Race(Sides(*sides, Origin("s.py"), rubric, OPERATOR, item), lambda: loops, share_s)


def scattered(middle: float, spread: float) -> list[float]:
    """Factors around the middle without a trend."""
    rng = np.random.default_rng(3)
    return [float(value) for value in middle * (1 + spread * rng.uniform(-1, 1, 40))]


def noisy(clock: ScriptedClock, *phases: tuple[float, float, float], whole_s: float = STUDENT_S) -> Seconds:
    """Calls on the whole workload take so many times as long, and scatter by so much: each until a time."""
    factors = [(until_s, itertools.cycle(scattered(middle, spread))) for until_s, middle, spread in phases]

    def seconds(x: Array) -> float:
        factor = next(cycle for until_s, cycle in factors if clock() < until_s)
        return for_each_image(whole_s)(x) * (next(factor) if len(x) == IMAGES else 1.0)

    return seconds


def run(clock: ScriptedClock, rubric: Rubric, student: Seconds) -> Timing:
    return race(clock, rubric, student).run(BUDGET_S)


# Whether a ratio is trusted

ALWAYS = 1e9


def test_steady_ratio_is_measured_once(clock: ScriptedClock, rubric: Rubric) -> None:
    speed = run(clock, rubric, noisy(clock, (ALWAYS, 1, 0.01))).speed
    assert speed is not None
    assert (speed.attempts, speed.stable, speed.doubts, speed.extrapolated) == (1, True, (), False)
    assert speed.ratio.median == pytest.approx(BASELINE_S / STUDENT_S, rel=0.01)
    assert clock() < BUDGET_S  # no longer than it has to be


@pytest.mark.parametrize(
    ("phases", "stable", "all_count"),
    [
        (((BUDGET_S, 1, 0.9), (ALWAYS, 1, 0.01)), True, True),  # together they are stable
        (((BUDGET_S, 3, 0.9), (ALWAYS, 1, 0.01)), True, False),  # only the second is
        (((ALWAYS, 1, 0.9),), False, True),
    ],
    ids=["noise at first", "slow and noisy at first", "noise"],
)
def test_unstable_ratio_is_measured_a_second_time(
    clock: ScriptedClock, rubric: Rubric, phases: tuple[tuple[float, float, float], ...], stable: bool, all_count: bool
) -> None:
    speed = run(clock, rubric, noisy(clock, *phases, whole_s=2 * STUDENT_S)).speed
    assert speed is not None
    assert (speed.attempts, speed.stable) == (2, stable)
    measured_s = sum(BASELINE_S / ratio + BASELINE_S for ratio in speed.ratios)
    assert (measured_s > BUDGET_S) == all_count


@pytest.mark.parametrize(("share_s", "attempts"), [(1.5 * BUDGET_S, 1), (3 * BUDGET_S, 2)])
def test_second_measurement_takes_nothing_from_other_functions(
    clock: ScriptedClock, rubric: Rubric, share_s: float, attempts: int
) -> None:
    """What is called takes most of the budget: 0.9 of it twice would be beyond the smaller share."""
    student = noisy(clock, (ALWAYS, 1, 0.9), whole_s=10 * STUDENT_S)
    speed = race(clock, rubric, student, share_s=share_s).run(BUDGET_S).speed
    assert speed is not None
    assert (speed.attempts, speed.stable) == (attempts, False)


def test_second_measurement_that_takes_too_long_does_not_count(clock: ScriptedClock, rubric: Rubric) -> None:
    usual = noisy(clock, (ALWAYS, 1, 0.9))
    speed = run(clock, rubric, lambda x: usual(x) if clock() < 1.3 * BUDGET_S else 100.0).speed
    assert speed is not None
    assert (speed.attempts, speed.stable) == (1, False)


def test_calls_that_take_too_long_are_not_measured_again(clock: ScriptedClock, rubric: Rubric) -> None:
    speed = run(clock, rubric, for_each_image(2.0 * IMAGES)).speed
    assert speed is not None
    assert (speed.attempts, speed.rounds, speed.doubts) == (1, 2, (Doubt.FEW,))
    assert speed.extrapolated
    assert speed.student_s == pytest.approx(2.0 * IMAGES)


def test_call_beyond_the_limit_is_a_timeout(clock: ScriptedClock, rubric: Rubric) -> None:
    timing = run(clock, rubric, for_each_image(11.0 * IMAGES))
    assert (timing.verdict, timing.speed) == (Verdict.TIMEOUT, None)


# Beside nested loops

LOOPS_S = 3.0
LOOPS = Speed(Interval(0.0033, 0.0030, 0.0036), LOOPS_S, BASELINE_S, 20, extrapolated=True, stable=True)
SLOW_S = 1.5
"""What is in Python loops takes."""


def known_loops(clock: ScriptedClock) -> tuple[Loops, FakeSession]:
    session = side(clock, for_each_image(LOOPS_S))
    return Loops(session, LOOPS), session


def test_only_what_is_in_python_loops_runs_beside_loops(clock: ScriptedClock, rubric: Rubric) -> None:
    for whole_s, known, beside in ((SLOW_S, False, False), (STUDENT_S, True, False), (SLOW_S, True, True)):
        loops, session = known_loops(clock)
        speed = race(clock, rubric, for_each_image(whole_s), loops if known else None).run(BUDGET_S).speed
        assert speed is not None
        assert (session.spent_s > 0) == beside
        if beside:
            assert speed.loops_s == pytest.approx(LOOPS_S)
            assert speed.ratio.median == pytest.approx(LOOPS.ratio.median * LOOPS_S / SLOW_S)
        else:
            assert speed.loops_s is None
            assert speed.ratio.median == pytest.approx(BASELINE_S / whole_s)


def test_doubt_about_the_loops_is_a_doubt_about_what_ran_beside_them(clock: ScriptedClock, rubric: Rubric) -> None:
    loops, _ = known_loops(clock)
    speed = race(clock, rubric, for_each_image(SLOW_S), loops).run(BUDGET_S).speed
    assert speed is not None
    assert speed.doubts == (Doubt.LOOPS,)
    assert speed.baseline_s == pytest.approx(speed.ratio.median * speed.student_s)
    assert speed.ratio.high / speed.ratio.low > 11 / 9.5  # as wide as the loops' own


def test_who_is_slow_only_at_first_runs_beside_the_baseline(clock: ScriptedClock, rubric: Rubric) -> None:
    """Beside the loops, which suffer more from a busy machine, it would gain by that."""
    loops, session = known_loops(clock)

    def seconds(x: Array) -> float:
        return for_each_image(SLOW_S if session.spent_s == 0 else STUDENT_S)(x)

    speed = race(clock, rubric, seconds, loops).run(10 * BUDGET_S).speed
    assert session.spent_s > 0
    assert speed is not None
    assert speed.loops_s is None
    assert speed.ratio.median == pytest.approx(BASELINE_S / STUDENT_S)


def test_loops_are_measured_in_quiet_moments(clock: ScriptedClock, rubric: Rubric) -> None:
    """Where the machine is busy, everything takes longer, and loops more so."""

    def busy(seconds: Seconds, factor: float) -> Seconds:
        return lambda x: seconds(x) * (1.0 if int(clock() / 0.3) % 3 == 0 else factor)

    loops, baseline = busy(noisy(clock, (ALWAYS, 1, 0.01)), 2.1), busy(for_each_image(BASELINE_S), 1.5)
    one = race(clock, rubric, loops, baseline=baseline)
    speed = one.run(4 * BUDGET_S, as_landmark=True).speed
    assert speed is not None
    assert speed.stable
    assert speed.ratio.median == pytest.approx(BASELINE_S / STUDENT_S, rel=0.02)
