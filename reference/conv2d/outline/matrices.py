"""Places where matrices are made of arrays, and arrays of matrices."""

import ast
from collections.abc import Callable, Iterator, Mapping

from reference.nodes import arguments_of, parts_of, root_of

from .axis_names import named_for
from .names import EMPTY, Names, called, text_of
from .turned import AXES_OF_WINDOWS, MOVES, reshaped

Lines = Iterator[int]


def _reshapes(names: Names) -> Iterator[tuple[ast.expr, list[ast.expr], ast.Call]]:
    """What is reshaped as it is, the new sizes, and the call; not those whose axes are moved at once."""
    moved = {
        id(arguments_of(call)[0]) for call in names.nodes(ast.Call) if called(call) in MOVES and arguments_of(call)
    }
    moved |= {id(node.value) for node in names.nodes(ast.Attribute) if node.attr == "T"}
    yield from ((array, sizes, call) for call, array, sizes in reshaped(names) if id(call) not in moved)


def _windows_reshaped(names: Names) -> Lines:
    """A matrix of an array that was made with six axes, no row of the output the second of them, and never moved.

    Else the one with a column for each window that is made by `reshape` alone.
    """
    made = {
        target.id
        for target, value, _ in names.pairs()
        if isinstance(target, ast.Name) and isinstance(value, ast.Call) and called(value) in EMPTY and value.args
        if isinstance(value.args[0], ast.Tuple) and _is_of_windows(names, value.args[0].elts)
    }
    made -= {root_of(arguments_of(call)[0]) for call in names.nodes(ast.Call) if called(call) in MOVES}
    found = [call.lineno for array, sizes, call in _reshapes(names) if len(sizes) == 2 and root_of(array) in made]
    others = {*(names.cached or names.inputs)[1:2], *names.inputs[:1]}
    columns = {
        call.lineno
        for call, array, sizes in reshaped(names)
        if len(sizes) == 2 and root_of(array) not in others and len(names.axes_of(sizes[1])) > 1
    }
    yield from found or (columns if len(columns) == 1 else ())


def _columns_reshaped(names: Names) -> Lines:
    """Six sizes, of which no row or column of the output is the second, for what is never moved.

    Or three with a product as the second: `columns.reshape(N, C * HH * WW, -1)`.
    """
    moved = {root_of(arguments_of(call)[0]) for call in names.nodes(ast.Call) if called(call) in MOVES}
    given = {id(value): root_of(target) for target, value, _ in names.pairs()}
    for array, sizes, call in _reshapes(names):
        is_product = len(sizes) == 3 and isinstance(sizes[1], ast.BinOp) and isinstance(sizes[1].op, ast.Mult)
        if (
            (is_product or _is_of_windows(names, sizes))
            and id(call) in given
            and not moved & {root_of(array), given[id(call)]}
        ):
            yield call.lineno


def _is_of_windows(names: Names, sizes: list[ast.expr]) -> bool:
    """Whether they are six, and not in the order in which windows come first."""
    return len(sizes) == AXES_OF_WINDOWS and not names.axes_of(sizes[1]) and named_for(sizes[1]) is None


def _filters(names: Names, array: str, at: int) -> set[str]:
    """What the number of filters, or of what is at that place, is called where an array's shape is taken apart."""
    return {
        root_of(target.elts[at])
        for target, value, _ in names.pairs()
        if isinstance(target, ast.Tuple) and len(target.elts) == 4 and text_of(value) == f"{array}.shape"
    }


def _weights_reshaped(names: Names) -> Lines:
    """`w.reshape(-1, F)`, or with C * HH * WW in place of -1."""
    weights = "".join((names.cached or names.inputs)[1:2])
    filters = {*_filters(names, weights, 0), f"{weights}.shape[0]", f"len({weights})"}
    for call, array, sizes in reshaped(names):
        if len(sizes) == 2 and text_of(sizes[0]) not in filters and text_of(sizes[1]) in filters:
            yield from (call.lineno,) if getattr(array, "id", "") == weights else ()


def _dw_reshaped(names: Names) -> Lines:
    """The line that gives dw its shape, if that is one."""
    dw = root_of(names.returned[1]) if len(names.returned) == 3 else ""
    shaped = {id(call) for _, _, call in _reshapes(names)}
    lines = {line for target, value, line in names.pairs() if root_of(target) == dw and dw and id(value) in shaped}
    added = (node for node in names.nodes(ast.AugAssign) if root_of(node.target) == dw and dw)
    lines = {node.lineno for node in added if any(id(part) in shaped for part in parts_of(node.value))} or lines
    if len(lines) == 1:
        yield from lines


def _dout_reshaped(names: Names) -> Lines:
    """A matrix of the filters and all else that is made of dout as it came, in which images come before filters.

    Also one for each image, in which filters come last.
    """
    dout, w = "".join(names.inputs[:1]), "".join(names.cached[1:2])
    filters = _filters(names, w, 0) | _filters(names, dout, 1)
    shaped = {id(call) for _, _, call in _reshapes(names)}
    is_moved = any(root_of(target) == dout and id(value) not in shaped for target, value, _ in names.pairs())
    for array, sizes, call in _reshapes(names) if not is_moved else ():
        is_matrix = len(sizes) == 2 and "-1" in map(text_of, sizes) and any(root_of(size) in filters for size in sizes)
        is_last = len(sizes) == 3 and root_of(sizes[2]) in filters
        if isinstance(array, ast.Name) and array.id == dout and (is_matrix or is_last):
            yield call.lineno
    for call, array, sizes in reshaped(names) if not is_moved else ():
        is_image = isinstance(array, ast.Subscript) and isinstance(array.slice, ast.Name) and root_of(array) == dout
        if is_image and len(sizes) == 2 and root_of(sizes[1]) in filters and text_of(sizes[0]) == "-1":
            yield call.lineno


def _out_reshaped(names: Names) -> Lines:
    """The line that gives what has not been moved four axes, images and filters first, if that is one."""
    image, weights = (*(names.cached or names.inputs)[:2], "", "")[:2]
    images = {*_filters(names, image, 0), f"{image}.shape[0]", f"len({image})"}
    filters = {*_filters(names, weights, 0), f"{weights}.shape[0]", f"len({weights})"}
    lines = {
        call.lineno
        for _, sizes, call in _reshapes(names)
        if len(sizes) == 4 and text_of(sizes[0]) in images and text_of(sizes[1]) in filters
    }
    if len(lines) == 1:
        yield from lines


KINDS: Mapping[str, Callable[[Names], Lines]] = {
    "windows reshaped": _windows_reshaped, "columns reshaped": _columns_reshaped,
    "weights reshaped": _weights_reshaped, "dw reshaped": _dw_reshaped, "dout reshaped": _dout_reshaped,
    "out reshaped": _out_reshaped,
}  # fmt: skip
