"""What the text of a convolution says without being run: what it keeps for backward, and where known mistakes show.

`places` gives the lines of each kind of place, such as a slice that begins at a loop variable without the
stride; a bug of the bank names the kind that it is about. A kind is only what a mistake looks like: that there is a
mistake at all is known from the results alone. Where the text does not show it, there are no lines.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reference.outlines import function_in, keeps_inputs

from . import sizes, sums, windows
from .names import Names

Lines = Iterator[int]
KINDS: Mapping[str, Callable[[Names], Lines]] = {**windows.KINDS, **sizes.KINDS, **sums.KINDS}
"""How the lines of each kind of place are found."""
_FORWARD_PARAMETERS = 4
"""x, w, b and conv_param."""


def outline(text: str, first_line: int) -> dict[str, Any]:
    """Read the text of a function; what does not parse says nothing.

    Returns:
        `keeps_inputs`: forward: whether the cache is known to be its inputs as they were handed in, in their order;
        `places`: by kind, the lines, counted from `first_line`.
    """
    function = function_in(text)
    if function is None:
        return {"keeps_inputs": False, "places": {}}
    names, before = Names(function), first_line - 1
    places = {kind: [before + line for line in sorted(set(find(names)))] for kind, find in KINDS.items()}
    return {"keeps_inputs": keeps_inputs(function, _FORWARD_PARAMETERS), "places": places}
