"""Where a condition leaves out the last place that a window reaches. It runs where submissions are read."""

import ast
from collections.abc import Iterator

from reference.nodes import own_nodes


def left_out_at_the_edge(function: ast.FunctionDef) -> Iterator[int]:
    """Lines of `if i * s + HH >= H: break`, or `continue`, of `while i + HH < H` and of `if i + HH < H:`.

    With > and <= the window that ends at the edge is let in.
    """
    for node in own_nodes(function):
        if isinstance(node, ast.If):
            leaves = isinstance(node.body[-1], ast.Break | ast.Continue)
            wanted: type[ast.cmpop] = ast.GtE if leaves else ast.Lt
        elif isinstance(node, ast.While):
            wanted = ast.Lt
        else:
            continue
        if any(_compares_an_end(test, wanted) for test in _tests(node.test)):
            yield node.lineno


def _tests(test: ast.expr) -> list[ast.expr]:
    return test.values if isinstance(test, ast.BoolOp) else [test]


def _compares_an_end(test: ast.expr, wanted: type[ast.cmpop]) -> bool:
    """Whether a sum that has names on both sides is compared so."""
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], wanted):
        return False
    end = test.left
    sides = (end.left, end.right) if isinstance(end, ast.BinOp) and isinstance(end.op, ast.Add) else ()
    return bool(sides) and all(any(isinstance(part, ast.Name) for part in ast.walk(side)) for side in sides)
