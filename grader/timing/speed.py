"""Pairs of calls -> a Speed. Pure: numbers in, numbers out."""

from collections.abc import Sequence

from grader.records import Interval
from grader.timing.sides import Pair
from grader.timing.stats import FEWEST, median_interval

QUIET_SHARE = 4
"""Of the landmark's pairs one in so many counts."""


def interval_of(pairs: Sequence[Pair]) -> Interval:
    """Of their ratios."""
    return median_interval([pair.ratio for pair in pairs])


def quietest(pairs: Sequence[Pair]) -> list[Pair]:
    """The part that took least time, in their order: nobody else had a share of the core."""
    seconds = [pair.student.counted_s + pair.opponent.counted_s for pair in pairs]
    longest = sorted(seconds)[: max(FEWEST, len(pairs) // QUIET_SHARE)][-1]
    return [pair for pair, took in zip(pairs, seconds, strict=True) if took <= longest]


def wider(interval: Interval, factor: Interval) -> Interval:
    """The interval of a product, of which the median of one factor is in the interval already."""
    low, high = factor.low / factor.median, factor.high / factor.median
    return Interval(interval.median, interval.low * low, interval.high * high)
