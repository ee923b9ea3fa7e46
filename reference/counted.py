"""Where a text lets one counter say both where a window begins among rows and where among columns."""

import ast
from collections.abc import Iterator

from reference.nodes import named, parts_of

Lines = Iterator[int]
_Places = list[tuple[int, ast.expr]]
"""What stands in an index, counted from its end: -1 is the last."""


def one_counter(function: ast.FunctionDef, counted: set[str]) -> Lines:
    """`left = h * s` beside `out[n, c, h, k] = x[n, c, top:..., left:...].max()`; `counted` counts turns of loops."""
    values = dict[str, list[ast.expr]]()
    for name, value in named(function):
        values.setdefault(name, []).append(value)
    indices = [*_indices(function)]
    cells = [cell for index in indices if (cell := _names_at(index, counted))]
    for index in indices:
        begins = [(at, part.lower) for at, part in index if isinstance(part, ast.Slice) and part.lower is not None]
        if len(begins) != 2:
            continue
        used = [_counters_of(begin, values, counted) for _, begin in begins]
        if len(used[0]) != 1 or used[0] != used[1]:
            continue
        (counter,) = used[0]
        for cell in cells:
            of_cell = [cell.get(at, "") for at, _ in begins]
            if all(of_cell) and of_cell[0] != of_cell[1] and counter in of_cell:
                begin, other = begins[1 - of_cell.index(counter)][1], begins[of_cell.index(counter)][1]
                is_twice = ast.dump(begin) == ast.dump(other)  # `x[top:..., top:...]`: what sets `top` is right
                set_by = values.get(begin.id, []) if isinstance(begin, ast.Name) and not is_twice else []
                yield from (one.lineno for one in set_by or [begin])


def _indices(function: ast.FunctionDef) -> Iterator[_Places]:
    """The indices of several axes."""
    for node in parts_of(function):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
            parts = node.slice.elts
            yield [(at - len(parts), part) for at, part in enumerate(parts)]


def _names_at(index: _Places, counted: set[str]) -> dict[int, str]:
    return {at: part.id for at, part in index if isinstance(part, ast.Name) and part.id in counted}


def _counters_of(begin: ast.expr, values: dict[str, list[ast.expr]], counted: set[str]) -> set[str]:
    """What counts, in it or in what a name is set to."""
    found = values.get(begin.id, [begin]) if isinstance(begin, ast.Name) and begin.id not in counted else [begin]
    return {part.id for one in found for part in parts_of(one) if isinstance(part, ast.Name)} & counted
