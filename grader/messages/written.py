"""What a function's text shows beside wrong results."""

import re
from collections.abc import Iterable, Sequence

from grader.records import Origin, StudentError

_OF_A_NUMBER = r"'int' object is not subscriptable|'int' object has no attribute|invalid index to scalar variable"


def from_outside(name: str, at: str, function: str, *, is_set_there: bool) -> str:
    """A function reads a name that only a line outside of it can have set; does the code of the smallest case, too?

    >>> print(from_outside("x", "cell 7, line 18", "f", is_set_there=True))
    `x` in cell 7, line 18 is set nowhere in f: it is left over from outside, as from another cell. Take it from what \
f is given. (The code of the smallest case sets `x`, too, and may pass.)
    """
    return (
        f"`{name}` in {at} is set nowhere in {function}: it is left over from outside, as from another cell. Take it "
        f"from what {function} is given."
    ) + (f" (The code of the smallest case sets `{name}`, too, and may pass.)" if is_set_there else "")


def counted_twice(name: str, outer: str, inner: str) -> str:
    """Two loops, one in the other, count with one name.

    >>> print(counted_twice("i", "line 7", "line 9"))
    Two loops count with `i`, one inside the other (line 7, and line 9 in it): from there on `i` is the number of the \
inner one. Give that another name.
    """
    where = outer if outer == inner else f"{outer}, and {inner} in it"
    return (
        f"Two loops count with `{name}`, one inside the other ({where}): from there on `{name}` is "
        "the number of the inner one. Give that another name."
    )


def used_behind(names: Sequence[str], loops: str, uses: str) -> str:
    """Indices are those of loops which are over.

    >>> print(used_behind(["n"], "line 7", "lines 12, 13"))
    `n` is an index in lines 12, 13, behind the loop that counts with it (line 7): there it is still the last number. \
Which loop is that meant to be in?
    >>> print(used_behind(["n", "f"], "lines 7, 8", "line 12"))
    `n` and `f` are indices in line 12, behind the loops that count with them (lines 7, 8): there each is still the \
last number. Which loop is that meant to be in?
    """
    *others, last = (f"`{name}`" for name in names)
    if not others:
        said = f"{last} is an index in {uses}, behind the loop that counts with it ({loops}): there it is still the"
    else:
        all_of_them = f"{', '.join(others)} and {last}"
        said = f"{all_of_them} are indices in {uses}, behind the loops that count with them ({loops}): there each is "
        said += "still the"
    return f"{said} last number. Which loop is that meant to be in?"


def not_spread(upstream: str, at: str) -> str:
    """The upstream gradient is convolved without the zeros that belong between its numbers.

    >>> print(not_spread("dout", "line 7"))
    In line 7 dout is convolved as it is. That gives gradients for stride 1 only: for a larger one, stride - 1 zeros \
belong between its rows and between its columns, and windows of what comes of that step by 1.
    """
    return (
        f"In {at} {upstream} is convolved as it is. That gives gradients for stride 1 only: for a larger one, stride - "
        "1 zeros belong between its rows and between its columns, and windows of what comes of that step by 1."
    )


def begins_as(name: str, at: str, *, may_be_padded: bool) -> str:
    """A gradient is added to an array that is an input, or a copy of one.

    >>> print(begins_as("x", "line 7", may_be_padded=True))
    In line 7 x, padded or not, gets a second name or is copied, and something is added to that: a gradient begins \
with zeros.
    """
    padded = ", padded or not," if may_be_padded else ""
    return (
        f"In {at} {name}{padded} gets a second name or is copied, and something is added to that: a gradient begins "
        "with zeros."
    )


def fixed_size(number: int, sizes: Sequence[str], at: str, *, is_end: bool) -> str:
    """A number stands for a size.

    >>> print(fixed_size(3, ["HH", "WW"], "line 7", is_end=False))
    In line 7 the number 3 stands for a size. Only cases with HH=3 and WW=3 are right: which size is meant?
    >>> print(fixed_size(3, ["C"], "line 7", is_end=True))
    In line 7 the number 3 stands for a size. Only cases with C=3 or less are right: which size is meant?
    """
    values = " and ".join(f"{size}={number}" for size in sizes)
    values += " or less" if is_end else ""
    return f"In {at} the number {number} stands for a size. Only cases with {values} are right: which size is meant?"


def keys_swapped(at: str) -> str:
    """Stride and pad are taken for each other.

    >>> print(keys_swapped("line 7"))
    In line 7 the stride is taken for the pad, or the pad for the stride: which key does each name belong to?
    """
    return f"In {at} the stride is taken for the pad, or the pad for the stride: which key does each name belong to?"


def kept_total(name: str, begins: str, stored: str) -> str:
    """A total is begun once and stored many times.

    >>> print(kept_total("total", "line 7", "line 12"))
    `total` is begun in line 7, outside the loop that stores it in line 12: what was added for one place is still in \
it at the next. Where should that of each place begin?
    """
    return (
        f"`{name}` is begun in {begins}, outside the loop that stores it in {stored}: what was added for one place is "
        "still in it at the next. Where should that of each place begin?"
    )


def total_added_again(name: str, at: str) -> str:
    """A total is added somewhere while it still grows.

    >>> print(total_added_again("total", "line 7"))
    In line 7 `total` is added in every turn of a loop that goes on adding to it: what was added once is added again. \
Add it behind that loop, or begin it anew in it.
    """
    return (
        f"In {at} `{name}` is added in every turn of a loop that goes on adding to it: what was added once is added "
        "again. Add it behind that loop, or begin it anew in it."
    )


def formula_of_a_place(at: str) -> str:
    """The formula for the output size is applied to where a window begins.

    >>> print(formula_of_a_place("line 7"))
    In line 7 the formula for the output size is applied to a place. It tells how many windows there are; the one that \
begins at row r of the padded image is number r // stride.
    """
    return (
        f"In {at} the formula for the output size is applied to a place. It tells how many windows there are; the one "
        "that begins at row r of the padded image is number r // stride."
    )


def stride_added(at: str) -> str:
    """The stride is added where it belongs as a factor.

    >>> stride_added("line 7")
    'In line 7 the stride is added to what counts windows: window number r begins at r*stride.'
    """
    return f"In {at} the stride is added to what counts windows: window number r begins at r*stride."


def end_let_in(at: str) -> str:
    """A row or a column as large as the size is taken to lie inside.

    >>> end_let_in("line 7")
    'In line 7 a row or column as large as the size is let in; the last one is one less.'
    """
    return f"In {at} a row or column as large as the size is let in; the last one is one less."


def compared_across(at: str) -> str:
    """What counts rows is compared with a number of columns, or the other way round.

    >>> compared_across("line 7")
    'What is compared in line 7 counts rows on one side and columns on the other.'
    """
    return f"What is compared in {at} counts rows on one side and columns on the other."


def counts_on(name: str, loop: str, counts: str) -> str:
    """A counter of rows or columns is not set back.

    >>> print(counts_on("j", "line 7", "line 12"))
    `j`, which counts in line 12, is not set back in the loop in line 7: each of its turns goes on where the last ended.
    """
    return (
        f"`{name}`, which counts in {counts}, is not set back in the loop in {loop}: each of its turns goes on where "
        "the last ended."
    )


def run_by_both(at: str, forward: str) -> str:
    """What is named for forward stands in lines that backward runs, too.

    >>> run_by_both("line 7", "f")
    'What is named for f stands in line 7, in what backward calls, too: put it right first.'
    """
    return f"What is named for {forward} stands in {at}, in what backward calls, too: put it right first."


def stored_anew(at: str) -> str:
    """Each turn of a loop stores at the same place.

    >>> stored_anew("line 7")
    'In line 7 each turn of a loop stores at the same place, so that only the last is left: is += meant, or an index?'
    """
    return (
        f"In {at} each turn of a loop stores at the same place, so that only the last is left: "
        "is += meant, or an index?"
    )


def axes_mixed(at: str) -> str:
    """A size is computed of heights and widths at once.

    >>> axes_mixed("line 7")
    'In line 7 a size is computed of a height and of a width. Which axis is it of?'
    """
    return f"In {at} a size is computed of a height and of a width. Which axis is it of?"


def width_of_height(at: str) -> str:
    """An array is made with columns of a height, or rows of a width.

    >>> width_of_height("line 7")
    'In line 7 an array is made with a height where its columns are counted, or with a width where its rows are.'
    """
    return f"In {at} an array is made with a height where its columns are counted, or with a width where its rows are."


def pad_once(at: str) -> str:
    """An array is made with room for the padding on one side.

    >>> pad_once("line 7")
    'In line 7 an array gets pad rows or columns more than x. There is padding on both sides: 2*pad.'
    """
    return f"In {at} an array gets pad rows or columns more than x. There is padding on both sides: 2*pad."


def steps_within(at: str) -> str:
    """A window leaves out pixels.

    >>> steps_within("line 7")
    'In line 7 the step of the slice leaves out pixels within a window. The stride lies between the windows: i*stride.'
    """
    return (
        f"In {at} the step of the slice leaves out pixels within a window. "
        "The stride lies between the windows: i*stride."
    )


def made_in_turns(at: str) -> str:
    """An array is made anew in each turn of a loop.

    >>> made_in_turns("line 7")
    'In line 7 an array of zeros is made anew in each turn of a loop: only what the last turn adds to it is left.'
    """
    return f"In {at} an array of zeros is made anew in each turn of a loop: only what the last turn adds to it is left."


def returns_in_loop(at: str) -> str:
    """A function returns in the first turn of a loop.

    >>> returns_in_loop("line 7")
    'The return in line 7 stands in a loop: it ends the function in the first turn.'
    """
    return f"The return in {at} stands in a loop: it ends the function in the first turn."


def lost_argument(
    error: StudentError | None, names: Iterable[tuple[str, int, Sequence[int]]], origin: Origin
) -> str | None:
    """That a number was taken for an array in a line that uses an argument whose name a loop counts with.

    >>> error = StudentError("TypeError", "'int' object is not subscriptable", line=9)
    >>> lost_argument(error, [("b", 7, [9])], Origin("a.py"))
    'The loop at a.py:7 counts with `b`, so from there on `b` is a number, and no longer the array that was handed in. \
Give the loop variable another name.'
    """
    if error is None or not re.search(_OF_A_NUMBER, error.text):
        return None
    for name, loop, uses in names:
        if error.line in uses:
            return (
                f"The loop at {origin.at(loop)} counts with `{name}`, so from there on `{name}` is a number, and no "
                "longer the array that was handed in. Give the loop variable another name."
            )
    return None
