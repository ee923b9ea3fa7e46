"""Windows in which pixels are left out between those that are taken: `x[:, :, i : i + HH : stride]`."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .axes import COLUMNS, ROWS, sizes_of
from .names import Names, names_in, slices, text_of

Lines = Iterator[int]
_OF_KERNEL = frozenset({f"{axis} of the kernel" for axis in (ROWS, COLUMNS)})


def _steps_within(names: Names) -> Lines:
    """A slice as long as the kernel whose step is the stride; one as long as the output may begin at places of it."""
    sizes = sizes_of(names)
    for lower, upper, step, line in slices(names):
        if step is not None and names_in(step) and names_in(step) <= names.strides and _adds(lower, upper, sizes):
            yield line


def _adds(lower: Any, upper: Any, sizes: Mapping[str, str]) -> bool:
    """Whether an end lies behind the beginning by a size of the kernel."""
    left, right = getattr(upper, "left", None), getattr(upper, "right", None)
    is_there = lower is not None and left is not None and text_of(left) == text_of(lower)
    return is_there and sizes.get(getattr(right, "id", "")) in _OF_KERNEL


KINDS: Mapping[str, Callable[[Names], Lines]] = {"steps within": _steps_within}
