"""The kinds of place, and how their lines are found."""

from collections.abc import Callable, Iterator, Mapping

from . import arrays, counters, exchanged, paddings, sizes, stored, sums, unpadded, windows
from .names import Names

Find = Callable[[Names], Iterator[int]]
KINDS: Mapping[str, Find] = {
    **windows.KINDS, **paddings.KINDS, **sizes.KINDS, **sums.KINDS, **arrays.KINDS, **unpadded.KINDS,
    **exchanged.KINDS, **stored.KINDS, **counters.KINDS,
}  # fmt: skip
FORWARD_PARAMETERS = 4
"""x, w, b and conv_param."""
