"""The output has another size, or loops run over another, than there is."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from reference.conv2d.bugs.parts import Array, as_far_as, bug, loops_over, or_none
from reference.conv2d.steps import Change, Geometry, both, exchange, on_every_edge, then, usual_sizes
from reference.conv2d.windows import zeros_around


def _without_last(out: Array, *_: Any) -> Array:
    kept = np.zeros_like(out)
    kept[:, :, :-1, :-1] = out[:, :, :-1, :-1]
    return kept


def _either_size(both_from: str) -> tuple[Change, ...]:
    """Both output sizes from the height, or from the width, taken by the formula or from the padded image."""

    def sizes(from_: Any) -> Any:
        def swapped(padded: Array, g: Geometry) -> tuple[int, int]:
            H_out, W_out = from_(padded, g)
            return (H_out, H_out) if both_from == "H" else (W_out, W_out)

        return swapped

    def mixed(padded: Array, g: Geometry) -> tuple[int, int]:
        """Only the image's size is the wrong one, the kernel's is right."""
        size, H = (g.H, g.H) if both_from == "H" else (g.W, g.W)
        return usual_sizes(padded, replace(g, H=H, W=size))

    def into_square(out: Array, *_: Any) -> Array:
        """What was made has the wrong size, but the loops the right one: zeros are left, or a place is missing."""
        size = out.shape[2 if both_from == "H" else 3]
        square = np.zeros((*out.shape[:2], size, size))
        square[:, :, : out.shape[2], : out.shape[3]] = out
        return square

    def into_mixed(out: Array, padded: Array, b: Array, g: Geometry) -> Array:
        """Results are stored by slices, so that what lies beyond the wrong size goes nowhere."""
        H_out, W_out = mixed(padded, g)
        made = np.zeros((*out.shape[:2], max(0, H_out), max(0, W_out)))
        made[:, :, : out.shape[2], : out.shape[3]] = out[:, :, : made.shape[2], : made.shape[3]]
        return made

    wrong_sizes = on_every_edge(exchange(sizes=sizes(usual_sizes)), exchange(sizes=mixed))
    return (*wrong_sizes, then("bias", into_square), then("bias", into_mixed))


def _upstream_of(side: str) -> Callable[[Array, Geometry], Array]:
    """Loops over dout whose ends are both computed from the height, or both from the width; the kernel's is right."""

    def upstream(dout: Array, g: Geometry) -> Array:
        size = g.H if side == "H" else g.W
        ends = (1 + (size + 2 * g.pad - kernel) // g.stride for kernel in (g.HH, g.WW))
        return as_far_as(dout, *(max(0, end) for end in ends))

    return upstream


def _ceil_sizes(padded: Array, g: Geometry) -> tuple[int, int]:
    return -(-(g.H + 2 * g.pad - g.HH) // g.stride) + 1, -(-(g.W + 2 * g.pad - g.WW) // g.stride) + 1


def _extended(x: Array, g: Geometry) -> Array:
    """Padded, and with zeros as far as the last window of a rounded-up size reaches."""
    H_out, W_out = _ceil_sizes(x, g)
    rows, columns = (H_out - 1) * g.stride + g.HH - g.H - g.pad, (W_out - 1) * g.stride + g.WW - g.W - g.pad
    return zeros_around(x, (g.pad, max(g.pad, rows)), (g.pad, max(g.pad, columns)))


def _one_less(padded: Array, g: Geometry) -> tuple[int, int]:
    H_out, W_out = usual_sizes(padded, g)
    return H_out - 1, W_out - 1


def _one_inside(padded: Array, g: Geometry) -> tuple[int, int]:
    """`(H + 2 * pad - HH + 1) // stride`"""
    return (g.H + 2 * g.pad - g.HH + 1) // g.stride, (g.W + 2 * g.pad - g.WW + 1) // g.stride


def _one_inside_rows(padded: Array, g: Geometry) -> tuple[int, int]:
    return _one_inside(padded, g)[0], usual_sizes(padded, g)[1]


def _one_inside_columns(padded: Array, g: Geometry) -> tuple[int, int]:
    return usual_sizes(padded, g)[0], _one_inside(padded, g)[1]


_ONE_INSIDE = (_one_inside, _one_inside_rows, _one_inside_columns)


def _pad_not_divided(padded: Array, g: Geometry) -> tuple[int, int]:
    """`(H - HH) // stride + 2 * pad + 1`"""
    return (g.H - g.HH) // g.stride + 2 * g.pad + 1, (g.W - g.WW) // g.stride + 2 * g.pad + 1


def _kernel_alone_divided(padded: Array, g: Geometry) -> tuple[int, int]:
    """`H + 2 * pad - HH // stride + 1`"""
    return g.H + 2 * g.pad - g.HH // g.stride + 1, g.W + 2 * g.pad - g.WW // g.stride + 1


def _upstream_one_inside(dout: Array, g: Geometry) -> Array:
    return as_far_as(dout, *_one_inside(dout, g))


def _upstream_without_pad(dout: Array, g: Geometry) -> Array:
    return as_far_as(dout, *(max(0, end) for end in usual_sizes(dout, replace(g, pad=0))))


def _windows_without_pad(dout: Array, g: Geometry) -> Array:
    """As many windows are cut out as the formula says, and all of dout is multiplied with them."""
    if _upstream_without_pad(dout, g).shape != dout.shape:
        raise ValueError("operands could not be broadcast together")
    return dout


def _upstream_without_last(dout: Array, *_: Any) -> Array:
    return dout[:, :, :-1, :-1]


def _upstream_of_its_formula(dout: Array, g: Geometry) -> Array:
    """Loops run to what the formula gives for dout in place of x; a size below nothing is none."""
    sizes, kernel = dout.shape[2:], (g.HH, g.WW)
    ends = [max(0, 1 + (n + 2 * g.pad - k) // g.stride) for n, k in zip(sizes, kernel, strict=True)]
    return as_far_as(dout, *ends)


BUGS = (
    bug(
        "dx-last-missing", "The last row and column of dout do not reach dx",
        "The loops stop one row and one column early.",
        "The ends of the loops over rows and columns, their formulas, and conditions that leave places out.",
        "Which place comes last? range(n) ends with n - 1, a formula without + 1 gives one too few, and a condition "
        "with >= leaves out what > lets in.",
        exchange(dx_upstream=_upstream_without_last), place="one less",
    ),
    bug(
        "bwd-last-missing", "The last row and column of dout are left out",
        "The loops stop one row and one column early.",
        "The ends of the loops over rows and columns, their formulas, and conditions that leave places out.",
        "Which place comes last? range(n) ends with n - 1, a formula without + 1 gives one too few, and a condition "
        "with >= leaves out what > lets in.",
        exchange(upstream=_upstream_without_last), spoils=("dx", "dw", "db"), place="one less",
    ),
    bug(
        "bwd-size-one-inside", "The one is added before the division by the stride in backward",
        "(H + 2*pad - HH) / stride is how often the window can move on, and one more is where it begins. Here the one "
        "is divided, too: that is right with stride 1, and with others the last row and column of dout are often left "
        "out.",
        "The lines that compute the sizes of dout; they could be read from dout.shape.",
        "A kernel as large as the padded image fits once, whatever the stride is. What does your formula give for it?",
        *loops_over(_upstream_one_inside), spoils=("dx", "dw", "db"), place="one inside",
    ),
    bug(
        "bwd-pad-not-in-size", "The output size is computed without the padding in backward",
        "The formula for the output size leaves 2*pad out, so the last rows and columns of dout are not reached.",
        "The formula for H_out and W_out in backward; both could be read from dout.shape.",
        "How large is the image that the kernel really slides over?",
        *loops_over(_upstream_without_pad), exchange(upstream=_windows_without_pad),
        spoils=("dx", "dw", "db"), place="formula without pad", in_text=True,
    ),
    bug(
        "dw-last-missing", "The last row and column of dout do not reach dw",
        "The loops stop one row and one column early.",
        "The ends of the loops over rows and columns, their formulas, and conditions that leave places out.",
        "Which place comes last? range(n) ends with n - 1, a formula without + 1 gives one too few, and a condition "
        "with >= leaves out what > lets in.",
        exchange(dw_upstream=_upstream_without_last), place="one less",
    ),
    bug(
        "bwd-size-of-upstream", "The output size is computed from the shape of dout",
        "dout already has the size of the output, and the formula for it is used once more. That is right only where "
        "the padding makes up for the kernel.",
        "The lines that compute the output size, and where their H and W come from.",
        "Which array's height goes into the formula for H_out, and which array's height is it that comes out?",
        *loops_over(_upstream_of_its_formula), spoils=("dx", "dw", "db"), place="size of upstream",
    ),
    bug(
        "bwd-width-from-height", "W_out is computed from the height in backward",
        "The end of the loop over columns comes from H, the size of the other axis. Square images hide it; on a "
        "rectangular one columns of dout are left out, or the loop runs past its edge.",
        "The lines that compute the sizes of dout; they could be read from dout.shape.",
        "Write both formulas below each other and compare them letter by letter: each may only speak of its own axis.",
        *loops_over(_upstream_of("H")), spoils=("dx", "dw", "db"), place="height for width",
    ),
    bug(
        "bwd-height-from-width", "H_out is computed from the width in backward",
        "The end of the loop over rows comes from W, the size of the other axis. Square images hide it; on a "
        "rectangular one rows of dout are left out, or the loop runs past its edge.",
        "The lines that compute the sizes of dout; they could be read from dout.shape.",
        "Write both formulas below each other and compare them letter by letter: each may only speak of its own axis.",
        *loops_over(_upstream_of("W")), spoils=("dx", "dw", "db"), place="width for height",
    ),
    bug(
        "out-width-from-height", "W_out is computed from the height",
        "The number of output columns comes from H or from HH, sizes of the other axis. Square images hide it; on a "
        "rectangular one there are too few columns or too many, or the loop runs past an edge.",
        "The lines that compute the output size, and the bounds of the loop over columns.",
        "Write both formulas below each other and compare them letter by letter: each may only speak of its own axis.",
        *_either_size("H"), place="height for width",
    ),
    bug(
        "out-height-from-width", "H_out is computed from the width",
        "The number of output rows comes from W or from WW, sizes of the other axis. Square images hide it; on a "
        "rectangular one there are too few rows or too many, or the loop runs past an edge.",
        "The lines that compute the output size, and the bounds of the loop over rows.",
        "Write both formulas below each other and compare them letter by letter: each may only speak of its own axis.",
        *_either_size("W"), place="width for height",
    ),
    bug(
        "out-size-minus-one", "The output is one row and one column too small",
        "The formula for the output size gives one less than it should: a + 1 is missing, or there is a - 1 too many.",
        "The formula for H_out and W_out.",
        "A kernel as large as the padded image fits once. What does your formula give for it?",
        *or_none(exchange(sizes=_one_less)), place="formula one less",
    ),
    bug(
        "out-size-one-inside", "The one is added before the division by the stride",
        "(H + 2*pad - HH) / stride is how often the window can move on, and one more is where it begins. Here the one "
        "is divided, too: that is right with stride 1, and with others most outputs lack a row, a column or both.",
        "The formula for H_out and W_out.",
        "A kernel as large as the padded image fits once, whatever the stride is. What does your formula give for it?",
        *(variant for sizes in _ONE_INSIDE for variant in or_none(exchange(sizes=sizes))), place="one inside",
    ),
    bug(
        "out-size-part-divided", "Only a part of the formula for the output size is divided by the stride",
        "The stride has to divide all of H + 2*pad - HH. Here it divides only a part, so the output has rows and "
        "columns for which there is no window.",
        "The formula for H_out and W_out, and its parentheses.",
        "What does // divide where no parentheses stand? Put numbers in, with stride 2.",
        *on_every_edge(exchange(sizes=_pad_not_divided), exchange(sizes=_kernel_alone_divided)), place="part divided",
    ),
    bug(
        "out-last-missing", "The last row and column are not computed",
        "The output has the right size, but its last row and column stay as they were made.",
        "The ends of the loops over rows and columns, their formulas, and conditions that leave places out.",
        "Which place comes last? range(n) ends with n - 1, a formula without + 1 gives one too few, and a condition "
        "with >= leaves out what > lets in.",
        then("bias", _without_last), then("products", _without_last), place="one less",
    ),
    bug(
        "out-size-ceil", "The output size is rounded up",
        "Where the stride does not divide, the size is rounded up, so there is one window too many that runs past the "
        "edge.",
        "The formula for H_out and W_out.",
        "Which way does // round, and which way does your formula?",
        both(exchange(sizes=_ceil_sizes), exchange(pad=_extended)), *on_every_edge(exchange(sizes=_ceil_sizes)),
        place="rounded up", needs="stride does not divide",
    ),
)  # fmt: skip
