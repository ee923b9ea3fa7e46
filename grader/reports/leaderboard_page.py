"""The leaderboard as one HTML page that asks nothing of any network."""

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from grader.records import Board, Interval
from grader.reports.base import one_line, ratio

_PAGES = Environment(
    loader=PackageLoader("grader.reports"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

_MOST_TICKS = 5


def render(board: Board) -> str:
    """The page: how the marks lie, and the ranking, whose rows are drawn as a chart on a logarithmic axis."""
    intervals = [row.speed for row in board.rows if row.speed is not None]
    axis = _Axis([*intervals, *([board.loops] if board.loops else [])]) if intervals else None
    page = _PAGES.get_template("leaderboard.html")
    return page.render(board=board, axis=axis, tenths=_tenths(board), ratio=ratio, shown=_shown)


class _Axis:
    """A logarithmic axis from one power of ten to another; places on it in percent of its length."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        ends = [bound for i in intervals for bound in (i.low, i.high)] + [1.0]
        self.low = math.floor(math.log10(min(ends)) - 0.05)
        self.high = max(self.low + 1, math.log10(max(ends)) + 0.15)
        step = math.ceil((self.high - self.low) / _MOST_TICKS)
        powers = [power for power in range(self.low, math.floor(self.high) + 1) if power % step == 0]
        self.ticks = [(10.0**power, self.at(10.0**power)) for power in powers]

    def at(self, value: float) -> float:
        return round(100 * (math.log10(value) - self.low) / (self.high - self.low), 3)


def _tenths(board: Board) -> list[dict[str, Any]]:
    """How many marks lie in each tenth of the maximum."""
    shares = [10 * mark / board.max_score for mark in board.marks]
    counts = Counter(max(0, min(9, int(share))) for share in shares)
    most = max(counts.values(), default=1)
    return [{"from": 10 * i, "count": counts[i], "height": 100 * counts[i] / most} for i in range(10)]


def _shown(text: str) -> str:
    return one_line(text)
