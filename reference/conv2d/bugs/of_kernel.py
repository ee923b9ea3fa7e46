"""The pad is computed from the kernel, for an output as large as the image, and not taken from the parameters."""

from dataclasses import replace

from reference.conv2d.bugs.padding import by_formula
from reference.conv2d.bugs.parts import Array, bug, cropped, geometry
from reference.conv2d.steps import Change, Geometry, both, exchange, sizes_of_padded
from reference.conv2d.windows import zeros_around

_HALVES = 4


def _halves(g: Geometry) -> tuple[int, ...]:
    """Half a kernel of its height or its width, rounded down or up."""
    return (g.HH - 1) // 2, g.HH // 2, (g.WW - 1) // 2, g.WW // 2


def _half(which: int) -> Change:
    return geometry(lambda g: replace(g, pad=_halves(g)[which]))


def _each_side(g: Geometry) -> tuple[int, int]:
    """For rows by the height of the kernel, for columns by its width."""
    return (g.HH - 1) // 2, (g.WW - 1) // 2


def _padded(x: Array, g: Geometry) -> Array:
    rows, columns = _each_side(g)
    return zeros_around(x, (rows, rows), (columns, columns))


def _cut(dxp: Array, g: Geometry) -> Array:
    rows, columns = _each_side(g)
    return dxp[:, :, rows : rows + g.H, columns : columns + g.W]


_TOLD = (
    "Half a kernel of zeros is put around the image, so that with stride 1 the output is as large as the image, "
    "whatever conv_param says.",
    "Where the pad is set.",
    "With a kernel of 3 and pad 0, how many rows of zeros does conv_param ask for?",
)
BUGS = (
    bug(
        "out-pad-of-kernel", "pad is computed from the kernel", *_TOLD,
        *map(_half, range(_HALVES)), exchange(pad=_padded, sizes=sizes_of_padded), place="pad of kernel",
    ),
    bug(
        "bwd-pad-of-kernel", "pad is computed from the kernel in backward", *_TOLD,
        *(both(_half(which), *more) for more in ((), (exchange(upstream=by_formula),)) for which in range(_HALVES)),
        both(exchange(pad=_padded), cropped(_cut)), spoils=("dx", "dw", "db"), place="pad of kernel",
    ),
)  # fmt: skip
