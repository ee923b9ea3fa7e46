"""Loops over several indices at once as loops in each other, and the like: one form of what has several, for outlines.

It runs where submissions are read.
"""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

_MOST_INDICES = 8
_OF_ROWS_OR_COLUMNS = (2, 3)
"""So many first parts of an array with four axes are taken."""


def unfolded(function: ast.FunctionDef) -> ast.FunctionDef:
    r"""The function, whose loops by `np.ndindex` and `itertools.product` are one loop for each index; lines stay.

    So are those over a list of all indices, `[(i, j) for i in range(2) for j in range(3)]`, made in the loop or before
    it: each index has the line in which it is said how far it goes. What `divmod` gives to two names is what `//` gives
    to one, and `%` to the other. An index of what a loop's variable takes is a further part of that index. The length
    of the first row of the first channel is a size of the whole.

    >>> text = "def f(a):\n for i, j in np.ndindex(a.shape):\n  for r, c in product(range(3), (1, 2)): a[i, j] += r"
    >>> print(ast.unparse(unfolded(ast.parse(text).body[0])))
    def f(a):
        for i in range(a.shape[0]):
            for j in range(a.shape[1]):
                for r in range(3):
                    for c in (1, 2):
                        a[i, j] += r
    >>> print(ast.unparse(unfolded(ast.parse("def f(a, b):\n n, rest = divmod(a - 1, b)").body[0])))
    def f(a, b):
        n, rest = ((a - 1) // b, (a - 1) % b)
    >>> print(ast.unparse(unfolded(ast.parse("def f(a):\n for i in range(3): a[i][i + 1][:, 1:], a[0][i]").body[0])))
    def f(a):
        for i in range(3):
            (a[i, i + 1, :, 1:], a[0][i])
    >>> print(ast.unparse(unfolded(ast.parse("def f(a):\n H, n = len(a[0][0]), len(a)\n W = len(a[0, 0, 0])").body[0])))
    def f(a):
        H, n = (a.shape[2], len(a))
        W = a.shape[3]
    """
    nodes = list(ast.walk(function))
    for one in (node for node in nodes if isinstance(node, ast.Assign)):
        one.value = _quotient_and_rest(one.value) if isinstance(one.targets[0], ast.Tuple) else _size(one.value)
        if isinstance(one.value, ast.Tuple):
            one.value.elts = list(map(_size, one.value.elts))
    made, unread = _set_once(nodes), Counter(_read(nodes))
    for loop in [node for node in nodes if isinstance(node, ast.For) and not node.orelse]:
        targets = loop.target.elts if isinstance(loop.target, ast.Tuple) else []
        over = _made_of(loop.iter, made) if targets else loop.iter
        ends = list(_taken_apart(over, len(targets))) if len(targets) <= _MOST_INDICES else []
        if targets and len(ends) == len(targets):
            unread.subtract(_read([loop.iter]))
            for target, end in reversed(list(zip(targets[1:], ends[1:], strict=True))):
                inner = ast.copy_location(ast.For(target, end, loop.body, []), loop)
                inner.lineno = loop.lineno if over is loop.iter else end.lineno
                loop.body = [inner]
                nodes.append(inner)
            loop.lineno = loop.lineno if over is loop.iter else ends[0].lineno
            loop.target, loop.iter = targets[0], ends[0]
    counted = {node.id for one in nodes if isinstance(one, ast.For | ast.comprehension) for node in ast.walk(one.target)
               if isinstance(node, ast.Name)}  # fmt: skip
    for node in reversed(nodes):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Subscript):
            _join(node, node.value, counted)
    _leave_out(nodes, [value for name, value in made.items() if name in unread and not unread[name]])
    return function


def _join(node: ast.Subscript, inner: ast.Subscript, counted: Set[str]) -> None:
    """Make one index of two, of which the first has numbers alone: what loops count with, or what is computed of it."""
    first, second = (index.elts if isinstance(index, ast.Tuple) else [index] for index in (inner.slice, node.slice))
    if all(isinstance(part, ast.Name | ast.BinOp) and counted & {*_read(ast.walk(part))} for part in first):
        node.value = inner.value
        node.slice = ast.copy_location(ast.Tuple([*first, *second], ast.Load()), inner.slice)


def _quotient_and_rest(value: ast.expr) -> ast.expr:
    if not (isinstance(value, ast.Call) and getattr(value.func, "id", "") == "divmod" and len(value.args) == 2):
        return value
    of, by = value.args
    parts: list[ast.expr] = [ast.copy_location(ast.BinOp(of, kind, by), value) for kind in (ast.FloorDiv(), ast.Mod())]
    return ast.copy_location(ast.Tuple(parts, ast.Load()), value)


def _size(value: ast.expr) -> ast.expr:
    """`len(a[0][0])`, as of nested lists, as `a.shape[2]`."""
    if not (isinstance(value, ast.Call) and getattr(value.func, "id", "") == "len" and len(value.args) == 1):
        return value
    array, first = value.args[0], list[ast.expr]()
    while isinstance(array, ast.Subscript):
        first += array.slice.elts if isinstance(array.slice, ast.Tuple) else [array.slice]
        array = array.value
    if len(first) not in _OF_ROWS_OR_COLUMNS or not all(isinstance(part, ast.Constant) for part in first):
        return value
    shape = ast.copy_location(ast.Attribute(array, "shape", ast.Load()), value)
    return ast.copy_location(
        ast.Subscript(shape, ast.copy_location(ast.Constant(len(first)), value), ast.Load()), value
    )


def _set_once(nodes: list[ast.AST]) -> Mapping[str, ast.expr]:
    """The names that are set in one place, as a whole, and what to."""
    stored = Counter(node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    assigned = [(node.targets[0], node.value) for node in nodes if isinstance(node, ast.Assign)]
    return {to.id: value for to, value in assigned if isinstance(to, ast.Name) and stored[to.id] == 1}


def _read(nodes: Iterable[Any]) -> Iterator[str]:
    """The names that are read."""
    return (node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))


def _made_of(over: ast.expr, made: Mapping[str, ast.expr]) -> ast.expr:
    """What a name is set to; what `list` is made of."""
    over = made.get(over.id, over) if isinstance(over, ast.Name) else over
    if isinstance(over, ast.Call) and getattr(over.func, "id", "") == "list" and len(over.args) == 1:
        return over.args[0]
    return over


def _leave_out(nodes: list[ast.AST], values: list[ast.expr]) -> None:
    """Without statements that set a name to one of these, which nothing reads any more."""
    gone = set(map(id, values))
    for body in (getattr(node, part, None) for node in nodes for part in ("body", "orelse", "finalbody")):
        if gone and isinstance(body, list):
            kept = [one for one in body if not isinstance(one, ast.Assign) or id(one.value) not in gone]
            body[:] = kept or body


def _taken_apart(over: ast.expr, count: int) -> Iterator[ast.expr]:
    """What each of so many indices runs over."""
    if isinstance(over, ast.ListComp | ast.GeneratorExp) and isinstance(over.elt, ast.Tuple):
        counted = [getattr(one.target, "id", None) for one in over.generators if not one.ifs]
        given = [getattr(part, "id", "") for part in over.elt.elts]
        is_all = counted == given and len(counted) == len(over.generators)
        if is_all and not {*counted} & {*_read([part for one in over.generators for part in ast.walk(one.iter)])}:
            yield from (one.iter for one in over.generators)
    if not isinstance(over, ast.Call) or over.keywords:
        return
    name = over.func.attr if isinstance(over.func, ast.Attribute) else getattr(over.func, "id", "")
    if name == "product":
        yield from over.args
    elif name == "ndindex":
        for end in _ends(over.args, count):
            counting = ast.copy_location(ast.Name("range", ast.Load()), over)
            yield ast.copy_location(ast.Call(counting, [end], []), over)


def _ends(sizes: list[ast.expr], count: int) -> Iterator[ast.expr]:
    """Where each index ends, in `np.ndindex(2, 3)`, of `((2, 3))`, of `(a.shape)` or of `(*a.shape)`."""
    one = sizes[0] if len(sizes) == 1 else None
    one = one.value if isinstance(one, ast.Starred) else one
    if isinstance(one, ast.Tuple):
        yield from one.elts
    elif isinstance(one, ast.Attribute) and one.attr == "shape":
        for place in range(count):
            constant = ast.copy_location(ast.Constant(place), one)
            yield ast.copy_location(ast.Subscript(one, constant, ast.Load()), one)
    else:
        yield from sizes
