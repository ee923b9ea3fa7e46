"""A sum over images, channels, filters or windows is not the whole sum."""

from collections.abc import Callable
from typing import Any

import numpy as np

from reference.conv2d.bugs.parts import Array, bug
from reference.conv2d.steps import Change, both, exchange, then
from reference.conv2d.windows import Place
from reference.sizes import Sizes


def _only(axis: int, index: int) -> Callable[..., Array]:
    """Everything but one index of an axis becomes zero."""

    def keep(values: Array, *_: Any) -> Array:
        kept = np.zeros_like(values)
        place: list[Any] = [slice(None)] * values.ndim
        place[axis] = index
        kept[tuple(place)] = values[tuple(place)]
        return kept

    return keep


def _without_last_image(values: Array, *_: Any) -> Array:
    kept = values.copy()
    kept[-1:] = 0
    return kept


def _one_channel(c: int) -> Change:
    def kernel(w: Array) -> Array:
        kept = np.zeros_like(w)
        kept[:, c] = w[:, c]
        return kept

    return exchange(kernel=kernel)


def _overlap(s: Sizes) -> bool:
    """Whether there are two windows that share a pixel."""
    stride, axes = s["stride"], ((s["H"], s["HH"]), (s["W"], s["WW"]))
    return any(size + 2 * s["pad"] - kernel >= stride and stride < kernel for size, kernel in axes)


def _assigned(dx_padded: Array, parts: Array, starts: Place, *_: Any) -> None:
    """Windows one after the other; each replaces what lies there."""
    HH, WW = parts.shape[4:]
    for h, row in enumerate(starts[0]):
        for w, column in enumerate(starts[1]):
            dx_padded[:, :, row : row + HH, column : column + WW] = parts[:, :, h, w]


def _assigned_by_columns(dx_padded: Array, parts: Array, starts: Place, *_: Any) -> None:
    """As `_assigned`, in code whose outer loop counts columns."""
    _assigned(dx_padded.swapaxes(2, 3), parts.swapaxes(2, 3).swapaxes(4, 5), starts[::-1])


def _assigned_by_taps(dx_padded: Array, parts: Array, starts: Place, *_: Any) -> None:
    """Places of the kernel one after the other; each replaces what lies there."""
    for i in range(parts.shape[4]):
        for j in range(parts.shape[5]):
            dx_padded[:, :, (starts[0] + i)[:, None], starts[1] + j] = parts[..., i, j]


def _all_into_first(dw: Array, *_: Any) -> Array:
    """What all filters give, added up in the first one."""
    kept = np.zeros_like(dw)
    kept[:1] = dw.sum(axis=0)
    return kept


def _first_channel_repeated(values: Array, *_: Any) -> Array:
    return np.broadcast_to(values[:, :1], values.shape)


def _first_repeated(values: Array, *_: Any) -> Array:
    """The first image, or filter, in the place of each."""
    return np.repeat(values[:1], len(values), axis=0)


def _last_filter(dout: Array) -> Array:
    return _only(1, -1)(dout)


BUGS = (
    bug(
        "dx-overwritten", "dx is overwritten where windows overlap",
        "Each window's gradient replaces what lies there, instead of being added to it. A pixel lies in many windows, "
        "and only the last one counts. (Where an array of indices names a place twice, the same happens even "
        "with `+=`; `np.add.at` adds both.)",
        "The line that stores into dx.",
        "A pixel helped to make several outputs. What does the chain rule do with gradients from several paths?",
        both(exchange(dx_upstream=_last_filter), exchange(scatter=_assigned)), exchange(scatter=_assigned),
        exchange(scatter=_assigned_by_taps),
        both(exchange(dx_upstream=_last_filter), exchange(scatter=_assigned_by_taps)),
        exchange(scatter=_assigned_by_columns),
        both(exchange(dx_upstream=_last_filter), exchange(scatter=_assigned_by_columns)),
        place="assigned into dx", shows=_overlap,
    ),
    bug(
        "dx-not-over-filters", "Only the last filter counts in dx",
        "Each filter's gradient replaces the one before it, or is added only once, behind the loop over filters.",
        "What is stored in dx or added to it, the loop over filters around it, and how far it is indented.",
        "Every filter saw the pixel. What does the chain rule do with gradients from several paths?",
        exchange(dx_upstream=_last_filter), place="not over",
    ),
    bug(
        "dx-first-filter", "Only the first filter counts in dx",
        "dx is made of w[0] and dout[:, 0] alone.",
        "The indices of w and dout where dx is added up.",
        "Which loop variable counts filters, and does dx see it?",
        exchange(dx_upstream=_only(1, 0)), place="first only",
    ),
    bug(
        "dx-first-image", "dx is computed for the first image only",
        "Image 0 is right; the gradients of all the others stay zero.",
        "The loop over images, or an index 0 where the image's number belongs.",
        "How often does the outermost loop run when there are two images?",
        exchange(dx_upstream=_only(0, 0)), place="first only",
    ),
    bug(
        "dx-into-every-image", "What belongs to one image is added to every image's dx",
        "The gradients of all images are added up, and each image gets the whole sum.",
        "The index of the array in which dx is added up.",
        "Which loop variable counts images, and does that index have it?",
        exchange(dx_upstream=lambda dout: np.broadcast_to(dout.sum(0, keepdims=True), dout.shape)),
        place="into all images",
    ),
    bug(
        "dx-not-over-images", "Only the last image gets its gradient in dx",
        "dx stays zero for all others. The array in which the gradient is added up is made anew for each image, or "
        "what adds it up or stores it in dx stands behind a loop over images, where the index is still that of the "
        "last one.",
        "The lines that make that array, add to it and store it in dx, and how far they are indented.",
        "How often is each of them run when there are two images, and with which index?",
        exchange(dx_upstream=_only(0, -1)), place="behind the loop",
    ),
    bug(
        "dw-overwritten", "Only the last window counts in dw",
        "Each window's product replaces the one before it, or is added only once, behind the loops over rows and "
        "columns.",
        "What is stored in dw or added to it, and how far it is indented.",
        "A weight is used at every place of every image. What does the chain rule do with gradients from many paths?",
        exchange(dw_upstream=lambda dout: _only(3, -1)(_only(2, -1)(_only(0, -1)(dout)))),
        exchange(dw_upstream=lambda dout: _only(3, -1)(_only(2, -1)(dout))), place="assigned into dw",
    ),
    bug(
        "dw-not-over-images", "Only the last image counts in dw",
        "Each image's gradient replaces the one before it, or is taken once, behind the loop over images.",
        "The assignment to dw, and the loop over images around it.",
        "The same weights were used on every image. What does the chain rule do with gradients from several paths?",
        exchange(dw_upstream=_only(0, -1)), place="not over in dw",
    ),
    bug(
        "dw-into-every-filter", "What belongs to one filter is added to every filter's dw",
        "The gradients of all filters are added up, and each filter gets the whole sum.",
        "The index of dw.",
        "Which loop variable counts filters, and does that index have it?",
        exchange(dw_upstream=lambda dout: np.broadcast_to(dout.sum(1, keepdims=True), dout.shape)),
        place="into all filters",
    ),
    bug(
        "dw-first-image", "Only the first image counts in dw",
        "dw is made of image 0 alone.",
        "The loop over images, a condition in it, or an index 0 where the image's number belongs.",
        "How often is the line that adds to dw run when there are two images?",
        exchange(dw_upstream=_only(0, 0)), place="first only",
    ),
    bug(
        "dw-first-channel", "dw is computed for the first channel only",
        "Channel 0 is right; the gradients of the weights of all the others stay zero.",
        "The index of the channel where dw is added up.",
        "Over which channels does that line run?",
        then("dw", _only(1, 0)), place="first only",
    ),
    bug(
        "out-first-channel", "Only the first channel counts",
        "Products of channel 0 are summed, those of the others are not.",
        "Where window and kernel are indexed by channel.",
        "Over which axes does the definition sum?",
        _one_channel(0), place="first only",
    ),
    bug(
        "out-last-channel", "Only the last channel counts",
        "Each channel's sum replaces the one before it, or is added only once, behind the loop over channels.",
        "What is stored or added for each channel, and how far it is indented.",
        "Is it = or +=, what stands there before the first channel, and how often is it run when there are two?",
        _one_channel(-1), both(_one_channel(-1), exchange(bias=lambda out, b, g: out)), place="forgets",
    ),
    bug(
        "out-over-images", "Windows of all images are summed for each",
        "What an image has at a place is the sum over all images there: the first axis of x is not indexed, but summed "
        "over with the others.",
        "The line that cuts windows out, and the one that sums.",
        "Which axes does the window have that you multiply with w[f], and which of them does the definition sum over?",
        then("products", lambda out, *_: np.repeat(out.sum(axis=0, keepdims=True), len(out), axis=0)),
        place="all images",
    ),
    bug(
        "out-first-image", "Only the first image is computed",
        "Image 0 is right; there is nothing in the results of all the others, or the bias alone.",
        "The loop over images, or an index 0 where the image's number belongs, also where x is padded; a return inside "
        "the loop?",
        "When there are two images: how often does the outermost loop run, and is the second one padded, too?",
        then("bias", _only(0, 0)), then("products", _only(0, 0)), place="first only",
    ),
    bug(
        "bwd-last-image-missing", "The last image is left out in backward",
        "The loop over images stops one early, so the gradients lack the last one.",
        "The bounds of the loop over images.",
        "Which is the last number of range(n)?",
        exchange(upstream=_without_last_image),
        exchange(dx_upstream=_without_last_image, dw_upstream=_without_last_image),
        exchange(dx_upstream=_without_last_image), exchange(dw_upstream=_without_last_image),
        exchange(db_upstream=_without_last_image), spoils=("dx", "dw", "db"), place="one less",
    ),
    bug(
        "out-last-image-missing", "The last image is not computed",
        "The result of the last image stays as it was made; the others are right.",
        "The bounds of the loop over images.",
        "Which is the last number of range(n)?",
        then("bias", _without_last_image), then("products", _without_last_image), place="one less",
    ),
    bug(
        "out-same-image", "Every image gets the result of the first",
        "The windows are always taken from image 0.",
        "The index of the image where the window is cut out.",
        "Which loop variable counts images, and does the window see it?",
        then("products", _first_repeated), place="first only",
    ),
    bug(
        "out-first-filter", "Only the first filter is computed",
        "Filter 0 is right; there is nothing in the results of all the others, or the bias alone.",
        "The loop over filters: its bounds, or a return inside it.",
        "How often does that loop run when there are two filters?",
        then("bias", _only(1, 0)), then("products", _only(1, 0)), place="first only",
    ),
    bug(
        "out-same-filter", "Every filter uses the first one's weights",
        "The products are always made with w[0]; only the bias differs.",
        "The index of w in the product.",
        "Which loop variable counts filters, and does the product see it?",
        exchange(kernel=_first_repeated), place="first only",
    ),
    bug(
        "out-same-channel", "Every channel uses the first one's pixels or weights",
        "Channel c of the image has to meet channel c of the kernel. Here one of the two is always channel 0.",
        "The index of the channel, in the window and in w.",
        "Which loop variable counts channels, and do the window and w both see it?",
        exchange(kernel=_first_channel_repeated), then("pad", _first_channel_repeated), place="first only",
    ),
    bug(
        "dx-same-filter", "For dx every filter uses the first one's weights",
        "What comes from filter f is multiplied with w[0], and should meet w[f].",
        "The index of w where dx is added up.",
        "Which loop variable counts filters, and does w see it?",
        exchange(dx_kernel=_first_repeated), place="first only",
    ),
    bug(
        "dw-same-image", "For dw the windows are always those of the first image",
        "The upstream gradient of image n is multiplied with windows of image 0.",
        "The index of the image where the window for dw is cut out.",
        "Which loop variable counts images, and does the window see it?",
        exchange(dw_source=lambda padded, x: _first_repeated(padded)), place="first only",
    ),
    bug(
        "dw-into-first", "What belongs to all filters is added to the first one's dw",
        "dw[0] has the sum of what all filters get, and the gradients of the others stay zero.",
        "The index of dw where it is added up.",
        "Which loop variable counts filters, and does dw see it?",
        then("dw", _all_into_first), place="first only",
    ),
    bug(
        "out-filters-summed", "The sum is not set back for the next filter",
        "Each filter's result also holds those of the filters before it: the variable that adds up the products "
        "begins where the last filter left it.",
        "Where the accumulator is set to zero.",
        "In which loop does that line stand, and in which should it?",
        then("bias", lambda out, *_: np.cumsum(out, axis=1)), then("products", lambda out, *_: np.cumsum(out, axis=1)),
    ),
)  # fmt: skip
