"""Cases that become problems, and problems divided into rounds: what is asked in one exchange with the sandbox."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, pairwise

from grader.cases.draw import draw_cases, secret_cases
from grader.cases.problems import Problem, pose_fairly
from grader.judging.promises import REPEATS
from grader.records import FUNCTIONS, Case, Function
from grader.rubric.assignment import Assignment
from grader.sandbox.region import region_bytes_for
from grader.sandbox.requests import CacheMode, Call, Exchange
from reference.signature import Signature
from reference.spec import Operator

AT_ONCE = 60
"""Problems whose calls are made in one exchange with the sandbox."""
Kind = tuple[Function, CacheMode]
"""A function, and for backward the cache that it is given."""


@dataclass(frozen=True, slots=True)
class Round:
    """Some problems, and the calls that they are likely to need, all in one exchange."""

    problems: tuple[Problem, ...]
    exchange: Exchange


class Posing:
    """Cases that become problems one after the other: when they are asked for, or before, where there is time.

    Args:
        operator: that they are problems of.
        cases: in order.
        show_promises: whether they are to show that promises are kept, too.
    """

    def __init__(self, operator: Operator, cases: Sequence[Case], *, show_promises: bool) -> None:
        self._operator = operator
        self._cases = cases
        self._show_promises = show_promises
        self._parts = _parts(cases, show_promises=show_promises)
        self._posed: list[Problem] = []

    def go_on(self) -> bool:
        """Pose the next one; whether there was one."""
        if len(self._posed) == len(self._cases):
            return False
        self._posed.append(pose_fairly(self._operator, self._cases[len(self._posed)]))
        return True

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """All of them."""
        while self.go_on():
            pass
        return tuple(self._posed)

    @cached_property
    def rounds(self) -> tuple[Round, ...]:
        """All of them in rounds, the same for every submission."""
        return tuple(self._round(self.problems[part], repeated=self._show_promises and not n)
                     for n, part in enumerate(self._parts))  # fmt: skip

    def _round(self, problems: tuple[Problem, ...], *, repeated: bool) -> Round:
        calls = [Call(i, *kind) for i, problem in enumerate(problems) for kind in _kinds(problem, repeated=repeated)]
        return Round(problems, _exchange(problems, calls, self._operator.signature))

    @cached_property
    def region_bytes(self) -> int:
        """Shared memory for as many of them as are sent at once."""
        shapes = [[*self._operator.shapes(case.sizes).values()] for case in self._cases]
        for_six = (region_bytes_for(each, 6) for each in shapes)  # `in_between`, which calls forward six times
        for_parts = (region_bytes_for(chain.from_iterable(shapes[part])) for part in self._parts)
        return max((*for_six, *for_parts), default=0)


def go_on(posings: Iterable[Posing]) -> bool:
    """Pose one more problem of some; whether there was one."""
    return any(posing.go_on() for posing in posings)


def _parts(cases: Sequence[Case], *, show_promises: bool) -> list[slice]:
    """The cases of each round.

    To show promises, the first is short. It has every call that may be wanted to see whether they are kept.
    """
    whole = [number for number, case in enumerate(cases) if case.functions == FUNCTIONS]
    first = whole[REPEATS - 1] + 1 if len(whole) >= REPEATS else len(cases)
    starts = (0, *range(first, len(cases), AT_ONCE)) if show_promises else range(0, len(cases), AT_ONCE)
    return [slice(start, end) for start, end in pairwise((*starts, len(cases)))]


class Rounds:
    """What is asked of submissions: public problems, the same for all, more of them where any is wrong, secret ones.

    Args:
        assignment: the kinds of cases, how many, and what computes their results.
        secret: what the secret cases are drawn from; if empty, from each submission's own text.
    """

    def __init__(self, assignment: Assignment, secret: tuple[int, ...]) -> None:
        self.rubric, self.operator = assignment.rubric, assignment.operator
        self._secret = secret

    @cached_property
    def _cases(self) -> tuple[Case, ...]:
        cases, seed = self.rubric.cases, self.rubric.seed
        return draw_cases(self.operator, cases.ranges, cases.count, cases.dtypes, ragged=cases.ragged, seed=seed)

    @cached_property
    def public(self) -> Posing:
        """The public cases that every submission is asked."""
        return Posing(self.operator, [case for case in self._cases if not case.second], show_promises=True)

    @cached_property
    def more(self) -> Posing:
        """The public cases that are asked where something was wrong: the second ones of each trait."""
        return Posing(self.operator, [case for case in self._cases if case.second], show_promises=False)

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """All public cases with their numbers."""
        return tuple(sorted((*self.public.problems, *self.more.problems), key=lambda problem: problem.case.index))

    def secret(self, sha256: str | None) -> Posing:
        """The same for a class with a secret; else from the text, of which a table of answers would be a part.

        `sha256` is the text's; where it is None, there are none.
        """
        if sha256 is None:
            return Posing(self.operator, (), show_promises=False)
        if self._secret:
            return self._secret_of_the_class
        return self._drawn_from([int(sha256[i : i + 8], 16) for i in range(0, len(sha256), 8)])

    @cached_property
    def _secret_of_the_class(self) -> Posing:
        return self._drawn_from(self._secret)

    def _drawn_from(self, secret: Sequence[int]) -> Posing:
        return Posing(self.operator, secret_cases(self._cases, secret), show_promises=False)


AMONG_OTHERS: tuple[tuple[int, Function], ...] = ((0, "forward"), (3, "backward"), (6, "backward"))
"""Which calls of `in_between` are those on the problem itself."""


def in_between(problem: Problem, different: Problem, cache: CacheMode, signature: Signature, *, late: bool) -> Exchange:
    """Forward and backward of a problem with calls on others between and after them, as in a network of layers.

    One of the others has the same sizes and other numbers. Each backward call gets a new cache, which it may change,
    and with it what forward returned: so backward is not called on the cache of the forward call that is looked at.
    With `late`, results are read after all calls, as whoever keeps them would.
    """
    same_sizes = replace(problem, arrays={name: -array for name, array in problem.arrays.items()})
    kept: CacheMode = "aside" if cache == "own" else cache
    calls = (
        Call(0, "forward"),
        Call(0, "forward", "aside"), Call(1, "forward"), Call(0, "backward", kept),
        Call(0, "forward", "aside"), Call(2, "forward"), Call(0, "backward", kept),
        Call(1, "forward"), Call(1, "backward", cache),
    )  # fmt: skip
    return _exchange((problem, same_sizes, different), calls, signature, late=late)


def used_again(problem: Problem, signature: Signature) -> Exchange:
    """Both passes of other numbers and then of a problem on one object, as in a training.

    The factor is not 2: by that, what comes of the kept inputs would be the sum of both.
    """
    arrays = {name: -array for name, array in problem.arrays.items()}
    before = replace(problem, arrays=arrays, upstream=3 * problem.upstream)
    passes: tuple[Kind, ...] = (("forward", "used"), ("backward", "used"))
    calls = [Call(i, *kind) for i in range(2) for kind in passes]
    return _exchange((before, problem), calls, signature)


def most_different(problem: Problem, others: Iterable[Problem], signature: Signature) -> Problem:
    """The first of those that differ most: in what the parameters say, then in all sizes."""

    def differences(other: Problem) -> tuple[int, int]:
        here, there = problem.case.sizes, other.case.sizes
        told = signature.given(here).items() - signature.given(there).items()
        return len(told), len(here.items() - there.items())

    return max(others, key=differences)


def _exchange(
    problems: Sequence[Problem], calls: Sequence[Call], signature: Signature, *, late: bool = False
) -> Exchange:
    outputs = {function: signature.outputs(function) for function in FUNCTIONS}
    return Exchange.of(
        problems, calls, signature.inputs, outputs, scalars=signature.scalars, left=signature.left, late=late
    )


def _kinds(problem: Problem, *, repeated: bool) -> tuple[Kind, ...]:
    """The calls of a problem, in their order; `repeated` with those that are made to see whether promises are kept."""
    if "backward" not in problem.case.functions:
        return (("forward", "own"),)
    usual: tuple[Kind, ...] = (("forward", "own"), ("backward", "own"))
    return (*usual, *usual, ("backward", "canonical")) if repeated else usual
