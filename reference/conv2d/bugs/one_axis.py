"""The last row is missing, or the last column, and the other axis is right."""

import numpy as np

from reference.conv2d.bugs.parts import Array, bug, or_none
from reference.conv2d.steps import Change, Geometry, exchange, then, usual_sizes

_ALONG = ((1, 0), (0, 1))
"""How many rows and how many columns are missing."""


def _short(values: Array, rows: int, columns: int) -> Array:
    return values[:, :, : values.shape[2] - rows, : values.shape[3] - columns]


def _size(rows: int, columns: int) -> Change:
    def sizes(padded: Array, g: Geometry) -> tuple[int, int]:
        H_out, W_out = usual_sizes(padded, g)
        return H_out - rows, W_out - columns

    return exchange(sizes=sizes)


def _not_computed(step: str, rows: int, columns: int) -> Change:
    """Zeros are left there, before the bias is added or after it."""

    def kept(out: Array, *_: Array) -> Array:
        found, computed = np.zeros_like(out), _short(out, rows, columns)
        found[:, :, : computed.shape[2], : computed.shape[3]] = computed
        return found

    return then(step, kept)


def _left_out(rows: int, columns: int) -> tuple[Change, ...]:
    """For all gradients, for those that are not summed by themselves, or for one."""

    def short(dout: Array, *_: Geometry) -> Array:
        return _short(dout, rows, columns)

    return (
        exchange(upstream=short), exchange(upstream=short, db_of_all=True),
        exchange(dx_upstream=short), exchange(dw_upstream=short),
    )  # fmt: skip


BUGS = (
    bug(
        "bwd-last-missing-one-axis", "The last row of dout, or its last column, is left out",
        "Along one axis the loops stop one early; along the other they reach the end.",
        "The ends of the loops over rows and columns, their formulas, and conditions that leave places out.",
        "Which row and column come last? range(n) ends with n - 1, and a condition with >= leaves out what > lets in.",
        *(variant for along in _ALONG for variant in _left_out(*along)), spoils=("dx", "dw", "db"), place="one less",
    ),
    bug(
        "out-size-minus-one-axis", "The output is one row or one column too small",
        "Along one axis there is one place less than there should be: a + 1 is missing in its formula, a - 1 is one "
        "too many, or a loop or slice ends one early. The other axis is right.",
        "The formulas for H_out and W_out, and where what they count ends.",
        "Compare the two formulas. A kernel as large as the padded image fits once: what does each give for it?",
        *(variant for along in _ALONG for variant in or_none(_size(*along))), place="one less",
    ),
    bug(
        "out-last-missing-one-axis", "The last row or the last column is not computed",
        "The output has the right size, but its last row stays as it was made, or its last column.",
        "The ends of the loops over rows and columns, their formulas, and conditions that leave places out.",
        "Which row and column come last? range(n) ends with n - 1, and a condition with >= leaves out what > lets in.",
        *(_not_computed(step, *along) for step in ("bias", "products") for along in _ALONG), place="one less",
    ),
)  # fmt: skip
