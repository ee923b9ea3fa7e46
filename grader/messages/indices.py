"""What a text says of names that stand for another axis or value than they say, and of numbers in their place."""


def index_of_another(name: str, counted: str, axis: str, array: str, at: str) -> str:
    """An index counts along another axis than that on which it stands.

    >>> index_of_another("f", "filters", "images", "dout", "line 7")
    'In line 7 `f`, which counts filters, is the index of images in `dout`.'
    """
    return f"In {at} `{name}`, which counts {counted}, is the index of {axis} in `{array}`."


def number_for_index(name: str, number: str, axis: str, array: str, at: str) -> str:
    """A number is the index of an axis in each turn of the loop over it.

    >>> print(number_for_index("n", "0", "images", "out", "line 7"))
    In line 7 the index of images in `out` is 0 in every turn of the loop over images: is `n` meant?
    """
    return (
        f"In {at} the index of {axis} in `{array}` is {number} in every turn of the loop over {axis}: is `{name}` "
        "meant?"
    )


def size_of_another(name: str, axis: str, array: str, at: str) -> str:
    """A name for one size is set to another.

    >>> size_of_another("C", "filters", "w", "line 7")
    'In line 7 `C` is set to the number of filters, by its place in the shape of `w`.'
    """
    return f"In {at} `{name}` is set to the number of {axis}, by its place in the shape of `{array}`."


def exchanged_in_a_call(function: str, one: str, other: str, *there: str, at: str, is_given: bool) -> str:
    """Two names change places between a call and the function, which has them or others (`there`).

    >>> print(exchanged_in_a_call("cut", "WW", "HH", at="line 7", is_given=True))
    In line 7 `WW` and `HH` are handed to `cut` in another order than its `def` line has: is that meant?
    >>> print(exchanged_in_a_call("cut", "W", "H", "rows", "cols", at="line 7", is_given=True))
    In line 7 `W` and `H` are handed to `cut`, whose `def` line has `rows` and `cols` there: is that meant?
    >>> print(exchanged_in_a_call("size_of", "W_out", "H_out", at="line 7", is_given=False))
    In line 7 `W_out` and `H_out` stand in another order than `size_of` returns them: is that meant?
    """
    if is_given and there:
        its = " and ".join(f"`{name}`" for name in there)
        told = f"In {at} `{one}` and `{other}` are handed to `{function}`, whose `def` line has {its} there"
    elif is_given:
        told = f"In {at} `{one}` and `{other}` are handed to `{function}` in another order than its `def` line has"
    else:
        told = f"In {at} `{one}` and `{other}` stand in another order than `{function}` returns them"
    return f"{told}: is that meant?"


def taken_for(function: str, name: str, parameter: str, *, at: str) -> str:
    """A stride is handed over where the pad is expected, or the pad where the stride is.

    >>> print(taken_for("cut", "pad", "stride", at="line 7"))
    In line 7 `pad` is handed to `cut`, whose `def` line has `stride` there: is that meant?
    """
    return f"In {at} `{name}` is handed to `{function}`, whose `def` line has `{parameter}` there: is that meant?"


def counted_alike(at: str) -> str:
    """Rows and columns of a table of indices are counted in the same way.

    >>> print(counted_alike("line 7"))
    In line 7 `np.repeat` and `np.tile` are taken for each other, so that rows and columns do not meet in order: \
`np.repeat([0, 1], 2)` is 0 0 1 1, `np.tile([0, 1], 2)` is 0 1 0 1.
    """
    return (
        f"In {at} `np.repeat` and `np.tile` are taken for each other, so that rows and columns do not meet in order: "
        "`np.repeat([0, 1], 2)` is 0 0 1 1, `np.tile([0, 1], 2)` is 0 1 0 1."
    )


def steps_by_kernel(at: str) -> str:
    """Windows step by their own size.

    >>> print(steps_by_kernel("line 7"))
    In line 7 windows step by a size of the kernel, and so never overlap. They step by the stride.
    """
    return f"In {at} windows step by a size of the kernel, and so never overlap. They step by the stride."


def ends_by_stride(at: str) -> str:
    """A slice is as long as the stride.

    >>> print(ends_by_stride("line 7"))
    In line 7 a slice is as long as the stride. A window is as large as the kernel.
    """
    return f"In {at} a slice is as long as the stride. A window is as large as the kernel."


def loops_by_stride(at: str) -> str:
    """A loop over places of out steps by the stride.

    >>> print(loops_by_stride("line 7"))
    In line 7 a loop ends at a size of out and steps by the stride, so that it passes over places of out.
    """
    return f"In {at} a loop ends at a size of out and steps by the stride, so that it passes over places of out."


def summed_alone(at: str) -> str:
    """A letter of an einsum stands once.

    >>> print(summed_alone("line 7"))
    In line 7 a letter of the einsum stands in one term alone and not in the result: its axis is summed by itself, and \
meets no other.
    """
    return (
        f"In {at} a letter of the einsum stands in one term alone and not in the result: its axis is summed by itself, "
        "and meets no other."
    )


def steps_by_pad(at: str) -> str:
    """The number of a window is multiplied by the pad.

    >>> print(steps_by_pad("line 7"))
    In line 7 a place is so many times the pad. Window number r begins in row r*stride of the padded image.
    """
    return f"In {at} a place is so many times the pad. Window number r begins in row r*stride of the padded image."


def around_a_centre(at: str) -> str:
    """Windows are laid around a pixel.

    >>> print(around_a_centre("line 7"))
    In line 7 half of the kernel is subtracted: that lays a window around a pixel. Window number r begins in row \
r*stride of the padded image, however large the kernel is.
    """
    return (
        f"In {at} half of the kernel is subtracted: that lays a window around a pixel. Window number r begins in row "
        "r*stride of the padded image, however large the kernel is."
    )


def place_of_a_pixel(window: str, other: str, stride: str, pad: str, at: str, *, is_met: bool) -> str:
    """A row or column is computed of a window's number and a place in the kernel, and not as it lies.

    Or the place in the kernel, of a window's number and a pixel (`is_met`).

    >>> print(place_of_a_pixel("i", "k", "s", "p", "line 7", is_met=False))
    In line 7 a row or column is computed of `i` and `k`. Number k of window i lies at i*s + k in the padded image, \
and p before that in x: compare signs, brackets and factors.
    >>> print(place_of_a_pixel("i", "r", "s", "p", "line 7", is_met=True))
    In line 7 a place in the kernel is computed of `i` and `r`. Window i begins at i*s in the padded image, and there \
row or column r of x is r + p: compare signs, brackets and factors.
    """
    pad = pad or "pad"
    if is_met:
        return (
            f"In {at} a place in the kernel is computed of `{window}` and `{other}`. Window {window} begins at "
            f"{window}*{stride} in the padded image, and there row or column {other} of x is {other} + {pad}: compare "
            "signs, brackets and factors."
        )
    return (
        f"In {at} a row or column is computed of `{window}` and `{other}`. Number {other} of window {window} lies at "
        f"{window}*{stride} + {other} in the padded image, and {pad} before that in x: compare signs, brackets and "
        "factors."
    )


def cut_elsewhere(at: str) -> str:
    """A window is cut out of the wrong axes.

    >>> print(cut_elsewhere("line 7"))
    In line 7 rows or columns are cut where images, channels or filters stand: x is (N, C, H, W), and one image of it \
(C, H, W).
    """
    return (
        f"In {at} rows or columns are cut where images, channels or filters stand: x is (N, C, H, W), and one image of "
        "it (C, H, W)."
    )


def rows_for_columns(at: str) -> str:
    """A size, an index or the end of a window has a name of the other axis.

    >>> rows_for_columns("line 7")
    'In line 7 rows and columns are mixed up, by their names: which axis is each size and index there of?'
    """
    return f"In {at} rows and columns are mixed up, by their names: which axis is each size and index there of?"


def ended_before_it(at: str) -> str:
    """A loop is left at the first row or column that lies before the image.

    >>> print(ended_before_it("line 7"))
    In line 7 the loop ends at a row or column below 0. The next ones of that window may be in the image: `continue` \
leaves out one, and `break` all that follow.
    """
    return (
        f"In {at} the loop ends at a row or column below 0. The next ones of that window may be in the image: "
        "`continue` leaves out one, and `break` all that follow."
    )
