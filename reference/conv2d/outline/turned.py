"""Arrays that are made with height and width in each other's place."""

import ast
from collections.abc import Iterator

from .names import EMPTY, HEIGHT, WIDTH, Names, called


def made_turned(names: Names) -> Iterator[int]:
    """An array that is made with as many rows as there are columns: `np.zeros((N, F, W_out, H_out))`."""
    for _, value, line in names.pairs():
        shape = value.args[0] if isinstance(value, ast.Call) and called(value) in EMPTY and value.args else None
        if isinstance(shape, ast.Tuple) and [names.axes_of(size) for size in shape.elts[2:]] == [{WIDTH}, {HEIGHT}]:
            yield line
