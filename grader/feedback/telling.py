"""Which of the wrong cases tell something about what is behind them."""

from collections.abc import Sequence

from grader.feedback.search import is_missing
from grader.judging.judged import Wrong
from grader.records import Verdict


def telling(cases: Sequence[Wrong], *, keeps_inputs: bool) -> Sequence[Wrong]:
    """Without crashes on the canonical cache of code that may have another, unless there is nothing else."""
    some = [w for w in cases if _is_own(w, keeps_inputs=keeps_inputs) or w.check.verdict is not Verdict.CRASHED]
    return some or cases


def on_every_cache(cases: Sequence[Wrong]) -> list[Wrong]:
    """With what the student's own cache gave where the canonical one took its place."""
    return [one for wrong in cases for one in (wrong, wrong.on_own) if one is not None]


def can_be_named(wrong: Wrong, *, keeps_inputs: bool) -> bool:
    """Whether a mistake that explains the other cases has to explain this one, and can."""
    is_own = _is_own(wrong, keeps_inputs=keeps_inputs)
    has_ended = wrong.check.verdict in (Verdict.FAILED, Verdict.CRASHED) or is_missing(wrong)
    return is_own and has_ended and wrong.check.tried


def _is_own(wrong: Wrong, *, keeps_inputs: bool) -> bool:
    """Whether it comes of a cache that is the student's, or as theirs would have been."""
    return wrong.cache == "own" or wrong.on_own is not None or keeps_inputs


def values_of(cases: Sequence[Wrong]) -> list[Wrong]:
    """Those in which the call returned something, and that is wrong."""
    return [wrong for wrong in cases if wrong.check.verdict is Verdict.FAILED]


def telling_first(cases: Sequence[Wrong]) -> list[Wrong]:
    """Scalars and empty results later, for much agrees with them, and crashes last."""

    def little(wrong: Wrong) -> tuple[int, int]:
        array = wrong.returned.array if wrong.returned is not None else None
        return (1, 0) if array is None or array.size < 2 else (0, array.size)

    return [*sorted(values_of(cases), key=little), *(w for w in cases if w.check.verdict is not Verdict.FAILED)]
