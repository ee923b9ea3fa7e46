"""Which known mistakes a rubric would let through: the bank is run against the rubric's cases, seed by seed."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial

import numpy as np

from grader.cases.draw import draw_cases
from grader.cases.problems import Problem, pose_fairly
from grader.judging.compare import relative_error
from grader.records import Audit, Slip
from grader.rubric.assignment import Assignment
from grader.rubric.model import Cases, ContractItem, CorrectnessItem, Rubric
from reference.promises import PROMISES
from reference.spec import Bank, Bug, Operator


def audit(assignment: Assignment, seeds: Sequence[int]) -> Audit:
    """Run the bank against the cases of each seed.

    A mistake slips through where one of its forms gives the right result on every case, in every output that the
    rubric has points for.
    """
    rubric, operator = assignment.rubric, assignment.operator
    bank, ragged = operator.bank(), operator.space.ragged
    judged = {item.output for item in rubric.items if isinstance(item, CorrectnessItem)}
    cases = rubric.cases
    drawn = {seed: _problems(operator, cases, seed) for seed in seeds}
    missed: dict[str, list[int]] = {}
    forms = _forms(assignment)
    bugs = [bug for bug in bank.bugs if (not ragged or bug.needs != ragged or cases.ragged) and forms[bug.id]]
    for bug in bugs:
        for seed, problems in drawn.items():
            if _slips(bank, bug, forms[bug.id], problems, judged, rubric):
                missed.setdefault(bug.id, []).append(seed)
    remedies = _remedies([bug for bug in bugs if bug.id in missed], forms, missed, assignment, judged)
    slips = [
        Slip(bug.id, bug.title, bug.outputs, tuple(missed[bug.id]), remedies.get(bug.id))
        for bug in bugs
        if bug.id in missed
    ]
    checked = {check for item in rubric.items if isinstance(item, ContractItem) for check in item.checks}
    for check, bug in PROMISES.items():
        if check not in checked:
            slips.append(Slip(bug.id, bug.title, (), tuple(seeds), f"a contract item with checks: [{check}]"))
    not_asked = tuple(bug.title for bug in bank.bugs if not forms[bug.id])
    outside = tuple(bug.title for bug in bank.bugs if bug not in bugs and bug.title not in not_asked)
    return Audit(rubric.name, tuple(seeds), len(bugs) + len(PROMISES), tuple(slips), outside, not_asked)


def _forms(assignment: Assignment) -> dict[str, list[int]]:
    """By bug, its forms that are mistakes: under an interface, some give the right result for all that can be asked."""
    operator, cases = assignment.operator, assignment.rubric.cases
    bank = operator.bank()
    forms = {bug.id: [*range(len(bug.variants))] for bug in bank.bugs}
    if operator.translation is None:
        return forms
    everything = cases.model_copy(update={"ranges": {**operator.space.enough}, "count": 120})
    problems, outputs = _problems(operator, everything, assignment.rubric.seed), {*_outputs(operator)}
    return {
        bug.id: [f for f in forms[bug.id] if not _is_right(bank, bug, f, problems, outputs, assignment.rubric)]
        for bug in bank.bugs
    }


def _outputs(operator: Operator) -> tuple[str, ...]:
    return operator.signature.forward_outputs + operator.signature.backward_outputs


def _problems(operator: Operator, cases: Cases, seed: int) -> tuple[Problem, ...]:
    drawn = draw_cases(operator, cases.ranges, cases.count, cases.dtypes, ragged=cases.ragged, seed=seed)
    return tuple(pose_fairly(operator, case) for case in drawn)


def _slips(
    bank: Bank, bug: Bug, forms: Sequence[int], problems: Sequence[Problem], judged: set[str], rubric: Rubric
) -> bool:
    return any(_is_right(bank, bug, form, problems, judged, rubric) for form in forms)


def _is_right(bank: Bank, bug: Bug, form: int, problems: Sequence[Problem], judged: set[str], rubric: Rubric) -> bool:
    """Whether this form of a mistake loses no mark on any of the problems."""
    outputs = judged & set(bug.outputs)
    if not outputs:
        return True
    for problem in problems:
        if bug.function not in problem.case.functions:
            continue
        try:
            given = bank.run(((bug, form),), problem.arrays, problem.upstream, problem.parameters)
        except (ValueError, IndexError):
            return False
        tolerance = rubric.tolerance.of(problem.case.dtype)
        for output in outputs:
            got = np.asarray(given[output], np.float64)
            expected = problem.right_answer(output, got)
            if got.shape != expected.shape or not relative_error(got, expected) <= tolerance:
                return False
    return True


def _remedies(
    bugs: Sequence[Bug],
    forms: Mapping[str, Sequence[int]],
    missed: Mapping[str, Sequence[int]],
    assignment: Assignment,
    judged: set[str],
) -> dict[str, str]:
    """By bug, the first change of the rubric with which it is seen on all the seeds that let it through."""
    rubric, operator = assignment.rubric, assignment.operator
    found = {bug.id: f"an item with output: {bug.outputs[0]}" for bug in bugs if not judged & set(bug.outputs)}
    for text, cases in _changes(rubric.cases, operator):
        if len(found) == len(bugs):
            break
        if not operator.space.feasible(cases.ranges, ragged=cases.ragged):
            continue
        posed = cache(partial(_problems, operator, cases))  # for all bugs, of one change at a time
        for bug in (bug for bug in bugs if bug.id not in found):
            ways, seeds = forms[bug.id], missed[bug.id]
            if not any(_slips(operator.bank(), bug, ways, posed(seed), judged, rubric) for seed in seeds):
                found[bug.id] = text
    return found


def _changes(cases: Cases, operator: Operator) -> Iterator[tuple[str, Cases]]:
    """Changes of the cases, the smallest first: one range, the dtypes, the count, two ranges."""
    wider = {}
    for name, (low, high) in cases.ranges.items():
        enough = operator.space.enough[name]
        if min(low, enough[0]) < low or max(high, enough[1]) > high:
            wider[name] = (min(low, enough[0]), max(high, enough[1]))
    for name, bounds in wider.items():
        yield f"{name}: {list(bounds)}", cases.model_copy(update={"ranges": {**cases.ranges, name: bounds}})
    if "float64" not in cases.dtypes:
        dtypes = ("float64", *cases.dtypes)
        yield f"dtypes: {list(dtypes)}", cases.model_copy(update={"dtypes": dtypes})
    for count in (30, 60, 120, 240):
        if count > cases.count:
            yield f"count: {count}", cases.model_copy(update={"count": count})
    if len(wider) > 1:
        text = ", ".join(f"{name}: {list(bounds)}" for name, bounds in wider.items())
        changed = cases.model_copy(update={"ranges": {**cases.ranges, **wider}})
        yield text, changed
        yield f"{text}, count: 120", changed.model_copy(update={"count": max(120, cases.count)})
