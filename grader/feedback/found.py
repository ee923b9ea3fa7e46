"""What was found behind wrong results, and how sure it is."""

from dataclasses import dataclass

import numpy as np

from grader.cases.problems import Problem
from grader.feedback.known import agrees, results
from grader.records import Array
from grader.records.feedback import Outline
from grader.rubric.model import Tolerance
from reference.handed import exchanged
from reference.spec import Bank, Bug, Form

SURE, CRASHES_ONLY = 0.95, 0.5
"""Of one bug that explains every case, some of which returned something; and of what only crashes tell."""


@dataclass(frozen=True, slots=True)
class Found:
    """What explains everything: one bug, or two together."""

    bank: Bank
    bugs: tuple[Bug, ...]
    forms: tuple[Form, ...]
    """The variants that matched."""
    confidence: float
    leaves_crashes: bool = False
    """Whether some calls crashed for another reason."""
    is_of_shapes: bool = False
    """Whether it explains the shapes of results only."""

    @property
    def is_of_crashes(self) -> bool:
        """Whether nothing but crashes, or next to nothing, told it."""
        return self.confidence <= CRASHES_ONLY

    def gives(self, problem: Problem, output: str, got: Array | None, tolerance: Tolerance) -> bool:
        """Whether they give `got` on another problem; None stands for a crash."""
        if self.is_of_shapes and got is not None and got.shape != problem.expected[output].shape:
            given = (results(self.bank, form, problem).get(output) for form in self.forms)
            return any(array is not None and array.shape == got.shape for array in given)
        return any(
            agrees(form, results(self.bank, form, problem), problem, output, got, tolerance) for form in self.forms
        )

    def does_nothing(self, problem: Problem, output: str) -> bool:
        """Whether results are right on a problem all the same."""
        given = [results(self.bank, form, problem).get(output) for form in self.forms]
        return all(_is_same(one, problem.expected[output]) for one in given)

    def is_borne_out(self, text: Outline, beside: frozenset[int] = frozenset()) -> bool:
        """Whether lines of the function show it, where it is less than sure: of two at once, or of crashes alone.

        It is not where all the lines that show it do nothing to the output (`beside`), or where crashes alone told it
        and they only hand on names in another order: that is told, and says more.
        """
        shown = [text.places.get(bug.place, ()) for bug in self.bugs]
        is_elsewhere = any(lines and beside.issuperset(lines) for lines in shown)
        of_order = {line for _, _, at in exchanged(text.places) for line in at} if self.is_of_crashes else set[int]()
        is_told = any(lines and of_order.issuperset(lines) for lines in shown)
        return not is_elsewhere and not is_told and (self.confidence >= SURE or all(shown))

    def shows(self, problem: Problem, output: str) -> bool:
        """Whether a problem shows what is told of the mistakes; of two, both, where there is one that does."""
        return all(bug.shows(problem.case.sizes) for bug in self.bugs) and all(
            self._needs_both(form, problem, output) for form in self.forms if len(form) > 1
        )

    def shows_one(self, problem: Problem, output: str) -> bool:
        """Whether a problem shows what is told of one of two mistakes."""
        each = {one for form in self.forms for one in form if one[0].shows(problem.case.sizes)}
        alone = (results(self.bank, (one,), problem).get(output) for one in each)
        return any(given is None or not _is_same(given, problem.expected[output]) for given in alone)

    def _needs_both(self, form: Form, problem: Problem, output: str) -> bool:
        """Whether neither of two mistakes gives by itself what they give together."""
        together = results(self.bank, form, problem).get(output)
        alone = [results(self.bank, (one,), problem).get(output) for one in form]
        return all(not _is_same(given, together) for given in alone)


def _is_same(one: Array | None, other: Array | None) -> bool:
    return one is other if one is None or other is None else one.shape == other.shape and np.allclose(one, other)
