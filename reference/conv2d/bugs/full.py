"""dx as a full convolution of dout with the turned kernel, for which dout is padded in another way than it has to be.

Padded by HH - 1 and WW - 1, with stride - 1 zeros between its numbers, it gives the gradient of the padded image.
"""

from collections.abc import Callable, Iterator

import numpy as np

from reference.conv2d.bugs.parts import Array, bug, cropped
from reference.conv2d.steps import Change, Geometry, usual_sizes


def _padded_by(dxp: Array, g: Geometry, rows: int, columns: int) -> Array:
    """What comes of a dout that is padded by so many rows and columns at each end."""
    H_out, W_out = usual_sizes(dxp, g)
    high, wide = (H_out - 1) * g.stride + 1, (W_out - 1) * g.stride + 1
    around = max(0, rows - g.HH + 1), max(0, columns - g.WW + 1)
    whole = np.pad(
        dxp[:, :, : high + g.HH - 1, : wide + g.WW - 1], ((0, 0), (0, 0), (around[0],) * 2, (around[1],) * 2)
    )
    first = g.HH - 1 + around[0] - rows, g.WW - 1 + around[1] - columns
    size = high + 2 * rows - g.HH + 1, wide + 2 * columns - g.WW + 1
    if min(size) < 0:
        raise ValueError("negative dimensions are not allowed")
    return whole[:, :, first[0] : first[0] + size[0], first[1] : first[1] + size[1]]


def _by_pad(dxp: Array, g: Geometry) -> Array:
    return _padded_by(dxp, g, g.pad, g.pad)


def _by_pad_filled_in(dxp: Array, g: Geometry) -> Array:
    """As where every pixel of dx has a window of its own, and there may be too few."""
    found = _by_pad(dxp, g)[:, :, : g.H, : g.W]
    if found.shape[2:] != (g.H, g.W):
        raise ValueError("operands could not be broadcast together")
    return found


def _by_sizes(of: Callable[[Geometry], tuple[int, int]]) -> Iterator[Change]:
    """Padded by other sizes of the kernel less 1: cut to x as it comes, or stored in an array of the right size."""

    def found(dxp: Array, g: Geometry) -> Array:
        rows, columns = of(g)
        return _padded_by(dxp, g, rows - 1, columns - 1)

    def stored(dxp: Array, g: Geometry) -> Array:
        made = np.zeros_like(dxp)
        try:
            whole = found(dxp, g)
        except ValueError:  # no window fits, so nothing is stored
            return made
        if not whole.size:
            return made
        if whole.shape[2] > dxp.shape[2] or whole.shape[3] > dxp.shape[3]:
            raise IndexError("index is out of bounds")
        made[:, :, : whole.shape[2], : whole.shape[3]] = whole
        return made

    for make in (found, stored):
        yield cropped(lambda dxp, g, make=make: make(dxp, g)[:, :, g.pad : g.pad + g.H, g.pad : g.pad + g.W])


BUGS = (
    bug(
        "dx-full-pad", "For dx, dout is padded by pad",
        "dx is a convolution of dout with the turned kernel. Its windows begin HH-1 rows before dout does, less the "
        "pad of x, so dout has to be padded by HH-1-pad rows and WW-1-pad columns. It is padded by pad, which is the "
        "same only for a kernel of 2*pad + 1.",
        "The line that pads dout, or the call that convolves it.",
        "Which numbers of dout does the first pixel of x, at row pad of the padded image, have a part in?",
        cropped(_by_pad), cropped(_by_pad_filled_in),
    ),
    bug(
        "dx-full-kernel-mixed", "For dx, dout is padded by the wrong side of the kernel",
        "dx is a convolution of dout with the turned kernel, for which dout is padded by HH-1 rows and WW-1 columns. "
        "Here HH stands where WW belongs, or the reverse. Square kernels hide it.",
        "The line that pads dout.",
        "By how many columns does a window reach beyond dout that sees only its first column?",
        *_by_sizes(lambda g: (g.HH, g.HH)), *_by_sizes(lambda g: (g.WW, g.WW)), *_by_sizes(lambda g: (g.WW, g.HH)),
        place="dout padded",
    ),
)  # fmt: skip
