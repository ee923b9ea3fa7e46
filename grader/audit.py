"""Which known mistakes a rubric would let through: the bank is run against the rubric's cases, seed by seed."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from grader.cases.draw import draw_cases, feasible
from grader.cases.problems import Problem, pose_fairly
from grader.judging.compare import relative_error
from grader.records import Audit, Slip
from grader.rubric.model import Cases, ContractItem, CorrectnessItem, Rubric
from reference.conv2d.bank import BUGS, PROMISES, run
from reference.conv2d.steps import Bug
from reference.spec import Operator

RAGGED = "stride does not divide"
_ENOUGH: Mapping[str, tuple[int, int]] = {
    "pad": (0, 2), "stride": (1, 3), "H": (3, 9), "W": (3, 9), "HH": (1, 5), "WW": (1, 5), "N": (1, 3), "C": (1, 4),
    "F": (1, 4),
}  # fmt: skip
"""Ranges with which every mistake is seen: those of the packaged rubric."""


def audit(rubric: Rubric, operator: Operator, seeds: Sequence[int]) -> Audit:
    """Run the bank against the cases of each seed.

    A mistake slips through where one of its forms gives the right result on every case, in every output that the
    rubric has points for.
    """
    judged = {item.output for item in rubric.items if isinstance(item, CorrectnessItem)}
    cases = rubric.cases
    drawn = {seed: _problems(operator, cases, seed) for seed in seeds}
    missed: dict[str, list[int]] = {}
    bugs = [bug for bug in BUGS if bug.needs != RAGGED or cases.ragged]
    for bug in bugs:
        for seed, problems in drawn.items():
            if _slips(bug, problems, judged, rubric):
                missed.setdefault(bug.id, []).append(seed)
    slips = [
        Slip(
            bug.id,
            bug.title,
            bug.outputs,
            tuple(missed[bug.id]),
            _remedy(bug, rubric, operator, judged, missed[bug.id]),
        )
        for bug in bugs
        if bug.id in missed
    ]
    checked = {check for item in rubric.items if isinstance(item, ContractItem) for check in item.checks}
    for check, bug in PROMISES.items():
        if check not in checked:
            slips.append(Slip(bug.id, bug.title, (), tuple(seeds), f"a contract item with checks: [{check}]"))
    outside = tuple(bug.title for bug in BUGS if bug not in bugs)
    return Audit(rubric.name, tuple(seeds), len(bugs) + len(PROMISES), tuple(slips), outside)


def _problems(operator: Operator, cases: Cases, seed: int) -> tuple[Problem, ...]:
    drawn = draw_cases(cases.ranges, cases.count, cases.dtypes, ragged=cases.ragged, seed=seed)
    return tuple(pose_fairly(operator, case) for case in drawn)


def _slips(bug: Bug, problems: Sequence[Problem], judged: set[str], rubric: Rubric) -> bool:
    return any(_is_right(bug, form, problems, judged, rubric) for form in range(len(bug.variants)))


def _is_right(bug: Bug, form: int, problems: Sequence[Problem], judged: set[str], rubric: Rubric) -> bool:
    """Whether this form of a mistake loses no mark on any of the problems."""
    outputs = judged & set(bug.outputs)
    if not outputs:
        return True
    for problem in problems:
        if problem.case.integer_bias and bug.function == "backward":
            continue
        try:
            given = run([(bug, form)], problem.arrays, problem.upstream, problem.parameters)
        except (ValueError, IndexError):
            return False
        tolerance = rubric.tolerance.of(problem.case.dtype)
        for output in outputs:
            got, expected = np.asarray(given[output], np.float64), problem.expected[output]
            if got.shape != expected.shape or not relative_error(got, expected) <= tolerance:
                return False
    return True


def _remedy(bug: Bug, rubric: Rubric, operator: Operator, judged: set[str], seeds: Sequence[int]) -> str | None:
    """The first change of the rubric with which the mistake is seen on all the seeds that let it through."""
    if not judged & set(bug.outputs):
        return f"an item with output: {bug.outputs[0]}"
    for text, cases in _changes(rubric.cases):
        if not feasible(cases.ranges, cases.ragged):
            continue
        if not any(_slips(bug, _problems(operator, cases, seed), judged, rubric) for seed in seeds):
            return text
    return None


def _changes(cases: Cases) -> Iterator[tuple[str, Cases]]:
    """Changes of the cases, the smallest first: one range, the dtypes, the count, two ranges."""
    wider = {}
    for name, (low, high) in cases.ranges.items():
        enough = _ENOUGH.get(name, (low, high))
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
