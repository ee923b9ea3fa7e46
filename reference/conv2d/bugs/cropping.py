"""The padding is cut off the gradient of the padded image in another way than it was put on."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from reference.conv2d.bugs.parts import Array, bug, cropped, geometry
from reference.conv2d.steps import Change, Geometry, both, exchange
from reference.sizes import Sizes


def _filled_in(cut: slice, g: Geometry, dx_padded: Array) -> Array:
    """As where the slice is stored in an array of the right shape, into which it may not fit."""
    dx = np.zeros((g.N, g.C, g.H, g.W))
    dx[...] = dx_padded[:, :, cut, cut]
    return dx


def _with_one_around(padded: Array, x: Array) -> Array:
    """As large as the image with a padding of 1."""
    return np.zeros((*x.shape[:2], x.shape[2] + 2, x.shape[3] + 2))


def _is_more_than_two(s: Sizes) -> bool:
    """Whether something is left where one row and column are cut off at each end: nothing left is another mistake."""
    return min(s["H"], s["W"]) + 2 * s["pad"] > 2


def _is_larger_than_pad(s: Sizes) -> bool:
    """Whether H - pad and W - pad are numbers of rows and columns: a negative one counts from the end."""
    return min(s["H"], s["W"]) > s["pad"]


def _empty_at_pad_0(g: Geometry) -> Geometry:
    """The sizes of x where nothing is left of it."""
    return g if g.pad else replace(g, H=0, W=0)


def _as_large(dout: Array, g: Geometry) -> Array:
    """As far as loops reach whose bounds come of these sizes."""
    return dout if g.H else dout[:, :, :0, :0]


def _crash(dxp: Array, g: Geometry) -> Array:
    if not g.pad:
        raise ValueError("operands could not be broadcast together")
    return dxp[:, :, g.pad : g.pad + g.H, g.pad : g.pad + g.W]


def _with_room_for_more(dxp: Array, g: Geometry) -> Array:
    """As cut out of an array with the pad around a padded image, into which windows are added from its start on."""
    around = np.zeros((g.N, g.C, g.H + 4 * g.pad, g.W + 4 * g.pad))
    around[:, :, : g.H + 2 * g.pad, : g.W + 2 * g.pad] = dxp
    return around[:, :, g.pad : 3 * g.pad + g.H, g.pad : 3 * g.pad + g.W]


def _where_padded(crop: Callable[[Array, Geometry], Array]) -> Change:
    """Cut off in this way only where there is padding, as code does that knows about pad 0."""
    return cropped(lambda dxp, g: crop(dxp, g) if g.pad else dxp)


_LEFT_OF_X = geometry(_empty_at_pad_0)
_LOOPS = exchange(upstream=_as_large)

_BUGS = (
    bug(
        "bwd-x-slice", "In backward x is cut or stored with a slice that is empty at pad 0",
        "p:-p leaves p elements out at each end as long as p is positive. For p = 0 it is 0:-0, that is 0:0: nothing "
        "is left of a padded image that is cut so, and x has no place where it is stored so.",
        "The line that cuts x out of its padding, or stores it there.",
        "Where does the image end, counted from the start? An end that is counted from the start works for every pad.",
        cropped(_crash), _LEFT_OF_X, both(_LEFT_OF_X, _LOOPS), both(_LEFT_OF_X, _LOOPS, exchange(db_of_all=True)),
        spoils=("dx", "dw", "db"), place="x cut to minus", in_text=True,
    ),
    bug(
        "bwd-slices-minus", "A slice of backward is empty at pad 0",
        "p:-p leaves p elements out at each end as long as p is positive. For p = 0 it is 0:-0, that is 0:0: nothing "
        "is left of x or its gradient where it is cut so, and there is no place for it where it is stored so.",
        "The line that cuts x out of its padding or stores it there, and the one that cuts the padding off dx.",
        "Where does the image end, counted from the start? An end that is counted from the start works for every pad.",
        cropped(_crash), spoils=("dx", "dw", "db"), place="x and more cut to minus", in_text=True,
    ),
    bug(
        "dx-crop-slice", "The padding is cut off with a slice that is empty at pad 0",
        "p:-p drops p elements at each end as long as p is positive. For p = 0 it is 0:-0, that is 0:0: nothing is "
        "left for dx.",
        "The line that cuts the padding off dx, and any other with such a slice.",
        "Where does the image end, counted from the start? An end that is counted from the start works for every pad.",
        cropped(lambda dxp, g: dxp[:, :, g.pad : -g.pad, g.pad : -g.pad]),
        cropped(lambda dxp, g: _filled_in(slice(g.pad, -g.pad), g, dxp)),
        cropped(lambda dxp, g: dxp[:, :, g.pad : -g.pad, g.pad : g.pad + g.W]),
        cropped(lambda dxp, g: dxp[:, :, g.pad : g.pad + g.H, g.pad : -g.pad]), place="cut to minus",
    ),
    bug(
        "dx-crop-one", "The padding is cut off as if it were 1",
        "dx is cut by one row and column at each end, whatever pad is.",
        "The line that cuts the padding off dx.",
        "Which number in that line should have been a variable? And what becomes of the cut where that is 0?",
        cropped(lambda dxp, g: dxp[:, :, 1:-1, 1:-1]),
        cropped(lambda dxp, g: _filled_in(slice(1, -1), g, dxp)),
        _where_padded(lambda dxp, g: dxp[:, :, 1:-1, 1:-1]),
        _where_padded(lambda dxp, g: _filled_in(slice(1, -1), g, dxp)),
        place="cut by one", in_text=True, shows=_is_more_than_two,
    ),
    bug(
        "dx-pad-one", "For dx the padding is taken to be 1",
        "The array in which dx is added up has one row and column more than the image at each end, whatever pad is.",
        "The line that makes this array, and the one that cuts the padding off.",
        "The array has to be as large as the padded image. How large is that for pad 2?",
        both(exchange(dx_like=_with_one_around), cropped(lambda dxp, g: dxp[:, :, 1:-1, 1:-1])),
        exchange(dx_like=_with_one_around),
        place="one around, and cut",
    ),
    bug(
        "dx-crop-end-one", "At the end the padding is cut off as if it were 1",
        "dx begins where the image does, and ends one row and column before the padded image does, whatever pad is.",
        "The line that cuts the padding off dx.",
        "At which row of the padded image does the image end?",
        cropped(lambda dxp, g: dxp[:, :, g.pad : -1, g.pad : -1]),
        cropped(lambda dxp, g: _filled_in(slice(g.pad, -1), g, dxp)), place="end cut by one",
    ),
    bug(
        "dx-not-cropped", "dx is returned with its padding",
        "The gradient of the padded image is returned; the zeros around it were never pixels of x.",
        "What backward returns as dx, and the line that has to cut the padding off it.",
        "Which shape must dx have, and which does your array have?",
        cropped(lambda dxp, g: dxp), cropped(lambda dxp, g: dxp[:, :, 1:-1, 1:-1] if g.pad == 1 else dxp),
        place="alias",
    ),
    bug(
        "dx-crop-from-start", "Rows and columns of the padded image are taken for those of x",
        "dx is what belongs to the first H rows and W columns of the padded image, in which x begins pad rows further "
        "down and pad columns further right: row r of the padded image is row r - pad of x.",
        "The line that cuts the padding off dx, or the one that says where its windows begin.",
        "In the padded image, at which row does the first real pixel lie?",
        cropped(lambda dxp, g: dxp[:, :, : g.H, : g.W]), place="cut",
    ),
    bug(
        "dx-crop-one-axis", "The padding is cut off for rows only, or for columns only",
        "Along one axis dx begins where x does, at row or column pad of the padded image; along the other one it "
        "begins with the padding.",
        "The line that cuts the padding off dx, or the one that says where its windows begin.",
        "Compare the part for rows with that for columns, letter by letter.",
        cropped(lambda dxp, g: dxp[:, :, g.pad : g.pad + g.H, : g.W]),
        cropped(lambda dxp, g: dxp[:, :, : g.H, g.pad : g.pad + g.W]),
        cropped(lambda dxp, g: dxp[:, :, g.pad : g.pad + g.H]), cropped(lambda dxp, g: dxp[..., g.pad : g.pad + g.W]),
        place="cut",
    ),
    bug(
        "dx-crop-own-size", "The padding is cut off a second time at the end",
        "dx ends at row H - pad of the padded gradient, and H is the height of x, in which no padding is counted.",
        "The line that cuts the padding off dx.",
        "At which row of the padded image does the image end, if it begins at row pad and has H rows?",
        cropped(lambda dxp, g: dxp[:, :, g.pad : g.H - g.pad, g.pad : g.W - g.pad]), place="cut",
        shows=_is_larger_than_pad,
    ),
    bug(
        "dx-crop-to-size", "The end of the image is counted without the padding before it",
        "dx ends after H rows and W columns of the padded gradient, in which the image only begins at row pad.",
        "The line that cuts the padding off dx.",
        "At which row of the padded image does the image end, if it begins at row pad and has H rows?",
        cropped(lambda dxp, g: dxp[:, :, g.pad : g.H, g.pad : g.W]), place="cut",
    ),
    bug(
        "dx-crop-from-one", "The padding above and on the left is cut off as if it were 1",
        "H rows and W columns are taken from row 1 and column 1 of the padded gradient on, whatever pad is.",
        "The line that cuts the padding off dx.",
        "In the padded image, at which row does the first real pixel lie when pad is 2?",
        cropped(lambda dxp, g: dxp[:, :, 1 : 1 + g.H, 1 : 1 + g.W]),
        _where_padded(lambda dxp, g: dxp[:, :, 1 : 1 + g.H, 1 : 1 + g.W]), place="from one",
    ),
    bug(
        "dx-crop-from-end", "The padding is cut off at the start only, twice",
        "The last H rows and W columns of the padded gradient are taken; the image ends pad rows before.",
        "The line that cuts the padding off dx.",
        "In the padded image, at which row does the first real pixel lie, and at which the last?",
        cropped(lambda dxp, g: dxp[:, :, 2 * g.pad :, 2 * g.pad :]), place="cut",
    ),
    bug(
        "dx-crop-one-side", "The padding is cut off at the start only",
        "The rows and columns of padding before the image are cut off, those after it are still there.",
        "The line that cuts the padding off dx, and where the sizes in it come from: x in the cache may be padded.",
        "At how many ends was x padded?",
        cropped(lambda dxp, g: dxp[:, :, g.pad :, g.pad :]), place="cut",
    ),
    bug(
        "dx-sizes-padded", "Sizes of the padded image are taken for those of x",
        "dx has the rows and columns of the padded image: what backward takes for the height and the width of x has "
        "the padding in it, and where the pad is added to them, it is counted twice.",
        "The line that takes the sizes, and the one of forward that puts x, or its shape, into the cache: is that the "
        "padded one?",
        "Which shape has the array that the sizes in backward come from?",
        cropped(_with_room_for_more), place="sizes of padded",
    ),
    bug(
        "dx-crop-swapped", "H and W are swapped where the padding is cut off",
        "W rows and H columns are kept. Square images hide it.",
        "The line that cuts the padding off dx, and the one that its sizes come from: a shape, or the cache.",
        "Which axis do rows lie on, and which size belongs to it?",
        cropped(lambda dxp, g: dxp[:, :, g.pad : g.pad + g.W, g.pad : g.pad + g.H]), place="cut swapped",
    ),
    bug(
        "dx-crop-one-size", "One size is used for both axes where the padding is cut off",
        "As many columns are kept as the image has rows, or the reverse. Square images hide it.",
        "The line that cuts the padding off dx.",
        "Which axis do rows lie on, and which size belongs to it? And the columns?",
        cropped(lambda dxp, g: dxp[:, :, g.pad : g.pad + g.H, g.pad : g.pad + g.H]),
        cropped(lambda dxp, g: dxp[:, :, g.pad : g.pad + g.W, g.pad : g.pad + g.W]), place="cut by one size",
    ),
)  # fmt: skip

BUGS = tuple(replace(bug, is_last=bug.id.startswith("dx-")) for bug in _BUGS)
