"""Results in which places of an array were never set: what they would be in memory that holds zeros."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from grader.judging.compare import compare, largest
from grader.judging.judged import Wrong
from grader.records import Returned, Verdict
from grader.records.feedback import Outline
from grader.rubric.model import Tolerance
from grader.sandbox.inside.unset import UNSET
from reference.outlines import OF_MEMORY


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


def of_memory(output: str, wrong: Iterable[Wrong], text: Outline) -> Sequence[int]:
    """The lines that make arrays of memory, where numbers are far too large, as they come of what is never set."""
    arrays = [(w.returned.array, w.problem.expected[output]) for w in wrong if w.returned is not None]
    is_large = any(got is not None and largest(got) >= UNSET / 2 >= 50 * largest(expected) for got, expected in arrays)
    return text.places.get(OF_MEMORY, ()) if is_large else ()


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
