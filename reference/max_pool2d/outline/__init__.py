"""What the text of a max pooling says without being run: what it keeps for backward, and where known mistakes show."""

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reference.outlines import function_in, keeps_inputs, root_of

_FORWARD_PARAMETERS = 2
"""x and pool_param."""


def outline(text: str, first_line: int) -> dict[str, Any]:
    """Read the text of a function; what does not parse says nothing.

    Returns:
        `keeps_inputs`: forward: whether the cache is known to be its inputs as they were handed in, in their order;
        `places`: by kind, the lines, counted from `first_line`.
    """
    function = function_in(text)
    if function is None:
        return {"keeps_inputs": False, "places": {}}
    places = {kind: sorted({first_line - 1 + line for line in find(function)}) for kind, find in _KINDS.items()}
    return {"keeps_inputs": keeps_inputs(function, _FORWARD_PARAMETERS), "places": places}


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
    """Comparisons with ==, which every one of several equal cells passes."""
    for node in ast.walk(function):
        if isinstance(node, ast.Compare) and any(isinstance(operator, ast.Eq) for operator in node.ops):
            yield node.lineno


_KINDS: Mapping[str, Callable[[ast.FunctionDef], Iterator[int]]] = {
    "assigned into dx": _assigned_into_dx,
    "compared": _compared,
}
"""How the lines of each kind of place are found."""
