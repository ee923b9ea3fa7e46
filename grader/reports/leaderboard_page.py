"""The leaderboard as one HTML page that asks nothing of any network, or live, of the server that it comes from."""

import base64
import hashlib
import math
import re
from collections.abc import Iterator, Sequence
from string import ascii_lowercase

from grader.records import Board, BoardLandmark, Interval
from grader.reports.base import drawable, one_line, ratio, ratios, when_graded
from grader.reports.board_words import calibrated, in_words, marks_of, signs_of, ties, timed_of, timed_where, unstable
from grader.reports.landmarks import next_landmark
from grader.reports.pages import PAGES, Axis, tenths

_SCRIPTS = "table_script.html", "live_script.html"
_WIDTH, _HEIGHT, _RIM = 72.0, 18.0, 3.0
"""Of the line of somebody's attempts, in pixels."""
_NEAR = 4.0
"""Percent of the axis that two letters need between them."""


def render(board: Board, version: str = "") -> str:
    """The page: the distribution of the marks, and the ranking with a chart on a logarithmic axis.

    Args:
        board: to be shown.
        version: for a live page, what the server calls this state of the board.
    """
    intervals = [row.speed for row in board.rows if row.speed is not None]
    shown = [*intervals, *([board.loops] if board.loops else []), *(landmark.speed for landmark in board.landmarks)]
    what_is_timed, is_mean = timed_of(board)
    axis = Axis(bound for i in shown for bound in (i.low, i.high)) if intervals else None
    page = PAGES.get_template("leaderboard.html")
    return page.render(
        board=board, axis=axis, tenths=tenths(board.percents), ratio=ratio, ratios=ratios, shown=_shown,
        when=when_graded, times=_times, line=_line, next_step=_next_step, marks_of=marks_of,
        timed_where=list(timed_where(board)), steps=_steps(board.landmarks, axis), letter=_letter, past=in_words,
        ties=ties(board), unstable=unstable(board), calibrated=calibrated(board), signs=list(signs_of(board)),
        with_history=any(len(row.history) > 1 for row in board.rows), version=version,
        what_is_timed=what_is_timed, is_mean=is_mean,
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


def _line(history: Sequence[float]) -> str:
    """The points of the line of somebody's attempts, on a logarithmic axis of its own.

    >>> _line((0.1, 1.0, 10.0)), _line((0.5,))
    ('3.0,15.0 36.0,9.0 69.0,3.0', '3.0,9.0')
    """
    powers = [math.log10(max(value, 1e-9)) for value in history]
    low, span = min(powers), (max(powers) - min(powers))
    step = (_WIDTH - 2 * _RIM) / max(1, len(powers) - 1)
    heights = [(power - low) / span if span else 0.5 for power in powers]
    points = ((_RIM + i * step, _HEIGHT - _RIM - height * (_HEIGHT - 2 * _RIM)) for i, height in enumerate(heights))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _steps(landmarks: Sequence[BoardLandmark], axis: Axis | None) -> list[tuple[str, float]]:
    """Letters of landmarks with their places on the axis; those that are too near to each other stand together."""
    found: list[tuple[str, float]] = []
    if axis is None:
        return found
    for number, landmark in enumerate(landmarks):
        at = axis.at(landmark.speed.median)
        if found and at - found[-1][1] < _NEAR:
            found[-1] = f"{found[-1][0]}, {_letter(number)}", found[-1][1]
        else:
            found.append((_letter(number), at))
    return found


def _letter(number: int) -> str:
    return ascii_lowercase[number % len(ascii_lowercase)]


def _next_step(speed: Interval | None, landmarks: Sequence[BoardLandmark]) -> str:
    """The next landmark, and how many times as fast it is; empty behind the last."""
    found = next_landmark(speed, landmarks)
    return "" if found is None else found[1]
