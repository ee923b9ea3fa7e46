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


def off_by(output: str, what: str, each: str, at: str = "") -> str:
    """The same difference everywhere; `at` names two lines that may both add it.

    >>> print(off_by("out", "+b", "filter", "lines 7, 9"))
    out is off by exactly +b, for each filter its own: lines 7, 9 both use b.
    """
    twice = f": {at} both use {what.lstrip('+-')}" if at else ""
    return f"{output} is off by exactly {what}, for each {each} its own{twice}."


def off_by_number(output: str, number: int) -> str:
    """The same difference everywhere, and in every case.

    >>> off_by_number("dw", 1), off_by_number("dw", -2)
    ('Every number of dw is too large by exactly 1.', 'Every number of dw is too small by exactly 2.')
    """
    return f"Every number of {output} is too {'large' if number > 0 else 'small'} by exactly {abs(number)}."


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


_OF_ANOTHER = "at least in part for another reason than what is named here"


def crash_elsewhere(places: Sequence[tuple[str, str]], *, is_named: bool = False, others: bool = False) -> str:
    """Calls crash in several lines: where each is, and its error; perhaps a mistake is named that is not why.

    They may be `others` than some of which it is told before.

    >>> crash_elsewhere([("line 7", "IndexError: too far"), ("line 9", "ValueError: no")])
    'Calls crash in more than one line: line 7 (IndexError: too far), line 9 (ValueError: no).'
    """
    why, whose = f", {_OF_ANOTHER}" if is_named else "", "Other calls" if others else "Calls"
    return f"{whose} crash in more than one line{why}: {', '.join(f'{at} ({error})' for at, error in places)}."


def some_crash(at: str, error: str, *, is_named: bool = False, others: bool = False) -> str:
    """Some of the wrong cases end in a crash, which is no example: where it is, and its error; `others` as above.

    >>> some_crash("line 7", "IndexError: too far")
    'Some of these calls crash in line 7 (IndexError: too far).'
    >>> some_crash("line 7", "IndexError: too far", others=True)
    'Some of the other calls crash in line 7 (IndexError: too far).'
    """
    whose, why = "the other" if others else "these", f", {_OF_ANOTHER}" if is_named else ""
    return f"Some of {whose} calls crash in {at} ({error}){why}."


def crash_of_another(at: str) -> str:
    """The crash that is the example is not what the named mistake explains.

    >>> crash_of_another("line 7")
    'The calls that crash in line 7 do so at least in part for another reason than what is named here.'
    """
    return f"The calls that crash in {at} do so {_OF_ANOTHER}."


def lost_with(other: str) -> str:
    """An output that is only lost in calls that crash, in which one that has an explanation is lost, too.

    >>> lost_with("dx")
    'dx is lost in all of these calls, too: begin with what is said under it.'
    """
    return f"{other} is lost in all of these calls, too: begin with what is said under it."


def right_except(output: str, where: str, name: str) -> str:
    """Wrong in one place of an axis only."""
    return f"{output} is right except in the {where} {name}."


def right_only(output: str, where: str, name: str, at: str = "") -> str:
    """Right in one place of an axis only; `at` has the lines whose index for that axis is a number.

    >>> right_only("dw", "first", "channel", "line 7")
    'dw is right only in the first channel: in line 7 no other channel is taken.'
    """
    return f"{output} is right only in the {where} {name}{f': in {at} no other {name} is taken' if at else ''}."


def right_alone() -> str:
    """A case that failed among others, and not in a new process."""
    return (
        "The simplest failing case is right where it is called alone, in a new process: what comes out depends on the "
        "calls before it. Is something kept from call to call, in a global variable or a default argument for instance?"
    )


def only_with_a_pad_of_one() -> str:
    """Results are right where the pad is 1, and nowhere else."""
    return (
        "With a pad of 1 it is right, and with no other: which number in the code is a 1, or a 2, where the pad, or "
        "twice the pad, belongs?"
    )


def only_without_padding(image: str) -> str:
    """Results are right where there is no padding, and nowhere else.

    >>> print(only_without_padding("x"))
    Without padding it is right: look at where the pad stands. The padded array has 2*pad more rows and columns than \
x, zeros, and no more images or channels. Window number r begins in its row r*stride; in x itself that is row \
r*stride - pad, if x has one of that number.
    """
    return (
        f"Without padding it is right: look at where the pad stands. The padded array has 2*pad more rows and columns "
        f"than {image}, zeros, and no more images or channels. Window number r begins in its row r*stride; in {image} "
        f"itself that is row r*stride - pad, if {image} has one of that number."
    )


def cut_by_another_pad(output: str, image: str) -> str:
    """The gradient of the image has another shape wherever there is padding.

    >>> print(cut_by_another_pad("dx", "x"))
    Without padding it is right. With it dx has another shape than x: the gradient of the padded image has 2*pad \
more rows and columns, of which pad go at each of the four sides.
    """
    return (
        f"Without padding it is right. With it {output} has another shape than {image}: the gradient of the padded "
        "image has 2*pad more rows and columns, of which pad go at each of the four sides."
    )


def never_set(at: str, begins: float) -> str:
    """An array begins with what was in memory; `at` says where it is made, `begins` what it holds when it is graded.

    >>> print(never_set("line 7", 54304.0))
    `np.empty` sets nothing, so an array begins with whatever was in memory, and that is added to (line 7). When it is \
graded, that is 54304.
    """
    return (
        f"`np.empty` sets nothing, so an array begins with whatever was in memory, and that is added to ({at}). When "
        f"it is graded, that is {begins:g}."
    )


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


def same_in_forward(forward: str, at: str, *, may_come_from_it: bool = False, is_shared: bool = False) -> str:
    """A mistake in backward that forward has, too; perhaps it is only in the cache that forward makes.

    Or `is_shared`: it stands in lines that both run.

    >>> same_in_forward("f", "line 7"), same_in_forward("f", "")
    ('f has the same kind of mistake (line 7).', 'f has the same kind of mistake.')
    >>> same_in_forward("f", "", may_come_from_it=True)
    'f has the same kind of mistake, and backward uses its cache: put forward right first.'
    >>> same_in_forward("f", "line 7", is_shared=True)
    'f runs that, too: put it right once.'
    """
    if is_shared:
        return f"{forward} runs that, too: put it right once."
    then = ", and backward uses its cache: put forward right first" if may_come_from_it else ""
    return f"{forward} has the same kind of mistake{f' ({at})' if at else ''}{then}."


def first_in_forward(refers: str, where: str) -> str:
    """Where to look for what is perhaps in forward's cache alone: first there, as `same_in_forward` says.

    >>> first_in_forward("f has it.", "The slice.")
    'f has it. Only if this is told then, too: The slice.'
    """
    return f"{refers} Only if this is told then, too: {where}"


def whole_numbers(output: str, dtype: str, at: str) -> str:
    """The array that came back cannot hold fractions; `at` is where its dtype comes from, if that is known.

    >>> whole_numbers("db", "int64", "line 7")
    'db is an array of int64 (line 7): whatever is put into an array of integers loses its fraction.'
    """
    where = f" ({at})" if at else ""
    return f"{output} is an array of {dtype}{where}: whatever is put into an array of integers loses its fraction."
