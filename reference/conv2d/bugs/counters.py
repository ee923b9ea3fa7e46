"""One counter that says where windows begin along both axes."""

import numpy as np

from reference.conv2d.bugs.in_turn import gradients_in_turn, in_order_of_rows
from reference.conv2d.bugs.parts import Array, bug
from reference.conv2d.steps import Change, Geometry, exchange
from reference.conv2d.windows import Edge, Place, products, windows


def _by_one(axis: int, edge: Edge) -> Change:
    """The window of output (r, c) begins at (r, r) times the stride, or at (c, c) times it."""

    def slide(padded: Array, w: Array, starts: Place, g: Geometry) -> Array:
        at = np.arange(len(starts[axis]))
        if not (len(starts[0]) and len(starts[1])):
            return np.zeros((len(padded), len(w), len(starts[0]), len(starts[1])))
        along = windows(padded, (starts[axis], starts[axis]), g.HH, g.WW, edge)[:, :, at, at]
        sums = products(np.expand_dims(along, 3 - axis), w)
        return np.repeat(sums, len(starts[1 - axis]), axis=3 - axis)

    return exchange(slide=slide)


def _rows(H_out: int, W_out: int) -> tuple[Array, Array]:
    rows, _ = in_order_of_rows(H_out, W_out)
    return rows, rows


def _columns(H_out: int, W_out: int) -> tuple[Array, Array]:
    _, columns = in_order_of_rows(H_out, W_out)
    return columns, columns


BUGS = (
    bug(
        "out-one-counter", "One counter gives both the row and the column where a window begins",
        "The window of output (r, c) begins at row r*stride and column c*stride of the padded image. Here one of the "
        "two is used twice, so that all outputs of a row, or of a column, are the same.",
        "The lines that say where a window begins and ends along each axis.",
        "With a kernel of 2 and stride 2, which rows and which columns belong to the output in row 0 and column 1?",
        *(_by_one(axis, edge) for axis in (0, 1) for edge in ("slices", "strict")), place="one counter",
    ),
    bug(
        "bwd-one-counter", "One counter gives both the row and the column where a window begins, in backward",
        "The window of place (r, c) of dout begins at row r*stride and column c*stride of the padded image. Here one "
        "of the two is used twice.",
        "The lines that say where a window begins and ends along each axis.",
        "With a kernel of 2 and stride 2, which rows and which columns belong to the place in row 0 and column 1?",
        *gradients_in_turn(_rows)[:3], *gradients_in_turn(_columns)[:3], spoils=("dx", "dw"), place="one counter",
    ),
)  # fmt: skip
