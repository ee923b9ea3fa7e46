"""Which of the wrong cases tell something about what is behind them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from grader import messages
from grader.feedback.search import is_missing
from grader.feedback.unfilled import of_memory, with_that_of, without_memory
from grader.judging.judged import Wrong
from grader.records import FUNCTIONS, Function, Verdict
from grader.records.feedback import Outline
from reference.outlines import never_set
from reference.spans import is_over_before
from reference.spec import Bug

Named = TypeVar("Named")
_FEW = 0.25
"""The share of cases without a crash below which they tell no more than crashes alone."""
_ENOUGH, _MANY_NUMBERS = 2, 8
"""Sizes and numbers, of fewer of which what is returned beside many crashes says nothing."""


def telling(cases: Sequence[Wrong], *, keeps_inputs: bool) -> Sequence[Wrong]:
    """Without crashes on the canonical cache of code that may have another, unless there is nothing else."""
    some = [w for w in cases if _is_own(w, keeps_inputs=keeps_inputs) or w.check.verdict is not Verdict.CRASHED]
    return some or cases


def on_every_cache(cases: Sequence[Wrong]) -> list[Wrong]:
    """With what the student's own cache gave where the canonical one took its place.

    Where that gave crashes alone, results on the canonical one are no results of theirs, unless there are others.
    """
    found = [one for wrong in cases for one in (wrong, wrong.on_own) if one is not None]
    return [one for one in found if not died_on_own(one)] if all(map(died_on_own, values_of(found))) else found


def as_students_see(
    as_judged: dict[str, list[Wrong]], find: Callable[[Mapping[str, list[Wrong]]], dict[str, Named]], *, works: bool
) -> tuple[dict[str, list[Wrong]], dict[str, Named]]:
    """Wrong cases with what the student's own cache gave, where backward works with that at all; else as they are.

    Args:
        as_judged: by output, all of it of backward: forward makes the cache as it has to.
        find: what is behind such cases, by output.
        works: whether all is right in some case with the student's own cache.

    Returns:
        The cases, as they were judged where only so something is found behind them; and what is found.
    """
    own = {output: list(map(_on_own, cases)) for output, cases in as_judged.items()}
    works = works or any(w.cache == "own" and w.check.verdict is Verdict.FAILED for one in own.values() for w in one)
    if not works or all(w.on_own is None for cases in as_judged.values() for w in cases):
        return as_judged, find(as_judged)
    on_own = find(own)
    found = {**find(as_judged), **on_own} if own.keys() - on_own.keys() else on_own
    return {o: as_judged[o] if o in found and o not in on_own else own[o] for o in own}, found


def _on_own(wrong: Wrong) -> Wrong:
    """What the student's own cache gave, where that is wrong, too."""
    is_wrong = wrong.on_own is not None and wrong.on_own.check.verdict in (Verdict.FAILED, Verdict.CRASHED)
    return wrong.on_own if wrong.on_own is not None and is_wrong else wrong


def can_be_named(wrong: Wrong, *, keeps_inputs: bool) -> bool:
    """Whether a mistake that explains the other cases has to explain this one, and can."""
    is_own = _is_own(wrong, keeps_inputs=keeps_inputs)
    has_ended = wrong.check.verdict in (Verdict.FAILED, Verdict.CRASHED) or is_missing(wrong)
    return is_own and has_ended and wrong.check.tried


def _is_own(wrong: Wrong, *, keeps_inputs: bool) -> bool:
    """Whether it comes of a cache that is the student's, or as theirs would have been."""
    return wrong.cache == "own" or wrong.on_own is not None or keeps_inputs


def died_on_own(wrong: Wrong) -> bool:
    """Whether the student's own cache made a crash of it, of which a value on the canonical one says nothing."""
    return wrong.on_own is not None and wrong.on_own.error is not None


def values_of(cases: Sequence[Wrong]) -> list[Wrong]:
    """Those in which the call returned something, and that is wrong."""
    return [wrong for wrong in cases if wrong.check.verdict is Verdict.FAILED]


def not_lost_with(output: str, wrong: Mapping[str, Sequence[Wrong]], found: Iterable[str]) -> list[Wrong]:
    """Without calls that ended by the mistake of another output, which only crashes there."""
    crashed = [other for other in found if not values_of(wrong[other])]
    ended = {(w.problem.case.index, w.error) for other in crashed for w in wrong[other]}
    return [w for w in wrong[output] if w.error is None or (w.problem.case.index, w.error) not in ended]


def are_few(values: Sequence[Wrong], wrong: Sequence[Wrong]) -> bool:
    """Whether next to nothing was returned, so that crashes tell more."""
    return len(values) < _FEW * len(wrong)


def may_be_chance(wrong: Sequence[Wrong]) -> bool:
    """Whether what little was returned beside many crashes can agree with a mistake by chance.

    It is numbers on problems of one size, or next to no numbers. Nothing at all, or an empty array, is no chance.
    """
    values = values_of(wrong)
    arrays = [w.returned.array for w in values if w.returned is not None and w.returned.array is not None]
    if not arrays or not are_few(values, wrong) or not all(array.size for array in arrays):
        return False
    return (
        len({frozenset(w.problem.case.sizes.items()) for w in values}) < _ENOUGH
        or sum(a.size for a in arrays) < _MANY_NUMBERS
    )


def telling_first(cases: Sequence[Wrong]) -> list[Wrong]:
    """Scalars and empty results later, for much agrees with them, and crashes last."""

    def little(wrong: Wrong) -> tuple[int, int]:
        array = wrong.returned.array if wrong.returned is not None else None
        return (1, 0) if array is None or array.size < 2 else (0, array.size)

    return [*sorted(values_of(cases), key=little), *(w for w in cases if w.check.verdict is not Verdict.FAILED)]


def comes_before(
    line: int | None, bugs: Sequence[Bug], lines: Sequence[int], places: Mapping[str, Sequence[int]]
) -> bool:
    """Whether a call that crashed in a line did so before any of those was run that show what was found."""
    if line is None or not lines:
        return False
    return (line < min(lines) and all(bug.is_last for bug in bugs)) or is_over_before(places, line, lines)


def is_of_memory(output: str, wrong: Sequence[Wrong], text: Outline) -> bool:
    """Whether it is wrong because of what was in memory, which is another the next time."""
    return bool(never_set(text.places, output) or of_memory(output, wrong, text))


def texts_read(
    names: Mapping[Function, str], outlines: Mapping[str, Outline], broken: Mapping[Function, str]
) -> dict[Function, Outline]:
    """What the functions' texts say; nothing of memory where another result comes out when one is called again.

    `broken` has what is said of a promise that a function breaks.
    """
    forward, backward = (
        without_memory(text) if broken.get(function) == messages.not_deterministic(names[function]) else text
        for function, text in ((function, outlines.get(names[function], Outline())) for function in FUNCTIONS)
    )
    return {"forward": forward, "backward": with_that_of(forward, backward)}
