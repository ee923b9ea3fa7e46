"""Runs inside: the shapes of arrays and of what is cut from them, by the text alone.

Nothing of the submission is run for it: indices are applied to stand-ins that have a shape and no memory.

Standard library and NumPy only: this module is loaded by the untrusted side.
"""

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

Value = int | float | tuple[int, ...] | slice
"""A whole number (a float, where it is one), the shape of an array, or a part of an index."""
_QUOTED = 120
"""Letters of what is quoted at most."""
_ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv,
}  # fmt: skip
_SIGNS: Mapping[type[ast.unaryop], Callable[[int], int]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}
_UNKNOWN = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)
"""What comes of an index that does not fit, or of what cannot be told."""


def item_of(name: str, key: Any) -> str:
    """What the item of a dict is called here; nothing for a key that is no word."""
    return f"{name}['{key}']" if type(key) is str and key.isidentifier() else ""


class Arrays:
    """The arrays of what was under way, and what is cut from them, each with its shape.

    Nothing of which the shape is not known.
    """

    def __init__(self, text: str, names: Mapping[str, Value]) -> None:
        self.text = text
        self.names = names

    def of(self, tree: ast.AST) -> Iterator[tuple[str, Value]]:
        """Of a statement or an expression; behind all of it the arrays that slices are cut from."""
        found = [one for part in _parts_of(tree) for one in self._of(part, is_all=isinstance(tree, ast.Expr))]
        yield from ((text, shape) for text, shape, _ in found)
        yield from ((text, shape) for _, _, source in found if source is not None for text, shape, _ in source)

    def given(self, tree: ast.AST) -> Iterator[tuple[str, Value]]:
        """What calls in it are given that have returned by then, so that it is another array which met the others."""
        for call in (call for part in _parts_of(tree) for call in _calls_in(part)):
            for part in _given(call):
                yield from ((text, shape) for text, shape, _ in self._of(part, is_all=False))

    def _of(self, node: ast.AST, *, is_all: bool) -> "Iterator[_Found]":
        """Text and shape, and where it is cut from; `is_all` where this is all that was under way."""
        if isinstance(node, ast.Name):
            value = self.names.get(node.id)
            yield from [(node.id, value, None)] if isinstance(value, tuple) and not _is_set(node) else []
        elif isinstance(node, ast.Subscript):
            yield from self._of_an_index(node, is_all=is_all)
        elif isinstance(node, ast.Attribute) and node.attr in ("shape", "ndim"):
            yield from self._of(node.value, is_all=False)
        elif isinstance(node, ast.Attribute):
            shape = self._shape_of(node)
            yield from [(self._segment(node), shape, None)] if shape and not _is_set(node) else []
        elif not isinstance(node, _OTHER):
            for child in ast.iter_child_nodes(node):
                yield from self._of(child, is_all=is_all and isinstance(node, ast.Expr))

    def _of_an_index(self, node: ast.Subscript, *, is_all: bool) -> "Iterator[_Found]":
        try:
            shape = self._shape_of(node)
        except IndexError:
            yield from self._of(node.value, is_all=False)
            return
        if shape is None and is_all:
            yield from (one for child in ast.iter_child_nodes(node) for one in self._of(child, is_all=False))
        elif shape == () and _is_set(node):
            yield from self._of(node.value, is_all=False)
        elif shape and 0 < len(segment := self._segment(node)) <= _QUOTED and "`" not in segment:
            is_cut = any(isinstance(each, ast.Slice) and (each.lower or each.upper) for each in ast.walk(node.slice))
            yield segment, shape, [*self._of(node.value, is_all=False)] if is_cut else None

    def _shape_of(self, node: ast.expr) -> tuple[int, ...] | None:
        """The shape of an array, () for one number; None where it cannot be told. An index may not fit: IndexError."""
        try:
            value = _value(node, self.names)
        except IndexError:
            raise
        except _UNKNOWN:
            return None
        return value.shape if isinstance(value, np.ndarray | np.generic) else ()

    def _segment(self, node: ast.AST) -> str:
        return " ".join((ast.get_source_segment(self.text, node) or "").replace("\\\n", " ").split())


_Found = tuple[str, Value, "list[_Found] | None"]
_WITH_OWN_NAMES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_OTHER = (ast.Call, *_WITH_OWN_NAMES, ast.Dict, ast.JoinedStr)
"""What makes something else of its parts."""


def _given(call: ast.Call) -> Iterator[ast.expr]:
    """What a method is called of, and the arguments."""
    yield from [call.func.value] if isinstance(call.func, ast.Attribute) else []
    yield from (*call.args, *(keyword.value for keyword in call.keywords))


def _parts_of(tree: ast.AST) -> list[ast.AST]:
    """What meets in a statement or an expression: of a call that is all there is, what it is given."""
    if isinstance(tree, ast.AugAssign) and isinstance(tree.target, ast.Name):
        return [ast.Name(tree.target.id, ast.Load()), tree.value]
    call = tree.value if isinstance(tree, ast.Expr) else None
    return [*_given(call)] if isinstance(call, ast.Call) else [tree]


def _calls_in(node: ast.AST) -> Iterator[ast.Call]:
    if not isinstance(node, _WITH_OWN_NAMES):
        yield from [node] if isinstance(node, ast.Call) else []
        yield from (call for child in ast.iter_child_nodes(node) for call in _calls_in(child))


def _is_set(node: ast.expr) -> bool:
    return isinstance(getattr(node, "ctx", None), ast.Store)


def _value(node: ast.AST, names: Mapping[str, Value]) -> Any:
    """A number, an index, or an array that has a shape and no memory; raises one of `_UNKNOWN` for anything else."""
    return _VALUES[type(node)](node, names)


def _of_a_constant(node: ast.Constant, names: Mapping[str, Value]) -> Any:
    if node.value is None or node.value is ... or type(node.value) is int:
        return node.value
    raise ValueError("no index")


def _of_a_name(node: ast.Name, names: Mapping[str, Value]) -> Any:
    return _known(node.id, names)


def _known(name: str, names: Mapping[str, Value]) -> Any:
    known = names[name]
    return np.broadcast_to(np.zeros(()), known) if isinstance(known, tuple) else known


def _of_a_part(node: ast.Subscript, names: Mapping[str, Value]) -> Any:
    item = item_of(getattr(node.value, "id", ""), getattr(node.slice, "value", None))
    return names[item] if item else _value(node.value, names)[_index(node.slice, names)]


def _of_two(node: ast.BinOp, names: Mapping[str, Value]) -> int:
    result: int = _ARITHMETIC[type(node.op)](_whole(node.left, names), _whole(node.right, names))
    return result


def _of_one(node: ast.UnaryOp, names: Mapping[str, Value]) -> int:
    return _SIGNS[type(node.op)](_whole(node.operand, names))


def _of_a_slice(node: ast.Slice, names: Mapping[str, Value]) -> slice:
    return slice(*(None if end is None else _whole(end, names) for end in (node.lower, node.upper, node.step)))


def _of_an_attribute(node: ast.Attribute, names: Mapping[str, Value]) -> Any:
    if getattr(node.value, "id", "") == "self":
        return _known(f"self.{node.attr}", names)
    if node.attr not in ("shape", "T"):
        raise ValueError("not told")
    return getattr(_value(node.value, names), node.attr)


_VALUES: Mapping[type[ast.AST], Callable[[Any, Mapping[str, Value]], Any]] = {
    ast.Constant: _of_a_constant,
    ast.Name: _of_a_name,
    ast.BinOp: _of_two,
    ast.UnaryOp: _of_one,
    ast.Slice: _of_a_slice,
    ast.Tuple: lambda node, names: tuple(_index(part, names) for part in node.elts),
    ast.Subscript: _of_a_part,
    ast.Attribute: _of_an_attribute,
}


def _whole(node: ast.AST, names: Mapping[str, Value]) -> int:
    value = _value(node, names)
    if type(value) is not int:
        raise ValueError("no whole number")
    return value


def _index(node: ast.AST, names: Mapping[str, Value]) -> Any:
    """An index; with arrays of indices the shape would depend on their numbers, or on more than one of them."""
    value = _value(node, names)
    if isinstance(value, np.ndarray | np.generic | float):
        raise ValueError("an array of indices")
    return value
