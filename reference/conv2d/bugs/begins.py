"""A gradient is added up in an array that does not begin as zeros."""

from typing import Any

import numpy as np

from reference.conv2d.bugs.parts import Array, bug, finish
from reference.conv2d.steps import Change, exchange
from reference.conv2d.windows import Place

_HINT = "What does that array hold before the loops begin? And is it an array of its own, or a second name of another?"


def _without_copy(*, into: str, dw_first: bool) -> Change:
    """One nest of loops for dx and dw, one of which is added to x (padded), or to w, itself."""

    def nest(dout: Array, padded: Array, w: Array, starts: Place) -> tuple[Array, Array]:
        padded, w, (HH, WW) = padded.copy(), w.copy(), w.shape[2:]
        dx_padded = padded if into == "x" else np.zeros_like(padded)
        dw = w if into == "w" else np.zeros_like(w)
        for n, f, h, k in np.ndindex(*dout.shape):
            at = (n, slice(None), slice(starts[0][h], starts[0][h] + HH), slice(starts[1][k], starts[1][k] + WW))
            for of_dw in (dw_first, not dw_first):
                if of_dw:
                    dw[f] += padded[at] * dout[n, f, h, k]
                else:
                    dx_padded[at] += w[f] * dout[n, f, h, k]
        return dx_padded, dw

    return exchange(nest=nest)


def _dw_before_dx(dout: Array, padded: Array, w: Array, starts: Place) -> tuple[Array, Array]:
    """All of dw is added to w before dx is made of that."""
    HH, WW = w.shape[2:]
    dw, dx_padded = w.copy(), np.zeros_like(padded)
    for h, row in enumerate(starts[0]):
        for k, column in enumerate(starts[1]):
            dw += np.einsum("nf,ncij->fcij", dout[:, :, h, k], padded[:, :, row : row + HH, column : column + WW])
    for h, row in enumerate(starts[0]):
        for k, column in enumerate(starts[1]):
            window = dx_padded[:, :, row : row + HH, column : column + WW]
            window += np.einsum("nf,fcij->ncij", dout[:, :, h, k], dw)
    return dx_padded, dw


def _plus_input(which: int) -> Change:
    def added(gradients: tuple[Array, ...], inputs: tuple[Any, ...]) -> Array:
        total: Array = gradients[which] + inputs[which]
        return total

    return finish(which, added)


BUGS = (
    bug(
        "bwd-onto-x", "dx is added to x, not to zeros",
        "The array in which dx is added up is the padded x, or a copy of it. If it is returned, dx still holds x; "
        "without a copy, x changes while dw is made of it.",
        "The line that makes the array in which dx is added up, or the one that adds to it.",
        _HINT,
        _plus_input(0), _without_copy(into="x", dw_first=True), _without_copy(into="x", dw_first=False),
        spoils=("dx", "dw"), place="begins with x",
    ),
    bug(
        "bwd-onto-w", "dw is added to w, not to zeros",
        "The array in which dw is added up is w, or a copy of it. If it is returned, dw still holds w; without a copy, "
        "w changes while dx is made of it.",
        "The line that makes the array in which dw is added up, or the one that adds to it.",
        _HINT,
        _plus_input(1), exchange(nest=_dw_before_dx), _without_copy(into="w", dw_first=True),
        _without_copy(into="w", dw_first=False), spoils=("dx", "dw"), place="begins with w",
    ),
    bug(
        "db-onto-b", "db is added to b, not to zeros",
        "The array in which db is added up is b, or a copy of it, so db still holds b.",
        "The line that makes the array in which db is added up.",
        _HINT,
        _plus_input(2), place="begins with b",
    ),
)  # fmt: skip
