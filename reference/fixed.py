"""Sizes that are written as numbers, which is right for some examples only. It runs where submissions are read."""

import ast
from collections.abc import Iterator, Mapping, Sequence

from reference.nodes import assigned, own_nodes, parts_of, root_of

_SIZE, _END = "size as a number: ", "end as a number: "
"""How the kinds of place begin where a number stands for a size, or ends a slice from 0 on; the number follows."""
_MAKES = ("zeros", "ones", "empty", "full")
_AXES = 4
Found = tuple[str, int, int]
"""How the kind begins, the number, and the line."""


def fixed(places: Mapping[str, Sequence[int]]) -> Iterator[tuple[int, bool, Sequence[int]]]:
    """Numbers that stand for sizes, whether a smaller size would do, too, and the lines.

    >>> list(fixed({"end as a number: 3": (9,), "size as a number: 5": (7,), "no return": (3,)}))
    [(3, True, (9,)), (5, False, (7,))]
    """
    for kind, lines in places.items():
        begins, _, number = kind.rpartition(" ")
        if f"{begins} " in (_SIZE, _END):
            yield int(number), f"{begins} " == _END, lines


def fixed_sizes(function: ast.FunctionDef) -> dict[str, list[int]]:
    r"""By kind, the lines with a number of 2 or more for a size.

    As the end of a loop that counts along an axis, as the length of a window, as the end of a slice of an array with
    several axes, or in the shape of an array with four.

    >>> text = "def f(x):\n for c in range(3):\n  a[n, c] = x[n, :4, i:i + 5]\n out = np.zeros((N, F, 6, W))"
    >>> [*fixed_sizes(ast.parse(text).body[0]).values()]
    [[2], [3], [3], [4]]
    >>> [kind.partition(" ")[::2] for kind in fixed_sizes(ast.parse(text).body[0])][1:3]
    [('end', 'as a number: 4'), ('size', 'as a number: 5')]
    """
    found: dict[str, list[int]] = {}
    nodes = own_nodes(function)
    ends = dict(_ends_by_name(function))
    tables = {target.id for target, value in assigned(function) if isinstance(target, ast.Name) and _is_table(value)}
    parts = [node for node in nodes if isinstance(node, ast.Subscript) and root_of(node) not in tables]
    indices = [node.slice for node in parts if isinstance(node.slice, ast.Tuple)]
    counting = {part.id for index in indices for part in parts_of(index) if isinstance(part, ast.Name)}
    read = [
        *(each for node in nodes if isinstance(node, ast.For | ast.comprehension) for each in _of_loop(node, counting)),
        *(each for index in indices for part in index.elts for each in _of_slice(part, ends)),
        *(each for node in nodes for each in _of_shape(node)),
    ]
    for begins, number, line in sorted(read, key=lambda each: each[2]):
        lines = found.setdefault(f"{begins}{number}", [])
        lines += [line] if line not in lines else []
    return found


def _is_table(value: ast.expr) -> bool:
    """Whether it is an array of numbers that are written there, or of a shape that is: `np.zeros((4, 2))`."""
    name = getattr(value.func, "attr", "") if isinstance(value, ast.Call) else ""
    given = value.args[0] if isinstance(value, ast.Call) and value.args else value
    sizes = given.elts if isinstance(given, ast.Tuple | ast.List) else []
    return bool(sizes) and (name == "array" or (name in _MAKES and all(map(_number, sizes))))


def _number(node: ast.expr | None) -> int:
    """That of a constant of 2 or more; 0 for anything else."""
    value = node.value if isinstance(node, ast.Constant) else 0
    return value if type(value) is int and value > 1 else 0


def _of_loop(node: ast.For | ast.comprehension, counting: set[str]) -> Iterator[Found]:
    """`for c in range(3)`, where `c` is in an index with several parts."""
    over = node.iter
    is_range = isinstance(over, ast.Call) and getattr(over.func, "id", "") == "range" and bool(over.args)
    if isinstance(over, ast.Call) and is_range and getattr(node.target, "id", "") in counting:
        yield from ((_SIZE, number, over.lineno) for number in [_number(over.args[:2][-1])] if number)


def _ends_by_name(function: ast.FunctionDef) -> Iterator[tuple[str, tuple[ast.expr, int, int]]]:
    """What is set to something and a number: its name, what else it is made of, the number and the line."""
    for target, value in assigned(function):
        is_sum = isinstance(target, ast.Name) and isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add)
        if (
            is_sum
            and isinstance(target, ast.Name)
            and isinstance(value, ast.BinOp)
            and (number := _number(value.right))
        ):
            yield target.id, (value.left, number, value.lineno)


def _of_slice(part: ast.expr, ends: Mapping[str, tuple[ast.expr, int, int]]) -> Iterator[Found]:
    """`0:3`, `i:i + 3`, and `i:j` where `j` is set to `i + 3`."""
    if not isinstance(part, ast.Slice) or part.upper is None or part.step is not None:
        return
    if part.lower is None or (isinstance(part.lower, ast.Constant) and part.lower.value == 0):
        yield from ((_END, number, part.upper.lineno) for number in [_number(part.upper)] if number)
        return
    begin, number, line = ends.get(getattr(part.upper, "id", ""), (None, 0, 0))
    if isinstance(part.upper, ast.BinOp) and isinstance(part.upper.op, ast.Add):
        begin, number, line = part.upper.left, _number(part.upper.right), part.upper.lineno
    if number and begin is not None and ast.dump(begin) == ast.dump(part.lower):
        yield _SIZE, number, line


def _of_shape(node: ast.AST) -> Iterator[Found]:
    """`np.zeros((N, F, 5, 5))`"""
    if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in _MAKES and node.args:
        sizes = node.args[0].elts if isinstance(node.args[0], ast.Tuple | ast.List) else []
        if len(sizes) == _AXES and not all(map(_number, sizes)):
            yield from ((_SIZE, number, node.lineno) for size in sizes if (number := _number(size)))
