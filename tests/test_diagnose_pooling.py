"""The known mistakes of max pooling are named in code of three structures, and right code gets no name."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest

from grader.cases.draw import draw_cases
from grader.cases.problems import Problem, pose_fairly
from grader.feedback.known import KnownResults
from grader.feedback.mistakes import find_bugs
from grader.judging.compare import compare
from grader.judging.judged import Wrong
from grader.records import Check, Returned, StudentError, Verdict
from grader.records.words import Kind
from reference.max_pool2d import OPERATOR
from reference.max_pool2d.bank import BANK, BUGS
from reference.pooling.space import RAGGED
from tests.cli import ROOT
from tests.injected_pooling import RIGHT, programs
from tests.rubrics import one_operator

RUBRIC = one_operator(ROOT / "rubrics" / "cs231n-max-pool.yaml")
NEEDS_REST = {bug.id for bug in BUGS if bug.needs == RAGGED}


@cache
def problems(*, ragged: bool = False) -> tuple[Problem, ...]:
    cases = RUBRIC.cases
    drawn = draw_cases(OPERATOR, cases.ranges, cases.count, cases.dtypes, ragged=ragged, seed=RUBRIC.seed)
    return tuple(pose_fairly(OPERATOR, case) for case in drawn)


@cache
def known(*, ragged: bool) -> KnownResults:
    return KnownResults(BANK)


def results(code: str, posed: tuple[Problem, ...]) -> Iterator[tuple[Problem, str, Wrong | None]]:
    """What a program gives on every problem, run here: what is wrong of it, or None."""
    names: dict[str, Any] = {}
    exec(code, names)
    for problem in posed:
        cache = (problem.arrays["x"].copy(), dict(problem.parameters))
        for output in ("out", "dx"):
            try:
                if output == "out":
                    values = np.asarray(names["max_pool_forward_naive"](*cache)[0])
                else:
                    values = np.asarray(names["max_pool_backward_naive"](problem.upstream.copy(), cache))
            except Exception as error:  # a crash is a result too, as it is for the grader
                told = StudentError(type(error).__name__, str(error))
                crashed = Check(output, problem.case, Verdict.CRASHED)
                yield problem, output, Wrong(problem, crashed, None, told, "own")
                continue
            got = Returned(values, Kind.ARRAY, values.shape, values.dtype.str)
            expected = problem.right_answer(output, values)
            check = compare(output, problem.case, got, expected, RUBRIC.tolerance.of(problem.case.dtype))
            is_right = check.verdict is Verdict.PASSED
            yield problem, output, None if is_right else Wrong(problem, check, got, None, "own")


def named(code: str, *, ragged: bool = False) -> set[str]:
    """The mistakes that are named in a program."""
    wrong: dict[str, list[Wrong]] = {}
    right: dict[str, list[Problem]] = {"out": [], "dx": []}
    for problem, output, found in results(code, problems(ragged=ragged)):
        if found is None:
            right[output].append(problem)
        else:
            wrong.setdefault(output, []).append(found)
    found_bugs = find_bugs(wrong, right, RUBRIC.tolerance, known(ragged=ragged))
    return {"+".join(bug.id for bug in each.bugs) for each in found_bugs.values()}


@pytest.mark.slow
def test_every_mistake_is_named_in_code_of_three_structures() -> None:
    """At least 90 % named, at most 2 % named wrongly."""
    ends: Counter[str] = Counter()
    unnamed = []
    for program in programs():
        names = named(program.code, ragged=program.bug in NEEDS_REST)
        end = "named" if program.bug in names else "wrong name" if names else "no name"
        ends[end] += 1
        if end != "named":
            unnamed.append((program.bug, program.structure, names))
    assert ends.total() >= 130
    assert ends["named"] >= 0.9 * ends.total(), unnamed
    assert ends["wrong name"] <= 0.02 * ends.total(), unnamed


def test_bank_and_injected_mistakes_are_the_same() -> None:
    assert {bug.id for bug in BUGS} == {program.bug for program in programs()}


@pytest.mark.parametrize("structure", sorted(RIGHT))
def test_right_code_has_no_wrong_results(structure: str) -> None:
    assert all(found is None for _, _, found in results(RIGHT[structure], problems(ragged=True)))
