"""A result that is not right, and in how many cases."""

import math
from collections.abc import Sequence

from grader.messages.words import DIGITS, Explained
from grader.records import Returned
from grader.records.words import Kind

_NOT_YET = " (not implemented yet)"
"""What a function that only ever returns nothing is taken for."""


def wrong_kind(output: str, returned: Returned, axes: int) -> Explained:
    """Something that is not an array of numbers was returned; of what is expected, `axes` is the number of axes."""
    if returned.kind is Kind.NONE and returned.wanted:
        return f"`{returned.wanted}` is missing after the call", None
    if returned.kind is Kind.NONE:
        return returned.what or f"the function returns None{_NOT_YET}", None
    if returned.kind is Kind.NO_TUPLE:
        return f"the function returned {returned.what}", f"It has to return `{returned.wanted}`."
    if returned.what == "a NotImplementedType":
        return f"the function returns NotImplemented{_NOT_YET}", None
    return f"{output} is {returned.what}, not an array of floats", _as_floats(output, returned.what or "", axes)


def misspelt_attribute(wanted: str, near: str, at: str) -> str:
    """An object has under another name what is asked for.

    >>> misspelt_attribute("dLdb", "dLdB", "line 7")
    'No method but `__init__` sets `self.dLdb`, but `self.dLdB` is set (line 7): is that meant?'
    """
    return f"No method but `__init__` sets `self.{wanted}`, but `self.{near}` is set ({at}): is that meant?"


def _as_floats(output: str, what: str, axes: int) -> str | None:
    """How to make an array of floats of something else. A tuple may be of the numbers of a single axis, and no others.

    >>> _as_floats("out", "a list of 1", 4), _as_floats("db", "a tuple of 3", 1)
    ('`np.array(out)` makes an array of it.', '`np.array(db)` makes an array of it.')
    >>> _as_floats("dx", "a tuple of 2", 4)
    'Return `dx` alone: what stands beside it in the tuple is not asked for.'
    >>> _as_floats("out", "a tuple of 2", 4)
    'Return `out` itself first, and a cache that is asked for last: `return out, cache`.'
    >>> _as_floats("dx", "an array of dtype complex128", 4)
    'Return its real part, `dx.real`, where only rounding is left beside it.'
    """
    if "complex" in what:
        return f"Return its real part, `{output}.real`, where only rounding is left beside it."
    if what == "a tuple of 1":
        return f"Return `{output}` alone, without a tuple around it."
    if what.startswith("a tuple") and axes > 1 and not output.startswith("d"):  # it is no gradient
        return f"Return `{output}` itself first, and a cache that is asked for last: `return {output}, cache`."
    if what.startswith("a tuple") and axes > 1:
        return f"Return `{output}` alone: what stands beside it in the tuple is not asked for."
    if what.startswith(("a list", "a tuple", "a memoryview")):
        return f"`np.array({output})` makes an array of it."
    return (
        f"`{output}` holds Python objects: is a `None` or a list among them, or was it made so, by `dtype=object`?"
        if "dtype object" in what
        else None
    )


def returns_none(
    name: str, none: Sequence[str], count: int, *, never_returns: bool = False, unfilled: Sequence[str] = ()
) -> str:
    """A function returns None in place of some of its outputs, which are so many.

    >>> returns_none("f", ["out"], 1), returns_none("f", ["dw", "db"], 3)
    ('f returns None (not implemented yet)', 'f returns None for dw and db')
    >>> returns_none("f", ["dx", "dw"], 2)
    'f returns nothing but None (not implemented yet)'
    >>> returns_none("f", ["dx", "dw"], 2, never_returns=True)
    'f returns None: it has no `return` statement'
    >>> returns_none("f", ["out"], 1, unfilled=["out"])
    'f returns None: `out` is set to None, and to nothing else'
    """
    if len(none) < count:
        return f"{name} returns None for {' and '.join(none)}"
    if never_returns:
        return f"{name} returns None: it has no `return` statement"
    if unfilled:
        names = " and ".join(f"`{one}`" for one in unfilled)
        return f"{name} returns None: {names} {'is' if len(unfilled) == 1 else 'are'} set to None, and to nothing else"
    return f"{name} returns {'nothing but None' if count > 1 else 'None'}{_NOT_YET}"


def wrong_in_secret(output: str, kinds: Sequence[str]) -> str:
    """Right where the numbers can be known beforehand, and wrong where they cannot."""
    return (
        f"{output} is right in every public case, and wrong in secret cases of the same sizes with other numbers "
        f"({', '.join(kinds)}): compute it from the inputs, whatever they are, negative, zero and equal ones too"
    )


def wrong_shape(output: str, got: tuple[int, ...], expected: tuple[int, ...]) -> Explained:
    """The shape differs."""
    hint = None
    if 0 in got and len(got) == len(expected):
        hint = (
            "In this case the result is empty along an axis. A slice is empty where it begins at its end or behind it, "
            "and a negative index counts from the end of the array."
        )
    elif len(got) == len(expected) and got == (*expected[:2], *expected[:1:-1]):
        hint = "Height and width are in each other's place: were two axes swapped, or two sizes in a formula or shape?"
    elif len(got) > len(expected) > 1:
        hint = "The result has too many axes: print the shapes of the arrays that it is made of."
    return f"{output} has shape {got}, expected {expected}", hint


def not_finite(output: str, count: int, index: tuple[int, ...]) -> Explained:
    """NaN or infinity where a number belongs."""
    return (
        f"{output} holds {count} NaN or infinite value{'' if count == 1 else 's'}, the first at {list(index)}",
        "NaN or infinity comes from memory that was never filled (`np.empty`), a division by zero, an overflow, the "
        "root or logarithm of a negative number, or an infinity that an array begins with and nothing replaces.",
    )


def wrong_value(
    output: str, index: tuple[int, ...], got: float, expected: float, error: float, largest: float
) -> Explained:
    """A number is off by more than the tolerance: by `error` times the largest that is expected, or so much beside 0.

    >>> wrong_value("dx", (0, 1), 3.0, 2.0, 0.25, 4.0)[0]
    'dx[0, 1] is 3, expected 2 (off by 25 % of the largest number expected)'
    >>> wrong_value("dx", (0, 1), 3.0, 2.0, 0.998, 4.0)[0]
    'dx[0, 1] is 3, expected 2 (off by 100 % of the largest number expected)'
    >>> wrong_value("dx", (0, 1), 3.0, 0.0, 3.0, 0.0)[0]
    'dx[0, 1] is 3, expected 0 (all numbers expected are 0)'
    >>> wrong_value("dx", (0, 1), 3.0, 0.0002, 14999.0, 0.0002)[0]
    'dx[0, 1] is 3, expected 0.0002 (the largest number expected is 0.0002)'
    >>> wrong_value("dx", (0, 1), 2.0000001, 2.0, 2.5e-8, 4.0)[0]
    'dx[0, 1] is 2, expected 2 (a difference of 1e-07, where the largest number expected is 4)'
    """
    beside = _beside(error, largest) if largest else "all numbers expected are 0"
    return f"{output}{list(index)} is {got:.{DIGITS}g}, expected {expected:.{DIGITS}g} ({beside})", None


def unset_value(output: str, index: tuple[int, ...], expected: float) -> Explained:
    """A number that nothing was put into.

    >>> unset_value("dx", (0, 1), 2.0)[0]
    'dx[0, 1] was never set, expected 2'
    """
    return (
        f"{output}{list(index)} was never set, expected {expected:.{DIGITS}g}",
        "`np.empty` sets nothing, so an array begins with whatever was in memory: often 0, and another number the next "
        "time. Which places of the array are never filled, for the shapes of the failing case?",
    )


def _beside(error: float, largest: float) -> str:
    """How large an error is beside the largest number that is expected: in percent, as long as that can be read."""
    of_largest = f"the largest number expected is {largest:.{DIGITS}g}"
    if error >= 10:
        return of_largest
    if error < 1e-4:
        return f"a difference of {error * largest:.2g}, where {of_largest}"
    percent = f"{100 * error:.2g}" if error < 0.1 else f"{100 * error:.0f}"
    return f"off by {percent} % of the largest number expected"


def single_precision(output: str, error: float, tolerance: float, *, has_eps: bool) -> Explained:
    """Right to float32's precision where float64 went in; a tiny eps that is not where it belongs looks the same."""
    digits = max(1, int(-math.log10(error)))
    eps = "Is eps missing, or elsewhere than in the formula? If not: " if has_eps else ""
    return (
        f"{output} is right only to {digits} digits: off by {error:.1e} times the largest number expected, where "
        f"{tolerance:.0e} is allowed",
        f"{eps}{'the' if eps else 'The'} inputs are float64. Is there an array with a dtype of its own, such as "
        "float32? Or a small number that is added, or something that is rounded?",
    )


def narrower(output: str, dtype: str, given: str) -> str:
    """A hint: the dtype of a result has fewer digits than that of the inputs.

    >>> narrower("out", "float16", "float64")
    '`out` is an array of float16, and the inputs are float64: let its dtype follow from theirs.'
    """
    return f"`{output}` is an array of {dtype}, and the inputs are {given}: let its dtype follow from theirs."


def in_cases(where: str, message: str, *, always: bool) -> str:
    """What is wrong with an output: in which kinds of cases, and how in the simplest, or in all alike (`always`).

    >>> in_cases("wrong for pad=0 (2 of 9 cases fail)", "dx has shape (1,), expected (2,)", always=False)
    'Wrong for pad=0 (2 of 9 cases fail). For example, dx has shape (1,), expected (2,).'
    """
    beginning = "In every case" if always else f"{where[0].upper()}{where[1:]}. For example"
    return f"{beginning}, {message}."


def in_some(message: str, hint: str | None) -> Explained:
    """What one case says, where others say something else: then a function that returns nothing there is written.

    >>> in_some("f returns None (not implemented yet)", None)
    ('f returns None', 'Does every way through the function end with a `return` that has all of it?')
    """
    if not message.endswith(_NOT_YET):
        return message, hint
    return message.removesuffix(_NOT_YET), "Does every way through the function end with a `return` that has all of it?"


def skipped_cases(count: int, message: str | None = None) -> str:
    """Cases that were not run; `message` says why where nothing was.

    >>> skipped_cases(2), skipped_cases(1, "f was not tried: why")
    ('The remaining 2 cases were skipped, since the time was up.', '1 case was skipped: f was not tried: why')
    """
    cases = f"{count} case{' was' if count == 1 else 's were'} skipped"
    return f"The remaining {cases}, since the time was up." if message is None else f"{cases}: {message}"
