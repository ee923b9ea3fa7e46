"""A size, or the end of a loop, is wrong along one axis, and right along the other."""

from functools import partial

from reference.pooling.bugs.forward import Sizes, by_stride, by_stride_rounded_up, without_last
from reference.pooling.steps import Change, Geometry, exchange, on_every_edge, usual_sizes
from reference.spec import Bug


def _along_one(wrong: Sizes) -> tuple[Change, Change]:
    """The wrong number of rows beside the right one of columns, and the reverse."""
    return (
        exchange(sizes=lambda g: (wrong(g)[0], usual_sizes(g)[1])),
        exchange(sizes=lambda g: (usual_sizes(g)[0], wrong(g)[1])),
    )


def _one_less(g: Geometry) -> tuple[int, int]:
    H_out, W_out = usual_sizes(g)
    return H_out - 1, W_out - 1


_RANGE = "range(n) already ends before n. Which of your two loops reaches the last place?"
FORWARD = (
    Bug(
        "out-size-no-one-axis", "forward", ("out",), "The output is one row or one column too small",
        "(H - pool_height) / stride is how often the window can move on. It also has the place where it begins. One of "
        "the two sizes lacks that one, and the other has it.",
        "The lines that compute the output size.",
        "Compare the two formulas. How many windows of 2 with stride 2 fit into 2 rows, and how many into 2 columns?",
        _along_one(_one_less), "formula without one",
    ),
    Bug(
        "out-size-by-stride-one-axis", "forward", ("out",), "One of the two output sizes is H / stride or W / stride",
        "H / stride leaves out how large the window is; another size of it gives another number of places. The size "
        "along the other axis is right.",
        "The lines that compute the output size.",
        "How many windows of 3 with stride 1 fit into 4 rows, and how many into 4 columns?",
        on_every_edge(*_along_one(by_stride), *_along_one(by_stride_rounded_up)), "size by stride",
    ),
    Bug(
        "out-last-missing-one-axis", "forward", ("out",), "The last row or column of the output is not computed",
        "The loop over rows ends one step too early, or the one over columns, and zeros are left there.",
        "The bounds of the loops over rows and columns, and conditions that leave places out.", _RANGE,
        tuple(exchange(finish=partial(without_last, rows=rows, columns=1 - rows)) for rows in (0, 1)), "one less",
    ),
)  # fmt: skip
BACKWARD = (
    Bug(
        "dx-last-missing-one-axis", "backward", ("dx",), "The last row of dout, or its last column, is left out",
        "One of the two loops over dout ends one step too early; the other reaches the end.",
        "The bounds of the loops over rows and columns, and conditions that leave places out.", _RANGE,
        (
            exchange(upstream=lambda dout, g: dout[:, :, :-1]),
            exchange(upstream=lambda dout, g: dout[:, :, :, :-1]),
        ), "one less",
    ),
)  # fmt: skip
