"""Which known mistakes a rubric would let through: the bank is run against the rubric's cases, seed by seed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial

import numpy as np

from grader.cases.draw import draw_cases
from grader.cases.problems import Problem, pose_fairly
from grader.judging.compare import relative_error
from grader.records import Audit, Case, Slip
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
    cases, looking = rubric.cases, _Looking(bank, rubric, judged)
    drawn = {seed: _Asked.of(operator, cases, seed) for seed in seeds}
    missed: dict[str, list[int]] = {}
    forms = _forms(assignment)
    bugs = [bug for bug in bank.bugs if (not ragged or bug.needs != ragged or cases.ragged) and forms[bug.id]]
    for bug in bugs:
        for seed, asked in drawn.items():
            if looking.slips(bug, forms[bug.id], asked):
                missed.setdefault(bug.id, []).append(seed)
    remedies = _remedies([bug for bug in bugs if bug.id in missed], forms, missed, assignment, looking)
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
    asked = _Asked.of(operator, everything, assignment.rubric.seed)
    looking = _Looking(bank, assignment.rubric, {*_outputs(operator)})
    return {bug.id: [f for f in forms[bug.id] if not looking.is_right(bug, f, asked)] for bug in bank.bugs}


def _outputs(operator: Operator) -> tuple[str, ...]:
    return operator.signature.forward_outputs + operator.signature.backward_outputs


@dataclass(frozen=True, slots=True)
class _Asked:
    """The cases of one seed. Each is posed when it is first looked at: most mistakes are seen on a few of them."""

    operator: Operator
    cases: tuple[Case, ...]
    posed: dict[int, Problem] = field(default_factory=dict)

    @classmethod
    def of(cls, operator: Operator, cases: Cases, seed: int) -> "_Asked":
        """What a rubric with these cases asks."""
        drawn = draw_cases(operator, cases.ranges, cases.count, cases.dtypes, ragged=cases.ragged, seed=seed)
        return cls(operator, drawn)

    def problem(self, place: int) -> Problem:
        """That of the case in this place."""
        if place not in self.posed:
            self.posed[place] = pose_fairly(self.operator, self.cases[place])
        return self.posed[place]


@dataclass(frozen=True, slots=True)
class _Looking:
    """Looks for a case on which a mistake loses a mark.

    First in the place where another seed's cases had one: they are drawn alike, so that it is nearly always one here.
    """

    bank: Bank
    rubric: Rubric
    judged: set[str]
    """Outputs that lose marks."""
    seen: dict[tuple[str, int], int] = field(default_factory=dict)
    """By bug and form, that place."""

    def slips(self, bug: Bug, forms: Sequence[int], asked: _Asked) -> bool:
        """Whether one of these forms of a mistake loses no mark."""
        return any(self.is_right(bug, form, asked) for form in forms)

    def is_right(self, bug: Bug, form: int, asked: _Asked) -> bool:
        """Whether this form of a mistake loses no mark on any of the cases."""
        outputs = self.judged & set(bug.outputs)
        if not outputs:
            return True
        before, places = self.seen.get((bug.id, form), 0), range(len(asked.cases))
        for place in dict.fromkeys((*places[before : before + 1], *places)):
            is_asked = bug.function in asked.cases[place].functions
            if is_asked and self._loses(bug, form, asked.problem(place), outputs):
                self.seen[bug.id, form] = place
                return False
        return True

    def _loses(self, bug: Bug, form: int, problem: Problem, outputs: set[str]) -> bool:
        try:
            given = self.bank.run(((bug, form),), problem.arrays, problem.upstream, problem.parameters)
        except (ValueError, IndexError):
            return True
        tolerance = self.rubric.tolerance.of(problem.case.dtype)
        for output in outputs:
            if output not in given:  # it is not left behind
                return True
            got = np.asarray(given[output], np.float64)
            expected = problem.right_answer(output, got)
            if got.shape != expected.shape or not relative_error(got, expected) <= tolerance:
                return True
        return False


def _remedies(
    bugs: Sequence[Bug],
    forms: Mapping[str, Sequence[int]],
    missed: Mapping[str, Sequence[int]],
    assignment: Assignment,
    looking: _Looking,
) -> dict[str, str]:
    """By bug, the first change of the rubric with which it is seen on all the seeds that let it through."""
    rubric, operator = assignment.rubric, assignment.operator
    found = {bug.id: f"an item with output: {bug.outputs[0]}" for bug in bugs if not looking.judged & set(bug.outputs)}
    for text, cases in _changes(rubric.cases, operator):
        if len(found) == len(bugs):
            break
        if not operator.space.feasible(cases.ranges, ragged=cases.ragged):
            continue
        asked = cache(partial(_Asked.of, operator, cases))  # for all bugs, of one change at a time
        for bug in (bug for bug in bugs if bug.id not in found):
            if not any(looking.slips(bug, forms[bug.id], asked(seed)) for seed in missed[bug.id]):
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
