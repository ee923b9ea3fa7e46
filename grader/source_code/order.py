"""Statements in an order that does not depend on who wrote them: what does not touch each other may change places."""

import ast
from collections import Counter
from collections.abc import Sequence
from heapq import heapify, heappop, heappush

_WRITE_INTO = frozenset({"append", "extend", "fill", "insert", "pop", "sort", "update"})
_ENDS = (ast.Return, ast.Raise, ast.Break, ast.Continue, ast.Yield, ast.YieldFrom)


def ordered(body: Sequence[ast.stmt], texts: Sequence[str]) -> list[int]:
    """Places of the statements, each as early as what it needs allows, the first in `texts` first.

    What a statement touches is told by names alone, which is enough for finding copies and for nothing else.
    """
    touched = [_touched(statement) for statement in body]
    after = [[i for i in range(k + 1, len(body)) if _must_follow(touched[i], one)] for k, one in enumerate(touched)]
    waits = Counter(i for later in after for i in later)
    ready = [(text, i) for i, text in enumerate(texts) if not waits[i]]
    heapify(ready)
    done: list[int] = []
    while ready:
        done.append(heappop(ready)[1])
        for i in after[done[-1]]:
            waits[i] -= 1
            if not waits[i]:
                heappush(ready, (texts[i], i))
    return done


_Touched = tuple[set[str], set[str], bool]
"""Names that are read, names that get a value or are written into, and whether the way may end there."""


def _touched(statement: ast.stmt) -> _Touched:
    reads: set[str] = set()
    writes: set[str] = set()
    ends = False
    for node in ast.walk(statement):
        ends = ends or isinstance(node, _ENDS)
        if isinstance(node, ast.Name):
            (reads if isinstance(node.ctx, ast.Load) else writes).add(node.id)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            reads.add(node.target.id)
        elif isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
            writes.update(_owner(node))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _WRITE_INTO:
            writes.update(_owner(node.func))
    return reads, writes, ends


def _owner(node: ast.expr) -> list[str]:
    """The name of the array or object that a part of is written to."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return [node.id] if isinstance(node, ast.Name) else []


def _must_follow(later: _Touched, earlier: _Touched) -> bool:
    reads, writes, ends = later
    first_reads, first_writes, first_ends = earlier
    return bool(ends or first_ends or reads & first_writes or writes & (first_reads | first_writes))
