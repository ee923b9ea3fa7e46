"""Loops over several indices at once as loops in each other, for outlines. It runs where submissions are read."""

import ast
from collections.abc import Iterator

_MOST_INDICES = 8


def unfolded(function: ast.FunctionDef) -> ast.FunctionDef:
    r"""The function, whose loops by `np.ndindex` and `itertools.product` are one loop for each index; lines stay.

    >>> text = "def f(a):\n for i, j in np.ndindex(a.shape):\n  for r, c in product(range(3), (1, 2)): a[i, j] += r"
    >>> print(ast.unparse(unfolded(ast.parse(text).body[0])))
    def f(a):
        for i in range(a.shape[0]):
            for j in range(a.shape[1]):
                for r in range(3):
                    for c in (1, 2):
                        a[i, j] += r
    """
    for loop in [node for node in ast.walk(function) if isinstance(node, ast.For) and not node.orelse]:
        targets = loop.target.elts if isinstance(loop.target, ast.Tuple) else []
        ends = list(_taken_apart(loop.iter, len(targets))) if len(targets) <= _MOST_INDICES else []
        if targets and len(ends) == len(targets):
            for target, end in reversed(list(zip(targets[1:], ends[1:], strict=True))):
                loop.body = [ast.copy_location(ast.For(target, end, loop.body, []), loop)]
            loop.target, loop.iter = targets[0], ends[0]
    return function


def _taken_apart(over: ast.expr, count: int) -> Iterator[ast.expr]:
    """What each of so many indices runs over."""
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
