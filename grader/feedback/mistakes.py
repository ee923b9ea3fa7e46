"""Which known mistake gives the student's results.

Nothing is run here but the bank's own code.

A name is given only where a bug, or two together, gives the student's result on every case that is wrong and the
expected one on every case that is right. A wrong name would do more harm than none.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from enum import Enum
from itertools import combinations, islice

import numpy as np

from grader import messages
from grader.cases.problems import Problem
from grader.judging.compare import relative_error
from grader.judging.judged import Wrong
from grader.records import Array, StudentError, Verdict
from grader.records.feedback import Mistake, Outline
from grader.rubric.model import Tolerance
from reference.spec import Bank, Bug, Form

_SLACK = 10
"""Agreement with a bug is looked for with this many times the tolerance: both sides round."""
_MOST_PROBES = 10
"""The number of wrong cases on which single bugs are tried, to see which may be a pair."""
_MOST_PAIRS = 1200
"""Pairs of bugs that are tried, of all outputs together: that takes a quarter of a second."""
_MOST_REMEMBERED_BYTES = 32 * 1024 * 1024
"""Three times what the packaged rubrics take."""
_SURE, _TWO_AT_ONCE, _CRASHES_ONLY = 0.95, 0.8, 0.5
_MOST_LINES = 6
"""If more lines than these have to do with a bug, none is marked."""


@dataclass(frozen=True, slots=True)
class Found:
    """What explains everything: one bug, or two together."""

    bank: Bank
    bugs: tuple[Bug, ...]
    forms: tuple[Form, ...]
    """The variants that matched."""
    confidence: float

    def gives(self, problem: Problem, output: str, got: Array | None, tolerance: Tolerance) -> bool:
        """Whether they give `got` on another problem; None stands for a crash."""
        return any(
            agrees(form, results(self.bank, form, problem), problem, output, got, tolerance) for form in self.forms
        )

    def is_borne_out(self, text: Outline) -> bool:
        """Whether lines of the function show it, where it is less than sure: of two at once, or of crashes alone."""
        return self.confidence >= _SURE or all(text.places.get(bug.place) for bug in self.bugs)

    def shows(self, problem: Problem) -> bool:
        """Whether a problem shows what is told of the mistakes."""
        return all(bug.shows(problem.case.sizes) for bug in self.bugs)


class KnownResults:
    """What the single bugs of a bank give on the problems of a class: computed once for all its submissions."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        self._given: dict[tuple[str, int, int], dict[str, Array]] = {}
        self._left_bytes = _MOST_REMEMBERED_BYTES

    def results(self, form: Form, problem: Problem) -> dict[str, Array]:
        """As `results`; the cases of the problems differ in their index."""
        if len(form) > 1:
            return results(self.bank, form, problem)
        ((bug, variant),) = form
        key = bug.id, variant, problem.case.index
        given = self._given.get(key)
        if given is None:
            given = results(self.bank, form, problem)
            self._left_bytes -= sum(array.nbytes for array in given.values())
            if self._left_bytes > 0:
                self._given[key] = given
        return given


def find_bugs(
    wrong: Mapping[str, Sequence[Wrong]],
    right: Mapping[str, Sequence[Problem]],
    tolerance: Tolerance,
    bank: KnownResults,
    *,
    keeps_inputs: bool = True,
) -> dict[str, Found]:
    """What is behind the outputs that are wrong; those that nothing in the bank explains are left out.

    Where backward was given the canonical cache, a bug has to give the results on the student's own, too. Where there
    is none, nothing is named, unless it is known that it would have held the same.

    Args:
        wrong: by output, every case in which it is not right.
        right: by output, of those that are wrong nowhere too, the problems in which it is right.
        tolerance: of the rubric.
        bank: the bugs, and what they give on these problems.
        keeps_inputs: whether forward is known to cache its inputs as they are.
    """
    wrong = {output: _on_every_cache(cases) for output, cases in wrong.items()}
    searches = {
        output: _Search(output, _telling_first(wrong.get(output, ())), problems, tolerance, bank)
        for output, problems in right.items()
    }
    spoiled = {output for output, cases in wrong.items() if _values(cases)}
    found: dict[str, Found] = {}
    for output in sorted(wrong, key=lambda output: (output not in spoiled, list(wrong).index(output))):
        if all(_can_be_named(w, keeps_inputs=keeps_inputs) for w in wrong[output]):
            behind = None if output in spoiled else _same(searches[output], found)
            behind = behind or _find(searches, output, found, spoiled or set(wrong), _MOST_PAIRS // len(wrong))
            behind = behind or _same(searches[output], found)
            if behind is not None:
                found[output] = behind
    return found


def _on_every_cache(cases: Sequence[Wrong]) -> list[Wrong]:
    """With what the student's own cache gave where the canonical one took its place."""
    return [one for wrong in cases for one in (wrong, wrong.on_own) if one is not None]


def _can_be_named(wrong: Wrong, *, keeps_inputs: bool) -> bool:
    is_own = wrong.cache == "own" or wrong.on_own is not None or keeps_inputs
    return is_own and wrong.check.verdict in (Verdict.FAILED, Verdict.CRASHED) and wrong.check.tried


def _values(cases: Sequence[Wrong]) -> list[Wrong]:
    return [wrong for wrong in cases if wrong.check.verdict is Verdict.FAILED]


def _telling_first(cases: Sequence[Wrong]) -> list[Wrong]:
    """Scalars and empty results later, for much agrees with them, and crashes last."""

    def telling(wrong: Wrong) -> tuple[int, int]:
        array = wrong.returned.array if wrong.returned is not None else None
        return (1, 0) if array is None or array.size < 2 else (0, array.size)

    return [*sorted(_values(cases), key=telling), *(w for w in cases if w.check.verdict is not Verdict.FAILED)]


def _same(search: "_Search", found: Mapping[str, Found]) -> Found | None:
    """What is behind another output, where it explains this one, too: a crash costs all outputs of a function."""
    for other in found.values():
        forms = search.forms_of(other.bugs[0]) if len(other.bugs) == 1 else search.explaining(other.forms)
        if forms:
            return replace(other, forms=forms)
    return None


def _find(
    searches: Mapping[str, "_Search"], output: str, found: Mapping[str, Found], spoiled: Set[str], most_pairs: int
) -> Found | None:
    """One bug or, failing that, two; none where several say different things of the same results.

    Of bugs that give the same, the one that spoils just the outputs that are wrong is meant.
    """
    search = searches[output]
    values = bool(_values(search.wrong))
    bank = search.bank.bank
    bugs = [bug for bug in bank.bugs if output in bug.outputs]
    fitting = [(b, forms) for b in bugs if (forms := search.forms_of(b)) and _fits_others(b, searches, output, found)]
    if fitting:
        fitting = [one for one in fitting if search.is_whole(one[1])] or fitting
        nearest = _nearest([(bug,) for bug, _ in fitting], spoiled)
        if len(nearest) > 1:
            return None
        forms = next(forms for bug, forms in fitting if (bug,) == nearest[0])
        return Found(bank, nearest[0], forms, _SURE if values else _CRASHES_ONLY)
    likely = [bug for bug in bugs if _fits_others(bug, searches, output, found)] if values else []
    pairs = search.pairs(likely, most_pairs)
    nearest = _nearest([tuple(bug for bug, _ in form) for form in pairs], spoiled)
    if len(nearest) != 1:
        return None
    forms = tuple(form for form in pairs if tuple(bug for bug, _ in form) == nearest[0])
    return Found(bank, nearest[0], forms, _TWO_AT_ONCE)


def _nearest(found: Sequence[tuple[Bug, ...]], spoiled: Set[str]) -> list[tuple[Bug, ...]]:
    """Those, one or two at a time, that spoil just the outputs that are wrong, or come nearest to that."""
    distance = {bugs: len(spoiled ^ {output for bug in bugs for output in bug.outputs}) for bugs in found}
    return [bugs for bugs, far in distance.items() if far == min(distance.values())]


def _fits_others(bug: Bug, searches: Mapping[str, "_Search"], output: str, found: Mapping[str, Found]) -> bool:
    """Whether a bug of several outputs explains the others as well, alone or with another, or leaves them right.

    Of one that is only lost in crashes, nothing is known.
    """
    for search in (searches[other] for other in bug.outputs if other != output and other in searches):
        together = search.output in found and bug in found[search.output].bugs
        if _values(search.wrong) and not together and not search.forms_of(bug):
            return False
        if not search.wrong and not search.may_be_right(bug):
            return False
    return True


def mistake_of(found: Found, text: Outline) -> Mistake:
    """What to tell the student, with the lines of the function to look at, where its text shows them."""
    return Mistake(
        bug="+".join(bug.id for bug in found.bugs),
        title="; ".join(bug.title for bug in found.bugs),
        explanation=messages.joined([bug.explanation for bug in found.bugs]),
        where=messages.joined([bug.where for bug in found.bugs]),
        hint=messages.joined([bug.hint for bug in found.bugs]),
        confidence=found.confidence,
        lines=tuple(sorted({line for bug in found.bugs for line in _lines(bug, text)})),
    )


def agrees(
    form: Form,
    everything: Mapping[str, Array],
    problem: Problem,
    output: str,
    got: Array | None,
    tolerance: Tolerance,
) -> bool:
    """Whether code with these bugs, which gives `everything` on a problem, gives `got`; None stands for a crash."""
    if not everything or output not in everything or got is None:
        return not everything and got is None
    given = everything[output]
    if any(bug.precision for bug, _ in form) and not np.array_equal(got, got.astype(np.float32), equal_nan=True):
        return False  # a result of float32 is one of its numbers: that tells it from another small error
    allowed = _allowed(form, problem, tolerance)
    return got.shape == given.shape and bool(relative_error(got.astype(np.float64), given) <= allowed)


def _allowed(form: Form, problem: Problem, tolerance: Tolerance) -> float:
    """How far apart two results of the same code may lie."""
    return max(*(bug.precision for bug, _ in form), _SLACK * tolerance.of(problem.case.dtype))


def results(bank: Bank, form: Form, problem: Problem) -> dict[str, Array]:
    """What code with these bugs gives; nothing where it crashes."""
    try:
        given = bank.run(form, problem.arrays, problem.upstream, problem.parameters)
    except (ValueError, IndexError):
        return {}
    return {name: np.asarray(values, np.float64) for name, values in given.items()}


@dataclass(frozen=True, slots=True)
class _Search:
    """For what explains one output: every wrong case, and does no harm to the right ones."""

    output: str
    wrong: Sequence[Wrong]
    """The most telling first."""
    right: Sequence[Problem]
    tolerance: Tolerance
    bank: KnownResults

    def forms_of(self, bug: Bug) -> tuple[Form, ...]:
        """The variants of one bug that together explain everything; none where they do not.

        Which of them it is can differ from case to case: where one crashes, another reads past the edge.
        """
        forms: list[Form] = [((bug, i),) for i in range(len(bug.variants))]
        whole = [form for form in forms if self._explains_all(form) and self._keeps_right(form)]
        if whole:
            return tuple(whole)
        used = []
        for wrong in self.wrong:
            explaining = [form for form in forms if self._explains(form, wrong)]
            if not explaining:
                return ()
            used += explaining[:1]
        used = [form for form in forms if form in used]
        return tuple(used) if len(used) > 1 and any(map(self._keeps_right, used)) else ()

    def is_whole(self, forms: Sequence[Form]) -> bool:
        """Whether one variant explains everything, not some of them together: that is better evidence."""
        return bool(self.explaining(forms))

    def pairs(self, bugs: Sequence[Bug], most: int) -> list[Form]:
        """Two bugs together that explain everything."""
        probes = self.wrong[:: max(1, len(self.wrong) // _MOST_PROBES)]
        fits = [fit for bug in bugs for fit in self._different(bug, probes) if self._keeps_right(fit.form)]
        likely = ((*a.form, *b.form) for a, b in combinations(fits, 2) if a.may_be_with(b))
        return [form for form in islice(likely, most) if self._explains_all(form) and self._keeps_right(form)]

    def explaining(self, forms: Sequence[Form]) -> tuple[Form, ...]:
        """Those of some forms that explain everything."""
        return tuple(form for form in forms if self._explains_all(form) and self._keeps_right(form))

    def _different(self, bug: Bug, probes: Sequence[Wrong]) -> Iterator["_Fit"]:
        """The variants of a bug that do not give the same on all probes."""
        seen: set[tuple[tuple[tuple[int, ...], bytes] | None, ...]] = set()
        for i in range(len(bug.variants)):
            form: Form = ((bug, i),)
            given = [self.bank.results(form, wrong.problem).get(self.output) for wrong in probes]
            key = tuple(None if array is None else (array.shape, array.tobytes()) for array in given)
            if key not in seen:
                seen.add(key)
                yield _Fit(form, tuple(self._effect(form, wrong) for wrong in probes))

    def _effect(self, form: Form, wrong: Wrong) -> "_Effect":
        crashed = wrong.check.verdict is Verdict.CRASHED
        if not self.bank.results(form, wrong.problem):
            return _Effect.ALL if crashed else _Effect.TOO_MUCH
        if self._is_right(form, wrong.problem):
            return _Effect.NONE
        got = None if wrong.returned is None else wrong.returned.array
        return _Effect.ALL if self._agrees(form, wrong.problem, None if crashed else got) else _Effect.SOME

    def _explains_all(self, form: Form) -> bool:
        return all(self._explains(form, wrong) for wrong in self.wrong)

    def _explains(self, form: Form, wrong: Wrong) -> bool:
        if wrong.check.verdict is Verdict.CRASHED:
            return _is_of_shapes(wrong.error) and self._agrees(form, wrong.problem, None)
        got = None if wrong.returned is None else wrong.returned.array
        if got is None or not self._agrees(form, wrong.problem, got):
            return False
        return not self._is_right(form, wrong.problem)

    def _agrees(self, form: Form, problem: Problem, got: Array | None) -> bool:
        return agrees(form, self.bank.results(form, problem), problem, self.output, got, self.tolerance)

    def may_be_right(self, bug: Bug) -> bool:
        """Whether a bug has a form that does no harm to this output."""
        return any(self._keeps_right(((bug, i),)) for i in range(len(bug.variants)))

    def _keeps_right(self, form: Form) -> bool:
        """Whether these bugs do no harm where the student is right."""
        return all(self._does_no_harm(form, problem) for problem in self.right)

    def _does_no_harm(self, form: Form, problem: Problem) -> bool:
        given = self.bank.results(form, problem).get(self.output)
        expected = problem.right_answer(self.output, given)
        if given is None or given.shape != expected.shape:
            return False
        return bool(relative_error(given, expected) <= _allowed(form, problem, self.tolerance))

    def _is_right(self, form: Form, problem: Problem) -> bool:
        """Whether these bugs lose no mark on a problem: then they are not why the student does."""
        given = self.bank.results(form, problem).get(self.output)
        expected = problem.right_answer(self.output, given)
        if given is None or given.shape != expected.shape:
            return False
        return bool(relative_error(given, expected) <= self.tolerance.of(problem.case.dtype))


class _Effect(Enum):
    """What a bug alone does in one case that is wrong."""

    NONE = "none"
    """The result is right."""
    SOME = "some"
    """It is wrong, but otherwise than the student's."""
    ALL = "all"
    """It is the student's."""
    TOO_MUCH = "too much"
    """It crashes, where the student's code does not."""


@dataclass(frozen=True, slots=True)
class _Fit:
    """What one bug in one variant does in some of the cases that are wrong."""

    form: Form
    effects: tuple[_Effect, ...]

    def may_be_with(self, other: "_Fit") -> bool:
        """Whether the two can explain every case: where one does nothing, the other has to do it all."""
        return self.form[0][0] is not other.form[0][0] and all(map(_may_meet, self.effects, other.effects))


def _may_meet(one: _Effect, other: _Effect) -> bool:
    if _Effect.TOO_MUCH in (one, other):
        return False
    return (one is not _Effect.NONE and other is not _Effect.NONE) or _Effect.ALL in (one, other)


def _is_of_shapes(error: StudentError | None) -> bool:
    """Whether a crash can come of arrays that do not fit: the bank knows no other."""
    return error is not None and error.type in ("ValueError", "IndexError") and "unpack" not in error.text


def _lines(bug: Bug, text: Outline) -> tuple[int, ...]:
    """Lines of the function that show a bug, unless there are many."""
    found = text.places.get(bug.place, ())
    return found if len(found) <= _MOST_LINES else ()
