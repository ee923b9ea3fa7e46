"""What the text of a max pooling says without being run: what it keeps for backward, and where known mistakes show."""

import ast
from collections.abc import Iterator
from typing import Any

from reference.outlines import outlined, root_of

_FORWARD_PARAMETERS = 2
"""x and pool_param."""


def outline(text: str, first_line: int) -> dict[str, Any]:
    """As `reference.outlines.outlined`."""
    return outlined(text, first_line, _FORWARD_PARAMETERS, _places)


def _places(function: ast.FunctionDef) -> dict[str, Iterator[int]]:
    return {"assigned into dx": _assigned_into_dx(function), "compared": _compared(function)}


def _assigned_into_dx(function: ast.FunctionDef) -> Iterator[int]:
    """Stores with `=` into a part of what is returned."""
    values = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
    returned = {value.id for value in values if isinstance(value, ast.Name)}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and any(_is_part_of(target, returned) for target in node.targets):
            yield node.lineno


def _is_part_of(target: ast.expr, names: set[str]) -> bool:
    return isinstance(target, ast.Subscript) and root_of(target) in names


def _compared(function: ast.FunctionDef) -> Iterator[int]:
    """Comparisons of numbers with ==, which every one of several equal cells passes."""
    for node in ast.walk(function):
        if isinstance(node, ast.Compare) and _is_of_cells(node):
            yield node.lineno


def _is_of_cells(node: ast.Compare) -> bool:
    is_equal = any(isinstance(operator, ast.Eq) for operator in node.ops)
    return is_equal and not any(map(_is_about_sizes, (node.left, *node.comparators)))


def _is_about_sizes(node: ast.expr) -> bool:
    """A remainder, a shape, or the name of a mode: no cell is compared."""
    return (
        (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod))
        or (isinstance(node, ast.Attribute) and node.attr == "shape")
        or (isinstance(node, ast.Constant) and isinstance(node.value, str))
    )
