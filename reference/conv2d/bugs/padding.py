"""The image is padded in another way, or in another amount, than asked for."""

from dataclasses import replace
from typing import Any

import numpy as np

from reference.conv2d.bugs.one_side import in_forward, padding
from reference.conv2d.bugs.parts import Array, as_far_as, bug, cropped, geometry
from reference.conv2d.steps import (
    Change,
    Geometry,
    both,
    exchange,
    on_every_edge,
    placed,
    sizes_of_padded,
    then,
    usual_sizes,
)
from reference.conv2d.windows import zeros_around


def _padded_as(mode: Any) -> Change:
    return exchange(pad=lambda x, g: np.pad(x, ((0, 0), (0, 0), (g.pad, g.pad), (g.pad, g.pad)), mode=mode))


def _by_one(x: Array, g: Geometry) -> Array:
    return zeros_around(x, (1, 1), (1, 1))


def _where_out_is(found: Array, out: Array, b: Array, g: Geometry) -> Array:
    """As many windows as there are, in an array of the size that the formula gives."""
    kept = np.zeros((*found.shape[:2], *usual_sizes(out, g)))
    as_far_as(kept, *found.shape[2:])[...] = found
    return kept


def _with_ones(x: Array, g: Geometry) -> Array:
    return np.pad(x, ((0, 0), (0, 0), (g.pad, g.pad), (g.pad, g.pad)), constant_values=1)


def _into_minus(x: Array, g: Geometry) -> Array:
    padded = np.zeros((g.N, g.C, g.H + 2 * g.pad, g.W + 2 * g.pad))
    padded[:, :, g.pad : -g.pad, g.pad : -g.pad] = x
    return padded


def _one_before(x: Array, g: Geometry) -> Array:
    return zeros_around(x, (1, g.pad), (1, g.pad))


def _by_given_pad(x: Array, g: Geometry) -> Array:
    """Padded by one, and stored in an array of the size that the pad asks for, into which it may not fit."""
    padded = np.zeros((g.N, g.C, g.H + 2 * g.pad, g.W + 2 * g.pad))
    padded[...] = _by_one(x, g)
    return padded


def _unpadded_sizes(padded: Array, g: Geometry) -> tuple[int, int]:
    return usual_sizes(padded, replace(g, pad=0))


_every_axis = exchange(pad=lambda x, g: np.pad(x, g.pad))


_every_axis_cut = exchange(pad=lambda x, g: np.pad(x, g.pad)[:, : g.C])


def _channels(axes: tuple[int, int, int]) -> Change:
    """Channels, rows and columns are padded, or not."""
    return exchange(pad=lambda x, g: np.pad(x, [(0, 0), *((g.pad * is_padded,) * 2 for is_padded in axes)]))


_images_and_channels = exchange(pad=lambda x, g: np.pad(x, [(g.pad, g.pad)] * 2 + [(0, 0)] * 2))


_first_images = then("bias", lambda out, _, b, g: out[: g.N])


_first_channels = then("pad", lambda padded, x, g: padded[:, : g.C])


def by_formula(dout: Array, g: Geometry) -> Array:
    """As far as loops reach whose bounds are computed anew."""
    H_out, W_out = usual_sizes(dout, g)
    if H_out > dout.shape[2] or W_out > dout.shape[3]:
        raise IndexError("index is out of bounds")
    return dout[:, :, : max(0, H_out), : max(0, W_out)]


def _cleared(x: Array, g: Geometry) -> Array:
    return zeros_around(x, (g.pad, g.pad), (g.pad, g.pad)) if g.pad else np.zeros_like(x)


def _fits_at_one(x: Array, g: Geometry) -> Array:
    """As where x, padded by 1, is stored in an array of the right size."""
    if g.pad != 1:
        raise ValueError("could not broadcast input array")
    return placed(x, g, 1, 1)


_CLEARS = (
    "At pad 0 the padded image is nothing but zeros",
    "Slices such as v[-p:] = 0, as in the example of a function for np.pad, are v[0:] for p = 0, all there is: nothing "
    "is left of the image. Nothing comes into it, either, where x is stored only if there is padding.",
    "The function that is handed to np.pad, the lines that fill in the padding, or a condition on pad.",
    "Print the padded image where pad is 0. (np.pad puts zeros around it by itself, with mode='constant'.)",
)

BUGS = (
    bug(
        "bwd-pad-top-one", "The padding above and on the left is taken to be 1 in backward",
        "The image begins at row 1 and column 1 of the padded image whatever pad is, where x is padded and where dx is "
        "cut.",
        "The lines of backward that pad x and that cut dx.",
        "In the padded image, at which row does the first real pixel lie when pad is 2?",
        both(exchange(pad=lambda x, g: placed(x, g, 1, 1)),
             cropped(lambda dxp, g: dxp[:, :, 1 : 1 + g.H, 1 : 1 + g.W])),
        both(exchange(pad=lambda x, g: placed(x, g, 1, g.pad)),
             cropped(lambda dxp, g: dxp[:, :, 1 : 1 + g.H, g.pad : g.pad + g.W])),
        spoils=("dx", "dw"), place="from one",
    ),
    bug(
        "bwd-pad-one", "pad is taken to be 1 in backward",
        "One row and column of padding are taken to be at each end, whatever conv_param says.",
        "Where the pad is set, by a number, a default or another key, and where backward pads x and cuts dx.",
        "Which number there should have been a variable, or which key holds the pad?",
        *on_every_edge(
            both(geometry(lambda g: replace(g, pad=1)), cropped(lambda dxp, g: dxp[:, :, 1:-1, 1:-1])),
            geometry(lambda g: replace(g, pad=1)),
            both(geometry(lambda g: replace(g, pad=1)), exchange(upstream=by_formula)),
            exchange(pad=_by_one), exchange(dw_source=lambda _, x: zeros_around(x, (1, 1), (1, 1))),
        ), spoils=("dx", "dw", "db"), place="padded by constant",
    ),
    bug(
        "bwd-pad-one-stored", "x is padded by 1 in backward",
        "x is padded by one row and column at each end, whatever pad is, so it fits where it is used only for pad 1.",
        "The line of backward that pads x.",
        "Which number there should have been a variable?",
        exchange(pad=_fits_at_one), spoils=("dx", "dw", "db"), place="padded by one", in_text=True,
    ),
    bug(
        "bwd-pad-ignored", "The padding is left out in backward",
        "Windows are taken from x as it is, though they are windows of the padded image.",
        "Where the pad is set, which array windows are cut from, and which they are added to. What forward puts into "
        "the cache may be x without its padding.",
        "Which array did forward cut its windows from, and which one is in the cache?",
        *on_every_edge(
            geometry(lambda g: replace(g, pad=0)),
            both(geometry(lambda g: replace(g, pad=0)), exchange(upstream=by_formula)),
        ), spoils=("dx", "dw", "db"), place="pad left out",
    ),
    bug(
        "dw-no-padding", "dw is made of windows without the padding",
        "The windows for dw are cut from x, though they are windows of the padded image, so places do not match, or "
        "run past the edge.",
        "The line that adds to dw, or cuts the windows for it.",
        "Which array did forward multiply w with, and which one is in the cache?",
        *on_every_edge(exchange(dw_source=lambda padded, x: x)), place="of image",
    ),
    bug(
        "dw-pad-not-zeros", "Not padded with zeros for dw",
        "The border of the image that windows for dw are cut from repeats or mirrors pixels, or is filled with ones; "
        "the task wants zeros, so the border has no part in dw.",
        "The call that pads x in backward, or the padded image in the cache.",
        "What does np.pad put there when you name no mode?",
        *map(_padded_as, ("edge", "reflect", "symmetric")), exchange(pad=_with_ones),
        place="padded with others",
    ),
    bug(
        "dw-pad-clears", *_CLEARS, exchange(pad=_cleared), place="padding cleared",
    ),
    bug(
        "out-pad-one", "pad is taken to be 1",
        "The image is padded by one row and column on each side whatever conv_param says. The course's own example "
        "has pad 1, so it looks right there.",
        "Where the pad is set, the call that pads x, and the formula for the output size.",
        "Which number in that line should have been a variable?",
        *on_every_edge(geometry(lambda g: replace(g, pad=1)), exchange(pad=_by_one)), exchange(pad=_by_given_pad),
        both(exchange(pad=_by_one, sizes=sizes_of_padded), then("bias", _where_out_is)), place="padded by constant",
    ),
    bug(
        "out-pad-before-only", "The padding below and on the right is not reached",
        "The zeros are put before the first row and column and none after the last, or the formula for the output size "
        "counts pad once, not twice: either way the last windows are missing, or see too little.",
        "The widths in the call that pads x, and the formula for the output size.",
        "How many rows of zeros does each side of the image get, and how many rows does it have then?",
        *in_forward(((1, 0), (1, 0))),
        place="padded before only",
    ),
    bug(
        "out-pad-after-only", "No padding above and on the left",
        "Zeros come after the last row and column, and none before the first: the first window begins at the first "
        "pixel of x, in place of pad rows above and pad columns left of it, and every other is shifted as well. If "
        "the formula for the output size counts pad once, not twice, out is too small as well.",
        "The widths in the call that pads x, the slice into which x is stored, or the line that says where windows "
        "begin, and the formula for the output size.",
        "In the padded image, at which row does the first real pixel lie? And how many rows does it have?",
        *in_forward(((0, 1), (0, 1))),
        padding(((0, 2), (0, 2))), place="padded on one side",
    ),
    bug(
        "out-pad-all-axes", "Images and channels are padded too",
        "np.pad with a single number pads every axis: there are images and channels of zeros before and after the "
        "real ones.",
        "The widths in the call that pads x.",
        "np.pad takes a pair for each of the four axes. Which axes should not grow?",
        both(_every_axis, then("bias", lambda out, _, b, g: out[: g.N])), _every_axis,
        both(_every_axis_cut, then("bias", lambda out, _, b, g: out[: g.N])), _every_axis_cut, place="padded",
    ),
    bug(
        "out-pad-rows-only", "Only rows are padded",
        "Zeros are put above and below, but not to the left and right.",
        "The widths in the call that pads x.",
        "How many axes of an image are there, and how many pairs of widths do you give?",
        *in_forward(((1, 1), (0, 0))),
        place="padded along one axis", in_text=True,
    ),
    bug(
        "out-pad-columns-only", "Only columns are padded",
        "Zeros are put to the left and right, but not above and below.",
        "The widths in the call that pads x.",
        "How many axes of an image are there, and how many pairs of widths do you give?",
        *in_forward(((0, 0), (1, 1))),
        place="padded along one axis", in_text=True,
    ),
    bug(
        "out-pad-channels", "Channels are padded in the place of rows or columns",
        "np.pad takes a pair of widths for each axis, in their order: images, channels, rows, columns. Here channels "
        "of zeros are put before and after the real ones, and rows or columns, or both, get none.",
        "The widths in the call that pads x.",
        "Print the shapes of x and of the padded array. Which two numbers should have grown?",
        *on_every_edge(*map(_channels, ((1, 1, 0), (1, 0, 1)))),
        *on_every_edge(*(both(_channels(axes), _first_channels) for axes in ((1, 1, 0), (1, 0, 1)))),
        *on_every_edge(_images_and_channels, both(_images_and_channels, _first_images)),
        *on_every_edge(both(_images_and_channels, _first_channels, _first_images)), place="channels padded",
        in_text=True,
    ),
    bug(
        "out-pad-slice", "x is cut or stored with a slice that is empty at pad 0",
        "p:-p leaves p elements out at each end as long as p is positive. For p = 0 it is 0:-0, that is 0:0: nothing "
        "is left of a padded image that is cut so, and x has no place where it is stored so.",
        "The line that stores x in the padded array, or cuts the padded array.",
        "Where does the image end, counted from the start? An end that is counted from the start works for every pad.",
        exchange(pad=_into_minus), exchange(pad=_cleared), place="cut to minus",
    ),
    bug(
        "out-pad-clears", *_CLEARS, exchange(pad=_cleared), place="padding cleared",
    ),
    bug(
        "out-pad-top-one", "The padding above and on the left is taken to be 1",
        "The image begins at row 1 and column 1 of the padded image whatever pad is. The course's own example has pad "
        "1, so it looks right there.",
        "Where x is put into the padded array, or the call that pads it.",
        "In the padded image, at which row does the first real pixel lie when pad is 2?",
        *on_every_edge(
            exchange(pad=lambda x, g: placed(x, g, 1, 1)), exchange(pad=lambda x, g: placed(x, g, 1, g.pad)),
            exchange(pad=_one_before), both(exchange(pad=_one_before), exchange(sizes=sizes_of_padded)),
        ), place="from one",
    ),
    bug(
        "out-pad-ignored", "The padding is left out",
        "Windows are taken from x without its zeros, so they lie elsewhere, and some run past the edge or are missing.",
        "Where the pad is set: is conv_param['pad'] used at all, and is the padded array what you slice?",
        "Which array do your windows come from?",
        *on_every_edge(geometry(lambda g: replace(g, pad=0)), exchange(pad=lambda x, g: x)),
        place="pad left out of forward",
    ),
    bug(
        "out-pad-not-in-size", "The output size is computed without the padding",
        "x is padded, but the formula for the output size leaves 2*pad out: only the top left part is computed.",
        "The formula for H_out and W_out.",
        "How large is the image that the kernel really slides over?",
        exchange(sizes=_unpadded_sizes), place="formula without pad",
    ),
    bug(
        "out-pad-edge", "Padded with the edge's values instead of zeros",
        "The border repeats the pixels at the edge, as mode='edge' does; the task wants zeros.",
        "The mode in the call that pads x, or what else fills the border, or indices that are kept inside the image.",
        "Which numbers are to stand around the image? (np.pad puts zeros there when you name no mode.)",
        _padded_as("edge"), place="padded with others",
    ),
    bug(
        "out-pad-reflect", "Padded by reflection instead of zeros",
        "The border mirrors the image, as mode='reflect' or 'symmetric' does; the task wants zeros.",
        "The mode in the call that pads x, or what else fills the border, or indices that are kept inside the image.",
        "Which numbers are to stand around the image? (np.pad puts zeros there when you name no mode.)",
        _padded_as("reflect"), _padded_as("symmetric"), place="padded with others",
    ),
    bug(
        "out-pad-ones", "Padded with ones instead of zeros",
        "The border is filled with ones.",
        "The call that pads x, or that makes the padded array.",
        "Which value adds nothing to a sum of products?",
        exchange(pad=_with_ones), place="padded with others",
    ),
)  # fmt: skip
