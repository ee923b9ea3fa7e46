"""Which sizes of the output the text of a pooling computes from the other axis, and where whole images are pooled."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reference.nodes import arguments_of, assigned, axes_of, named, parts_of, reads

Lines = Iterator[int]
_MAKES = ("zeros", "ones", "empty", "full", "rand", "randn", "random")
_POOLS = ("max", "amax", "mean", "average")
_AXES = 4


def places(function: ast.FunctionDef) -> dict[str, Iterable[int]]:
    """By kind, the lines of a function in which a mistake shows."""
    return {
        "output size": _output_size(function),
        "whole image": _whole_image(function),
        "maximum of all": _of_all_channels(function),
        "mean of all": _of_all_channels(function),
    }


@dataclass(frozen=True, slots=True)
class _Names:
    """What is about rows, and what about columns, as far as names tell: of the image, and of the window."""

    rows: set[str]
    columns: set[str]
    heights: set[str]
    widths: set[str]

    def of_columns(self, value: ast.expr) -> bool:
        """Whether a size of the columns is in it."""
        return bool(_names_in(value) & (self.columns | self.widths))

    def of_rows(self, value: ast.expr) -> bool:
        """Whether a size of the rows is in it."""
        return bool(_names_in(value) & (self.rows | self.heights))


def window_of_other_side(function: ast.FunctionDef) -> Lines:
    """Formulas of the output size of one axis with the window's size of the other: `1 + (W - height) // stride`."""
    names = _names_of(function)
    for _, _, rows, columns in _pairs(function):
        for values, axis, window in ((rows, names.rows, names.widths), (columns, names.columns, names.heights)):
            yield from (one.lineno for one in values if _names_in(one) & axis and _names_in(one) & window)


def _output_size(function: ast.FunctionDef) -> Lines:
    """Formulas that have a size of the other axis in them, or the line that makes the output of swapped sizes."""
    names = _names_of(function)
    for line, called, rows, columns in _pairs(function):
        of_rows = [one for one in rows if names.of_columns(one)]
        of_columns = [one for one in columns if names.of_rows(one) or ast.unparse(one) == called[0]]
        is_swapped = bool(of_rows and of_columns) and not any(map(names.of_rows, of_rows))
        if called[0] == called[1] or (is_swapped and _are_called_otherwise(*called)):
            yield line
        else:
            yield from (one.lineno for one in (*of_rows, *of_columns))


def _are_called_otherwise(first: str, second: str) -> bool:
    """`(N, C, W_out, H_out)`: the names say that these are columns and rows."""
    first, second = first.lower(), second.lower()
    return "w" in first and "h" not in first and "h" in second and "w" not in second


def _pairs(
    function: ast.FunctionDef,
) -> Iterator[tuple[int, tuple[str, str], Sequence[ast.expr], Sequence[ast.expr]]]:
    """Where an array of four axes is made: the line, what rows and columns are called, and the formulas of both."""
    formulas: dict[str, list[ast.expr]] = {}
    for name, value in named(function):
        formulas.setdefault(name, []).append(value)
    for node in parts_of(function):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in _MAKES:
            shapes = [*node.args[:1], *(one.value for one in node.keywords if one.arg == "shape")]
            shapes = [node for one in shapes for node in formulas.get(getattr(one, "id", ""), [one])]
            for shape in shapes:
                if isinstance(shape, ast.Tuple | ast.List) and len(shape.elts) == _AXES:
                    sizes = [_formulas_of(part, formulas) for part in shape.elts]
                    found = next((at for at in (2, 1) if sizes[at] and sizes[at + 1]), None)
                    if found is not None:
                        called = (ast.unparse(shape.elts[found]), ast.unparse(shape.elts[found + 1]))
                        yield shape.lineno, called, sizes[found], sizes[found + 1]


def _formulas_of(size: ast.expr, formulas: dict[str, list[ast.expr]]) -> list[ast.expr]:
    """How a size is computed, if something is divided there, or which other size it is."""
    values = formulas.get(size.id, []) if isinstance(size, ast.Name) else [size]
    return [one for one in values if _divides(one) or (isinstance(one, ast.Name) and one.id in formulas)]


def _divides(node: ast.expr) -> bool:
    return any(isinstance(part, ast.Div | ast.FloorDiv) for part in parts_of(node))


def _names_in(node: ast.expr) -> set[str]:
    return {part.id for part in parts_of(node) if isinstance(part, ast.Name)}


def _names_of(function: ast.FunctionDef) -> _Names:
    rows, columns = set[str](), set[str]()
    for target, value in assigned(function):
        if isinstance(target, ast.Tuple) and len(target.elts) == _AXES and _is_shape(value):
            called = [getattr(part, "id", "").lower() for part in target.elts]
            for at in (2, 1):
                if "h" in called[at] and "w" in called[at + 1]:
                    rows.add(getattr(target.elts[at], "id", ""))
                    columns.add(getattr(target.elts[at + 1], "id", ""))
                    break
    heights, widths = (
        {name for name, value in named(function) if reads(value, key)} for key in ("pool_height", "pool_width")
    )
    return _Names(rows - columns, columns - rows, heights - widths, widths - heights)


def _is_shape(value: ast.expr) -> bool:
    text = ast.unparse(value)
    return text.endswith(".shape") or (isinstance(value, ast.Call) and text.startswith(("np.shape(", "numpy.shape(")))


def _whole_image(function: ast.FunctionDef) -> Lines:
    """What a maximum or a mean is of, where that is an image or a channel of it without a slice: `x[n, :, :, c]`."""
    given = function.args.args[0].arg if function.args.args else ""
    whole: dict[str, list[ast.expr]] = {}
    for name, value in named(function):
        whole.setdefault(name, []).append(value)
    for node in parts_of(function):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in _POOLS:
            for array in arguments_of(node)[:1]:
                values = whole.get(array.id, []) if isinstance(array, ast.Name) else [array]
                if values and all(_is_whole(one, given) for one in values):
                    yield from (one.lineno for one in values)


def _of_all_channels(function: ast.FunctionDef) -> Lines:
    """A maximum or a mean, without axes, of a window that was cut out with all of its channels: `x[n, a:b, d:e, :]`."""
    values: dict[str, list[ast.expr]] = {}
    for name, value in named(function):
        values.setdefault(name, []).append(value)
    for node in parts_of(function):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in _POOLS and not axes_of(node):
            for array in arguments_of(node)[:1]:
                windows = values.get(array.id, []) if isinstance(array, ast.Name) else [array]
                yield from (one.lineno for one in windows if _has_all_channels(one))


def _has_all_channels(value: ast.expr) -> bool:
    parts = value.slice.elts if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Tuple) else []
    slices = [part for part in parts if isinstance(part, ast.Slice)]
    whole = [part for part in slices if part.lower is part.upper is None]
    return len(parts) == _AXES and bool(whole) and len(slices) - len(whole) == 2


def _is_whole(value: ast.expr, given: str) -> bool:
    if isinstance(value, ast.Name):
        return value.id == given
    if not isinstance(value, ast.Subscript) or getattr(value.value, "id", "") != given:
        return False
    parts = value.slice.elts if isinstance(value.slice, ast.Tuple) else [value.slice]
    cut = [part for part in parts if not (isinstance(part, ast.Slice) and part.lower is part.upper is None)]
    return len(cut) <= 2 and all(isinstance(part, ast.Name) for part in cut)
