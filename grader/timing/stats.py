"""Medians with a distribution-free interval: nothing is assumed of how timings scatter."""

import math
from collections.abc import Sequence
from statistics import median

from grader.records import Interval

CONFIDENCE = 0.95
FEWEST = 6
"""Fewer values have no such interval."""


def median_interval(values: Sequence[float]) -> Interval:
    """The median and the order statistics that hold the true median with 95 % confidence.

    Each value is below the true median with probability 1/2, so the count of those below it is binomial; the
    k-th smallest and k-th largest enclose it with probability 1 - 2 P(B(n, 1/2) < k)
    (David and Nagaraja, Order Statistics, 3rd ed., section 7.1). With fewer than six values no such interval
    exists and the range is given.

    Raises:
        ValueError: without values.

    >>> median_interval([5, 1, 4, 2, 3, 6])
    Interval(median=3.5, low=1, high=6)
    """
    if not values:
        raise ValueError("no values")
    ordered, n = sorted(values), len(values)
    k, below = 0, 0.0
    while k < n // 2:
        below += math.comb(n, k) / 2**n
        if 1 - 2 * below < CONFIDENCE:
            break
        k += 1
    k = max(k, 1)
    return Interval(median(ordered), ordered[k - 1], ordered[n - k])
