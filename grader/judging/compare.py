"""One returned output against what was expected: kind, then shape, then finiteness, then tolerance.

The dtype is no fault by itself: what counts is whether the numbers are right to the precision of the inputs.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from grader import messages
from grader.records import Array, Case, Check, Returned, Verdict
from grader.records.words import Kind
from grader.sandbox.inside.unset import UNSET

SINGLE_PRECISION = 1e-5
"""An error below this, where float64 went in, is what float32 arithmetic gives (its epsilon is 1.2e-7)."""

_FEW_DIGITS = {2: 2e-2, 4: 1e-3}
"""An error below this may come of so few bytes for each number: of a mean and a variance in float32, for one."""


def compare(output: str, case: Case, returned: Returned, expected: Array, tolerance: float) -> Check:
    """Check one output.

    Args:
        output: its name, for the messages.
        case: the case it belongs to; its dtype is that of the inputs.
        returned: what came back.
        expected: the reference's float64 array.
        tolerance: largest max|got - expected| / max|expected|; absolute where expected is all zero.

    Returns:
        A Check whose verdict is PASSED, FAILED, or MISSING for None.
    """
    got = returned.array
    if got is None and returned.kind is not Kind.TOO_LARGE:
        verdict = Verdict.MISSING if returned.kind is Kind.NONE else Verdict.FAILED
        return Check(output, case, verdict, *messages.wrong_kind(output, returned, expected.ndim))
    if got is None or got.shape != expected.shape:
        return Check(output, case, Verdict.FAILED, *messages.wrong_shape(output, returned.shape, expected.shape))
    dtype, got = got.dtype, np.asarray(got, np.float64)
    error = relative_error(got, expected)
    if error <= tolerance:
        return Check(output, case, Verdict.PASSED)
    finite = np.isfinite(got)
    if not finite.all():
        index = _index(int(np.argmin(finite)), got.shape)
        message, hint = messages.not_finite(output, int((~finite).sum()), index)
        return Check(output, case, Verdict.FAILED, message, hint, index, float(expected[index]), float(got[index]))
    found = _beyond_tolerance(output, case, got, expected, error, tolerance)
    is_narrower = dtype.kind == "f" and dtype.itemsize < np.dtype(case.dtype).itemsize
    if is_narrower and error < _FEW_DIGITS[dtype.itemsize]:
        return replace(found, hint=messages.narrower(output, dtype.name, case.dtype))
    return found


def compare_all(outputs: Sequence[tuple[str, Case, Returned, Array, float]]) -> list[Check]:
    """As `compare` of each; most are right, and that is found out of all at once, in a fraction of the time.

    >>> case, one = Case(0, {}, (), ()), Returned(np.ones(2), Kind.ARRAY, (2,), "<f8")
    >>> expected = np.ones(2), np.array([1.0, 1.1]), np.ones(3)
    >>> [check.verdict.value for check in compare_all([("out", case, one, array, 1e-9) for array in expected])]
    ['passed', 'failed', 'failed']
    """
    alike = [
        (i, returned.array, expected, tolerance)
        for i, (_, _, returned, expected, tolerance) in enumerate(outputs)
        if returned.array is not None and returned.shape == expected.shape and expected.size
    ]
    right: set[int] = set()
    if alike:
        places, arrays, expected, tolerances = zip(*alike, strict=True)
        got = np.concatenate(arrays, axis=None, dtype=np.float64, casting="unsafe")
        want = np.concatenate(expected, axis=None)
        starts = np.cumsum([0, *(array.size for array in arrays[:-1])])
        with np.errstate(over="ignore", invalid="ignore"):
            errors = np.maximum.reduceat(np.abs(got - want), starts)
            scales = np.maximum.reduceat(np.abs(want), starts)
            within = errors / np.where(scales, scales, 1.0) <= tolerances
        right = {place for place, is_right in zip(places, within, strict=True) if is_right}
    return [
        Check(output[0], output[1], Verdict.PASSED) if i in right else compare(*output)
        for i, output in enumerate(outputs)
    ]


def relative_error(got: Array, expected: Array) -> float:
    """max|got - expected| / max|expected|, both float64 of one shape; NaN where `got` has one.

    >>> relative_error(np.array([1.0, 2.5]), np.array([1.0, 2.0]))
    0.25
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return largest(got - expected) / (largest(expected) or 1.0)


def largest(values: Array) -> float:
    """The largest absolute value, 0 of none; NaN where there is one.

    As `np.abs(values).max`, without its way through Python, which is longer than the work on small arrays.
    """
    return float(np.maximum.reduce(np.abs(values), axis=None, initial=0.0))


def _beyond_tolerance(output: str, case: Case, got: Array, expected: Array, error: float, tolerance: float) -> Check:
    with np.errstate(over="ignore"):
        index = _index(int(np.argmax(np.abs(got - expected))), got.shape)
    at, want = float(got[index]), float(expected[index])
    if at == UNSET:
        return Check(output, case, Verdict.FAILED, *messages.unset_value(output, index, want), index, want, math.nan)
    if case.dtype == "float64" and error < SINGLE_PRECISION:
        message, hint = messages.single_precision(output, error, tolerance, has_eps="eps" in case.sizes)
    else:
        message, hint = messages.wrong_value(output, index, at, want, error, largest(expected))
    return Check(output, case, Verdict.FAILED, message, hint, index, want, at)


def _index(flat: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(flat, shape))
