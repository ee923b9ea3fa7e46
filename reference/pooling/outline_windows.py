"""Where windows begin in the text of a pooling, how many there are, and what a running maximum begins with."""

import ast
from collections.abc import Iterable, Iterator

from reference.nodes import assigned, named, parts_of, reads, root_of

_LARGER = ("max", "maximum", "fmax")
_MAXIMA, _MEANS = ("max", "amax"), ("mean", "average", "sum")
Lines = Iterator[int]


def places(function: ast.FunctionDef) -> dict[str, Iterable[int]]:
    """By kind, the lines of a function in which a mistake shows."""
    return {
        "begins by window": [*stride_by_window(function)] or _begins(function, "pool_height", "pool_width"),
        "flat index": _flat_index(function),
        "from zero": _from_zero(function),
        "maximum and mean": _maximum_and_mean(function),
        "one inside": _one_inside(function),
        "size of other side": _size_of_other_side(function),
        "stored by one": _stored_by_one(function),
    }


def divided_by_rows(function: ast.FunctionDef) -> Lines:
    """The place of a winner divided by `window.shape[0]`, which counts rows."""
    winners = {name for name, value in named(function) if "argmax(" in ast.unparse(value)}
    for node in _quotients(function):
        of_winner = "argmax(" in ast.unparse(node.left) or getattr(node.left, "id", "") in winners
        if of_winner and ast.unparse(node.right).endswith((".shape[0]", ".shape[-2]")):
            yield node.lineno


def stride_by_window(function: ast.FunctionDef) -> Lines:
    """`stride = pool_param["pool_height"]`, and `stride = height`."""
    sizes = _sizes(function, *_KEYS) - set(_STRIDES)
    for target, value in assigned(function):
        is_stride = isinstance(target, ast.Name) and target.id in _STRIDES
        is_size = getattr(value, "id", "") in sizes or any(reads(value, key) for key in _KEYS)
        yield from (target.lineno,) if is_stride and is_size else ()


def key_twice(function: ast.FunctionDef) -> Lines:
    """`width = pool_param["pool_height"]`, where the height was read before and the width nowhere: the later line."""
    for key, other in (_KEYS, _KEYS[::-1]):
        reading = [t for t, v in assigned(function) if isinstance(t, ast.Name) and reads(v, key)]
        is_other_read = any(reads(node, other) for node in parts_of(function))
        if len({target.id for target in reading}) > 1 and not is_other_read:
            yield reading[-1].lineno


_KEYS, _STRIDES = ("pool_height", "pool_width"), ("s", "S", "stride")


def _sizes(function: ast.FunctionDef, *keys: str) -> set[str]:
    """The names that these keys of pool_param are read into."""
    return {name for name, value in named(function) if any(reads(value, key) for key in keys)}


def _quotients(function: ast.FunctionDef) -> Iterator[ast.BinOp]:
    for node in parts_of(function):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.FloorDiv | ast.Mod):
            yield node


def _one_inside(function: ast.FunctionDef) -> Lines:
    """`(H - height + 1) // stride`"""
    for node in _quotients(function):
        if isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Add):
            yield from (node.lineno,) if ast.unparse(node.left.right) == "1" else ()


def _size_of_other_side(function: ast.FunctionDef) -> Lines:
    """Quotients of H less the width of the window, or of W less its height, where these are called that."""
    of_axis = {"H": _sizes(function, "pool_width"), "W": _sizes(function, "pool_height")}
    for node in _quotients(function):
        if isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Sub):
            wrong = of_axis.get(ast.unparse(node.left.left), set())
            yield from (node.lineno,) if ast.unparse(node.left.right) in wrong else ()


def _flat_index(function: ast.FunctionDef) -> Lines:
    """A number that is divided by H_out, and a row times H_out plus a column: it has to be W_out."""
    heights = {*_output_heights(function)}
    for node in _quotients(function):
        yield from (node.lineno,) if getattr(node.right, "id", "") in heights else ()
    for node in (node for node in parts_of(function) if isinstance(node, ast.BinOp)):
        if isinstance(node.op, ast.Add) and isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Mult):
            factors = (node.left.left, node.left.right)
            is_by_height = any(getattr(one, "id", "") in heights for one in factors)
            yield from (node.lineno,) if is_by_height and isinstance(node.right, ast.Name) else ()


def _output_heights(function: ast.FunctionDef) -> Iterator[str]:
    """Names of quotients in which the height of the window is, and not its width."""
    heights, widths = (_sizes(function, key) for key in _KEYS)
    for name, value in named(function):
        names = {part.id for part in parts_of(value) if isinstance(part, ast.Name)}
        of_height = names & (heights - widths) or reads(value, _KEYS[0])
        if of_height and not names & widths and any(isinstance(one, ast.Div | ast.FloorDiv) for one in parts_of(value)):
            yield name


def _maximum_and_mean(function: ast.FunctionDef) -> Lines:
    """`window.max(axis=2).mean(axis=2)`, `np.max(np.mean(window, axis=0))`"""
    for node in (node for node in parts_of(function) if isinstance(node, ast.Call)):
        inner = [part.value if isinstance(part, ast.Attribute) else part for part in (node.func, *node.args[:1])]
        outer = _name_of(node)
        others = _MEANS if outer in _MAXIMA else _MAXIMA if outer in _MEANS else ()
        if any(isinstance(one, ast.Call) and _name_of(one) in others for one in inner):
            yield node.lineno


def _begins(function: ast.FunctionDef, *keys: str) -> Lines:
    """`x[:, :, i * height : i * height + height]`, where i counts windows."""
    counted, sizes = set(counters(function)), _sizes(function, *keys)
    for node in parts_of(function):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
            slices = [part for part in node.slice.elts[-2:] if isinstance(part, ast.Slice)]
            if any(part.lower is not None and _is_by(part.lower, counted, sizes) for part in slices):
                yield node.lineno


def _stored_by_one(function: ast.FunctionDef) -> Lines:
    """`dx[n, c, i + row, j + column] += ...`, where i or j counts windows and nothing is multiplied."""
    counted = set(counters(function))
    products = {name for name, value in named(function) if _multiplies(value)}
    for node in (node for node in parts_of(function) if isinstance(node, ast.Subscript)):
        for index in _sums(node):
            names = {part.id for part in parts_of(index) if isinstance(part, ast.Name)}
            if names & counted and not names & products and not _multiplies(index):
                yield node.lineno


def _multiplies(node: ast.expr) -> bool:
    return any(isinstance(part, ast.Mult) for part in parts_of(node))


def _sums(node: ast.Subscript) -> Iterator[ast.expr]:
    """The row and the column of what is stored into, where they are sums and no slices."""
    last = node.slice.elts[-2:] if isinstance(node.slice, ast.Tuple) and isinstance(node.ctx, ast.Store) else []
    if not any(isinstance(part, ast.Slice) for part in last):
        yield from (part for part in last if isinstance(part, ast.BinOp))


def counters(function: ast.FunctionDef) -> Iterator[str]:
    """What counts the turns of a loop one by one: `for i in range(n)`, `for at, i in enumerate(range(n))`."""
    for node in parts_of(function):
        if isinstance(node, ast.For) and isinstance(node.iter, ast.Call):
            over: list[ast.expr] = [node.iter]
            targets = [node.target]
            if _name_of(node.iter) == "enumerate" and isinstance(node.target, ast.Tuple):
                targets, over = node.target.elts, node.iter.args[:1]
            is_range = any(
                isinstance(one, ast.Call) and _name_of(one) == "range" and len(one.args) == 1 for one in over
            )
            yield from (target.id for target in targets if is_range and isinstance(target, ast.Name))


def _is_by(index: ast.expr, counters: set[str], sizes: set[str]) -> bool:
    """`i * height`"""
    factors = [index.left, index.right] if isinstance(index, ast.BinOp) and isinstance(index.op, ast.Mult) else []
    names = [part.id for part in factors if isinstance(part, ast.Name)]
    return len(names) == 2 and bool({*names} & counters) and bool({*names} & sizes)


def _from_zero(function: ast.FunctionDef) -> Lines:
    """A running maximum, or the array of them, that is made of zeros, and maxima of a number and 0."""
    running = set(_running(function))
    for target, value in assigned(function):
        if isinstance(target, ast.Name) and target.id in running and (_is_zero(value) or _makes_zeros(value)):
            yield target.lineno
    for node in parts_of(function):
        if isinstance(node, ast.Call) and _name_of(node) in _LARGER and any(map(_is_zero, node.args)):
            yield node.lineno


def _running(function: ast.FunctionDef) -> Iterator[str]:
    """What is replaced where something is larger: `if value > best: best = value`, `best = max(best, value)`."""
    for node in parts_of(function):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Compare):
            compared = {root_of(one) for one in (node.test.left, *node.test.comparators)}
            targets = [target for one in node.body if isinstance(one, ast.Assign) for target in one.targets]
            yield from ({root_of(target) for target in targets} & compared) - {""}
    for target, value in assigned(function):
        if isinstance(value, ast.Call) and _name_of(value) in _LARGER and len(value.args) > 1:
            yield from {root_of(target)} & {root_of(one) for one in value.args} - {""}


def _name_of(call: ast.Call) -> str:
    return getattr(call.func, "attr", "") or getattr(call.func, "id", "")


def _is_zero(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float) and node.value == 0


def _makes_zeros(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and _name_of(node) in ("zeros", "zeros_like")
