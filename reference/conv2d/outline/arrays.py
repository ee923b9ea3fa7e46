"""Places about what an array begins with, and which axes it has."""

import ast
from collections.abc import Callable, Iterator, Mapping

from reference.outlines import root_of

from .names import HEIGHT, WIDTH, Names, called, index_of, names_in, parts_of, text_of

Lines = Iterator[int]
_COPIES = ("copy", "array", "asarray", "ascontiguousarray", "astype")


def _begins_with(which: int) -> Callable[[Names], Lines]:
    """An input (x also padded), or a copy of it, under a name to which something is added afterwards."""

    def find(names: Names) -> Lines:
        given = names.cached[which : which + 1]
        sources = {*given, *(_padded(names, given[0]) if which == 0 and given else ())}
        added = {root_of(node.target) for node in names.nodes(ast.AugAssign)}
        added |= {root_of(node.args[0]) for node in names.nodes(ast.Call) if text_of(node.func) == "np.add.at"}
        for target, value, line in names.pairs():
            if isinstance(target, ast.Name) and target.id in added and _copied(value) in sources:
                yield line

    return find


def _padded(names: Names, image: str) -> Iterator[str]:
    """Names of the padded image: what `np.pad` makes of it, or an array into which it is stored."""
    for target, value, _ in names.pairs():
        if called(value) == "pad" and image in names_in(value):
            yield root_of(target)
        if isinstance(target, ast.Subscript) and isinstance(value, ast.Name) and value.id == image:
            yield root_of(target)


def _copied(value: ast.expr) -> str:
    """The name that stands there by itself, or of which a copy is made."""
    if isinstance(value, ast.Call) and called(value) in _COPIES:
        if isinstance(value.func, ast.Attribute) and text_of(value.func.value) not in ("np", "numpy", "copy"):
            return _copied(value.func.value)
        return _copied(value.args[0]) if value.args else ""
    return value.id if isinstance(value, ast.Name) else ""


def _squeezed(names: Names) -> Lines:
    for node in names.nodes(ast.Call):
        if called(node) == "squeeze":
            yield node.lineno


def _axis_left(names: Names) -> Lines:
    """What makes db, or returns it, with `keepdims`, an axis of length 1 or a reshape."""
    db = root_of(names.returned[2]) if len(names.returned) == 3 else ""
    values = [(value, line) for target, value, line in names.pairs() if db and root_of(target) == db]
    values += [(part, part.lineno) for part in names.returned[2:3]]
    for value, line in values:
        if any(map(_makes_an_axis, parts_of(value))):
            yield line


def _makes_an_axis(node: ast.AST) -> bool:
    if isinstance(node, ast.keyword):
        return node.arg == "keepdims"
    if isinstance(node, ast.Tuple):
        return any(text_of(part) == "1" for part in node.elts) and len(node.elts) > 1
    if isinstance(node, ast.Subscript):
        return any(text_of(part) in ("None", "np.newaxis") for part in index_of(node))
    if called(node) == "reshape":
        return isinstance(node, ast.Call) and len(node.args) > 1 and any(text_of(part) == "1" for part in node.args)
    return called(node) == "expand_dims"


def _filters_last(names: Names) -> Lines:
    """Four sizes with rows and columns in the middle, or axes put into that order."""
    for node in names.nodes(ast.Tuple):
        if len(node.elts) == 4 and [names.axes_of(part) for part in node.elts[1:3]] == [{HEIGHT}, {WIDTH}]:
            yield node.lineno
    for node in names.nodes(ast.Call):
        if called(node) == "transpose" and [text_of(part) for part in node.args[-4:]] == ["0", "2", "3", "1"]:
            yield node.lineno


KINDS: Mapping[str, Callable[[Names], Lines]] = {
    "begins with x": _begins_with(0), "begins with w": _begins_with(1), "begins with b": _begins_with(2),
    "squeezed": _squeezed, "axis left": _axis_left, "filters last": _filters_last,
}  # fmt: skip
