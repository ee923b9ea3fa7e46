"""Runs inside: NumPy's arrays as they were before 2.4, when `float` took any array with one number in it.

What is handed over is of a class of its own, so that it can also be stored where one number belongs. A submission is
not to see that: it asks `type(x) is np.ndarray`, as the notebook's own cells do. So the code is changed where it calls
`type`, `float`, `int` or `complex` with one argument.
"""

import ast
from typing import Any

import numpy as np

_CALL = "__called_on__"
"""What the changed code calls: a name that nobody has."""
_NUMBERS = (float, int, complex)
_CHANGED = {"type", *(kind.__name__ for kind in _NUMBERS)}


class OldArray(np.ndarray[Any, Any]):
    """An array as NumPy had it before 2.4: with one number in it, it is that number, however many axes it has."""

    __class__ = property(lambda self: np.ndarray)

    def __float__(self) -> float:
        return float(self._number())

    def __int__(self) -> int:
        return int(self._number())

    def __repr__(self) -> str:
        return repr(self.view(np.ndarray))

    def _number(self) -> Any:
        if self.size != 1:
            raise TypeError("only length-1 arrays can be converted to Python scalars")  # as NumPy
        return self.item()

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool | None = None) -> Any:
        """Sums and the like are NumPy's own scalars, as of any array; NumPy 1 does not say which are, and asks less."""
        is_scalar = not array.ndim and return_scalar in (True, None)
        return array[()] if is_scalar else super().__array_wrap__(array, context)


OldArray.__name__, OldArray.__qualname__, OldArray.__module__ = "numpy.ndarray", "ndarray", "numpy"
"""As errors and prints call NumPy's arrays: a student has no other."""


def called_on(kind: Any, value: Any) -> Any:
    """What `kind(value)` gives with an older NumPy."""
    if kind is type and type(value) is OldArray:
        return np.ndarray
    is_number = isinstance(value, np.ndarray) and value.ndim and value.size == 1 and kind in _NUMBERS
    return kind(value.item() if is_number else value)


class _Changing(ast.NodeTransformer):
    """Has `called_on` called in place of what it stands for."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        is_meant = isinstance(node.func, ast.Name) and node.func.id in _CHANGED and len(node.args) == 1
        if not is_meant or node.keywords or isinstance(node.args[0], ast.Starred):
            return node
        name = ast.copy_location(ast.Name(_CALL, ast.Load()), node.func)
        return ast.copy_location(ast.Call(name, [node.func, *node.args], []), node)


def as_of_old(tree: ast.Module, namespace: dict[str, Any]) -> ast.Module | None:
    """The code of a submission, which will run in this namespace; None where it is nested too deeply."""
    namespace[_CALL] = called_on
    try:
        changed: ast.Module = _Changing().visit(tree)
    except RecursionError:
        return None
    return changed
