"""Whether a measured ratio can be trusted, and if not, why. Pure: numbers in, reasons out."""

from collections.abc import Sequence
from statistics import median

from grader.records import Doubt, Interval
from grader.timing.stats import FEWEST, median_interval

NARROW, STABLE = 0.03, 0.10
"""Relative widths of the interval: at NARROW the rounds can stop, above STABLE the ratio is called unstable."""
_DRIFT, _PREEMPTED = 0.05, 0.05


def width(interval: Interval) -> float:
    """High minus low, relative to the median."""
    return (interval.high - interval.low) / interval.median


def doubts(ratios: Sequence[float], other_s: Sequence[float], lost_share: float) -> tuple[Doubt, ...]:
    """Why the median of the ratios is not to be trusted; nothing where it is.

    Args:
        ratios: of each pair of calls, in the order of their measurement.
        other_s: seconds of the other side's call in each pair.
        lost_share: the share of all wall time in which other processes had the CPU.
    """
    found = []
    if len(ratios) < FEWEST:
        found.append(Doubt.FEW)
    elif width(median_interval(ratios)) > STABLE:
        found.append(Doubt.WIDE)
    if _has_shifted(ratios):
        found.append(Doubt.DRIFT)
    if found and lost_share > _PREEMPTED:
        found.append(Doubt.PREEMPTED)
    if found and _has_shifted(other_s):
        found.append(Doubt.FREQUENCY)
    return tuple(found)


def _has_shifted(values: Sequence[float]) -> bool:
    """Whether the second half differs from the first by more than chance and by more than a little."""
    half = len(values) // 2
    if half < FEWEST:
        return False
    first, second = median_interval(values[:half]), median_interval(values[-half:])
    apart = first.high < second.low or second.high < first.low
    return apart and abs(median(values[-half:]) / median(values[:half]) - 1) > _DRIFT
