"""Problems divided into rounds: what is asked of a submission in one exchange with the sandbox."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from grader.cases.draw import draw_cases, secret_cases
from grader.cases.problems import Problem, pose_fairly
from grader.judging.promises import REPEATS
from grader.records import FUNCTIONS, Function
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
    region_bytes: int
    """Shared memory for as many problems at once."""


class Rounds:
    """What is asked of submissions: public problems, the same for all, and secret ones.

    Args:
        assignment: the kinds of cases, how many, and what computes their results.
        secret: what the secret cases are drawn from; if empty, from each submission's own text.
    """

    def __init__(self, assignment: Assignment, secret: tuple[int, ...]) -> None:
        self.rubric, self.operator = assignment.rubric, assignment.operator
        self._secret = secret

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """The public cases with their numbers."""
        cases, seed = self.rubric.cases, self.rubric.seed
        drawn = draw_cases(self.operator, cases.ranges, cases.count, cases.dtypes, ragged=cases.ragged, seed=seed)
        return tuple(pose_fairly(self.operator, case) for case in drawn)

    @cached_property
    def public(self) -> tuple[Round, ...]:
        """The public problems in rounds."""
        return _make_rounds(self.problems, self.operator)

    def secret(self, sha256: str) -> tuple[Round, ...]:
        """The same for a class with a secret; else from the text, of which a table of answers would be a part."""
        if self._secret:
            return self._secret_of_the_class
        return self._drawn_from([int(sha256[i : i + 8], 16) for i in range(0, len(sha256), 8)])

    @cached_property
    def _secret_of_the_class(self) -> tuple[Round, ...]:
        return self._drawn_from(self._secret)

    def _drawn_from(self, secret: Sequence[int]) -> tuple[Round, ...]:
        cases = secret_cases([problem.case for problem in self.problems], secret)
        posed = [pose_fairly(self.operator, case) for case in cases]
        return _make_rounds(posed, self.operator, show_promises=False)

    def region_bytes(self, secret: Sequence[Round]) -> int:
        """Shared memory for as many problems as are sent at once, in public rounds and these secret ones."""
        return max(one.region_bytes for one in (*self.public, *secret))


def _make_rounds(problems: Sequence[Problem], operator: Operator, *, show_promises: bool = True) -> tuple[Round, ...]:
    """Divide problems into rounds, the same for every submission.

    The first round is short. It has every call that may be wanted to see whether promises are kept.
    """
    whole = [number for number, problem in enumerate(problems) if problem.case.functions == FUNCTIONS]
    first = whole[REPEATS - 1] + 1 if len(whole) >= REPEATS else len(problems)
    rounds = []
    starts = (0, *range(first, len(problems), AT_ONCE)) if show_promises else range(0, len(problems), AT_ONCE)
    for start, end in zip(starts, (*starts[1:], len(problems)), strict=True):
        chosen, repeated = tuple(problems[start:end]), show_promises and not start
        calls = [Call(i, *kind) for i, problem in enumerate(chosen) for kind in _kinds(problem, repeated=repeated)]
        exchange = _exchange(chosen, calls, operator.signature)
        shapes = [[*operator.shapes(problem.case.sizes).values()] for problem in chosen]
        for_two = max(region_bytes_for(each * 2) for each in shapes)  # `backward_after_another`
        rounds.append(Round(chosen, exchange, max(for_two, region_bytes_for(chain.from_iterable(shapes)))))
    return tuple(rounds)


def backward_after_another(problem: Problem, cache: CacheMode, signature: Signature) -> Exchange:
    """Calls of which the last is backward's on a problem, after forward was called on another of the same shapes.

    With `own`, it is given what forward returned for this problem, as a layer is in a network of several.
    """
    other = replace(problem, arrays={name: -array for name, array in problem.arrays.items()})
    kept: CacheMode = "aside" if cache == "own" else cache
    calls = (Call(0, "forward", "aside"), Call(1, "forward"), Call(0, "backward", kept))
    return _exchange((problem, other), calls, signature)


def _exchange(problems: Sequence[Problem], calls: Sequence[Call], signature: Signature) -> Exchange:
    outputs = {function: signature.outputs(function) for function in FUNCTIONS}
    return Exchange.of(problems, calls, signature.inputs, outputs, scalars=signature.scalars, left=signature.left)


def _kinds(problem: Problem, *, repeated: bool) -> tuple[Kind, ...]:
    """The calls of a problem, in their order; `repeated` with those that are made to see whether promises are kept."""
    if "backward" not in problem.case.functions:
        return (("forward", "own"),)
    usual: tuple[Kind, ...] = (("forward", "own"), ("backward", "own"))
    return (*usual, *usual, ("backward", "canonical")) if repeated else usual
