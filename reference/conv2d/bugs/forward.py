"""Mistakes in the forward pass, the commonest first."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.conv2d.steps import (
    Change,
    Geometry,
    Place,
    both,
    exchange,
    on_every_edge,
    placed,
    sizes_of_padded,
    then,
    usual_sizes,
)
from reference.spec import Bug

Array = NDArray[Any]


def _bug(
    id: str, title: str, explanation: str, where: str, hint: str, *variants: Change, place: str = "", **more: Any
) -> Bug:
    return Bug(f"out-{id}", "forward", ("out",), title, explanation, where, hint, variants, place, **more)


def _padding(rows: tuple[int, int], columns: tuple[int, int]) -> Change:
    """Pad by these multiples of pad, before and after."""

    def pad(x: Array, g: Geometry) -> Array:
        return np.pad(x, [(0, 0), (0, 0), *((g.pad * before, g.pad * after) for before, after in (rows, columns))])

    return exchange(pad=pad)


def _padded_as(mode: Any) -> Change:
    return exchange(pad=lambda x, g: np.pad(x, ((0, 0), (0, 0), (g.pad, g.pad), (g.pad, g.pad)), mode=mode))


def _by_one(x: Array, g: Geometry) -> Array:
    return np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))


def _with_ones(x: Array, g: Geometry) -> Array:
    return np.pad(x, ((0, 0), (0, 0), (g.pad, g.pad), (g.pad, g.pad)), constant_values=1)


def _into_minus(x: Array, g: Geometry) -> Array:
    padded = np.zeros((g.N, g.C, g.H + 2 * g.pad, g.W + 2 * g.pad))
    padded[:, :, g.pad : -g.pad, g.pad : -g.pad] = x
    return padded


def _one_before(x: Array, g: Geometry) -> Array:
    return np.pad(x, ((0, 0), (0, 0), (1, g.pad), (1, g.pad)))


def _geometry(change: Any) -> Change:
    return exchange(geometry=change)


def _only(axis: int, index: int) -> Any:
    """Everything but one index of an axis becomes zero."""

    def keep(out: Array, *_: Any) -> Array:
        kept = np.zeros_like(out)
        place: list[Any] = [slice(None)] * 4
        place[axis] = index
        kept[tuple(place)] = out[tuple(place)]
        return kept

    return keep


def _without_last(out: Array, *_: Any) -> Array:
    kept = np.zeros_like(out)
    kept[:, :, :-1, :-1] = out[:, :, :-1, :-1]
    return kept


def _turned(out: Array, *_: Any) -> Array:
    if out.shape[2] != out.shape[3]:
        raise IndexError("index is out of bounds")
    return out.swapaxes(2, 3)


def _square_kernel(w: Array) -> Array:
    if w.shape[2] != w.shape[3]:
        raise ValueError("operands could not be broadcast together")
    return w


def _of_one_shape(view: Array, w: Array) -> Array:
    if view.shape[4:] != w.shape[2:]:
        raise ValueError("mismatch in its core dimension")
    out: Array = np.einsum("nchwij,fcij->nfhw", view, w)
    return out


def _slid(kernel: Callable[[int, int], tuple[int, int]]) -> Change:
    """Windows are cut out with other numbers of rows and columns, and multiplied with the kernel where they fit."""

    def slide(padded: Array, w: Array, starts: Place, g: Geometry) -> Array:
        HH, WW = kernel(g.HH, g.WW)
        out = np.zeros((len(padded), len(w), len(starts[0]), len(starts[1])))
        for h, row in enumerate(starts[0]):
            for k, column in enumerate(starts[1]):
                window = padded[:, None, :, row : row + HH, column : column + WW]
                out[:, :, h, k] = (window * w).sum(axis=(2, 3, 4))
        return out

    return exchange(slide=slide)


def _by_given_pad(x: Array, g: Geometry) -> Array:
    """Padded by one, and stored in an array of the size that the pad asks for, into which it may not fit."""
    padded = np.zeros((g.N, g.C, g.H + 2 * g.pad, g.W + 2 * g.pad))
    padded[...] = _by_one(x, g)
    return padded


def _transposed_kernel(w: Array) -> Array:
    return _square_kernel(w).swapaxes(2, 3)


def _starts_by(rows: bool, columns: bool) -> Change:
    """Windows whose rows and columns step by the stride, or by one."""

    def starts(g: Geometry, H_out: int, W_out: int) -> Place:
        return np.arange(H_out) * (g.stride if rows else 1), np.arange(W_out) * (g.stride if columns else 1)

    return exchange(starts=starts)


def _stride(of: Any) -> Change:
    return _geometry(lambda g: replace(g, stride=of(g)))


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

    return (*on_every_edge(exchange(sizes=sizes(usual_sizes)), exchange(sizes=mixed)), then("bias", into_square))


def _ceil_sizes(padded: Array, g: Geometry) -> tuple[int, int]:
    return -(-(g.H + 2 * g.pad - g.HH) // g.stride) + 1, -(-(g.W + 2 * g.pad - g.WW) // g.stride) + 1


def _extended(x: Array, g: Geometry) -> Array:
    """Padded, and with zeros as far as the last window of a rounded-up size reaches."""
    H_out, W_out = _ceil_sizes(x, g)
    rows, columns = (H_out - 1) * g.stride + g.HH - g.H - g.pad, (W_out - 1) * g.stride + g.WW - g.W - g.pad
    return np.pad(x, ((0, 0), (0, 0), (g.pad, max(g.pad, rows)), (g.pad, max(g.pad, columns))))


def _one_less(padded: Array, g: Geometry) -> tuple[int, int]:
    H_out, W_out = usual_sizes(padded, g)
    return H_out - 1, W_out - 1


def _unpadded_sizes(padded: Array, g: Geometry) -> tuple[int, int]:
    return usual_sizes(padded, replace(g, pad=0))


def _first_place(w: Array) -> Array:
    kept = np.zeros_like(w)
    kept[:, :, 0, 0] = w[:, :, 0, 0]
    return kept


def _one_channel(c: int) -> Change:
    def kernel(w: Array) -> Array:
        kept = np.zeros_like(w)
        kept[:, c] = w[:, c]
        return kept

    return exchange(kernel=kernel)


def _mean(out: Array, view: Array, w: Array) -> Array:
    return np.asarray(out / np.prod(w.shape[1:]))


_every_axis = exchange(pad=lambda x, g: np.pad(x, g.pad))
_every_axis_cut = exchange(pad=lambda x, g: np.pad(x, g.pad)[:, : g.C])
_LAST = "finish"

BUGS = (
    _bug(
        "width-from-height", "W_out is computed from the height",
        "The number of output columns comes from H and HH, the sizes of the other axis. Square images hide it; on a "
        "rectangular one columns are missing, or windows run past the edge.",
        "The lines that compute the output size, and the bounds of the loop over columns.",
        "Write both formulas below each other and compare them letter by letter: each may only speak of its own axis.",
        *_either_size("H"), place="wrong axis",
    ),
    _bug(
        "height-from-width", "H_out is computed from the width",
        "The number of output rows comes from W and WW, the sizes of the other axis. Square images hide it; on a "
        "rectangular one rows are missing, or windows run past the edge.",
        "The lines that compute the output size, and the bounds of the loop over rows.",
        "Write both formulas below each other and compare them letter by letter: each may only speak of its own axis.",
        *_either_size("W"), place="wrong axis",
    ),
    _bug(
        "kernel-square-hh", "HH is used where WW belongs",
        "The window is taken HH columns wide (and perhaps W_out computed with HH). Square kernels hide this; with any "
        "other shape the window and the kernel do not match.",
        "The slice that cuts the window out of the padded image, and the formula for W_out.",
        "In which places does the height of the kernel appear, and is each of them about rows?",
        *on_every_edge(
            _geometry(lambda g: replace(g, WW=g.HH)),
            both(_geometry(lambda g: replace(g, WW=g.HH)), exchange(kernel=_square_kernel)),
            both(_geometry(lambda g: replace(g, WW=g.HH)),
                 exchange(kernel=lambda w: w[:, :, :, : w.shape[2]], products=_of_one_shape)),
            exchange(kernel=_square_kernel),
        ), _slid(lambda HH, WW: (HH, HH)), place="wrong axis",
    ),
    _bug(
        "kernel-square-ww", "WW is used where HH belongs",
        "The window is taken WW rows high (and perhaps H_out computed with WW). Square kernels hide this; with any "
        "other shape the window and the kernel do not match.",
        "The slice that cuts the window out of the padded image, and the formula for H_out.",
        "In which places does the width of the kernel appear, and is each of them about columns?",
        *on_every_edge(
            _geometry(lambda g: replace(g, HH=g.WW)),
            both(_geometry(lambda g: replace(g, HH=g.WW)), exchange(kernel=_square_kernel)),
            both(_geometry(lambda g: replace(g, HH=g.WW)),
                 exchange(kernel=lambda w: w[:, :, : w.shape[3]], products=_of_one_shape)),
            exchange(kernel=_square_kernel),
        ), _slid(lambda HH, WW: (WW, WW)), place="wrong axis",
    ),
    _bug(
        "pad-one", "pad is taken to be 1",
        "The image is padded by one row and column on each side whatever conv_param says. The course's own example "
        "has pad 1, so it looks right there.",
        "The call that pads x, and the formula for the output size.",
        "Which number in that line should have been a variable?",
        *on_every_edge(_geometry(lambda g: replace(g, pad=1)), exchange(pad=_by_one)), exchange(pad=_by_given_pad),
        place="padded by constant",
    ),
    _bug(
        "no-bias", "The bias is never added",
        "The products are summed, but the bias of the filter is left out: every number of out lacks exactly b[f].",
        "The line that stores the sum of the products in out.",
        "What else, besides the products, does the definition of the output add?",
        exchange(bias=lambda out, b, g: out), place="stored",
    ),
    _bug(
        "bias-each-channel", "The bias is added once for each channel",
        "b[f] is added C times: it stands inside the loop (or sum) over channels, though an output has one bias, not "
        "one for each channel.",
        "Where b is added: inside or outside the sum over channels?",
        "With one channel your result is right. How often is that line run with three?",
        exchange(bias=lambda out, b, g: out + g.C * b[:, None, None]), place="of bias",
    ),
    _bug(
        "bias-each-product", "The bias is added to every product before the sum",
        "b[f] is added to the products and then summed with them, so it counts C*HH*WW times.",
        "The parenthesis around the product: is the bias inside of what is summed?",
        "Sum the products first. The bias is one number for the whole sum.",
        exchange(bias=lambda out, b, g: out + g.C * g.HH * g.WW * b[:, None, None]), place="of bias",
    ),
    _bug(
        "bias-first", "Every filter gets the bias of the first",
        "b[0] is added for every filter, so only the first one's output is right.",
        "The index of b.",
        "Which loop variable counts the filters, and does b see it?",
        exchange(bias=lambda out, b, g: out + b[0]), place="of bias",
    ),
    _bug(
        "bias-index", "The number of the filter is added, not its bias",
        "Filter f gets f itself added in place of b[f].",
        "The line that adds the bias.",
        "Is what you add taken out of b at all?",
        exchange(bias=lambda out, b, g: out + np.arange(g.F)[:, None, None]),
    ),
    _bug(
        "bias-subtracted", "The bias is subtracted",
        "The sign of the bias is wrong, so every number of out is off by twice b[f].",
        "The line that adds the bias.",
        "Compare its sign with the definition.",
        exchange(bias=lambda out, b, g: out - b[:, None, None]), place="of bias",
    ),
    _bug(
        "bias-total", "Every filter gets the sum of all biases",
        "The whole vector b is summed into every output, instead of the one entry that belongs to the filter.",
        "The line that adds the bias: is b inside the sum?",
        "An output of filter f should see one number of b. Which?",
        exchange(bias=lambda out, b, g: out + b.sum()), place="of bias",
    ),
    _bug(
        "kernel-flipped", "The kernel is flipped: a true convolution",
        "The kernel is turned by 180 degrees before it meets the window. That is what mathematics calls convolution; "
        "the course (like every deep-learning library) means cross-correlation, without the flip.",
        "Where w is sliced or indexed: does anything run backwards?",
        "The top left weight meets the top left pixel of the window.",
        exchange(kernel=lambda w: w[:, :, ::-1, ::-1]), place="backwards",
    ),
    _bug(
        "kernel-transposed", "Rows and columns of the kernel are swapped",
        "The weight of row i and column j meets the pixel of row j and column i. Kernels that are symmetric hide it.",
        "Where the kernel is indexed, reshaped or transposed.",
        "Follow one weight, w[0, 0, 0, 1]: which pixel of the window should it meet?",
        exchange(kernel=_transposed_kernel), place="exchanged",
    ),
    _bug(
        "transposed", "Rows and columns of out are swapped",
        "The result for place (h, w) is stored at [w, h]. On a square output everything is there, mirrored at the "
        "diagonal; on a rectangular one it does not even fit.",
        "The index on the left-hand side, where out is written.",
        "Shapes are (N, F, H_out, W_out): which of your loop variables counts rows?",
        then(_LAST, lambda out, *_: out.swapaxes(2, 3)), then(_LAST, _turned),
        place="exchanged",
    ),
    _bug(
        "pad-before-only", "The padding below and on the right is not reached",
        "The zeros are put before the first row and column and none after the last, or the formula for the output size "
        "counts pad once, not twice: either way the last windows are missing, or see too little.",
        "The widths in the call that pads x, and the formula for the output size.",
        "How many rows of zeros does each side of the image get, and how many rows does it have then?",
        *on_every_edge(both(_padding((1, 0), (1, 0)), exchange(sizes=sizes_of_padded)), _padding((1, 0), (1, 0))),
        place="padded",
    ),
    _bug(
        "pad-after-only", "Padded below and to the right only",
        "The zeros are put after the last row and column, and none before the first, so every window is shifted.",
        "The widths in the call that pads x.",
        "np.pad takes a pair for each axis: before and after.",
        *on_every_edge(both(_padding((0, 1), (0, 1)), exchange(sizes=sizes_of_padded)), _padding((0, 1), (0, 1))),
        _padding((0, 2), (0, 2)), place="padded",
    ),
    _bug(
        "pad-all-axes", "Images and channels are padded too",
        "np.pad with a single number pads every axis: there are images and channels of zeros before and after the "
        "real ones.",
        "The widths in the call that pads x.",
        "np.pad takes a pair for each of the four axes. Which axes should not grow?",
        both(_every_axis, then("bias", lambda out, _, b, g: out[: g.N])), _every_axis,
        both(_every_axis_cut, then("bias", lambda out, _, b, g: out[: g.N])), _every_axis_cut, place="padded",
    ),
    _bug(
        "pad-rows-only", "Only rows are padded",
        "Zeros are put above and below, but not to the left and right.",
        "The widths in the call that pads x.",
        "How many axes of an image are there, and how many pairs of widths do you give?",
        *on_every_edge(both(_padding((1, 1), (0, 0)), exchange(sizes=sizes_of_padded)), _padding((1, 1), (0, 0))),
        place="padded",
    ),
    _bug(
        "pad-columns-only", "Only columns are padded",
        "Zeros are put to the left and right, but not above and below.",
        "The widths in the call that pads x.",
        "How many axes of an image are there, and how many pairs of widths do you give?",
        *on_every_edge(both(_padding((0, 0), (1, 1)), exchange(sizes=sizes_of_padded)), _padding((0, 0), (1, 1))),
        place="padded",
    ),
    _bug(
        "pad-slice", "x is put into the padded array with a slice that is empty at pad 0",
        "p:-p leaves p elements out at each end as long as p is positive. For p = 0 it is 0:-0, that is 0:0: there is "
        "no place for x.",
        "The line that stores x in the padded array.",
        "Where does the image end, counted from the start? An end that is counted from the start works for every pad.",
        exchange(pad=_into_minus), place="cut to minus",
    ),
    _bug(
        "pad-top-one", "The padding above and on the left is taken to be 1",
        "The image begins at row 1 and column 1 of the padded image whatever pad is. The course's own example has pad "
        "1, so it looks right there.",
        "Where x is put into the padded array, or the call that pads it.",
        "In the padded image, at which row does the first real pixel lie when pad is 2?",
        *on_every_edge(
            exchange(pad=lambda x, g: placed(x, g, 1, 1)), exchange(pad=lambda x, g: placed(x, g, 1, g.pad)),
            exchange(pad=_one_before), both(exchange(pad=_one_before), exchange(sizes=sizes_of_padded)),
        ), place="from one",
    ),
    _bug(
        "pad-ignored", "The padding is left out",
        "x is used without its zeros, and the output is smaller than it should be.",
        "The first lines of the function: is conv_param['pad'] used at all, and is the padded array what you slice?",
        "Which array do your windows come from?",
        *on_every_edge(_geometry(lambda g: replace(g, pad=0)), exchange(pad=lambda x, g: x)), place="pad set",
    ),
    _bug(
        "pad-not-in-size", "The output size is computed without the padding",
        "x is padded, but the formula for the output size leaves 2*pad out: only the top left part is computed.",
        "The formula for H_out and W_out.",
        "How large is the image that the kernel really slides over?",
        exchange(sizes=_unpadded_sizes), place="formula without pad",
    ),
    _bug(
        "pad-edge", "Padded with the edge's values instead of zeros",
        "The border repeats the pixels at the edge (mode='edge'); the task wants zeros.",
        "The mode in the call that pads x.",
        "What does np.pad put there when you name no mode?",
        _padded_as("edge"), place="padded",
    ),
    _bug(
        "pad-reflect", "Padded by reflection instead of zeros",
        "The border mirrors the image (mode='reflect' or 'symmetric'); the task wants zeros.",
        "The mode in the call that pads x.",
        "What does np.pad put there when you name no mode?",
        _padded_as("reflect"), _padded_as("symmetric"), place="padded",
    ),
    _bug(
        "pad-ones", "Padded with ones instead of zeros",
        "The border is filled with ones.",
        "The call that pads x, or that makes the padded array.",
        "Which value adds nothing to a sum of products?",
        exchange(pad=_with_ones), place="padded",
    ),
    _bug(
        "stride-ignored", "The stride is taken to be 1",
        "Windows begin at every row and column, so out is too large.",
        "The formula for the output size, and where windows begin.",
        "Where does conv_param['stride'] go, and in which two places is it needed?",
        _stride(lambda g: 1), place="stride set",
    ),
    _bug(
        "stride-in-size-only", "Windows do not step by the stride",
        "The output has the right size, but window (h, w) begins at pixel (h, w) of the padded image, not at "
        "(h*stride, w*stride).",
        "The slice that cuts the window out.",
        "For stride 2, at which row does the second window begin? And in your code?",
        _starts_by(False, False), place="without stride",
    ),
    _bug(
        "stride-rows-only", "Columns do not step by the stride",
        "Rows step by the stride, columns by one.",
        "The slice that cuts the window out: its part for columns.",
        "Compare the slice for rows with that for columns, letter by letter.",
        _starts_by(True, False), place="without stride",
    ),
    _bug(
        "stride-columns-only", "Rows do not step by the stride",
        "Columns step by the stride, rows by one.",
        "The slice that cuts the window out: its part for rows.",
        "Compare the slice for rows with that for columns, letter by letter.",
        _starts_by(False, True), place="without stride",
    ),
    _bug(
        "stride-two", "The stride is taken to be 2",
        "Windows step by two whatever conv_param says.",
        "The formula for the output size, and where windows begin.",
        "Which number there should have been a variable?",
        _stride(lambda g: 2), place="stride set",
    ),
    _bug(
        "first-channel", "Only the first channel counts",
        "Products of channel 0 are summed, those of the others are not.",
        "Where window and kernel are indexed by channel.",
        "Over which axes does the definition sum?",
        _one_channel(0), place="first only",
    ),
    _bug(
        "last-channel", "Only the last channel counts",
        "Each channel's sum replaces the one before it, so that the last remains.",
        "The assignment inside the loop over channels.",
        "Is it = or +=, and what stands there before the first channel?",
        _one_channel(-1), place="forgets",
    ),
    _bug(
        "first-image", "Only the first image is computed",
        "Image 0 is right; the results of all the others stay zero.",
        "The loop over images, or an index 0 where the image's number belongs; a return inside the loop?",
        "How often does the outermost loop run when there are two images?",
        then("bias", _only(0, 0)), then("products", _only(0, 0)), place="first only",
    ),
    _bug(
        "same-image", "Every image gets the result of the first",
        "The windows are always taken from image 0.",
        "The index of the image where the window is cut out.",
        "Which loop variable counts images, and does the window see it?",
        then("products", lambda out, *_: np.repeat(out[:1], len(out), axis=0)), place="first only",
    ),
    _bug(
        "first-filter", "Only the first filter is computed",
        "Filter 0 is right; the results of all the others stay zero.",
        "The loop over filters: its bounds, or a return inside it.",
        "How often does that loop run when there are two filters?",
        then("bias", _only(1, 0)), then("products", _only(1, 0)), place="first only",
    ),
    _bug(
        "same-filter", "Every filter uses the first one's weights",
        "The products are always made with w[0]; only the bias differs.",
        "The index of w in the product.",
        "Which loop variable counts filters, and does the product see it?",
        exchange(kernel=lambda w: np.repeat(w[:1], len(w), axis=0)), place="first only",
    ),
    _bug(
        "filters-summed", "The sum is not set back for the next filter",
        "Each filter's result also holds those of the filters before it: the variable that adds up the products "
        "begins where the last filter left it.",
        "Where the accumulator is set to zero.",
        "In which loop does that line stand, and in which should it?",
        then("bias", lambda out, *_: np.cumsum(out, axis=1)), then("products", lambda out, *_: np.cumsum(out, axis=1)),
    ),
    _bug(
        "size-minus-one", "The output is one row and one column too small",
        "The formula for the output size gives one less than it should: a + 1 is missing, or there is a - 1 too many.",
        "The formula for H_out and W_out.",
        "A kernel as large as the padded image fits once. What does your formula give for it?",
        exchange(sizes=_one_less), place="formula one less",
    ),
    _bug(
        "last-missing", "The last row and column are not computed",
        "The output has the right size, but its last row and column stay as they were made.",
        "The bounds of the loops over rows and columns.",
        "Which is the last number of range(n)?",
        then("bias", _without_last), then("products", _without_last), place="one less",
    ),
    _bug(
        "size-ceil", "The output size is rounded up",
        "Where the stride does not divide, the size is rounded up, so there is one window too many that runs past the "
        "edge.",
        "The formula for H_out and W_out.",
        "Which way does // round, and which way does your formula?",
        both(exchange(sizes=_ceil_sizes), exchange(pad=_extended)), *on_every_edge(exchange(sizes=_ceil_sizes)),
        place="rounded up", needs="stride does not divide",
    ),
    _bug(
        "integer", "The results are cut off to whole numbers",
        "out is an array of integers, so what is stored in it loses its fraction.",
        "The line that makes out: which dtype does it get?",
        "np.zeros_like takes the dtype of its model.",
        then("bias", lambda out, *_: np.trunc(out)), place="whole",
    ),
    _bug(
        "mean", "The mean of the products is taken, not their sum",
        "The result (without bias) is too small by the factor C*HH*WW.",
        "The function that reduces the products.",
        "Does the definition divide by anything?",
        then("products", _mean), place="divided",
    ),
    _bug(
        "float32", "Computed in float32",
        "The inputs are float64, but the results have only the precision of float32.",
        "Where an array is made with a dtype of its own.",
        "Let the dtype of the result follow from that of the inputs.",
        exchange(), place="single", precision=1e-5,
    ),
    _bug(
        "negated", "The products are subtracted",
        "The sum of products has the wrong sign.",
        "The line that adds up the products.",
        "Is there a minus (or a -=) that does not belong there?",
        then("products", lambda out, *_: -out), place="subtracted",
    ),
    _bug(
        "relu", "Negative results are set to zero",
        "Positive results are right, negative ones are zero: a ReLU has got into the convolution.",
        "The end of the function: np.maximum, np.clip, a condition?",
        "The activation is a layer of its own.",
        then(_LAST, lambda out, *_: np.maximum(out, 0)), place="clipped",
    ),
    _bug(
        "zeros", "out stays as it was made: zeros",
        "Nothing is ever stored in out.",
        "The assignment in the innermost loop: does it reach out, and does the loop run at all?",
        "Print a number right after it is computed, and out[0, 0] at the end.",
        then(_LAST, lambda out, *_: np.zeros_like(out)), place="dx zeros",
    ),
    _bug(
        "products-first-place", "Only one place of the kernel is used",
        "The products are made with w[:, :, 0, 0] alone: the sum over the kernel's rows and columns is missing.",
        "Where the kernel and the window are indexed.",
        "Over which axes does the definition sum?",
        exchange(kernel=_first_place), place="first only",
    ),
)  # fmt: skip
