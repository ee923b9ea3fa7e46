"""Which of the cases that failed is told for example."""

from collections import Counter
from collections.abc import Sequence

from grader.cases.draw import complication
from grader.records import Check, Verdict
from reference.spec import Operator


def told_first(failed: Sequence[Check], operator: Operator, *, right_nowhere: bool) -> Check:
    """The case that is told for example: the simplest.

    Where none is right, and most return, it is one that returns; where all crash, and most of them in one line, it is
    one of these.
    """
    crashed = sum(check.verdict is Verdict.CRASHED for check in failed)
    returns_first = right_nowhere and 2 * crashed < len(failed)
    place, count = Counter(map(_place, failed)).most_common(1)[0]
    is_there = right_nowhere and crashed == len(failed) < 2 * count
    return min(
        failed,
        key=lambda c: (
            not c.tried,
            returns_first and c.verdict is Verdict.CRASHED,
            is_there and _place(c) != place,
            *complication(operator, c.case),
        ),
    )


def _place(check: Check) -> str:
    """Where a call crashed, as its message begins."""
    return (check.message or "").partition(": ")[0]
