"""Places about what an array begins with, and which axes it has."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping

from reference.nodes import parts_of, root_of
from reference.outlines import INTEGERS

from .axis_names import HEIGHT, WIDTH, named_for
from .names import EMPTY, Names, called, index_of, names_in, text_of
from .turned import MOVES

Lines = Iterator[int]
_PADS = ("pad", "zero_pad")
COPIES = ("copy", "array", "asarray", "ascontiguousarray", "astype")
"""What gives an array with the same numbers in the same places."""


def _begins_with(which: int) -> Callable[[Names], Lines]:
    """An input (x also padded), or a copy of it, under a name to which something is added, and nothing else done."""

    def find(names: Names) -> Lines:
        given = {*names.cached[which : which + 1]} - {""}
        sources = given | {name for image in given if which == 0 for name in padded(names, image)}
        added = {root_of(node.target) for node in names.nodes(ast.AugAssign) if isinstance(node.op, ast.Add)}
        added |= {root_of(node.args[0]) for node in names.nodes(ast.Call) if text_of(node.func) == "np.add.at"}
        added -= {*_changed_otherwise(names)}
        for target, value, line in names.pairs():
            is_it = _copied(value) in sources - {""} or (which == 0 and _handed_to_pad(value) in given)
            if isinstance(target, ast.Name) and target.id in added and is_it:
                yield line

    return find


def _handed_to_pad(value: ast.expr) -> str:
    """The name of the array of which, or of a part or a copy of which, `value` is made by padding.

    Of what is computed of one there is none, as in `np.pad(0 * x, 1)` or `np.pad(np.zeros_like(x), 1)`.
    """
    given = value.args[0] if isinstance(value, ast.Call) and called(value) in _PADS and value.args else None
    while isinstance(given, ast.Subscript):
        given = given.value
    return "" if given is None else _copied(given)


def _changed_otherwise(names: Names) -> Iterator[str]:
    """Names of arrays that are set or stored into, or changed but by adding, or handed to what may do that."""
    set_times = [root_of(target) for target, _, _ in names.pairs()]
    yield from (name for name in set_times if set_times.count(name) > 1)
    yield from (root_of(node.target) for node in names.nodes(ast.AugAssign) if not isinstance(node.op, ast.Add))
    for call in names.nodes(ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("fill", "put", "itemset"):
            yield root_of(call.func)
        if called(call) in ("copyto", "put", "fill_diagonal", "place", "putmask"):
            yield from (root_of(one) for one in call.args[:1])
        yield from (root_of(keyword.value) for keyword in call.keywords if keyword.arg == "out")
    for loop in names.loops:
        yield from names_in(loop.iter)


def padded(names: Names, image: str) -> Iterator[str]:
    """Names of the padded image: what `np.pad` makes of it or a `zero_pad`, or an array into which it is stored."""
    for target, value, _ in names.pairs():
        if _handed_to_pad(value) == image:
            yield root_of(target)
        if isinstance(target, ast.Subscript) and isinstance(value, ast.Name) and value.id == image:
            yield root_of(target)


def _copied(value: ast.expr) -> str:
    """The name that stands there by itself, or of which a copy is made."""
    if isinstance(value, ast.Call) and called(value) in COPIES:
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
    """Four sizes with rows and columns in the middle, or axes put into that order, or read as if they were not.

    Columns of windows are so in im2col, too, where the last size is a product, and the name says what they are.
    """
    of_windows = {id(node.slice) for node in names.nodes(ast.Subscript) if "col" in root_of(node)}
    for node in names.nodes(ast.Tuple):
        is_out = len(node.elts) == 4 and not isinstance(node.elts[3], ast.BinOp) and id(node) not in of_windows
        if is_out and [names.axes_of(part) for part in node.elts[1:3]] == [{HEIGHT}, {WIDTH}]:
            yield node.lineno
    for node in names.nodes(ast.Call):
        last = node.args[-2:] if called(node) == "reshape" else []
        if [names.axes_of(part) or {named_for(part) or ""} for part in last] == [{HEIGHT}, {WIDTH}]:
            yield node.lineno
        if called(node) == "transpose" and [text_of(part) for part in node.args[-4:]] == ["0", "2", "3", "1"]:
            yield node.lineno


def _filters_first(names: Names) -> Lines:
    """An array that is made so, or what puts results together along the first axis, or exchanges the first two.

    Or a reshape to filters and images that nothing transposes afterwards.
    """
    made = [node for node in names.nodes(ast.Call) if called(node) in EMPTY]
    batch, filters = (_first_of(names, array) for array in [*(names.cached or names.inputs), "", ""][:2])
    for call in made:
        firsts = [[*map(text_of, shape[:2])] for shape in names.shape_given(call)]
        yield from (call.lineno,) if any(first == [filters, batch] for first in firsts) else ()
    for call in names.nodes(ast.Call):
        text = f"{called(call)}({', '.join(map(text_of, call.args))}"
        along = [text_of(keyword.value) for keyword in call.keywords if keyword.arg == "axis"]
        taken = {name for one in _goes_through(call) for name in names_in(one)}
        is_second = along == ["1"] and bool(taken) and not taken & {*(names.cached or names.inputs)[1:2]}
        is_put_together = called(call) in ("stack", "concatenate") and (along in ([], ["0"]) or is_second)
        is_exchanged = re.search(r"(transpose|swapaxes)\((\w+, )?(\(?1, 0, 2, 3|0, 1$|1, 0$)", text) is not None
        yield from (call.lineno,) if is_put_together or is_exchanged else ()
    for target, value, line in names.pairs():
        sizes = value.args if isinstance(value, ast.Call) and called(value) == "reshape" else []
        later = [node for node in names.nodes(ast.Call) if node.lineno > line and called(node) in _TURNS]
        is_turned = any(names_in(target) & names_in(node) for node in later)
        is_first = [*map(text_of, sizes[:2])] == [filters, batch] and isinstance(target, ast.Name)
        yield from (line,) if is_first and not is_turned else ()


_TURNS = ("transpose", "swapaxes", "moveaxis", "rollaxis", "einsum")
"""What puts axes into another order."""


def _goes_through(call: ast.Call) -> list[ast.expr]:
    """What a list in the arguments of a call takes its parts from."""
    return [one.iter for argument in call.args for one in getattr(argument, "generators", [])]


def _first_of(names: Names, array: str) -> str:
    """What the first size of an array is called."""
    for target, value, _ in names.pairs():
        if isinstance(target, ast.Tuple) and text_of(value) == f"{array}.shape":
            return text_of(target.elts[0])
    return f"{array}.shape[0]"


def _weights_moved(names: Names) -> Lines:
    """Axes of w are moved, of all of it or of one kernel."""
    weights = {*(names.cached or names.inputs)[1:2]}
    for node in names.nodes(ast.Call):
        if called(node) in MOVES and weights & {root_of(node.func), *map(root_of, node.args[:1])}:
            yield node.lineno


def _window_moved(names: Names) -> Lines:
    """Axes of a window are moved before it is made flat: `window.transpose(1, 2, 0).ravel()`, `window.T.ravel()`."""
    windows = {root_of(target) for target, value, _ in names.pairs() if _cuts_two_axes(value)}
    for node in names.nodes(ast.Call):
        moved = node.func.value if called(node) in _FLAT and isinstance(node.func, ast.Attribute) else None
        if isinstance(moved, ast.Call) and called(moved) in MOVES and isinstance(moved.func, ast.Attribute):
            moved = moved.func.value
        elif not isinstance(moved, ast.Attribute) or moved.attr != "T":
            continue
        else:
            moved = moved.value
        yield from (node.lineno,) if _cuts_two_axes(moved) or getattr(moved, "id", "") in windows else ()


def _cuts_two_axes(value: ast.expr) -> bool:
    parts = index_of(value) if isinstance(value, ast.Subscript) else []
    return len([part for part in parts if isinstance(part, ast.Slice) and part.lower is not None]) > 1


_FLAT = ("reshape", "ravel", "flatten")


def _dw_moved(names: Names) -> Lines:
    """Axes of what is put into dw are moved."""
    dw = root_of(names.returned[1]) if len(names.returned) == 3 else ""
    for node in names.nodes(ast.Assign, ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if dw and dw in map(root_of, targets) and any(called(part) in MOVES for part in parts_of(node.value)):
            yield node.lineno


def _of_integers(names: Names) -> Lines:
    """An array of integers, or a number that becomes one where it is stored."""
    for node in names.nodes(ast.Call):
        if called(node) in (*EMPTY, "astype", "full"):
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            if any(text_of(one).rpartition(".")[2].strip("'") in _INTEGERS for one in given):
                yield node.lineno
    for target, value, line in names.pairs():
        if isinstance(target, ast.Subscript) and any(called(part) in _CUT_OFF for part in parts_of(value)):
            yield line


_INTEGERS = ("int", "int_", "intp", "int8", "int16", "int32", "int64", "i4", "i8", "long")
_CUT_OFF = (*_INTEGERS, "floor", "trunc", "rint", "round", "around")


def _dtype_of_another(names: Names) -> Lines:
    """What is returned first, where it is made like another array, or of its dtype."""
    for target, value, line in names.pairs():
        if isinstance(value, ast.Call) and names.returned and root_of(target) == root_of(names.returned[0]):
            dtypes = [keyword.value for keyword in value.keywords if keyword.arg == "dtype"]
            if any(text_of(one).endswith(".dtype") for one in dtypes) or (called(value) in _LIKE and not dtypes):
                yield line


_LIKE = tuple(name for name in EMPTY if name.endswith("like"))


KINDS: Mapping[str, Callable[[Names], Lines]] = {
    "begins with x": _begins_with(0), "begins with w": _begins_with(1), "begins with b": _begins_with(2),
    "weights moved": _weights_moved, "window moved": _window_moved, "dw moved": _dw_moved,
    "squeezed": _squeezed, "axis left": _axis_left, "filters last": _filters_last, "filters first": _filters_first,
    INTEGERS[0]: _of_integers, INTEGERS[1]: _dtype_of_another,
}  # fmt: skip
