"""The formulas of a function's text: roots, reshapes, and what names stand for."""

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from reference.nodes import arguments_of, assigned, parts_of, reads

_ALSO = {"epsilon": "eps", "eps": "eps", "epsi": "eps"}
"""What else things are called, in small letters."""
_ROOTS, _DEVIATIONS = ("sqrt",), ("std",)
_HALVES = ("0.5", "-0.5", "1.5", "-1.5", "1 / 2", "-1 / 2", "3 / 2", "-3 / 2")
"""Powers that are roots."""
_MOST_STEPS = 4
"""How far a name is followed to what it stands for."""


def is_about(node: ast.AST, name: str) -> bool:
    """Whether a name or a key in it is this one, `eps` or `d["eps"]`; `epsilon` is the same as `eps`."""
    for part in parts_of(node):
        found = part.id if isinstance(part, ast.Name) else part.value if isinstance(part, ast.Constant) else None
        if found == name or (isinstance(found, str) and _ALSO.get(found.lower()) == name):
            return True
    return False


def is_number(node: ast.AST, *values: float) -> bool:
    """Whether it is one of these constants."""
    return isinstance(node, ast.Constant) and node.value in values


def _moves_axes(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("transpose", "swapaxes", "moveaxis", "rollaxis", "T")


class Formulas:
    """Of one function."""

    def __init__(self, function: ast.FunctionDef) -> None:
        self._all = list(parts_of(function))
        self.first = function.args.args[0].arg if function.args.args else ""
        """The name of its first argument."""
        self._values: dict[str, list[ast.expr]] = {}
        self.assigned = tuple(assigned(function))
        """Targets with what is assigned to them."""
        for target, value in self.assigned:
            if isinstance(target, ast.Name):
                self._values.setdefault(target.id, []).append(value)

    def nodes(self, *kinds: type[ast.AST]) -> Iterator[Any]:
        """Those of some kinds."""
        return (node for node in self._all if isinstance(node, kinds))

    def is_first_moved_before(self, line: int) -> bool:
        """Whether the first argument's name stands for it with its axes in another order by then."""
        values = self._values.get(self.first, [])
        return any(value.lineno < line and any(map(_moves_axes, parts_of(value))) for value in values)

    def mentions(self, node: ast.AST, name: str) -> bool:
        """Whether a name is in it, or in what its names stand for, each followed once, but for the first argument.

        That one often gets the result's numbers, too, in which everything is.
        """
        followed = {self.first}
        looked_at: list[ast.AST] = [node]
        for _ in range(_MOST_STEPS):
            if any(is_about(one, name) for one in looked_at):
                return True
            names = {part.id for one in looked_at for part in parts_of(one) if isinstance(part, ast.Name)} - followed
            followed |= names
            looked_at = [value for one in names for value in self._values.get(one, ())]
        return any(is_about(one, name) for one in looked_at)

    def read_as(self, key: str) -> set[str]:
        """The names that what a dict has under a key is read into: `rv = bn_param.get("running_var", zeros)`."""
        return {name for name, values in self._values.items() if any(reads(value, key) for value in values)}

    def only_reads(self, key: str) -> bool:
        """Whether a key of a dict is at most read: wherever it stands, `d[key]` or `d.get(key, ...)` is read."""
        reading = sum(reads(node, key) for node in self._all if isinstance(getattr(node, "ctx", None), ast.Load | None))
        keywords = any(node.arg == key for node in self.nodes(ast.keyword))
        return not keywords and reading == sum(node.value == key for node in self.nodes(ast.Constant))

    def subtracts(self, name: str) -> bool:
        """Whether it stands for something from which something is subtracted."""
        values = [part for value in self._values.get(name, ()) for part in parts_of(value)]
        return any(isinstance(part, ast.BinOp) and isinstance(part.op, ast.Sub) for part in values)

    def squared(self, node: ast.AST) -> set[str]:
        """The names of which a root is taken, the square of which is in it: `v` for `s**2` after `s = np.sqrt(v)`."""
        squares = (part for part in parts_of(node) if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Pow))
        names = {part.left.id for part in squares if isinstance(part.left, ast.Name) and is_number(part.right, 2)}
        rooted = [_rooted(value) for name in names for value in self._values.get(name, ())]
        return {variance.id for variance in rooted if isinstance(variance, ast.Name)}

    def roots(self) -> Iterator[tuple[ast.expr, ast.expr]]:
        """`np.sqrt(v)`, `v ** 0.5` and the like, with v."""
        for node in self.nodes(ast.Call, ast.BinOp):
            variance = _rooted(node)
            if variance is not None:
                yield node, variance

    def is_root(self, node: ast.expr) -> bool:
        """Whether it is a root or a standard deviation, or a name that stands for one."""
        values = self._values.get(node.id, []) if isinstance(node, ast.Name) else [node]
        return any(_rooted(value) is not None or called(value) in _DEVIATIONS for value in values)

    def reshapes(self) -> Iterator[tuple[ast.Call, ast.expr, Sequence[ast.expr]]]:
        """Each call with the array and the parts of the new shape."""
        for node in self.nodes(ast.Call):
            if called(node) == "reshape" and node.args:
                array, *shape = arguments_of(node)
                if len(shape) == 1 and isinstance(shape[0], ast.Tuple | ast.List):
                    shape = shape[0].elts
                yield node, array, shape

    def returns(self, are: Callable[[Sequence[ast.AST]], bool]) -> Iterator[int]:
        """The lines that return several values which are so."""
        for node in self.nodes(ast.Return):
            if isinstance(node.value, ast.Tuple) and are(node.value.elts):
                yield node.lineno

    def parts_for(self, mode: str) -> Iterator[Sequence[ast.stmt]]:
        """What is done in a mode."""
        for node in self.nodes(ast.If):
            is_equal = isinstance(node.test, ast.Compare) and isinstance(node.test.ops[0], ast.Eq)
            if is_equal and is_about(node.test, mode):
                yield node.body


def statistics_in(part: Sequence[ast.stmt]) -> Iterator[int]:
    """Lines in which a mean or a variance is computed."""
    for node in (node for one in part for node in parts_of(one)):
        if isinstance(node, ast.Call) and called(node) in ("mean", "var", "std"):
            yield node.lineno


def exchanged(values: Sequence[ast.AST], *names: str) -> bool:
    """Whether these names stand there in the opposite order: `dx, dbeta, dgamma`."""
    found = [name for value in values for name in names if getattr(value, "id", "") == name]
    return found == list(reversed(names))


def called(node: ast.AST) -> str:
    """The name of a function of NumPy, or of a method, that is called."""
    return node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""


def _rooted(node: ast.AST) -> ast.expr | None:
    """What the root is taken of, if it is one."""
    if called(node) in _ROOTS and isinstance(node, ast.Call) and node.args:
        return node.args[0]
    is_power = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and ast.unparse(node.right) in _HALVES
    return node.left if is_power and isinstance(node, ast.BinOp) else None


def square_of(node: ast.expr) -> ast.expr | None:
    """What a square is of, if it is one."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and is_number(node.right, 2):
        return node.left
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and ast.dump(node.left) == ast.dump(node.right):
        return node.left
    return node.args[0] if isinstance(node, ast.Call) and called(node) == "square" and node.args else None


def adds_eps(node: ast.AST) -> bool:
    """Whether it is a sum with eps."""
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and is_about(node, "eps")


def is_new_axis(node: ast.AST) -> bool:
    """Whether it is `np.newaxis` or None."""
    return getattr(node, "attr", "") == "newaxis" or (isinstance(node, ast.Constant) and node.value is None)


def gets_another(node: ast.AST) -> bool:
    """`d.get("esp", 1e-5)`"""
    is_get = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get"
    return is_get and not is_about(node, "eps")
