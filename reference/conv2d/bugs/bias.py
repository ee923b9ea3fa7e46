"""The bias is added, or its gradient is summed, in another way than the definition says."""

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import chain, product

import numpy as np

from reference.conv2d.bugs.parts import Array, bug, finish, ones
from reference.conv2d.steps import Change, Geometry, exchange, then

_MANY_PATHS = (
    "The bias is added at every place of every image. What does the chain rule do with gradients from many paths?"
)


def _by_image(dout: Array) -> Array:
    """The sum of image n where that of filter n belongs; IndexError where there are more images."""
    db = np.zeros(dout.shape[1])
    for n, of_image in enumerate(dout):
        db[n] = of_image.sum()
    return db


def _of_filters(dout: Array) -> Array:
    """The sum of image f for filter f; IndexError where there are more filters."""
    return np.array([dout[f].sum() for f in range(dout.shape[1])])


def _of_each(rows: bool, columns: bool, in_image: bool) -> Callable[[Array, Array, Geometry], Array]:
    """The bias once for each row of a window, each column, or each place; or for those that are not in the padding."""

    def times(count: int, places: int, size: int, g: Geometry) -> Array:
        at = np.arange(places)[:, None] * g.stride + np.arange(count) - g.pad
        return ((at >= 0) & (at < size)).sum(axis=1) if in_image else np.full(places, count)

    def added(out: Array, b: Array, g: Geometry) -> Array:
        of_rows = times(g.HH, out.shape[2], g.H, g) if rows else np.ones(out.shape[2])
        of_columns = times(g.WW, out.shape[3], g.W, g) if columns else np.ones(out.shape[3])
        return out + of_rows[:, None] * of_columns * b[:, None, None]

    return added


Times = Callable[[Array], Array]
"""How often the bias is added to each place of out."""


def _of_each_turn(*axes: int) -> tuple[Times, Times]:
    """In each turn of the loops over these axes: to sums that go on growing, and to what is stored in its turn."""

    def always(out: Array) -> Array:
        return np.full(out.shape, math.prod(out.shape[axis] for axis in axes))

    def left(out: Array) -> Array:
        turn = np.zeros(out.shape, int)
        for axis in axes:
            shape = [-1 if one == axis else 1 for one in range(out.ndim)]
            turn = turn * out.shape[axis] + np.arange(out.shape[axis]).reshape(shape)
        return always(out) - turn

    return always, left


_TURNS = tuple(chain(*(_of_each_turn(*axes) for axes in ((0,), (2,), (3,), (2, 3)))))


def _in_each_turn(times: Times) -> Change:
    return exchange(bias=lambda out, b, g: out + times(out) * b[:, None, None])


_BUGS = (
    bug(
        "db-averaged", "db is divided by the number of images",
        "The result is too small by the factor N. If the loss is a mean, the upstream gradient knows it already.",
        "Where db, or dout before it, is divided.",
        "Does the definition divide by anything?",
        then("db", lambda db, dout: db / len(dout)), place="divided for db",
    ),
    bug(
        "db-mean", "db is the mean of dout, not its sum",
        "The result is too small by the factor N*H_out*W_out.",
        "The function that reduces dout to db.",
        "The bias is added at every place. What does the chain rule do with gradients from many paths?",
        exchange(db=lambda dout: dout.sum(axis=(0, 2, 3)) / max(1, dout[:, 0].size)), place="divided for db",
    ),
    bug(
        "db-mean-places", "db is the mean over rows and columns, not the sum",
        "dout is summed over images, but averaged over its rows and columns, so the result is too small by the factor "
        "H_out*W_out.",
        "The function that reduces dout to db.",
        "The bias is added at every place. What does the chain rule do with gradients from many paths?",
        exchange(db=lambda dout: dout.sum(axis=(0, 2, 3)) / max(1, dout[0, 0].size)), place="divided for db",
    ),
    bug(
        "db-axis-left", "db has an axis too many",
        "The numbers are right, but they lie in an array with more than one axis; b has shape (F,), and so has its "
        "gradient.",
        "The line that makes db: a shape with a 1 in it, keepdims, a reshape?",
        "Print db.shape and b.shape.",
        then("db", lambda db, dout: db[:, None]), then("db", lambda db, dout: db[None]),
        then("db", lambda db, dout: db[None, :, None, None]), then("db", lambda db, dout: db[:, None, None]),
        place="axis left",
    ),
    bug(
        "db-first-image", "Only the first image counts in db",
        "db sums dout over the places of image 0 alone.",
        "The loop over images, a condition in it, or the index or the axes with which dout is summed.",
        "Are the numbers of image 1 added to db when there are two images?",
        exchange(db_upstream=lambda dout: dout[:1]), exchange(db_upstream=lambda dout: dout[:1] * len(dout)),
        place="first only",
    ),
    bug(
        "db-over-filters", "db is summed over the wrong axes",
        "What is left of dout after the sum is another axis than that of the filters; db needs one number for each of "
        "them.",
        "The axes in the sum over dout or, in a loop, the index of db.",
        "dout has shape (N, F, H_out, W_out), db (F,). Which axes have to go, and what counts filters?",
        exchange(db=lambda dout: dout.sum(axis=(1, 2, 3))), exchange(db=lambda dout: dout.sum(axis=(0, 1, 2))),
        exchange(db=lambda dout: dout.sum(axis=(0, 1, 3))), exchange(db=_by_image), exchange(db=_of_filters),
        place="sum for db",
    ),
    bug(
        "db-over-images-only", "db is summed over images only",
        "dout is summed over its first axis; its rows and columns are still there.",
        "The axes in the sum over dout.",
        "dout has shape (N, F, H_out, W_out), db (F,). Which axes have to go?",
        exchange(db=lambda dout: dout.sum(axis=0)), place="sum for db",
    ),
    bug(
        "db-over-two-axes", "db is summed over two axes, not three",
        "One axis of dout is left beside that of the filters: its images, its rows or its columns.",
        "The axes in the sum over dout.",
        "dout has shape (N, F, H_out, W_out), db (F,). Which axes have to go?",
        *(exchange(db=lambda dout, axes=axes: dout.sum(axis=axes)) for axes in ((2, 3), (0, 2), (0, 3))),
        place="sum for db",
    ),
    bug(
        "db-total", "db is the sum of all of dout",
        "dout is summed over every axis, filters too: db is that one number, or has it for every filter.",
        "The axes in the sum over dout, or what is added to all of db in place of db[f].",
        "dout has shape (N, F, H_out, W_out), db (F,). Which axis has to stay?",
        exchange(db=lambda dout: np.asarray(dout.sum())),
        exchange(db=lambda dout: np.full(dout.shape[1], dout.sum())), place="sum for db",
    ),
    bug(
        "db-squeezed", "db has no axis left where there is one filter",
        "db is squeezed: with a single filter its only axis, which has length 1, goes too, and a number is left.",
        "The line that computes db.",
        "Which axes of length 1 would be left over without it?",
        then("db", lambda db, dout: db.squeeze()), place="squeezed",
    ),
    bug(
        "db-is-b", "b is returned as its own gradient",
        "What is returned for db is b itself.",
        "The return statement, and what db was last assigned.",
        "Print db - b.",
        finish(2, lambda gradients, inputs: inputs[2]), place="returns input",
    ),
    bug(
        "db-counts", "db counts places without looking at dout",
        "db is the number of places, N*H_out*W_out: the gradient of the sum of out, not of the loss.",
        "The line that adds to db.",
        "The chain rule multiplies the local gradient (here 1) with the one that comes from above.",
        exchange(db_upstream=ones), place="db without upstream",
    ),
    bug(
        "db-zeros", "Nothing, or nothing but zeros, is put into db",
        "The array that is returned stays as it was made, or only zeros are added to it.",
        "The line that makes db, or adds to it: is something added to the array that you return?",
        "Print the array right after something is added to it, and db at the end.",
        finish(2, lambda gradients, inputs: np.zeros_like(inputs[2])), place="db zeros",
    ),
    bug(
        "db-overwritten", "Only the last place counts in db",
        "Each place's gradient replaces the one before it, or is added only once, behind the loops over rows and "
        "columns.",
        "What is stored in db or added to it, and how far it is indented.",
        _MANY_PATHS,
        exchange(db_upstream=lambda dout: dout[-1:, :, -1:, -1:]),
        exchange(db_upstream=lambda dout: dout[:, :, -1:, -1:]), place="assigned into db",
    ),
    bug(
        "db-last-column", "Only the last column of dout counts in db",
        "Each column's gradient replaces the one before it, or something is added only once for each row, behind the "
        "loop over columns.",
        "What is stored in db or added to it, and how far it is indented.",
        _MANY_PATHS, exchange(db_upstream=lambda dout: dout[:, :, :, -1:]), place="assigned into db",
    ),
    bug(
        "db-not-over-images", "Only the last image counts in db",
        "Each image's gradient replaces the one before it, or is taken once, behind the loop over images.",
        "The assignment to db.",
        _MANY_PATHS,
        exchange(db_upstream=lambda dout: dout[-1:]), place="assigned into db",
    ),
    bug(
        "out-no-bias", "The bias is never added",
        "The products are summed, but the bias of the filter is left out: every number of out lacks exactly b[f].",
        "The line that stores the sum of the products in out, or the function that makes it. If b is added there: what "
        "b is.",
        "What else, besides the products, does the definition of the output add? And is it added, not only read?",
        exchange(bias=lambda out, b, g: out), place="stored",
    ),
    bug(
        "out-bias-each-channel", "The bias is added once for each channel",
        "b[f] is added C times: it stands inside the loop (or sum) over channels, or is multiplied by their number, "
        "though an output has one bias, not one for each channel.",
        "Where b is added: inside or outside the sum over channels?",
        "With one channel your result is right. How often is that line run with three?",
        exchange(bias=lambda out, b, g: out + g.C * b[:, None, None]), place="of bias",
    ),
    bug(
        "out-bias-each-place", "The bias is added again in a loop over the kernel",
        "b[f] is added for each row of the kernel, for each column or for each place of it, or for those of them that "
        "lie in the image, though an output has one bias.",
        "Where b is added: inside or outside the loops over the kernel?",
        "With a 1x1 kernel, and no padding, your result is right. How often is that line run with a 3x3 kernel?",
        *(exchange(bias=_of_each(*how)) for how in product((True, False), repeat=3) if any(how[:2])), place="of bias",
    ),
    bug(
        "out-bias-each-product", "The bias is added to every product before the sum",
        "b[f] is added to the products and then summed with them, so it counts C*HH*WW times.",
        "Where b is added: to each product, or once, behind the sum over the window?",
        "Sum the products first. The bias is one number for the whole sum.",
        exchange(bias=lambda out, b, g: out + g.C * g.HH * g.WW * b[:, None, None]), place="of bias",
    ),
    bug(
        "out-bias-in-each-turn", "The bias is added again in each turn of a loop",
        "Inside a loop over rows, columns or images b is added to more than the place that is computed: to a row, an "
        "image or all of out. A place has it as often as there are turns, or turns left once its result is stored.",
        "Where b is added: to one number of out, or to many? And in which loops does that line stand?",
        "How often is that line run for an image with 2x2 places in out, and to how many numbers does it add b?",
        *map(_in_each_turn, _TURNS), place="of bias",
    ),
    bug(
        "out-bias-alone", "out is the bias, and nothing else",
        "Where the bias should be added to the sum of the products, it is put in its place.",
        "The line that uses b: does it add, or set?",
        "What is out before that line, and what is it after it?",
        exchange(bias=lambda out, b, g: np.zeros_like(out) + b[:, None, None]), place="of bias",
    ),
    bug(
        "out-bias-first", "Every filter gets the bias of the first",
        "b[0] is added for every filter, so only the first one's output is right.",
        "The index of b.",
        "Which loop variable counts the filters, and does b see it?",
        exchange(bias=lambda out, b, g: out + b[0]), place="of bias",
    ),
    bug(
        "out-bias-index", "The number of a loop is added, not the bias",
        "The number of the filter is added (f itself in place of b[f]), or that of the image, the row or the column, "
        "as where a loop counts with the name b.",
        "The line that adds the bias.",
        "Is what you add taken out of b at all?",
        exchange(bias=lambda out, b, g: out + np.arange(g.F)[:, None, None]),
        exchange(bias=lambda out, b, g: out + np.arange(len(out))[:, None, None, None]),
        exchange(bias=lambda out, b, g: out + np.arange(out.shape[2])[:, None]),
        exchange(bias=lambda out, b, g: out + np.arange(out.shape[3])),
    ),
    bug(
        "out-bias-subtracted", "The bias is subtracted",
        "The sign of the bias is wrong, so every number of out is off by twice b[f].",
        "The line that adds the bias.",
        "Compare its sign with the definition.",
        exchange(bias=lambda out, b, g: out - b[:, None, None]), place="of bias",
    ),
    bug(
        "out-bias-total", "Every filter gets the sum of all biases",
        "The whole vector b is summed into every output, instead of the one entry that belongs to the filter.",
        "The line that adds the bias: is b inside the sum?",
        "An output of filter f should see one number of b. Which?",
        exchange(bias=lambda out, b, g: out + b.sum()), place="of bias",
    ),
)  # fmt: skip
BUGS = tuple(replace(bug, of_result=bug.id.startswith("out-")) for bug in _BUGS)
