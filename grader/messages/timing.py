"""What was timed, or why it was not."""

from grader.messages.hanging import HANGS
from grader.messages.words import Explained
from grader.records import Verdict

IN_BETWEEN = (
    "On small inputs the function was right in some calls: does its result depend on the sizes, or on what earlier "
    "calls left behind?"
)
"""The hint about a result that is wrong where it is timed."""
WRONG_ELSEWHERE = "The function is wrong in some of the small cases, too: put these right first."
"""The same, where it is known to be."""

IN_LOOPS = 20
"""A function this many times slower than the baseline has its time in loops, Python's or einsum's."""


def slow(times: float, enough: float, counted: float) -> Explained:
    """A right function that did not earn every speed point; `counted` is what its points were given for.

    >>> slow(1234.5, 2, 1200)[0]
    'Takes 1230x as long as the fast baseline; full points need 2x or less.'
    >>> slow(2.21, 2, 2.04)[0]
    'Takes 2.21x as long as the fast baseline (2.04x at its best, which counts); full points need 2x or less.'
    """
    best = (
        f" ({counted:.3g}x at its best, which counts)"
        if counted < 2 * enough and f"{counted:.3g}" != f"{times:.3g}"
        else ""
    )
    message = (
        f"Takes {float(f'{times:.3g}'):g}x as long as the fast baseline{best}; full points need {enough:.3g}x or less."
    )
    if times < IN_LOOPS:
        return message, None
    return message, (
        "Python loops cost far more than the arithmetic in them, and `np.einsum` without `optimize=True` is a loop, "
        "too: what of it can one call on whole arrays do?"
    )


def never_right(name: str, verdict: Verdict) -> str:
    """Not timed, since no correctness case was right; `verdict` says how most of them ended."""
    if verdict is Verdict.POLICY:
        return f"not timed: {name} was not run, since it uses what is not allowed"
    if verdict is Verdict.MISSING:
        return f"not timed: {name} was not run, or did not return all of its results"
    return f"not timed: in no case was everything right that {name} returned"


def timing_stopped(limit_s: float) -> Explained:
    """Nothing more is timed, since a submission has used up what all of its timing may take."""
    return f"timing was stopped: loading the file and all timed calls together took more than {limit_s:g} s", HANGS
