"""Problems divided into rounds: what is asked of a submission in one exchange with the sandbox."""

from collections.abc import Sequence
from dataclasses import dataclass

from grader.cases.problems import Problem
from grader.judging.promises import REPEATS
from grader.records import FUNCTIONS, Function
from grader.sandbox.requests import CacheMode, Call, Exchange
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


def make_rounds(problems: Sequence[Problem], operator: Operator, *, show_promises: bool = True) -> tuple[Round, ...]:
    """Divide problems into rounds, the same for every submission.

    The first round is short. It has every call that may be wanted to see whether promises are kept.
    """
    outputs = {function: operator.signature.outputs(function) for function in FUNCTIONS}
    whole = [number for number, problem in enumerate(problems) if problem.case.functions == FUNCTIONS]
    first = whole[REPEATS - 1] + 1 if len(whole) >= REPEATS else len(problems)
    rounds = []
    starts = (0, *range(first, len(problems), AT_ONCE)) if show_promises else range(0, len(problems), AT_ONCE)
    for start, end in zip(starts, (*starts[1:], len(problems)), strict=True):
        chosen, repeated = tuple(problems[start:end]), show_promises and not start
        calls = [Call(i, *kind) for i, problem in enumerate(chosen) for kind in _kinds(problem, repeated=repeated)]
        rounds.append(Round(chosen, Exchange.of(chosen, calls, operator.signature.inputs, outputs)))
    return tuple(rounds)


def _kinds(problem: Problem, *, repeated: bool) -> tuple[Kind, ...]:
    """The calls of a problem, in their order; `repeated` with those that are made to see whether promises are kept."""
    if "backward" not in problem.case.functions:
        return (("forward", "own"),)
    usual: tuple[Kind, ...] = (("forward", "own"), ("backward", "own"))
    return (*usual, *usual, ("backward", "canonical")) if repeated else usual
