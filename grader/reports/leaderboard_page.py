"""The leaderboard as one HTML page that asks nothing of any network, or live, of the server that it comes from."""

import base64
import hashlib
import re
from collections.abc import Iterator

from grader.records import Board, Interval
from grader.reports.base import drawable, one_line, ratio, when_graded
from grader.reports.pages import PAGES, Axis, tenths

_SCRIPTS = "table_script.html", "live_script.html"


def render(board: Board, version: str = "") -> str:
    """The page: the distribution of the marks, and the ranking with a chart on a logarithmic axis.

    Args:
        board: to be shown.
        version: for a live page, what the server calls this state of the board.
    """
    intervals = [row.speed for row in board.rows if row.speed is not None]
    shown = [*intervals, *([board.loops] if board.loops else [])]
    axis = Axis(bound for i in shown for bound in (i.low, i.high)) if intervals else None
    page = PAGES.get_template("leaderboard.html")
    return page.render(
        board=board, axis=axis, tenths=tenths(board.percents), ratio=ratio, shown=_shown, when=when_graded,
        times=_times, version=version,
    )  # fmt: skip


def script_hashes() -> Iterator[str]:
    """Of each script of the page, as a content security policy names it: no other one is to run."""
    for template in _SCRIPTS:
        (script,) = re.findall(r"<script>(.*?)</script>", PAGES.get_template(template).render(), re.DOTALL)
        yield f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _shown(text: str) -> str:
    return one_line(text)


def _times(speed: Interval | None, loops: Interval | None) -> str:
    """How many times as fast as the nested loops, in three digits; empty where that is no number that can be shown.

    >>> _times(Interval(0.5, 0.5, 0.5), Interval(0.0004, 0, 1)), _times(None, None)
    ('1250\N{MULTIPLICATION SIGN} nested loops', '')
    """
    if speed is None or loops is None or not drawable([loops.median]):
        return ""
    shown = drawable([speed.median / loops.median])
    return f"{float(f'{shown[0]:.3g}'):g}\N{MULTIPLICATION SIGN} nested loops" if shown else ""
