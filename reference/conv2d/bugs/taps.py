"""Sums over the kernel's rows and columns that are not over all of them."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from reference.conv2d.bugs.parts import Array, bug
from reference.conv2d.steps import Change, both, exchange, then


def _kept(*place: Any) -> Callable[..., Array]:
    """Weights, or their gradient, that are zero but for these."""

    def keep(weights: Array, *_: Any) -> Array:
        kept = np.zeros_like(weights)
        kept[place] = weights[place]
        return kept

    return keep


_ALL = slice(None)
_LAST = (_kept(..., -1, -1), _kept(_ALL, -1, -1, -1))
"""Where loops over the kernel are inside, and where one over channels is, too."""


def _without() -> Iterator[Callable[..., Array]]:
    """Rows, columns or both that begin at number 1, or end one early."""
    for part in (slice(-1), slice(1, None)):
        yield _kept(_ALL, _ALL, part)
        yield _kept(_ALL, _ALL, _ALL, part)
        yield _kept(_ALL, _ALL, part, part)


def _no_bias(out: Array, *_: Any) -> Array:
    return out


def _of_backward() -> Iterator[Change]:
    for kept in _without():
        yield both(exchange(dx_kernel=kept), then("dw", kept))
        yield exchange(dx_kernel=kept)
        yield then("dw", kept)


_LEFT_OUT = (
    "What the first or the last row or column of the kernel gives is missing, or that of one of each: as where a loop "
    "over the kernel, or a slice of it, begins at 1 or ends one early.",
    "The bounds of the loops over the kernel, or of its slices.",
    "How many numbers does range(n) give, which is its first, and which its last?",
)
BUGS = (
    bug(
        "out-last-place", "Only the last place of the kernel counts",
        "out has the products with the weights in the last row and column of the kernel, and no others: as where what "
        "a place of the kernel gives replaces what came before (= for +=), or is computed once, behind the loops.",
        "What is stored or added for each place of the kernel, and how far it is indented.",
        "A 1x1 kernel hides this. How often is that line run for a kernel of 2 rows and 2 columns?",
        *(exchange(kernel=last) for last in _LAST), *(exchange(kernel=last, bias=_no_bias) for last in _LAST),
        place="tap replaced",
    ),
    bug(
        "out-kernel-left-out", "A row or column of the kernel is left out", *_LEFT_OUT,
        *(exchange(kernel=kept) for kept in _without()), place="taps left out",
    ),
    bug(
        "bwd-kernel-left-out", "A row or column of the kernel is left out in backward", *_LEFT_OUT, *_of_backward(),
        spoils=("dx", "dw"), place="taps left out",
    ),
)  # fmt: skip
