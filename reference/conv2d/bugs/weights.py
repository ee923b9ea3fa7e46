"""The first two axes of w are taken for each other: filters for channels."""

import numpy as np

from reference.conv2d.bugs.parts import Array, bug
from reference.conv2d.steps import exchange


def _as_einsum(view: Array, w: Array) -> Array:
    """`nchwij,cfij->nfhw`: NumPy takes an axis of length 1 for every number of the other."""
    sums: Array = np.einsum("nchwij,cfij->nfhw", view, w)
    return sums


def _into_out(view: Array, w: Array) -> Array:
    """Added to an array that has the right shape."""
    out = np.zeros((len(view), len(w), *view.shape[2:4]))
    out += _as_einsum(view, w)
    return out


def _by_filter(view: Array, w: Array) -> Array:
    """`w[:, f]` for each filter f."""
    out = np.zeros((len(view), len(w), *view.shape[2:4]))
    for f in range(len(w)):
        out[:, f] = np.einsum("nchwij,cij->nhw", view, w[:, f])
    return out


def _strictly(view: Array, w: Array) -> Array:
    """As a matrix, which has to fit to the letter."""
    return _as_einsum(view, _of_as_many(w))


def _of_as_many(w: Array) -> Array:
    if w.shape[0] != w.shape[1]:
        raise ValueError("mismatch in its core dimension")
    return w


def _spread_as_einsum(dout: Array, w: Array) -> Array:
    """`nfhw,cfij->nchwij`, added to an array that has as many channels as x."""
    parts: Array = np.einsum("nfhw,cfij->nchwij", dout, w)
    return np.broadcast_to(parts, (len(parts), w.shape[1], *parts.shape[2:]))


def _spread_by_filter(dout: Array, w: Array) -> Array:
    parts = np.zeros((len(dout), w.shape[1], *dout.shape[2:], *w.shape[2:]))
    for f in range(len(w)):
        parts += np.einsum("nhw,cij->nchwij", dout[:, f], w[:, f])
    return parts


def _spread_strictly(dout: Array, w: Array) -> Array:
    return _spread_as_einsum(dout, _of_as_many(w))


def _reversed(w: Array) -> Array:
    return w[::-1, ::-1]


_SWAPPED = (
    "w has the shape (F, C, HH, WW). Here its first axis meets the channels, and its second one the filters, which is "
    "right only where there is one of each.",
    "The letters of w in the einsum, the axes of a tensordot or transpose, or an index of w.",
    "Which axis of w counts what is in x, and which counts what is in out?",
)
BUGS = (
    bug(
        "out-weights-swapped", "Filters and channels of w are swapped", *_SWAPPED,
        *(exchange(products=one) for one in (_as_einsum, _into_out, _by_filter, _strictly)), place="weights swapped",
    ),
    bug(
        "dx-weights-swapped", "Filters and channels of w are swapped for dx", *_SWAPPED,
        *(exchange(spread=one) for one in (_spread_as_einsum, _spread_by_filter, _spread_strictly)),
        place="weights swapped",
    ),
    bug(
        "dx-weights-reversed", "Filters and channels of w stand in the opposite order for dx",
        "For dx as a convolution with dout the kernel is turned by 180 degrees: its rows and columns run backwards. "
        "Here the filters and channels do, too, as where np.flip is not told which axes.",
        "Where w is turned for dx.",
        "Which of the four axes of w are those of the kernel?",
        exchange(dx_kernel=_reversed), place="backwards for dx",
    ),
)  # fmt: skip
