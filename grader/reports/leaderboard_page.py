"""The leaderboard as one HTML page that asks nothing of any network."""

from collections import Counter
from typing import Any

from grader.records import Board
from grader.reports.base import ABOVE, one_line, ratio, tenth_of, when_graded
from grader.reports.pages import PAGES, Axis


def render(board: Board) -> str:
    """The page: the distribution of the marks, and the ranking with a chart on a logarithmic axis."""
    intervals = [row.speed for row in board.rows if row.speed is not None]
    shown = [*intervals, *([board.loops] if board.loops else [])]
    axis = Axis(bound for i in shown for bound in (i.low, i.high)) if intervals else None
    page = PAGES.get_template("leaderboard.html")
    return page.render(
        board=board, axis=axis, tenths=_tenths(board), ratio=ratio, shown=_shown, when=when_graded, times=_times
    )


def _tenths(board: Board) -> list[dict[str, Any]]:
    """How many marks lie in each tenth of the maximum, and above it if there are any."""
    counts = Counter(map(tenth_of, board.percents))
    most = max(counts.values(), default=1)
    shown = range(ABOVE + 1 if counts[ABOVE] else ABOVE)
    return [{"from": 10 * i, "count": counts[i], "height": 100 * counts[i] / most} for i in shown]


def _shown(text: str) -> str:
    return one_line(text)


def _times(factor: float) -> str:
    """A factor for people, in three digits."""
    return f"{float(f'{factor:.3g}'):g}\N{MULTIPLICATION SIGN}"
