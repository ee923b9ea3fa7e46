"""Which lines of a function are over before others are reached."""

import ast
from collections.abc import Mapping, Sequence

from reference.nodes import own_nodes

SPAN, LOOP = "span", "loop "
"""The kind of place of a function, its first line and its last; and how the kinds begin of its loops, so too."""


_MOST_LOOPS = 100


def spans(function: ast.FunctionDef) -> dict[str, list[int]]:
    """By kind, where the function and each of its loops begin and end."""
    loops = [node for node in own_nodes(function) if isinstance(node, ast.For | ast.While)][:_MOST_LOOPS]
    found = {SPAN: _lines(function)}
    return found | {f"{LOOP}{number}": _lines(loop) for number, loop in enumerate(loops)}


def _lines(node: ast.stmt) -> list[int]:
    return [node.lineno, node.end_lineno or node.lineno]


def is_over_before(places: Mapping[str, Sequence[int]], line: int, lines: Sequence[int]) -> bool:
    """Whether a line of the function is never run once one of these has been.

    >>> places = {"span": [1, 9], "loop 0": [4, 8]}
    >>> is_over_before(places, 2, [5]), is_over_before(places, 4, [5]), is_over_before(places, 12, [15])
    (True, False, False)
    """
    span = places.get(SPAN, ())
    if not span or not lines or not min(span) <= line < min(lines) <= max(span):
        return False
    loops = [(min(found), max(found)) for kind, found in places.items() if kind.startswith(LOOP)]
    return not any(begin <= line <= end and any(begin <= one <= end for one in lines) for begin, end in loops)
