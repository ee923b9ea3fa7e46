"""What is shown of a wrong output: the smallest case that shows why it is wrong, and a picture of a simple one."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import isfinite, prod

from grader import messages
from grader.cases.problems import Problem
from grader.feedback.alone import is_a_death, is_right_alone, is_right_on_other
from grader.feedback.found import Found
from grader.feedback.search import is_missing
from grader.feedback.shrink import Found as Small
from grader.feedback.shrink import Shown, Shrinker
from grader.feedback.snippet import snippet
from grader.feedback.symptoms import as_told
from grader.feedback.telling import values_of
from grader.feedback.unfilled import may_hold_memory
from grader.judging.judged import Wrong
from grader.judging.told_first import told_first
from grader.records import Array, Function, Verdict
from grader.records.feedback import Example, Numbers, Outline, Picture
from grader.rubric.model import Tolerance
from reference.outlines import RANDOM
from reference.spec import Operator

_MOST_NUMBERS_IN_A_PICTURE = 4000
_DIGITS_OF_A_PICTURE = 9
"""More than are told, since differences are made of them; with still more, the last could differ from run to run."""
_MOST_BEGINNINGS = 3
"""Cases from which the smallest is looked for; where none of them leads to one that is telling, one more."""


def as_before(found: Found | None, output: str, tolerance: Tolerance) -> Shown:
    """Whether a result on a smaller problem comes of the same mistake, as far as it is known."""
    return lambda problem, got: found is None or found.gives(problem, output, got, tolerance)


def _as_told(found: Found | None, output: str, wrong: Sequence[Wrong], *, sees_memory: bool) -> Iterator[Shown]:
    """What a case may have to show beside that; the most telling first. Nothing of memory, which is another elsewhere.

    Zeros alone look as if nothing were computed, whatever the mistake is. They do not show one that gives other numbers
    elsewhere.
    """
    is_blank = not any(map(_has_numbers, wrong))

    def is_same_elsewhere(problem: Problem, got: Array | None) -> bool:
        is_of_values = got is not None and got.shape == problem.expected[output].shape
        return not (sees_memory and is_of_values and may_hold_memory(got))

    def is_seen(problem: Problem, got: Array | None) -> bool:
        return is_same_elsewhere(problem, got) and (is_blank or got is None or bool(got.any()))

    if found is not None:
        yield lambda problem, got: is_seen(problem, got) and found.shows(problem, output)
        if len(found.bugs) > 1:
            yield lambda problem, got: is_seen(problem, got) and found.shows_one(problem, output)
    yield is_seen
    if not is_blank:
        yield is_same_elsewhere


def _has_numbers(wrong: Wrong) -> bool:
    return wrong.returned is not None and wrong.returned.array is not None and bool(wrong.returned.array.any())


def complication(wrong: Wrong) -> tuple[bool, int, int]:
    """Crashes after wrong values, then few traits first, then few numbers."""
    case = wrong.problem.case
    unusual = len(case.kinds) + (case.dtype != "float64")
    return wrong.check.verdict is not Verdict.FAILED, unusual, sum(a.size for a in wrong.problem.arrays.values())


def shown(
    shrinker: Shrinker, wrong: Sequence[Wrong], found: Found | None, lines: Sequence[int], *, sees_memory: bool
) -> tuple[Wrong, Small] | None:
    """The smallest case that fails as a simple one of the wrong ones does, and shows the mistake that was found.

    `lines` are those that are told of the mistake, or where the example crashes. Of code that `sees_memory` as it is,
    one that shows none of it.
    """
    wrong = _at(wrong, lines)
    cases = [w for w in wrong if w.check.tried and w.check.verdict in (Verdict.FAILED, Verdict.CRASHED)]
    values = [w for w in wrong if w.check.verdict is Verdict.FAILED or is_missing(w)]
    cases = sorted((w for w in cases if w.returned is None or w.returned.array is not None), key=complication)
    if values and not values_of(cases):  # no arrays, of which there is nothing to see; crashes are told beside
        return None
    cases = as_told(shrinker.operator, cases) if found is None else cases
    for level, told in enumerate(_as_told(found, wrong[0].check.output, cases, sees_memory=sees_memory)):
        telling = [w for w in cases if told(w.problem, None if w.returned is None else w.returned.array)]
        for simplest in _beginnings(telling[: 1 if level else _MOST_BEGINNINGS]):
            small = _smallest(shrinker, simplest, told)
            if small is not None:
                return simplest, small
    return None


def _at(wrong: Sequence[Wrong], lines: Sequence[int]) -> Sequence[Wrong]:
    """Without crashes in other lines than those of the mistake, which do not show it; all, if nothing else is left."""
    showing = [w for w in wrong if w.error is None or w.error.line in lines]
    return showing if lines and showing else wrong


def where_most_crash(wrong: Sequence[Wrong]) -> Sequence[int]:
    """The line in which most crash, where all do: so the example is chosen where nothing is right (`told_first`)."""
    (line, count), *_ = Counter(None if w.error is None else w.error.line for w in wrong).most_common(1)
    return (line,) if line is not None and 2 * count > len(wrong) and all(w.error for w in wrong) else ()


def _smallest(shrinker: Shrinker, wrong: Wrong, told: Shown) -> Small | None:
    """The smallest case; where backward is marked right on it, for it is right on the other cache, one that is not."""

    def is_marked_wrong(problem: Problem) -> bool:
        return not is_right_on_other(shrinker.session, shrinker.operator.signature, shrinker.tolerance, wrong, problem)

    shrinker.told = told
    small = shrinker.smallest(wrong)
    if small is None or is_marked_wrong(small.problem):
        return small
    shrinker.told = lambda problem, got: told(problem, got) and is_marked_wrong(problem)
    return shrinker.smallest(wrong)


def of_calls_before(shrinker: Shrinker, wrong: Sequence[Wrong], text: Outline) -> Iterator[str]:
    """That the simplest case, from which none could be found that fails by itself, does not either.

    Where random numbers are drawn, that may be by chance.
    """
    cases = [w for w in wrong if w.check.tried and w.check.verdict in (Verdict.FAILED, Verdict.CRASHED)]
    simplest = min(cases, key=complication, default=None)
    if simplest is None or is_a_death(simplest.error) or text.places.get(RANDOM):
        return
    if is_right_alone(shrinker.session, shrinker.operator.signature, shrinker.tolerance, simplest):
        yield messages.right_alone()


def example_of(
    shrinker: Shrinker, simplest: Wrong, small: Small, names: Mapping[Function, str], output: str
) -> Example:
    """A small case with all that is shown of it, for an output that is wrong in it."""
    problem, check, signature = small.problem, small.check, shrinker.operator.signature
    function = signature.function(output)
    expected = problem.expected[output]
    inputs = dict(problem.arrays)
    if function == "backward":
        inputs[signature.upstream] = problem.upstream
    own = simplest.cache == "own"
    return Example(
        function=function,
        output=output,
        sizes=dict(problem.case.sizes),
        dtype=problem.case.dtype,
        inputs={name: plain(values) for name, values in inputs.items()},
        expected=plain(expected),
        got=None if small.got is None or _is_huge(small.got) else plain(small.got),
        expected_shape=expected.shape,
        got_shape=None if small.got is None else small.got.shape,
        worst_index=check.worst_index,
        problem=messages.first_line(check.message or ""),
        snippet=snippet(signature, problem, output, names, shrinker.tolerance.of(problem.case.dtype), own=own),
        kinds=problem.case.kinds,
    )


def crashes_first(cases: Sequence[Wrong], operator: Operator, *, right_nowhere: bool) -> bool:
    """Whether the case that is told for example is a crash."""
    first = told_first([w.check for w in cases], operator, right_nowhere=right_nowhere)
    return first.verdict is Verdict.CRASHED


def _beginnings(wrong: Sequence[Wrong]) -> Iterator[Wrong]:
    """Each with plain numbers first, for what is special about its numbers need not be why it fails."""
    for one in wrong:
        case = one.problem.case
        for kinds, dtype in dict.fromkeys(product(((), case.kinds), ("float64", case.dtype))):
            yield replace(one, problem=replace(one.problem, case=replace(case, kinds=kinds, dtype=dtype)))


def picture(wrong: Sequence[Wrong]) -> Picture | None:
    """A picture of the simplest case in which only values are wrong."""
    seen = [w for w in wrong if w.check.worst_index is not None and w.returned is not None]
    seen = [w for w in seen if w.returned is not None and w.returned.array is not None]
    seen = [w for w in seen if w.problem.expected[w.check.output].size <= _MOST_NUMBERS_IN_A_PICTURE]
    if not seen:
        return None
    chosen = min(seen, key=lambda w: (complication(w)[:2], bool(w.problem.case.spaced), complication(w)[2]))
    assert chosen.returned is not None
    assert chosen.returned.array is not None
    assert chosen.check.worst_index is not None
    sizes = dict(chosen.problem.case.sizes)
    expected = chosen.problem.right_answer(chosen.check.output, chosen.returned.array)
    digits = _DIGITS_OF_A_PICTURE
    return Picture(sizes, plain(expected, digits), plain(chosen.returned.array, digits), chosen.check.worst_index)


def _is_huge(values: Array) -> bool:
    """Whether there is more than anybody would look at; an empty array can have a very long axis."""
    places: int = prod(max(1, size) for size in values.shape)
    return places > _MOST_NUMBERS_IN_A_PICTURE


def plain(values: Array, digits: int | None = None) -> Numbers:
    """An array as nested lists; what is not finite is None, and with `digits` so many significant ones are kept."""
    if values.ndim:
        return [plain(part, digits) for part in values]
    value = float(values)
    if not isfinite(value):
        return None
    if digits is not None:
        rounded = float(f"{value:.{digits}g}")
        value = rounded if isfinite(rounded) else value  # the largest floats are rounded beyond the largest
    return int(value) if value == int(value) and abs(value) < 2**53 else value
