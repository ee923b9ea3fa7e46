"""Arrays that are made with height and width in each other's place."""

import ast
from collections.abc import Iterator

from .names import EMPTY, HEIGHT, WIDTH, Names, called


def made_turned(names: Names) -> Iterator[int]:
    """An array that is made with as many rows as there are columns: `np.zeros((N, F, W_out, H_out))`."""
    made = (value for _, value, _ in names.pairs() if isinstance(value, ast.Call) and called(value) in EMPTY)
    for sizes in (sizes for call in made for sizes in names.shape_given(call)):
        if [names.axes_of(size) for size in sizes[2:]] == [{WIDTH}, {HEIGHT}]:
            yield sizes[-1].lineno
