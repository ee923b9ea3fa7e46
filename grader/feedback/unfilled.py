"""Results in which memory is seen that nobody set: what they would be if it held zeros, and where it is seen."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from grader import messages
from grader.judging.compare import compare, largest
from grader.judging.judged import Wrong
from grader.records import Array, Returned, Verdict
from grader.records.feedback import Outline
from grader.records.sources import Origin
from grader.rubric.model import Tolerance
from grader.sandbox.inside.unset import BEYOND, UNSET
from reference.outlines import OF_MEMORY, UNCHECKED

_SAID: Mapping[str, Callable[[str], str]] = {
    OF_MEMORY: lambda at: messages.of_memory(at, UNSET),
    UNCHECKED: lambda at: messages.beyond_its_array(at, BEYOND),
}
"""By the kind of place that sees memory as it is, what is said of one."""
_LARGE = 500
"""Numbers of small cases are integers, or such as 1/15."""


def of_zeros(returned: Returned) -> Returned:
    """The same result with zeros where nothing was put: so it is most often, and so a person has it who runs it."""
    array = returned.array
    if array is None or array.dtype.kind not in "fc" or not (unset := array == UNSET).any():
        return returned
    return replace(returned, array=np.where(unset, array.dtype.type(0), array))


def as_of_zeros(wrong: Iterable[Wrong], tolerance: Tolerance) -> list[Wrong]:
    """Wrong results so; without those that would be right, unless there are no others of that output."""
    found = [(one, _of_zeros(one)) for one in wrong]
    still = [(one, new, new is one or not _is_right(new, tolerance)) for one, new in found]
    showing = {one.check.output for one, _, is_wrong in still if is_wrong}
    return [
        new if one.check.output in showing else one
        for one, new, is_wrong in still
        if is_wrong or one.check.output not in showing
    ]


def of_memory(output: str, wrong: Iterable[Wrong], text: Outline) -> Mapping[str, Sequence[int]]:
    """By kind, the lines that see memory as it is, where numbers are far too large, as they come of what nobody set."""
    arrays = [(w.returned.array, w.problem.expected[output]) for w in wrong if w.returned is not None]
    is_large = any(got is not None and largest(got) >= UNSET / 2 >= 50 * largest(expected) for got, expected in arrays)
    return {kind: text.places.get(kind, ()) for kind in _SAID if text.places.get(kind) and is_large}


def may_hold_memory(got: Array | None) -> bool:
    """Whether there is a number so large that what nobody set may be in it, times another number, if a small one."""
    return got is not None and largest(got) >= UNSET / _LARGE


def with_that_of(forward: Outline, text: Outline) -> Outline:
    """With the lines in which forward sees memory as it is, where it may keep that in the cache."""
    seen = {kind: (*forward.places.get(kind, ()), *text.places.get(kind, ())) for kind in _SAID}
    return text if forward.keeps_inputs else replace(text, places={**text.places, **seen})


def without_memory(text: Outline) -> Outline:
    """Without the lines that see it: a result that is another one in each call is not of memory, which is filled."""
    return replace(text, places={kind: lines for kind, lines in text.places.items() if kind not in _SAID})


def told_of_memory(output: str, wrong: Iterable[Wrong], text: Outline, origin: Origin) -> Iterator[str]:
    """What is said of each of these lines."""
    for kind, lines in of_memory(output, wrong, text).items():
        yield from (_SAID[kind](origin.among([line])) for line in lines)


def _of_zeros(wrong: Wrong) -> Wrong:
    returned = None if wrong.returned is None else of_zeros(wrong.returned)
    on_own = None if wrong.on_own is None else _of_zeros(wrong.on_own)
    is_same = returned is wrong.returned and on_own is wrong.on_own
    return wrong if is_same else replace(wrong, returned=returned, on_own=on_own)


def _is_right(wrong: Wrong, tolerance: Tolerance) -> bool:
    if wrong.returned is None:
        return False
    name, case = wrong.check.output, wrong.problem.case
    expected = wrong.problem.right_answer(name, wrong.returned.array)
    return compare(name, case, wrong.returned, expected, tolerance.of(case.dtype)).verdict is Verdict.PASSED
