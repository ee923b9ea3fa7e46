"""The forward passes before a timed backward pass that accepts no cache but its own.

Whatever a backward pass needs could be worked out there. So they are clocked and checked as well: what they take beyond
what the submission's forward pass took where that itself was timed counts as the backward pass's. Now and then another
forward pass comes in between, so that a cache has to hold for the call that it belongs to.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from grader.cases.problems import Problem
from grader.records import CallOutcome
from grader.sandbox.requests import CacheMode
from grader.sandbox.session import Session

_SLACK = 0.05
"""A forward pass may take so much longer than its median before anything counts: so far medians differ."""
_ONE_IN = 4
"""Before so many backward passes there is one with two forward passes."""


@dataclass(frozen=True, slots=True)
class OwnForward:
    """A submission's forward pass, beside which its backward pass is timed.

    `check(problem, outcome)` raises where a forward pass is wrong. `known_s` is what it takes for all of `images`,
    where it has been timed; 0 where it has not, since it was wrong or is not marked: then all that it takes counts.
    """

    session: Session
    check: Callable[[Problem, CallOutcome], None]
    known_s: float
    images: int

    def make_cache(self, problem: Problem, pose: Callable[[int], Problem]) -> tuple[CacheMode, float]:
        """Make the cache for a backward pass of this problem: where it is, and the seconds that count.

        Args:
            problem: whose inputs the forward pass gets.
            pose: makes another problem with so many images.
        """
        images = len(problem.upstream)
        allowed_s = (1 + _SLACK) * self.known_s * images / self.images
        if not self.known_s or secrets.randbelow(_ONE_IN):
            return "own", max(0.0, self._seconds(problem, "own") - allowed_s)
        took_s = self._seconds(problem, "aside") + self._seconds(pose(images), "own")
        return "aside", max(0.0, took_s - 2 * allowed_s)

    def _seconds(self, problem: Problem, cache: CacheMode) -> float:
        """The seconds of a forward pass, which has to be right where its time is taken for granted."""
        outcome = self.session.forward(problem.arrays, problem.parameters, cache=cache)
        if self.known_s and outcome.returned:
            self.check(problem, outcome)
        return outcome.counted_s
