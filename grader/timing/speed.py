"""Pairs of calls -> a Speed. Pure: numbers in, numbers out."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from grader.records import Doubt, Interval, Speed
from grader.timing.doubts import doubts
from grader.timing.plan import Plan
from grader.timing.sides import Opponent, Pair
from grader.timing.stats import FEWEST, median_interval

QUIET_SHARE = 4
"""One in so many of the landmark's pairs counts."""


def speed_of(pairs: Sequence[Pair], planned: Plan, opponent: Opponent, images: int, *, is_stopped: bool) -> Speed:
    """What these pairs say.

    Args:
        pairs: in the order of their measurement.
        planned: for the student's side.
        opponent: the other side.
        images: of the workload.
        is_stopped: whether the submission had used up what it may take.
    """
    found = (Doubt.STOPPED,) * is_stopped
    found += doubts([pair.ratio for pair in pairs], [pair.opponent.counted_s for pair in pairs], _lost_share(pairs))
    ratio = _wider(interval_of(pairs), opponent.ratio)
    student_s = planned.scale * median(pair.student.counted_s for pair in pairs)
    opponent_s = opponent.scale * median(pair.opponent.counted_s for pair in pairs)
    opponent_wall_s = opponent.scale * median(pair.opponent.wall_s for pair in pairs)
    return Speed(
        ratio=ratio,
        student_s=student_s,
        baseline_s=ratio.median * student_s if opponent.are_loops else opponent_s,
        rounds=len(pairs) // 2,
        extrapolated=planned.images < images,
        stable=not found,
        doubts=found,
        student_wall_s=planned.scale * median(pair.student.wall_s for pair in pairs),
        baseline_wall_s=None if opponent.are_loops else opponent_wall_s,
        loops_s=opponent_s if opponent.are_loops else None,
        ratios=tuple(pair.ratio for pair in pairs),
    )


def speed_of_laps(laps: Sequence[Sequence[Pair]], planned: Plan, opponent: Opponent, images: int) -> Speed:
    """What several laps say, each in new processes and long after the one before.

    Each counts by its median: pairs of one lap have the places in memory and the state of the machine in common.
    """
    together = speed_of([pair for lap in laps for pair in lap], planned, opponent, images, is_stopped=False)
    ratios = [interval_of(lap).median for lap in laps]
    others_s = [median(pair.opponent.counted_s for pair in lap) for lap in laps]
    found = doubts(ratios, others_s, 0.0)
    ratio = _wider(median_interval(ratios), opponent.ratio)
    baseline_s = ratio.median * together.student_s if opponent.are_loops else together.baseline_s
    return replace(together, ratio=ratio, baseline_s=baseline_s, ratios=tuple(ratios), stable=not found, doubts=found)


def _lost_share(pairs: Sequence[Pair]) -> float:
    """The share of all wall time in which other processes had the CPU."""
    calls = [call for pair in pairs for call in (pair.student, pair.opponent)]
    lost_s = sum(call.used.lost_s(call.wall_s) for call in calls if call.used is not None)
    return lost_s / sum(call.wall_s for call in calls)


def interval_of(pairs: Sequence[Pair]) -> Interval:
    """The interval of the median of their ratios."""
    return median_interval([pair.ratio for pair in pairs])


def quietest(pairs: Sequence[Pair]) -> list[Pair]:
    """The part that took least time, in their order: nobody else had a share of the core."""
    seconds = [pair.student.counted_s + pair.opponent.counted_s for pair in pairs]
    longest = sorted(seconds)[: max(FEWEST, len(pairs) // QUIET_SHARE)][-1]
    return [pair for pair, took in zip(pairs, seconds, strict=True) if took <= longest]


def _wider(interval: Interval, factor: Interval) -> Interval:
    """Widen `interval` by the relative uncertainty of `factor`, whose median it already contains."""
    low, high = factor.low / factor.median, factor.high / factor.median
    return Interval(interval.median, interval.low * low, interval.high * high)
