"""Mistakes in the backward pass, the commonest first."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.conv2d.steps import Change, Geometry, Place, both, exchange, on_every_edge, placed, then, usual_sizes
from reference.sizes import Sizes
from reference.spec import Bug

Array = NDArray[Any]


def _bug(
    id: str, title: str, explanation: str, where: str, hint: str, *variants: Change, place: str = "", **more: Any
) -> Bug:
    outputs = _OUTPUTS.get(id) or (id.partition("-")[0],)
    return Bug(id, "backward", outputs, title, explanation, where, hint, variants, place, **more)


_OUTPUTS = {
    "bwd-stride-ignored": ("dx", "dw"),
    "bwd-pad-one": ("dx", "dw", "db"),
    "bwd-pad-top-one": ("dx", "dw"),
    "bwd-pad-ignored": ("dx", "dw", "db"),
    "bwd-sizes-swapped": ("dx", "dw", "db"),
    "bwd-height-twice": ("dx", "dw", "db"),
    "bwd-last-missing": ("dx", "dw", "db"),
    "bwd-dout-transposed": ("dx", "dw"),
    "bwd-swapped-dx-dw": ("dx", "dw"),
    "bwd-swapped-dw-db": ("dw", "db"),
}
"""Outputs that a bug spoils, for the bugs that spoil several."""


def _cropped(crop: Any) -> Change:
    return exchange(crop=crop)


def _overlap(s: Sizes) -> bool:
    """Whether there are two windows that share a pixel."""
    stride, axes = s["stride"], ((s["H"], s["HH"]), (s["W"], s["WW"]))
    return any(size + 2 * s["pad"] - kernel >= stride and stride < kernel for size, kernel in axes)


def _filled_in(cut: slice, g: Geometry, dx_padded: Array) -> Array:
    """As where the slice is stored in an array of the right shape, into which it may not fit."""
    dx = np.zeros((g.N, g.C, g.H, g.W))
    dx[...] = dx_padded[:, :, cut, cut]
    return dx


def _by_one(g: Geometry, H_out: int, W_out: int) -> Place:
    return np.arange(H_out), np.arange(W_out)


def _geometry(change: Any) -> Change:
    return exchange(geometry=change)


def _only(axis: int, index: int) -> Callable[..., Array]:
    """Everything but one index of an axis becomes zero."""

    def keep(values: Array, *_: Any) -> Array:
        kept = np.zeros_like(values)
        place: list[Any] = [slice(None)] * values.ndim
        place[axis] = index
        kept[tuple(place)] = values[tuple(place)]
        return kept

    return keep


def _without_last(dout: Array, *_: Any) -> Array:
    return dout[:, :, :-1, :-1]


def _assigned(dx_padded: Array, parts: Array, starts: Place, *_: Any) -> None:
    """Windows one after the other; each replaces what lies there."""
    HH, WW = parts.shape[4:]
    for h, row in enumerate(starts[0]):
        for w, column in enumerate(starts[1]):
            dx_padded[:, :, row : row + HH, column : column + WW] = parts[:, :, h, w]


def _assigned_by_taps(dx_padded: Array, parts: Array, starts: Place, *_: Any) -> None:
    """Places of the kernel one after the other; each replaces what lies there."""
    for i in range(parts.shape[4]):
        for j in range(parts.shape[5]):
            dx_padded[:, :, (starts[0] + i)[:, None], starts[1] + j] = parts[..., i, j]


def _transposed_kernel(w: Array) -> Array:
    if w.shape[2] != w.shape[3]:
        raise ValueError("operands could not be broadcast together")
    return w.swapaxes(2, 3)


def _last_filter(dout: Array) -> Array:
    return _only(1, -1)(dout)


def _square(dout: Array, *_: Any) -> Array:
    if dout.shape[2] != dout.shape[3]:
        raise IndexError("index is out of bounds")
    return dout


def _by_formula(dout: Array, g: Geometry) -> Array:
    """As far as loops reach whose bounds are computed anew."""
    H_out, W_out = usual_sizes(dout, g)
    if H_out > dout.shape[2] or W_out > dout.shape[3]:
        raise IndexError("index is out of bounds")
    return dout[:, :, : max(0, H_out), : max(0, W_out)]


def _height_clipped(dout: Array, *_: Any) -> Array:
    return dout[:, :, :, : dout.shape[2]]


def _turned(dout: Array, *_: Any) -> Array:
    return _square(dout).swapaxes(2, 3)


def _height_twice(dout: Array, *_: Any) -> Array:
    if dout.shape[2] > dout.shape[3]:
        raise IndexError("index is out of bounds")
    return dout[:, :, :, : dout.shape[2]]


def _finish(which: int, value: Any) -> Change:
    """One gradient replaced; `value` gets (dx, dw, db) and (x, w, b)."""

    def finish(gradients: tuple[Array, Array, Array], *_: Any) -> tuple[Array, ...]:
        inputs = _[-1]
        changed = list(gradients)
        changed[which] = np.asarray(value(gradients, inputs))
        return tuple(changed)

    return then("finish", finish)


def _reordered(*order: int) -> Change:
    return then("finish", lambda gradients, *_: tuple(gradients[i] for i in order))


def _square_turned(dw: Array) -> Array:
    if dw.shape[2] != dw.shape[3]:
        raise ValueError("operands could not be broadcast together")
    return dw.swapaxes(2, 3)


def _ones(dout: Array) -> Array:
    return np.ones_like(dout)


BUGS = (
    _bug(
        "dx-crop-slice", "The padding is cut off with a slice that is empty at pad 0",
        "p:-p drops p elements at each end as long as p is positive. For p = 0 it is 0:-0, that is 0:0: nothing is "
        "left, and dx comes out empty.",
        "The line that cuts the padding off dx.",
        "Where does the image end, counted from the start? An end that is counted from the start works for every pad.",
        _cropped(lambda dxp, g: dxp[:, :, g.pad : -g.pad, g.pad : -g.pad]),
        _cropped(lambda dxp, g: _filled_in(slice(g.pad, -g.pad), g, dxp)), place="cut to minus",
    ),
    _bug(
        "dx-crop-one", "The padding is cut off as if it were 1",
        "dx is cut by one row and column at each end, whatever pad is.",
        "The line that cuts the padding off dx.",
        "Which number in that line should have been a variable?",
        _cropped(lambda dxp, g: dxp[:, :, 1:-1, 1:-1]),
        _cropped(lambda dxp, g: _filled_in(slice(1, -1), g, dxp)), place="cut by one",
    ),
    _bug(
        "dx-not-cropped", "dx is returned with its padding",
        "The gradient of the padded image is returned; the zeros around it were never pixels of x.",
        "The end of backward.",
        "Which shape must dx have, and which does your array have?",
        _cropped(lambda dxp, g: dxp), place="alias",
    ),
    _bug(
        "dx-crop-from-start", "The padding is cut off at the end only",
        "The first H rows and W columns of the padded gradient are taken; the image begins pad rows further down and "
        "pad columns further right.",
        "The line that cuts the padding off dx.",
        "In the padded image, at which row does the first real pixel lie?",
        _cropped(lambda dxp, g: dxp[:, :, : g.H, : g.W]), place="cut",
    ),
    _bug(
        "dx-crop-from-one", "The padding above and on the left is cut off as if it were 1",
        "H rows and W columns are taken from row 1 and column 1 of the padded gradient on, whatever pad is.",
        "The line that cuts the padding off dx.",
        "In the padded image, at which row does the first real pixel lie when pad is 2?",
        _cropped(lambda dxp, g: dxp[:, :, 1 : 1 + g.H, 1 : 1 + g.W]), place="from one",
    ),
    _bug(
        "bwd-pad-top-one", "The padding above and on the left is taken to be 1 in backward",
        "The image begins at row 1 and column 1 of the padded image whatever pad is, where x is padded and where dx is "
        "cut.",
        "The lines of backward that pad x and that cut dx.",
        "In the padded image, at which row does the first real pixel lie when pad is 2?",
        both(exchange(pad=lambda x, g: placed(x, g, 1, 1)),
             _cropped(lambda dxp, g: dxp[:, :, 1 : 1 + g.H, 1 : 1 + g.W])),
        both(exchange(pad=lambda x, g: placed(x, g, 1, g.pad)),
             _cropped(lambda dxp, g: dxp[:, :, 1 : 1 + g.H, g.pad : g.pad + g.W])), place="from one",
    ),
    _bug(
        "dx-crop-from-end", "The padding is cut off at the start only, twice",
        "The last H rows and W columns of the padded gradient are taken; the image ends pad rows before.",
        "The line that cuts the padding off dx.",
        "In the padded image, at which row does the first real pixel lie, and at which the last?",
        _cropped(lambda dxp, g: dxp[:, :, 2 * g.pad :, 2 * g.pad :]), place="cut",
    ),
    _bug(
        "dx-crop-one-side", "The padding is cut off at the start only",
        "The rows and columns of padding before the image are cut off, those after it are still there.",
        "The line that cuts the padding off dx.",
        "At how many ends was x padded?",
        _cropped(lambda dxp, g: dxp[:, :, g.pad :, g.pad :]), place="cut",
    ),
    _bug(
        "dx-crop-swapped", "H and W are swapped where the padding is cut off",
        "W rows and H columns are kept. Square images hide it.",
        "The line that cuts the padding off dx.",
        "Which axis do rows lie on, and which size belongs to it?",
        _cropped(lambda dxp, g: dxp[:, :, g.pad : g.pad + g.W, g.pad : g.pad + g.H]), place="cut",
    ),
    _bug(
        "dx-stride-ignored", "dx's windows do not step by the stride",
        "What belongs to window (h, w) is added at row h and column w of the padded gradient, not at h*stride and "
        "w*stride, where the forward pass took it from.",
        "The slice on the left-hand side where dx is added up.",
        "Write down the slice of the forward pass. Is yours the same?",
        exchange(dx_starts=_by_one), place="without stride",
    ),
    _bug(
        "bwd-stride-ignored", "Windows do not step by the stride in backward",
        "Window (h, w) is taken at row h and column w, for dx and dw, not at h*stride and w*stride, where the forward "
        "pass took it from.",
        "The slices in the innermost loop of backward.",
        "Write down the slice of the forward pass. Is yours the same?",
        exchange(dx_starts=_by_one, dw_starts=_by_one), place="without stride",
    ),
    _bug(
        "dw-stride-ignored", "dw's windows do not step by the stride",
        "For dw the window (h, w) is taken at row h and column w of the padded image, not at h*stride and w*stride.",
        "The slice of the padded image that is multiplied with dout.",
        "Write down the slice of the forward pass. Is yours the same?",
        exchange(dw_starts=_by_one), place="without stride",
    ),
    _bug(
        "bwd-pad-one", "pad is taken to be 1 in backward",
        "x is padded (and dx cut) by one row and column at each end, whatever conv_param says.",
        "The lines of backward that pad x and that cut dx.",
        "Which number there should have been a variable?",
        *on_every_edge(
            both(_geometry(lambda g: replace(g, pad=1)), _cropped(lambda dxp, g: dxp[:, :, 1:-1, 1:-1])),
            _geometry(lambda g: replace(g, pad=1)),
            both(_geometry(lambda g: replace(g, pad=1)), exchange(upstream=_by_formula)),
        ), place="padded by constant",
    ),
    _bug(
        "bwd-pad-ignored", "The padding is left out in backward",
        "Windows are taken from x as it is, though the forward pass took them from the padded image.",
        "The first lines of backward.",
        "Which array did forward cut its windows from?",
        *on_every_edge(
            _geometry(lambda g: replace(g, pad=0)),
            both(_geometry(lambda g: replace(g, pad=0)), exchange(upstream=_by_formula)),
        ), place="pad set",
    ),
    _bug(
        "dw-no-padding", "dw is made of windows without the padding",
        "The windows for dw are cut from x, but the forward pass cut them from the padded image, so places do not "
        "match, or run past the edge.",
        "The line that adds to dw.",
        "Which array did forward multiply w with?",
        *on_every_edge(exchange(dw_source=lambda padded, x: x)), place="of image",
    ),
    _bug(
        "bwd-sizes-swapped", "H_out and W_out are swapped in backward",
        "The loop over rows runs W_out times and that over columns H_out times. Square outputs hide it.",
        "The line that unpacks dout.shape, and the bounds of the loops.",
        "dout has shape (N, F, H_out, W_out). In which order do you unpack it?",
        exchange(upstream=_square), place="wrong axis",
    ),
    _bug(
        "bwd-height-twice", "The loop over columns runs over rows",
        "Both loops have H_out as their bound. Square outputs hide it.",
        "The bounds of the loops.",
        "Which bound does each of the four loops have?",
        exchange(upstream=_height_twice), exchange(dx_upstream=_height_twice, dw_upstream=_height_twice),
        exchange(upstream=_height_clipped), exchange(dx_upstream=_height_clipped, dw_upstream=_height_clipped),
        place="wrong axis",
    ),
    _bug(
        "bwd-dout-transposed", "Rows and columns of dout are swapped",
        "The upstream gradient of place (w, h) is used for place (h, w).",
        "The index of dout in the innermost loop.",
        "Which of your loop variables counts rows?",
        exchange(dx_upstream=_turned, dw_upstream=_turned), exchange(upstream=_turned), place="exchanged",
    ),
    _bug(
        "dx-kernel-flipped", "The kernel is flipped for dx",
        "dx is made with the kernel turned by 180 degrees. That belongs to computing dx as a full correlation over "
        "dout; where windows are added up, the kernel is used as it is.",
        "Where w is used in backward.",
        "The weight at (i, j) met the pixel at (i, j) of the window. Where does its gradient go?",
        exchange(dx_kernel=lambda w: w[:, :, ::-1, ::-1]), place="backwards",
    ),
    _bug(
        "dx-kernel-transposed", "Rows and columns of the kernel are swapped for dx",
        "The weight of row i and column j is used at row j and column i.",
        "Where w is used in backward.",
        "Follow one weight, w[0, 0, 0, 1]: which pixel of the window did it meet in forward?",
        exchange(dx_kernel=_transposed_kernel), place="exchanged",
    ),
    _bug(
        "dx-overwritten", "dx is overwritten where windows overlap",
        "Each window's gradient replaces what lies there, instead of being added to it. A pixel lies in many windows, "
        "and only the last one counts.",
        "The assignment to dx in the innermost loop.",
        "A pixel helped to make several outputs. What does the chain rule do with gradients from several paths?",
        both(exchange(dx_upstream=_last_filter), exchange(scatter=_assigned)), exchange(scatter=_assigned),
        exchange(scatter=_assigned_by_taps),
        both(exchange(dx_upstream=_last_filter), exchange(scatter=_assigned_by_taps)),
        place="assigned into dx", shows=_overlap,
    ),
    _bug(
        "dx-not-over-filters", "Only the last filter counts in dx",
        "Each filter's gradient replaces the one before it, instead of being added to it.",
        "The assignment to dx, and the loop over filters around it.",
        "Every filter saw the pixel. What does the chain rule do with gradients from several paths?",
        exchange(dx_upstream=_last_filter), place="not over",
    ),
    _bug(
        "dx-first-filter", "Only the first filter counts in dx",
        "dx is made of w[0] and dout[:, 0] alone.",
        "The indices of w and dout where dx is added up.",
        "Which loop variable counts filters, and does dx see it?",
        exchange(dx_upstream=_only(1, 0)), place="first only",
    ),
    _bug(
        "dx-first-image", "dx is computed for the first image only",
        "Image 0 is right; the gradients of all the others stay zero.",
        "The loop over images, or an index 0 where the image's number belongs.",
        "How often does the outermost loop run when there are two images?",
        exchange(dx_upstream=_only(0, 0)), place="first only",
    ),
    _bug(
        "dx-no-upstream", "dx is not multiplied by the upstream gradient",
        "Every window gets w[f] as it is: the gradient of the sum of out, not of the loss.",
        "The line that adds to dx.",
        "The chain rule multiplies the local gradient (here w) with the one that comes from above.",
        exchange(dx_upstream=_ones), place="dx without upstream",
    ),
    _bug(
        "dx-is-x", "x is returned as its own gradient",
        "What is returned for dx is x itself.",
        "The return statement, and what dx was last assigned.",
        "Print dx - x.",
        _finish(0, lambda gradients, inputs: inputs[0]), place="returns input",
    ),
    _bug(
        "dx-zeros", "dx stays as it was made: zeros",
        "Nothing is ever added to the array that is returned.",
        "The line that adds to dx: is it the array that you return?",
        "Print the array right after something is added to it, and dx at the end.",
        exchange(scatter=lambda *_: None), _finish(0, lambda gradients, inputs: np.zeros_like(inputs[0])),
        place="dx zeros",
    ),
    _bug(
        "dx-averaged", "dx is divided by the number of images",
        "The result is too small by the factor N. If the loss is a mean, the upstream gradient knows it already.",
        "Where dx is divided, or a mean is taken.",
        "Does the definition divide by anything?",
        _finish(0, lambda gradients, inputs: gradients[0] / len(inputs[0])), place="divided",
    ),
    _bug(
        "dx-last-missing", "The last row and column of dout do not reach dx",
        "The loops stop one row and one column early.",
        "The bounds of the loops over rows and columns.",
        "Which is the last number of range(n)?",
        exchange(dx_upstream=_without_last), place="one less",
    ),
    _bug(
        "bwd-last-missing", "The last row and column of dout are left out",
        "The loops stop one row and one column early.",
        "The bounds of the loops over rows and columns.",
        "Which is the last number of range(n)?",
        exchange(upstream=_without_last), place="one less",
    ),
    _bug(
        "dw-last-missing", "The last row and column of dout do not reach dw",
        "The loops stop one row and one column early.",
        "The bounds of the loops over rows and columns.",
        "Which is the last number of range(n)?",
        exchange(dw_upstream=_without_last), place="one less",
    ),
    _bug(
        "dw-overwritten", "dw is overwritten, not added up",
        "Each window's product replaces the one before it; only the last window of the last image remains.",
        "The assignment to dw in the innermost loop.",
        "A weight is used at every place of every image. What does the chain rule do with gradients from many paths?",
        exchange(dw_upstream=lambda dout: _only(3, -1)(_only(2, -1)(_only(0, -1)(dout)))),
        exchange(dw_upstream=lambda dout: _only(3, -1)(_only(2, -1)(dout))), place="assigned into dw",
    ),
    _bug(
        "dw-not-over-images", "Only the last image counts in dw",
        "Each image's gradient replaces the one before it, instead of being added to it.",
        "The assignment to dw, and the loop over images around it.",
        "The same weights were used on every image. What does the chain rule do with gradients from several paths?",
        exchange(dw_upstream=_only(0, -1)), place="not over",
    ),
    _bug(
        "dw-first-image", "Only the first image counts in dw",
        "dw is made of image 0 alone.",
        "The loop over images, a condition in it, or an index 0 where the image's number belongs.",
        "How often is the line that adds to dw run when there are two images?",
        exchange(dw_upstream=_only(0, 0)), place="first only",
    ),
    _bug(
        "dw-flipped", "dw comes out flipped",
        "The gradients are right, but each stands at the place that lies opposite in the kernel.",
        "Where dw is written or reversed.",
        "The weight at (i, j) met the pixel at (i, j) of each window.",
        then("dw", lambda dw, *_: dw[:, :, ::-1, ::-1]), place="backwards",
    ),
    _bug(
        "dw-transposed", "Rows and columns of dw are swapped",
        "The gradient of the weight at (i, j) stands at (j, i).",
        "Where dw is reshaped, transposed or indexed.",
        "Which axes do i and j lie on, in the window and in dw?",
        then("dw", lambda dw, *_: _square_turned(dw)), then("dw", lambda dw, *_: dw.swapaxes(2, 3)),
        place="exchanged",
    ),
    _bug(
        "dw-no-upstream", "dw is not multiplied by the upstream gradient",
        "The windows are summed as they are: the gradient of the sum of out, not of the loss.",
        "The line that adds to dw.",
        "The chain rule multiplies the local gradient (here the window) with the one that comes from above.",
        exchange(dw_upstream=_ones), place="dw without upstream",
    ),
    _bug(
        "dw-is-w", "w is returned as its own gradient",
        "What is returned for dw is w itself.",
        "The return statement, and what dw was last assigned.",
        "Print dw - w.",
        _finish(1, lambda gradients, inputs: inputs[1]), place="returns input",
    ),
    _bug(
        "dw-zeros", "dw stays as it was made: zeros",
        "Nothing is ever added to the array that is returned.",
        "The line that adds to dw: is it the array that you return?",
        "Print the array right after something is added to it, and dw at the end.",
        _finish(1, lambda gradients, inputs: np.zeros_like(inputs[1])), place="dw zeros",
    ),
    _bug(
        "dw-averaged", "dw is divided by the number of images",
        "The result is too small by the factor N. If the loss is a mean, the upstream gradient knows it already.",
        "Where dw is divided, or a mean is taken.",
        "Does the definition divide by anything?",
        _finish(1, lambda gradients, inputs: gradients[1] / len(inputs[0])), place="divided",
    ),
    _bug(
        "dw-first-channel", "dw is computed for the first channel only",
        "Channel 0 is right; the gradients of the weights of all the others stay zero.",
        "The index of the channel where dw is added up.",
        "Over which channels does that line run?",
        then("dw", _only(1, 0)), place="first only",
    ),
    _bug(
        "db-averaged", "db is divided by the number of images",
        "The result is too small by the factor N. If the loss is a mean, the upstream gradient knows it already.",
        "The line that computes db.",
        "Does the definition divide by anything?",
        then("db", lambda db, dout: db / len(dout)), place="divided",
    ),
    _bug(
        "db-mean", "db is the mean of dout, not its sum",
        "The result is too small by the factor N*H_out*W_out.",
        "The function that reduces dout to db.",
        "The bias is added at every place. What does the chain rule do with gradients from many paths?",
        exchange(db=lambda dout: dout.sum(axis=(0, 2, 3)) / max(1, dout[:, 0].size)), place="divided",
    ),
    _bug(
        "db-first-image", "Only the first image counts in db",
        "db sums dout over the places of image 0 alone.",
        "The index, or the axes, with which dout is summed.",
        "Which axes of dout have to go, and which stays?",
        exchange(db_upstream=lambda dout: dout[:1]), place="first only",
    ),
    _bug(
        "db-over-filters", "db is summed over the wrong axes",
        "dout is summed over filters and places, so there is one number for each image; db needs one for each filter.",
        "The axes in the sum over dout.",
        "dout has shape (N, F, H_out, W_out), db (F,). Which axes have to go?",
        exchange(db=lambda dout: dout.sum(axis=(1, 2, 3))), exchange(db=lambda dout: dout.sum(axis=(0, 1, 2))),
        exchange(db=lambda dout: dout.sum(axis=(0, 1, 3))), place="sum for db",
    ),
    _bug(
        "db-over-images-only", "db is summed over images only",
        "dout is summed over its first axis; its rows and columns are still there.",
        "The axes in the sum over dout.",
        "dout has shape (N, F, H_out, W_out), db (F,). Which axes have to go?",
        exchange(db=lambda dout: dout.sum(axis=0)), exchange(db=lambda dout: dout.sum(axis=(0, 2))),
        exchange(db=lambda dout: dout.sum(axis=(0, 3))), exchange(db=lambda dout: dout.sum(axis=(2, 3))),
        place="sum for db",
    ),
    _bug(
        "db-total", "db is the sum of all of dout",
        "dout is summed over every axis, filters too, so that one number is left.",
        "The axes in the sum over dout.",
        "dout has shape (N, F, H_out, W_out), db (F,). Which axis has to stay?",
        exchange(db=lambda dout: np.asarray(dout.sum())),
        exchange(db=lambda dout: np.full(dout.shape[1], dout.sum())), place="sum for db",
    ),
    _bug(
        "db-squeezed", "db has no axis left where there is one filter",
        "db is squeezed: with a single filter its only axis, which has length 1, goes too, and a number is left.",
        "The line that computes db.",
        "Which axes of length 1 would be left over without it?",
        then("db", lambda db, dout: db.squeeze()), place="sum for db",
    ),
    _bug(
        "db-is-b", "b is returned as its own gradient",
        "What is returned for db is b itself.",
        "The return statement, and what db was last assigned.",
        "Print db - b.",
        _finish(2, lambda gradients, inputs: inputs[2]), place="returns input",
    ),
    _bug(
        "db-counts", "db counts places without looking at dout",
        "db is the number of places, N*H_out*W_out: the gradient of the sum of out, not of the loss.",
        "The line that adds to db.",
        "The chain rule multiplies the local gradient (here 1) with the one that comes from above.",
        exchange(db_upstream=_ones), place="db without upstream",
    ),
    _bug(
        "db-zeros", "db stays as it was made: zeros",
        "Nothing is ever added to the array that is returned.",
        "The line that adds to db: is it the array that you return?",
        "Print the array right after something is added to it, and db at the end.",
        _finish(2, lambda gradients, inputs: np.zeros_like(inputs[2])), place="db zeros",
    ),
    _bug(
        "db-overwritten", "db is overwritten, not added up",
        "Each place's gradient replaces the one before it; only the last remains.",
        "The assignment to db.",
        "The bias is added at every place of every image. What does the chain rule do with gradients from many paths?",
        exchange(db_upstream=lambda dout: dout[-1:, :, -1:, -1:]), exchange(db_upstream=lambda dout: dout[-1:]),
        exchange(db_upstream=lambda dout: dout[:, :, -1:, -1:]), place="assigned into db",
    ),
    _bug(
        "bwd-swapped-dx-dw", "dx and dw are returned in the wrong order",
        "backward returns (dw, dx, db); asked for is (dx, dw, db).",
        "The return statement.",
        "Compare its order with the docstring.",
        _reordered(1, 0, 2), place="returns",
    ),
    _bug(
        "bwd-swapped-dw-db", "dw and db are returned in the wrong order",
        "backward returns (dx, db, dw); asked for is (dx, dw, db).",
        "The return statement.",
        "Compare its order with the docstring.",
        _reordered(0, 2, 1), place="returns",
    ),
    _bug(
        "dx-float32", "dx is computed in float32",
        "The inputs are float64, but dx has only the precision of float32.",
        "Where an array is made with a dtype of its own.",
        "Let the dtype of the result follow from that of the inputs.",
        exchange(), place="single", precision=1e-5,
    ),
    _bug(
        "dw-float32", "dw is computed in float32",
        "The inputs are float64, but dw has only the precision of float32.",
        "Where an array is made with a dtype of its own.",
        "Let the dtype of the result follow from that of the inputs.",
        exchange(), place="single", precision=1e-5,
    ),
    _bug(
        "db-float32", "db is computed in float32",
        "The inputs are float64, but db has only the precision of float32.",
        "Where an array is made with a dtype of its own.",
        "Let the dtype of the result follow from that of the inputs.",
        exchange(), place="single", precision=1e-5,
    ),
)  # fmt: skip
