"""Is the submission right, and does it keep its promises?

How a run goes. The problems come in rounds (`rounds.py`), the same for a whole class. The calls that a round is likely
to need are made ahead, in one exchange (`ahead.py`). Then each problem is solved in its order: forward; backward on the
cache that forward returned; and where that is wrong, backward once more on the canonical cache, which is the inputs and
the parameters. What was made ahead is taken from there. Anything else is called now, in the time that its function has
left (`patience.py`). Each call is judged by itself (`judged.py`). The first few right results are asked for once more,
to see whether promises are kept (`promises.py`). Where anything was wrong, more public problems are asked. The secret
cases come last, after the explanations, so that nothing that the submission prints, raises or keeps while it sees them
gets anywhere.

Other ways, and why not:
- Backward on its own cache only: a mistake in forward would cost the marks of a right backward too.
- Backward on the canonical cache only: of 190 real solutions that work, 30 keep something else in their cache.
- One time limit for both functions together: a forward pass that hangs would use up backward's.
- The good part of an exchange that went wrong: what was called before in the same process may be the reason.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from grader import messages
from grader.cases.problems import Problem
from grader.judging.ahead import Ahead
from grader.judging.judged import Judge, Judged, Wrong
from grader.judging.patience import Patience
from grader.judging.promises import Promises, same_outputs
from grader.judging.rounds import AMONG_OTHERS, Posing, Round, in_between, most_different, used_again
from grader.records import FUNCTIONS, CallOutcome, Check, Function, Submission, Verdict, Verification
from grader.records.feedback import Outline
from grader.rubric.assignment import Assignment
from grader.sandbox.base import BaseSession
from grader.sandbox.requests import CacheMode, Exchange


class Verifier:
    """One submission's way through the problems.

    Backward's checks are those of the better of its two calls. Each check also holds what the call on the student's own
    cache gave, so that the rubric can choose.
    """

    def __init__(
        self,
        session: BaseSession,
        submission: Submission,
        assignment: Assignment,
        forbidden: Mapping[Function, messages.Explained],
        outlines: Mapping[str, Outline],
    ) -> None:
        """`forbidden` are functions that are not to be run, each with the reason why and a hint."""
        self.session = session
        self.signature = assignment.operator.signature
        self.forbidden = forbidden
        limits = assignment.rubric.limits
        self._share_s = limits.total_s / len(FUNCTIONS)
        self.patience = {f: Patience(limits.call_s, self._share_s) for f in FUNCTIONS}
        self.judge = Judge(session, submission, assignment, forbidden, outlines)
        self.ahead = Ahead(session, self.judge, self.patience, does_well=not forbidden)
        self.promises = Promises(assignment.names, self.signature, outlines, submission.origin)
        self.rescued = 0
        """Cases in which forward is right, and backward only on the canonical cache, as far as that is another one."""
        self.wrong: list[Wrong] = []
        self._right: list[tuple[Problem, Judged, Judged]] = []
        """Problems whose gradients are all right, with their calls of forward and backward."""

    def verify(self, public: Posing, more: Posing) -> tuple[Verification, tuple[Wrong, ...]]:
        """Run public problems through both functions, and `more` of them where anything was wrong, on any cache.

        Returns:
            What was found out, and every result that is not right, with its numbers.

        Raises:
            JudgeError: where the sandbox fails.
        """
        checks = list(self._through(public.rounds))
        if self.wrong or any(check.on_own is not None for check in checks):
            checks += self._through(more.rounds)
            checks.sort(key=lambda check: check.case.index)
            self.wrong.sort(key=lambda wrong: wrong.problem.case.index)
        self._mingle()
        self._use_again()
        found = self.promises
        return Verification(tuple(checks), found.observations(), self.rescued, tuple(found.remarks)), tuple(self.wrong)

    def verify_more(self, more: Posing, found: Verification) -> tuple[Verification, tuple[Wrong, ...]]:
        """What was `found`, with checks of more public problems, and every result of them that is not right.

        Raises:
            JudgeError: where the sandbox fails.
        """
        checks = sorted((*self._through(more.rounds), *found.checks), key=lambda check: check.case.index)
        return replace(found, checks=tuple(checks)), tuple(self.wrong)

    def verify_in_secret(self, secret: Posing, found: Verification) -> Verification:
        """What was `found`, with checks of secret problems, which may take as long again.

        A function that is right in none of them has not shown that it keeps its promises.

        Raises:
            JudgeError: where the sandbox fails.
        """
        for patience in self.patience.values():
            patience.left_s = self._share_s
        checks = tuple(self._through(secret.rounds))
        right = {self.signature.function(check.output) for check in checks if check.verdict is Verdict.PASSED}
        contract = tuple(
            one if one.function in right or one.verdict is Verdict.FAILED else replace(one, verdict=Verdict.MISSING)
            for one in found.contract
        )
        return replace(found, checks=(*found.checks, *checks), contract=contract)

    def _through(self, rounds: Sequence[Round]) -> Iterator[Check]:
        for one in rounds:
            self.ahead.look(one)
            for problem in one.problems:
                yield from self._solve(problem)
                self.ahead.drop(problem)

    def _solve(self, problem: Problem) -> list[Check]:
        """All checks of one problem."""
        forward = self._forward(problem)
        if "backward" not in problem.case.functions:
            self._keep_wrong(problem, forward)
            return forward.checks
        backward = self._backward(problem, forward)
        all_right = all(judged.right == len(judged.checks) for judged in (forward, backward))
        self.rescued += all_right and backward.on_own is not None and not self.judge.keeps_inputs
        self._keep_wrong(problem, forward, backward)
        if not problem.case.secret:
            self._observe(problem, forward, backward)
        return forward.checks + backward.checks

    def _keep_wrong(self, problem: Problem, *calls: Judged) -> None:
        for judged in calls:
            for i, check in enumerate(judged.checks):
                if check.verdict is not Verdict.PASSED:
                    self.wrong.append(judged.wrong(problem, i))

    def _has_own_cache(self, problem: Problem) -> bool:
        """Whether backward can be called, or has been, on what forward left for this problem."""
        return self.ahead.has(problem, "backward", "own") or self.session.has_own_cache

    def _forward(self, problem: Problem) -> Judged:
        def call(limit_s: float) -> CallOutcome:
            return self.session.forward(problem.arrays, problem.parameters, limit_s)

        known = self.ahead.take(problem, "forward", "own")
        return known or self.judge.judged(problem, self._patiently("forward", call))

    def _backward(self, problem: Problem, forward: Judged) -> Judged:
        """The better of the own and the canonical cache; where they are equally good, the own."""
        if not self._has_own_cache(problem):
            ours = self._backward_on(problem, "canonical", forward.outcome)
            crashed = forward.outcome.verdict is Verdict.CRASHED
            return replace(ours, lacks_own=crashed and not self.judge.keeps_inputs)
        own = self._backward_on(problem, "own")
        if own.right == len(own.checks) or self.signature.layer is not None:
            return own
        canonical = self._backward_on(problem, "canonical")
        pairs = zip(canonical.checks, own.checks, strict=True)
        checks = [replace(check, on_own=on_own) for check, on_own in pairs]
        canonical = replace(canonical, checks=checks, on_own=own)
        return max(own, canonical, key=lambda judged: (judged.right, judged.outcome.returned))

    def _backward_on(self, problem: Problem, mode: CacheMode, forward: CallOutcome | None = None) -> Judged:
        def call(limit_s: float) -> CallOutcome:
            return self.session.backward(problem.upstream, problem.arrays, problem.parameters, mode, limit_s)

        known = self.ahead.take(problem, "backward", mode)
        if known is not None:
            return known
        outcome = self._patiently("backward", call)
        return self.judge.judged(problem, outcome, mode, forward)

    def _patiently(self, function: Function, call: Callable[[float], CallOutcome]) -> CallOutcome:
        """Call with the time that is left for this function, unless it is forbidden."""
        if function in self.forbidden:
            return CallOutcome(function, Verdict.POLICY)
        patience, before_s = self.patience[function], self.session.spent_s
        outcome = patience.call(function, call)
        patience.left_s -= self.session.spent_s - before_s - outcome.spent_s  # loading it anew
        return outcome

    def _observe(self, problem: Problem, forward: Judged, backward: Judged) -> None:
        """Note what the calls show about the contract; the first few that are right are made a second time."""
        for judged in (forward, backward):
            self.promises.saw(problem, judged)
        again = {
            judged.outcome.function: judged.right > 0 and self.promises.wants_repeat(judged.outcome.function)
            for judged in (forward, backward)
        }
        # forward too where only backward is wanted: the first backward may have changed the cache that it was given
        if again["forward"] or (again["backward"] and backward.mode == "own"):
            second = self._forward(problem)
            if again["forward"]:
                self.promises.repeated(forward, second)
        if again["backward"] and (backward.mode == "canonical" or self._has_own_cache(problem)):
            self.promises.repeated(backward, self._backward_on(problem, backward.mode))
            canonical = backward if backward.mode == "canonical" else self._backward_on(problem, "canonical")
            self.promises.tried_canonical(backward, canonical)
        if backward.right == len(backward.checks):
            self._right.append((problem, forward, backward))

    def _mingle(self) -> None:
        """Make right calls again with others in between, as a network does, and look at their results last."""
        if self.forbidden or not self._right:
            return
        problem, forward, backward = self._right[0]
        if forward.outcome.mutated or backward.outcome.mutated:
            return
        different = most_different(problem, (other for other, _, _ in self._right), self.signature)
        exchange = partial(in_between, problem, different, backward.mode, self.signature)
        late = self._in_time(exchange(late=True))
        if late is None:
            self._backward_after(different, problem, backward)
            return
        first = {"forward": forward, "backward": backward}
        others = [(i, first[f]) for i, f in AMONG_OTHERS if not same_outputs(first[f].outcome, late[i])]
        early = self._in_time(exchange(late=False)) if others else None
        if early is not None:
            for i, judged in others:
                self.promises.among_others(judged, early[i])

    def _use_again(self) -> None:
        """Make both passes twice on one object, as a training does: the second time on a problem that was right."""
        if self.signature.layer is None or self.forbidden or not self._right:
            return
        problem, *first = self._right[0]
        exchange = used_again(problem, self.signature)
        outcomes = None if any(one.outcome.mutated for one in first) else self._in_time(exchange)
        if outcomes is not None:
            self.promises.used_again([one.outcome for one in first], outcomes[:2], outcomes[2:])

    def _backward_after(self, other: Problem, problem: Problem, first: Judged) -> None:
        """Forward on another problem before backward, one call after the other: backward may crash."""
        mode: CacheMode = "aside" if first.mode == "own" else first.mode
        forwards: dict[CacheMode, Problem] = {"aside": problem, "own": other}
        for cache, each in forwards.items():
            call = partial(self.session.forward, each.arrays, each.parameters, cache=cache)
            if not self._patiently("forward", call).returned:  # the process may have ended, and the cache with it
                return
        backward = partial(self.session.backward, problem.upstream, problem.arrays, problem.parameters, mode)
        again = self._patiently("backward", backward)
        if again.verdict is Verdict.CRASHED or (again.returned and not same_outputs(first.outcome, again)):
            self.promises.among_others(first, again)

    def _in_time(self, exchange: Exchange) -> list[CallOutcome] | None:
        """Outcomes of calls that are made together; None where there is no time for them, or anything goes wrong."""
        limit_s = max(1.0, len(exchange.calls) * sum(patience.slowest_s for patience in self.patience.values()))
        if self.patience["backward"].left_s < limit_s:
            return None
        spent_s = self.session.spent_s
        outcomes = self.session.calls(exchange, limit_s)
        self.patience["backward"].left_s -= self.session.spent_s - spent_s
        return outcomes
