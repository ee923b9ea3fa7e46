"""Who wrote alike, as one HTML page that asks nothing of any network: groups drawn, pairs side by side."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from grader.records import Likeness, Pair, Shape, Who
from grader.records.similarity import joined_runs
from grader.reports.base import one_line
from grader.reports.pages import PAGES
from grader.reports.similar import MEANING, NO_PAIRS, WARNING, compared, where
from grader.said import escape

COLOURS = 6
"""How many there are for pieces of text; the next piece begins with the first again."""
_RADIUS, _AROUND, _PER_NAME, _LONGEST_NAME = 90, 30, 8, 24


def render(likeness: Likeness) -> str:
    """The page."""
    pairs = [_shown(number, pair) for number, pair in enumerate(likeness.pairs, 1)]
    groups = [_drawn(group, likeness.pairs) for group in likeness.groups]
    twos = [one for one in groups if len(one["names"]) == 2 and one["lines"]]  # whose pair shows them
    return PAGES.get_template("similar.html").render(
        likeness=likeness, title=one_line(likeness.title), compared=compared(likeness), warning=WARNING, pairs=pairs,
        no_pairs=NO_PAIRS, groups=[one for one in groups if one not in twos], twos=twos,
        meaning=MEANING, one_line=one_line,
    )  # fmt: skip


def _shown(number: int, pair: Pair) -> dict[str, Any]:
    """What the page says of a pair."""
    left, right = [match.left for match in pair.matches], [match.right for match in pair.matches]
    return {
        "number": number,
        "names": [one_line(who.name) for who in (pair.left, pair.right)],
        "sources": [one_line(who.source) for who in (pair.left, pair.right)],
        "where": one_line(where(pair)),
        "functions": _named_functions(pair),
        "share": f"{100 * pair.share:.0f} %",
        "evidence": f"{pair.evidence:.0f}",
        "sides": [list(_lines(pair.left_shape, left)), list(_lines(pair.right_shape, right))],
    }


def _named_functions(pair: Pair) -> str:
    """The functions that two are alike in, where these are some of all; else nothing."""
    is_told = pair.function is not None or len(pair.functions) in (0, pair.of_functions)
    return "" if is_told else f" ({', '.join(map(one_line, pair.functions))})"


def _lines(shape: Shape, pieces: Sequence[Sequence[int]]) -> Iterator[dict[str, Any]]:
    """The lines of the functions that are compared, each with the number of the piece that it is in.

    A line is None where some are left out.
    """
    text = shape.code.split("\n")
    pieces_of = {line: number % COLOURS for number, lines in enumerate(pieces) for line in lines}
    runs = joined_runs((one.lines[0], one.lines[-1]) for prints in shape.prints.values() for one in prints)
    before = 0
    for first, last in runs:
        if before and first > before + 1:
            yield {"number": None, "text": "", "piece": None}
        for line in range(first, last + 1):
            yield {"number": line, "text": escape(text[line - 1]), "piece": pieces_of.get(line)}
        before = last


def _drawn(group: Sequence[Who], pairs: Sequence[Pair]) -> dict[str, Any]:
    """A group as points on a circle, joined where a pair is on the page."""
    angles = [2 * math.pi * (k + 0.5) / len(group) for k in range(len(group))]
    points = {
        who: (_RADIUS * math.sin(angle), -_RADIUS * math.cos(angle)) for who, angle in zip(group, angles, strict=True)
    }
    names = {who: one_line(who.name, _LONGEST_NAME) for who in group}
    room = _AROUND + _PER_NAME * max(map(len, names.values()))
    lines = [
        (*points[pair.left], *points[pair.right], max(1.0, 5 * pair.share))
        for pair in pairs
        if pair.left in points and pair.right in points
    ]
    return {
        "names": [*names.values()],
        "points": [(x, y, names[who], "end" if x < -1 else "start") for who, (x, y) in points.items()],
        "lines": lines,
        "box": (-_RADIUS - room, -_RADIUS - 30, 2 * (_RADIUS + room), 2 * _RADIUS + 60),
    }
