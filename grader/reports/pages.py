"""What the HTML pages share: their templates' environment, and a logarithmic axis."""

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from grader.reports.base import ABOVE, drawable, tenth_of

PAGES = Environment(
    loader=PackageLoader("grader.reports"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

_MOST_TICKS = 5


def tenths(percents: Iterable[float]) -> list[dict[str, Any]]:
    """How many marks lie in each tenth of the maximum, and above it if there are any: the bars of a histogram."""
    counts = Counter(map(tenth_of, percents))
    most = max(counts.values(), default=1)
    shown = range(ABOVE + 1 if counts[ABOVE] else ABOVE)
    return [{"from": 10 * i, "count": counts[i], "height": 100 * counts[i] / most} for i in shown]


class Axis:
    """A logarithmic axis on which 1 and all the values have room; places on it in percent of its length."""

    def __init__(self, values: Iterable[float]) -> None:
        ends = [*drawable(values), 1.0]
        self.low = math.floor(math.log10(min(ends)) - 0.05)
        self.high = max(self.low + 1, math.log10(max(ends)) + 0.15)
        step = math.ceil((self.high - self.low) / _MOST_TICKS)
        powers = [power for power in range(self.low, math.floor(self.high) + 1) if power % step == 0]
        self.ticks = [(10.0**power, self.at(10.0**power)) for power in powers]

    def at(self, value: float) -> float:
        """Where a value stands; what has no place stands at an end."""
        power = math.log10(value) if drawable([value]) else self.high if value > 0 else self.low
        return round(100 * (power - self.low) / (self.high - self.low), 3)
