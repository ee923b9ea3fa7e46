"""What the wrong results of many cases have in common."""

from collections.abc import Sequence


def all_zero(output: str, *, always: bool) -> str:
    """Nothing was computed, in every case or in those that are wrong.

    >>> all_zero("dw", always=True), all_zero("dw", always=False)
    ('dw is zero everywhere.', 'Where dw is wrong, it is zero everywhere.')
    """
    return f"{output} is zero everywhere." if always else f"Where {output} is wrong, it is zero everywhere."


def constant_factor(output: str, factor: str) -> str:
    """The same factor in every number of every case."""
    if factor == "-1":
        return f"{output} is right except for its sign."
    return f"{output} is right up to a constant factor: it is {factor} times what it should be."


def off_by(output: str, what: str, each: str) -> str:
    """The same difference everywhere."""
    return f"{output} is off by exactly {what}, for each {each} its own."


def order_in_memory(output: str) -> str:
    """Wrong where an input does not lie in memory row by row, and nowhere else."""
    return (
        f"Wherever {output} is wrong, an input does not lie in memory row by row. Does your code compute strides, or "
        "count on the order in memory in another way? Indices are right for every array, and so is x.strides."
    )


def transposed(output: str) -> str:
    """Rows and columns are swapped."""
    return f"{output} holds the right numbers with rows and columns swapped."


def shifted(output: str, by: tuple[int, int]) -> str:
    """The right numbers at other places."""
    return f"{output} holds the right numbers, shifted by {by} rows and columns."


def in_its_place(output: str, other: str, outputs: Sequence[str]) -> str:
    """An output has the shape of another one.

    >>> in_its_place("dx", "dw", ["dx", "dw", "db"])
    'dx has the shape of dw: is `dx, dw, db` the order in which they are returned?'
    """
    return f"{output} has the shape of {other}: is `{', '.join(outputs)}` the order in which they are returned?"


_OF_ANOTHER = "for another reason than what is named here"


def crash_elsewhere(places: Sequence[tuple[str, str]], *, is_named: bool = False) -> str:
    """Calls crash in several lines: where each is, and its error; perhaps a mistake is named that is not why.

    >>> crash_elsewhere([("line 7", "IndexError: too far"), ("line 9", "ValueError: no")])
    'Calls crash in more than one line: line 7 (IndexError: too far), line 9 (ValueError: no).'
    """
    why = f", {_OF_ANOTHER}" if is_named else ""
    return f"Calls crash in more than one line{why}: {', '.join(f'{at} ({error})' for at, error in places)}."


def some_crash(at: str, error: str, *, is_named: bool = False) -> str:
    """Some of the wrong cases end in a crash, which is no example: where it is, and its error.

    >>> some_crash("line 7", "IndexError: too far")
    'Some of these calls crash in line 7 (IndexError: too far).'
    """
    return f"Some of these calls crash in {at} ({error}){f', {_OF_ANOTHER}' if is_named else ''}."


def crash_of_another(at: str) -> str:
    """The crash that is the example is not what the named mistake explains.

    >>> crash_of_another("line 7")
    'The calls that crash in line 7 do so for another reason than what is named here.'
    """
    return f"The calls that crash in {at} do so {_OF_ANOTHER}."


def lost_with(other: str) -> str:
    """An output that is only lost in calls that crash, in which one that has an explanation is lost, too.

    >>> lost_with("dx")
    'dx is lost in all of these calls, too: begin with what is said under it.'
    """
    return f"{other} is lost in all of these calls, too: begin with what is said under it."


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


def right_except(output: str, where: str, name: str) -> str:
    """Wrong in one place of an axis only."""
    return f"{output} is right except in the {where} {name}."


def right_only(output: str, where: str, name: str) -> str:
    """Right in one place of an axis only."""
    return f"{output} is right only in the {where} {name}."


def right_alone() -> str:
    """A case that failed among others, and not in a new process."""
    return (
        "The simplest failing case is right where it is called alone, in a new process: what comes out depends on the "
        "calls before it. Is something kept from call to call, in a global variable or a default argument for instance?"
    )


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


def only_without_padding(image: str) -> str:
    """Calls crash where there is padding, and nowhere else.

    >>> print(only_without_padding("x"))
    Without padding it is right. Print the shape of each array that windows are cut from or added to: where pad is not \
0, it has 2*pad more rows and 2*pad more columns than x.
    """
    return (
        "Without padding it is right. Print the shape of each array that windows are cut from or added to: where pad "
        f"is not 0, it has 2*pad more rows and 2*pad more columns than {image}."
    )


def begins_as(name: str, at: str) -> str:
    """A gradient is added to an array that is an input, or a copy of one.

    >>> begins_as("x", "line 7")
    'What line 7 sets is x, padded or not, under a second name or as a copy, and something is added to it: a gradient \
begins with zeros.'
    """
    return (
        f"What {at} sets is {name}, padded or not, under a second name or as a copy, and something is added to it: a "
        "gradient begins with zeros."
    )


def keys_swapped(at: str) -> str:
    """Stride and pad are taken for each other.

    >>> print(keys_swapped("line 7"))
    In line 7 the stride is taken for the pad, or the pad for the stride: which key does each name belong to?
    """
    return f"In {at} the stride is taken for the pad, or the pad for the stride: which key does each name belong to?"


def kept_total(name: str, begins: str, stored: str) -> str:
    """A total is begun once and stored many times.

    >>> print(kept_total("total", "line 7", "line 12"))
    `total` is begun in line 7, outside the loop that stores it in line 12: what was added up for one place is still \
in it at the next. Where does each number begin at 0?
    """
    return (
        f"`{name}` is begun in {begins}, outside the loop that stores it in {stored}: what was added up for one place "
        "is still in it at the next. Where does each number begin at 0?"
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


def compared_across(at: str) -> str:
    """What counts rows is compared with a number of columns, or the other way round.

    >>> compared_across("line 7")
    'What is compared in line 7 counts rows on one side and columns on the other.'
    """
    return f"What is compared in {at} counts rows on one side and columns on the other."


def never_set(at: str) -> str:
    """An array begins with what was in memory; `at` says where it is made.

    >>> never_set("line 7")
    '`np.empty` sets nothing, so an array begins with whatever was in memory, and that is added to (line 7).'
    """
    return f"`np.empty` sets nothing, so an array begins with whatever was in memory, and that is added to ({at})."


def of_memory(at: str, begins: float) -> str:
    """Numbers that come of an array of which not all is set; `at` says where it is made.

    >>> of_memory("line 7", 54304.0).partition(": ")[2]
    'is any of it read, or added to?'
    """
    return (
        f"`np.empty` ({at}) sets nothing, so what you never fill is whatever was in memory (while this is graded, "
        f"{begins:g}): is any of it read, or added to?"
    )


def beyond_its_array(at: str, is_there: float) -> str:
    """Numbers that come of memory behind an array's end; `at` says where it is looked at.

    >>> beyond_its_array("line 7", 54272.0).partition(": ")[2]
    'are its shape and strides right?'
    """
    return (
        f"`as_strided` ({at}) does not check where its array ends, and what lies beyond is whatever is in memory "
        f"(while this is graded, {is_there:g}): are its shape and strides right?"
    )


def same_in_forward(forward: str, at: str, *, may_come_from_it: bool = False) -> str:
    """A mistake in backward that forward has, too; perhaps it is only in the cache that forward makes.

    >>> same_in_forward("f", "line 7"), same_in_forward("f", "")
    ('f has the same kind of mistake (line 7).', 'f has the same kind of mistake.')
    >>> same_in_forward("f", "", may_come_from_it=True)
    'f has the same kind of mistake, and backward uses its cache: put forward right first.'
    """
    then = ", and backward uses its cache: put forward right first" if may_come_from_it else ""
    return f"{forward} has the same kind of mistake{f' ({at})' if at else ''}{then}."


def whole_numbers(output: str, dtype: str, at: str) -> str:
    """The array that came back cannot hold fractions; `at` is where its dtype comes from, if that is known.

    >>> whole_numbers("db", "int64", "line 7")
    'db is an array of int64 (line 7): whatever is put into an array of integers loses its fraction.'
    """
    where = f" ({at})" if at else ""
    return f"{output} is an array of {dtype}{where}: whatever is put into an array of integers loses its fraction."
