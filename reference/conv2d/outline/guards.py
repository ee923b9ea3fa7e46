"""What is done only where there is padding."""

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reference.nodes import parts_of

from .names import Names, is_keyed

_COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}  # fmt: skip


def where_padded(names: Names) -> Iterator[int]:
    """The nodes, by `id`, below `if pad:`, `if pad > 0:` or the `else` of `if pad == 0:`; as expressions, too."""
    for node in names.nodes(ast.If, ast.IfExp):
        without, *padded = [_value(names, node.test, pad) for pad in range(3)]
        if None in (without, *padded) or len({*map(bool, padded)}) > 1 or bool(without) == bool(padded[0]):
            continue
        branch = node.orelse if without else node.body
        for part in branch if isinstance(branch, list) else [branch]:
            yield from map(id, parts_of(part))


def _value(names: Names, test: ast.expr, pad: int) -> int | None:
    """What a condition on the pad alone gives for this one; None where it is about something else."""
    if (isinstance(test, ast.Name) and test.id in names.pads) or is_keyed(test, "pad"):
        return pad
    if isinstance(test, ast.Constant) and isinstance(test.value, int):
        return test.value
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        value = _value(names, test.operand, pad)
        return None if value is None else not value
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in _COMPARED:
        sides = _value(names, test.left, pad), _value(names, test.comparators[0], pad)
        return None if None in sides else _COMPARED[type(test.ops[0])](*sides)
    return None
