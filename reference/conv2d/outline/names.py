"""What the names in a convolution stand for, as far as its text says: the stride, the pad, heights and widths."""

import ast
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, TypeGuard

from reference.nodes import children, own_nodes, parts_of, remembered

from .axis_names import HEIGHT, WIDTH, named_for, of_a_size

_ALSO = {"stride": ("step",), "pad": ("padding", "margin")}
"""What a helper's parameter may be called for these."""


class Names:
    """One function with what its names stand for.

    A height is what comes of the third number of a shape of four, or of `.shape[2]`, and only of such; a loop variable
    over a height is one too. A width is what comes of the last. A name that speaks of an axis is taken at its word, so
    that a mistake is seen where it is made and not in all that follows from it.
    """

    def __init__(self, function: ast.FunctionDef) -> None:
        """Read the whole function once."""
        self.function = function
        self._by_kind: dict[type[ast.AST], list[ast.AST]] = {}
        for node in parts_of(function):
            self._by_kind.setdefault(type(node), []).append(node)
        self.inputs = [argument.arg for argument in function.args.args]
        self.loops = self.nodes(ast.For)
        self._pairs = tuple(self._assigned())
        self.strides = self._from_key("stride")
        self.pads = self._from_key("pad")
        self.axis: dict[str, str] = {}
        self._colour()
        self.meant = dict(self._meant())
        """Which axis names are of by their place in a shape, though they are computed of the other one."""
        if self.meant:
            self.axis = dict(self.meant)
            self._colour()

    def nodes(self, *kinds: type[ast.AST]) -> list[Any]:
        """Those of some kinds, kind by kind: each kind of place is about a few of hundreds."""
        return [node for kind in kinds for node in self._by_kind.get(kind, ())]

    def pairs(self) -> Sequence[tuple[ast.expr, ast.expr, int]]:
        """Target, value and line of every assignment; of tuples on both sides, each for itself."""
        return self._pairs

    def _assigned(self) -> Iterator[tuple[ast.expr, ast.expr, int]]:
        in_order = sorted(self.nodes(ast.Assign), key=lambda node: node.lineno)
        for node, target in ((one, target) for one in in_order for target in one.targets):
            targets = target.elts if isinstance(target, ast.Tuple) else []
            values = node.value.elts if isinstance(node.value, ast.Tuple) else []
            if targets and len(targets) == len(values):
                yield from ((one, value, node.lineno) for one, value in zip(targets, values, strict=True))
            else:
                yield target, node.value, node.lineno

    def _from_key(self, key: str) -> set[str]:
        """Names that are set to `conv_param[key]` and nothing else done to it, and parameters of that name.

        And what is set outside of the function: `STRIDE`. A helper's parameter may be called `s` or `p`, or `margin`.
        """
        set_here = {t.id for t, v, _ in self.pairs() if isinstance(t, ast.Name) and getattr(v, "id", "") != t.id}
        from_outside = {node.id for node in self.nodes(ast.Name) if node.id.lower() == key} - set_here
        named = from_outside | {
            target.id
            for target, value, _ in self.pairs()
            if isinstance(target, ast.Name) and is_keyed(value, key)
        }  # fmt: skip
        return named | ({key, key[0], *_ALSO[key]} & set(self.inputs))

    @cached_property
    def cached(self) -> list[str]:
        """Backward: the names to which the parts of the cache are set."""
        if len(self.inputs) < 2:
            return []
        for target, value, _ in self.pairs():
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Name) and value.id == self.inputs[1]:
                return [getattr(part, "id", "") for part in target.elts]
        return []

    @cached_property
    def of_inner(self) -> list[str]:
        """The parameters of functions in this one: what they are given nobody says."""
        return [node.arg for node in self.nodes(ast.arg) if node not in self.function.args.args]

    @cached_property
    def returned(self) -> list[ast.expr]:
        """What the last return gives, part by part; not that of a function in it."""
        returns = (node for node in own_nodes(self.function) if isinstance(node, ast.Return))
        values = [node.value for node in sorted(returns, key=lambda node: node.lineno) if node.value is not None]
        if not values:
            return []
        return list(values[-1].elts) if isinstance(values[-1], ast.Tuple) else [values[-1]]

    def mentions(self, node: ast.AST, role: str) -> bool:
        """Whether the stride or the pad is in an expression."""
        names = self.strides if role == "stride" else self.pads
        return bool(names & names_in(node)) or any(is_keyed(part, role) for part in parts_of(node))

    def axes_of(self, node: ast.AST) -> set[str]:
        """Whether heights, widths, or both, are in an expression."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv | ast.Div | ast.Mod):
            return self._axes_of_division(node)
        own = self.axis.get(node.id) if isinstance(node, ast.Name) else _of_shape(node)
        return {own} if own else {axis for child in children(node) for axis in self.axes_of(child)}

    def _axes_of_division(self, node: ast.BinOp) -> set[str]:
        """Where what counts all places is divided by a width, that is a row, and what is left a column."""
        by, of = self.axes_of(node.right), self.axes_of(node.left)
        if not by:
            return of
        return set() if of or by != {WIDTH} else {WIDTH if isinstance(node.op, ast.Mod) else HEIGHT}

    def _colour(self) -> None:
        """Find out what is a height or a width, from the shapes on, and parameters and results of calls that say so."""
        for name in self.inputs:
            is_one_of_both = {*map(str.lower, self.inputs)} >= {"h", "w"} and name.lower() in ("h", "w")
            if axis := of_a_size(f"o{name}" if is_one_of_both else name):
                self.axis.setdefault(name, axis)
        for target, value, _ in self.pairs():
            parts = target.elts if isinstance(target, ast.Tuple) and isinstance(value, ast.Call) else []
            said = [(part, axis) for part in parts if (axis := of_a_size(getattr(part, "id", "")))]
            for part, axis in said if {axis for _, axis in said} == {HEIGHT, WIDTH} else ():
                self._set(part, axis)
        for target, value, _ in self.pairs():
            parts = target.elts if isinstance(target, ast.Tuple) else []
            if (len(parts) == 4 and is_shape(value)) or (len(parts) in (2, 3) and _is_last(value, len(parts))):
                for part, axis in zip(parts[-2:], (HEIGHT, WIDTH), strict=True):
                    self._set(part, axis)
        for _ in range(3):
            for target, value, _line in self.pairs():
                axes = self.axes_of(value) if isinstance(target, ast.Name) and is_arithmetic(value) else set()
                if axes and (one := named_for(target) or (axes.pop() if len(axes) == 1 else None)):
                    self._set(target, one)
            for loop in self.loops:
                self._colour_loop(loop)

    def _meant(self) -> Iterator[tuple[str, str]]:
        """Of the two last sizes of an array that is made, where both are of one axis, the one that should not be."""
        computed = {
            target.id
            for target, value, _ in self.pairs()
            if isinstance(target, ast.Name) and is_arithmetic(value) and named_for(target) is None
        }
        shapes = (sizes for call in self.nodes(ast.Call) for sizes in self.shape_given(call))
        for sizes in (parts[2:] for parts in shapes if len(parts) == 4):
            row, column = (getattr(size, "id", "") for size in sizes)
            axes = {self.axis.get(row), self.axis.get(column)}
            wrong, axis = (row, HEIGHT) if axes == {WIDTH} else (column, WIDTH)
            if row != column and len(axes - {None}) == 1 and None not in axes and wrong in computed:
                yield wrong, axis

    @cached_property
    def _set_once(self) -> dict[str, ast.expr]:
        """What names are set to that are set once."""
        values: dict[str, list[ast.expr]] = {}
        for target, value, _ in self.pairs():
            if isinstance(target, ast.Name):
                values.setdefault(target.id, []).append(value)
        return {name: given[0] for name, given in values.items() if len(given) == 1}

    def shape_given(self, call: ast.Call) -> Iterator[list[ast.expr]]:
        """The sizes that a call is given first or as `shape`: a tuple, a list, or the name of one that is set once."""
        for given in [*call.args[:1], *(one.value for one in call.keywords if one.arg == "shape")]:
            shape = self._set_once.get(given.id, given) if isinstance(given, ast.Name) else given
            if isinstance(shape, ast.Tuple | ast.List):
                yield shape.elts

    def _colour_loop(self, loop: ast.For) -> None:
        axes = self.axes_of(loop.iter)
        if len(axes) == 1:
            for part in loop.target.elts if isinstance(loop.target, ast.Tuple) else [loop.target]:
                self._set(part, *axes)

    def _set(self, target: ast.expr, axis: str) -> None:
        if isinstance(target, ast.Name):
            self.axis.setdefault(target.id, axis)


@remembered
def names_in(node: ast.AST) -> frozenset[str]:
    """All names in an expression."""
    return frozenset(part.id for part in parts_of(node) if isinstance(part, ast.Name))


@remembered
def text_of(node: ast.AST) -> str:
    """An expression as text."""
    return ast.unparse(node)


def is_keyed(node: ast.AST, key: str) -> bool:
    """Whether this is `conv_param[key]`, `conv_param.get(key)` or `int` of one, or `self.key`.

    >>> is_keyed(ast.parse("conv_param.get('pad', 0)", mode="eval").body, "pad")
    True
    """
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "int" and node.args:
        return is_keyed(node.args[0], key)
    if isinstance(node, ast.Attribute):
        return node.attr == key and text_of(node.value) == "self"
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Constant) and node.slice.value == key
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
        return isinstance(node.args[0], ast.Constant) and node.args[0].value == key
    return False


def is_shape(node: ast.expr) -> bool:
    """Whether this is `x.shape` or `np.shape(x)`."""
    return getattr(node.func if isinstance(node, ast.Call) else node, "attr", "") == "shape"


def _is_last(node: ast.expr, count: int) -> bool:
    """Whether this is `x.shape[2:]`, for 2, or `x.shape[1:]`, for 3: the last so many of four sizes."""
    if not isinstance(node, ast.Subscript) or not is_shape(node.value) or not isinstance(node.slice, ast.Slice):
        return False
    lower = text_of(node.slice.lower) if node.slice.lower is not None else ""
    return lower in (str(4 - count), str(-count)) and node.slice.upper is None


def _of_shape(node: ast.AST) -> str | None:
    """The axis of `.shape[2]` or `.shape[3]`."""
    if not isinstance(node, ast.Subscript) or not is_shape(node.value):
        return None
    return {"2": HEIGHT, "-2": HEIGHT, "3": WIDTH, "-1": WIDTH}.get(text_of(node.slice))


def is_arithmetic(node: ast.expr) -> bool:
    """Whether this is made of numbers alone, as far as one can see: no arrays are made or indexed."""
    return all(
        not isinstance(part, ast.Subscript) or _of_shape(part) or is_keyed(part, "pad") or is_keyed(part, "stride")
        for part in parts_of(node)
    ) and all(
        not isinstance(part, ast.Call) or text_of(part.func) in ("int", "np.int", "range", "np.floor", "math.floor",
            "np.ceil", "math.ceil", "round")
        for part in parts_of(node)
    )  # fmt: skip


Slice = tuple[ast.expr | None, ast.expr | None, ast.expr | None, int]


@remembered
def slices(names: Names) -> tuple[Slice, ...]:
    """Lower, upper, step and line of every slice, also of those that are made with `slice(...)`."""
    return tuple(_slices(names))


def _slices(names: Names) -> Iterator[Slice]:
    for node in names.nodes(ast.Subscript):
        for part in index_of(node):
            if isinstance(part, ast.Slice):
                yield part.lower, part.upper, part.step, node.lineno
    for node in names.nodes(ast.Call):
        if is_call_of(node, "slice") and len(node.args) >= 2:
            lower, upper, step = (*node.args, None)[:3]
            yield lower, upper, step, node.lineno


AXES = 4
"""An array of images has so many."""
EMPTY = ("zeros", "zeros_like", "empty", "empty_like")
"""What makes arrays that nothing has been put into."""
COUNTING = ("range", "xrange", "np.arange")
"""What loops count with."""


def is_call_of(node: ast.AST, name: str) -> TypeGuard[ast.Call]:
    """Whether a function of this bare name is called."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def called(node: ast.AST) -> str:
    """The last part of the name of a function that is called."""
    return text_of(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""


def index_of(node: ast.Subscript) -> list[ast.expr]:
    """The parts of an index; of `()`, that itself."""
    return list(node.slice.elts) if isinstance(node.slice, ast.Tuple) and node.slice.elts else [node.slice]
