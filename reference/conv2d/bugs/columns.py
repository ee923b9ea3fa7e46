"""The numbers of a window and those of the kernel are laid out flat in different orders."""

from itertools import permutations

import numpy as np

from reference.conv2d.bugs.parts import Array, bug
from reference.conv2d.steps import Change, exchange, then

_ORDERS = tuple(order for order in permutations((1, 2, 3)) if order != (1, 2, 3))
"""Of channels, rows and columns."""


def _written(kernels: Array, order: tuple[int, ...]) -> Array:
    """Kernels (F, C, HH, WW) laid out in this order, and read as if they were in theirs."""
    return kernels.transpose(0, *order).reshape(kernels.shape)


def _read(kernels: Array, order: tuple[int, ...]) -> Array:
    """Kernels (F, C, HH, WW) laid out in their order, and read as if they were in this one."""
    laid_out = kernels.reshape(len(kernels), *(kernels.shape[axis] for axis in order))
    return laid_out.transpose(0, *(1 + int(axis) for axis in np.argsort(order)))


_OTHERWISE = tuple((change, order) for change in (_written, _read) for order in _ORDERS)


def _kernels(step: str) -> tuple[Change, ...]:
    return tuple(
        exchange(**{step: lambda w, change=change, order=order: change(w, order)}) for change, order in _OTHERWISE
    )


_TOLD = (
    "Where a window and a kernel become a row and a column of two matrices, their numbers have to be in the same "
    "order. One of them goes through channels, rows and columns (C, HH, WW), and the other in another order, such as "
    "(HH, WW, C): products are made of numbers that do not belong together.",
    "The lines that reshape or transpose the windows, and those that do so with w.",
    "Which pixel stands at index 1 of a flat window, and which weight at index 1 of a flat kernel?",
)
BUGS = (
    bug(
        "out-columns-order", "The numbers of the window and of the kernel are in different orders", *_TOLD,
        *_kernels("kernel"), place="weights moved",
    ),
    bug(
        "dx-columns-order", "The weights are in another order than dx's windows", *_TOLD,
        *_kernels("dx_kernel"), place="weights moved",
    ),
    bug(
        "dw-columns-order", "dw's numbers are in another order than its windows",
        "What was computed of flat windows has the windows' order of channels, rows and columns, as (C, HH, WW) or "
        "(HH, WW, C) is one, and is given a shape with these in another order. reshape moves no axis: it reads the "
        "numbers in their order.",
        "The line that gives dw its shape, and those that make the windows flat.",
        "In which order do the axes of your product count? Give it its shape in that order; only then transpose it, if "
        "that is not (F, C, HH, WW).",
        *(then("dw", lambda dw, *_, change=change, order=order: change(dw, order)) for change, order in _OTHERWISE),
        place="dw moved",
    ),
)  # fmt: skip
