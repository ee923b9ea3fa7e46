"""When to stop measuring. Pure: pairs and a clock's readings in, yes or no out."""

from collections.abc import Sequence
from statistics import median

from grader.records import Doubt, Interval, Speed
from grader.timing.doubts import NARROW, width
from grader.timing.sides import Pair
from grader.timing.speed import QUIET_SHARE, interval_of, quietest
from grader.timing.stats import FEWEST

MOST_S = 8.0
"""After this, two rounds have to do: others wait for the machine."""
SHORT_S, ENOUGH_PAIRS, MOST_PAIRS = 0.1, 15, 600
"""Calls shorter than the first are measured in as many pairs at least, whatever the budget: 15 pairs held a ratio to
1.2 to 2 % from run to run, 5 pairs to 17 %."""
FEWEST_PAIRS = 4
"""Where calls are so long that there is no time for more."""


def is_enough(pairs: Sequence[Pair], zero_at: float, now: float, start: float, end: float) -> bool:
    """Whether another round would tell nothing that matters.

    Args:
        pairs: what there is.
        zero_at: the ratio that earns no points.
        now: on the clock, in seconds.
        start: of the measurement.
        end: of its budget.
    """
    ratio = interval_of(pairs)
    if len(pairs) >= FEWEST and is_hopeless(ratio, zero_at):
        return True
    if len(pairs) >= FEWEST_PAIRS and now > start + MOST_S:
        return True
    short = median(pair.student.counted_s for pair in pairs) < SHORT_S
    if len(pairs) < (ENOUGH_PAIRS if short else FEWEST):
        return False
    return now > end or len(pairs) >= MOST_PAIRS or (len(pairs) >= ENOUGH_PAIRS and width(ratio) <= NARROW)


def is_enough_as_landmark(pairs: Sequence[Pair], now: float, start: float, end: float) -> bool:
    """The same for what a whole class is compared with, of which only the quietest moments count."""
    is_known = len(pairs) >= QUIET_SHARE * ENOUGH_PAIRS and width(interval_of(quietest(pairs))) <= NARROW
    return len(pairs) >= QUIET_SHARE * FEWEST and (is_known or now > min(end, start + MOST_S))


def may_get_better(speed: Speed, zero_at: float) -> bool:
    """Whether measuring again is worth it: not where calls take so long that there would be few again."""
    too_long = {Doubt.FEW, Doubt.STOPPED} & set(speed.doubts)
    return not speed.stable and not too_long and not is_hopeless(speed.ratio, zero_at)


def is_hopeless(ratio: Interval, zero_at: float) -> bool:
    """Whether it earns no points, however long it is measured."""
    return 2 * ratio.high < zero_at
