"""Where a part of an array is only asked for its sizes or its type. It runs where submissions are read."""

import ast
from collections import Counter
from collections.abc import Iterator

from reference.nodes import named, parts_of, remembered

_ATTRIBUTES = ("shape", "size", "ndim", "dtype", "strides", "itemsize", "nbytes")
_FUNCTIONS = ("len", "shape", "size", "ndim", "zeros_like", "empty_like", "ones_like", "full_like")
_GIVE_TUPLES = ("where", "nonzero", "unravel_index", "divmod", "indices", "meshgrid", "shape")


@remembered
def only_asked(function: ast.FunctionDef) -> frozenset[int]:
    """The subscripts, by `id`, of which nothing but sizes or the type is taken, or that are of sizes.

    Such as those of `w[0, 0].shape`, `len(x[0])`, `x.shape[::-1]`, `sizes[0]` after `sizes = x.shape`, and of
    `first = maps[0]` where only `first.shape` and `len(first[0])` are read.
    """
    values, found = dict[str, list[ast.expr]](), set[int]()
    for name, value in named(function):
        values.setdefault(name, []).append(value)
    for node in parts_of(function):
        found |= {id(part) for one in _asked(node) for part in _spine(one)}
        if isinstance(node, ast.Subscript) and _is_of_no_array(_spine(node)[-1], values):
            found.add(id(node))
    once = {name: given[0] for name, given in values.items() if len(given) == 1}
    for _ in range(2):
        read = Counter(node.id for node in parts_of(function) if isinstance(node, ast.Name) and _is_read(node))
        asked = Counter(_root(node) for node in parts_of(function) if id(node) in found)
        for name, value in once.items():
            if isinstance(value, ast.Subscript) and 0 < read[name] <= asked[name]:
                found |= {id(part) for part in _spine(value)}
    return frozenset(found)


def _asked(node: ast.AST) -> Iterator[ast.expr]:
    """What is asked here."""
    if isinstance(node, ast.Attribute) and node.attr in _ATTRIBUTES:
        yield node.value
    if isinstance(node, ast.Call) and _name_of(node) in _FUNCTIONS:
        yield from node.args[:1]


def _spine(node: ast.expr) -> list[ast.expr]:
    """A subscript, what it is of, and so on, to the name of an array; that name alone, if there is no subscript.

    What is flattened has as many numbers.
    """
    found = [node]
    while isinstance(found[-1], ast.Subscript) or _is_flattened(found[-1]):
        whole = found[-1].func if isinstance(found[-1], ast.Call) else found[-1]
        assert isinstance(whole, ast.Attribute | ast.Subscript)
        found.append(whole.value)
    return found


def _is_flattened(node: ast.expr) -> bool:
    function = node.func if isinstance(node, ast.Call) else None
    return isinstance(function, ast.Attribute) and function.attr in ("flatten", "ravel")


def _root(node: ast.AST) -> str:
    """The name of an array, where this is one."""
    return node.id if isinstance(node, ast.Name) else ""


def _is_read(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)


def _name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _is_of_no_array(node: ast.expr, values: dict[str, list[ast.expr]]) -> bool:
    """Whether it is a shape, a tuple that is written or that a function gives, or a name for one, or a cache."""
    if isinstance(node, ast.Attribute):
        return node.attr in ("shape", "strides")
    if isinstance(node, ast.Call):
        return _name_of(node) in _GIVE_TUPLES
    if isinstance(node, ast.Name):
        given = values.get(node.id, [])
        is_told = "shape" in node.id.lower() or "cache" in node.id.lower()
        return all(_is_tuple(value) for value in given) if given else is_told
    return isinstance(node, ast.Tuple)


def _is_tuple(value: ast.expr) -> bool:
    return not isinstance(value, ast.Name) and _is_of_no_array(_spine(value)[-1], {})
