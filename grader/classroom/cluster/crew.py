"""The workers of a cluster: who is there, who has proved what it is, who is free.

A worker that appears is asked for its proof. If that agrees with ours, it waits for the landmark of its machine, which
one worker measures while the others of the same machine wait. Then it takes submissions, one at a time.

Workers of one machine check beside each other and time one at a time, by a lock of that machine (`grader/locks.py`),
which local runs take, too. Containers may not see each other's lock. Where something is timed, workers with one lock
work while those of the same hardware with another wait. Dask's own resources are of a worker and not of a machine, and
know of no other run.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from pydantic import ValidationError

from grader.classroom.cluster.link import Answer, Link, Unreachable
from grader.classroom.cluster.proof import differences, proof_of
from grader.classroom.cluster.wire import JOB, LANDMARK, PROOF, Failed, Job, Proof
from grader.classroom.cluster.worker import measure, prove
from grader.classroom.executor import Work
from grader.errors import JudgeError
from grader.records import Timing
from grader.said import say

_GLANCE_S = 1.0
"""So often the scheduler is asked who is there."""
_MAKES_NO_SENSE = "it answers other things than this grader asks for: install the same version there"


class State(Enum):
    """What a worker does."""

    PROVING = auto()
    WAITING = auto()
    """For the landmark of its machine."""
    MEASURING = auto()
    """That landmark."""
    FREE = auto()
    BUSY = auto()
    REFUSED = auto()


@dataclass(slots=True)
class Hand:
    """One worker."""

    address: str
    job: Job
    """What it is to be sent with each submission."""
    state: State = State.PROVING
    machine: str = ""
    hardware: str = ""
    lock: str = ""

    @property
    def may_time(self) -> bool:
        """Whether it may be timing now."""
        return self.state in {State.BUSY, State.MEASURING}


@dataclass(slots=True)
class Crew:
    """All workers that are there."""

    link: Link
    work: Work
    hands: dict[str, Hand] = field(default_factory=dict)
    _job: Job = field(init=False)
    _ours: Proof = field(init=False)
    _landmarks: dict[str, tuple[Timing, ...]] = field(default_factory=dict)
    """By machine, those of this run."""
    _looked: float = float("-inf")
    _has_said: bool = False
    _has_said_turns: bool = False

    def __post_init__(self) -> None:
        self._job = Job.of(self.work.rubric, self.work.options)
        self._ours = proof_of(self._job)

    def meet(self) -> None:
        """Get to know workers that have come, and forget those that have gone.

        Raises:
            JudgeError: where none of those that are there can be used.
            ClusterLost: where the scheduler is.
        """
        if time.monotonic() - self._looked < _GLANCE_S:
            return
        self._looked = time.monotonic()
        present = self.link.workers()
        for address in self.hands.keys() - set(present):
            self.forget(address)
        for address in present:
            if address not in self.hands:
                hand = self.hands[address] = Hand(address, self._job)
                self._ask(hand, State.PROVING)
        self._advance()
        if not present and not self._has_said:
            self._has_said = True
            say(f"waiting for a worker of {self.link.name}")

    def free(self) -> Iterator[Hand]:
        """Those that can take a submission, each as things stand when it is asked for."""
        for hand in [*self.hands.values()]:
            if hand.state is State.FREE and self._has_turn(hand):
                yield hand

    def _has_turn(self, hand: Hand) -> bool:
        """Whether nobody may be timing on its hardware whom its lock does not hold up."""
        others = [each for each in self.hands.values() if each.hardware == hand.hardware and each.lock != hand.lock]
        if not others or not self.work.landmarks.are_needed:
            return True
        if not self._has_said_turns:
            self._has_said_turns = True
            say(
                f"the workers {hand.address} and {others[0].address} are on one machine and have no timing lock in"
                " common, so they work one at a time; set XDG_RUNTIME_DIR to a folder that they share"
            )
        return not any(each.may_time for each in others)

    def forget(self, address: str) -> None:
        """A worker that is lost."""
        self.hands.pop(address, None)

    def set_free(self, address: str) -> None:
        """A worker that has done what it was asked for."""
        if address in self.hands:
            self.hands[address].state = State.FREE

    def take(self, answer: Answer) -> None:
        """What a worker answers that was asked for its proof or its landmark."""
        hand = self.hands.get(answer.worker)
        if hand is None:
            return
        if answer.data is None:
            self.forget(answer.worker)
            if answer.failed:
                self.hands[answer.worker] = hand
                self._refuse(hand, f"it cannot run this grader ({answer.failed}): install convgrade there")
        elif answer.about is State.PROVING:
            self._take_proof(hand, answer.data)
        else:
            self._take_landmark(hand, answer.data)
        self._advance()

    def _take_proof(self, hand: Hand, data: bytes) -> None:
        try:
            proof = PROOF.validate_json(data)
        except ValidationError:
            self._refuse(hand, _MAKES_NO_SENSE)
            return
        if isinstance(proof, Failed):
            self._refuse(hand, proof.failed)
            return
        found = [*differences(self._ours, proof, strict=self.work.options.strict)]
        if found:
            self._refuse(hand, "; ".join(found))
            return
        hand.state, hand.machine = State.WAITING, f"{proof.host} ({proof.cpu})"
        hand.hardware, hand.lock = proof.hardware, proof.lock
        beside = [each for each in self.hands.values() if each.hardware == hand.hardware and each is not hand]
        taken = {each.job.number for each in beside}
        number = next(n for n in range(len(taken) + 1) if n not in taken)
        hand.job = self._job.on(number, ())

    def _take_landmark(self, hand: Hand, data: bytes) -> None:
        try:
            found = LANDMARK.validate_json(data)
        except ValidationError:
            self._refuse(hand, _MAKES_NO_SENSE)
            return
        if isinstance(found, Failed):
            self._refuse(hand, f"the nested loops cannot be timed there: {found.failed}")
            return
        self._landmarks[hand.machine] = found
        self.work.landmarks.keep(found, hand.machine)
        hand.state = State.WAITING

    def _advance(self) -> None:
        """Let those take submissions whose machine has its landmark, and have the others measured."""
        for hand in self.hands.values():
            if hand.state is not State.WAITING:
                continue
            known = self._landmarks.get(hand.machine, self.work.landmarks.known(hand.machine))
            if known is not None:
                hand.job, hand.state = self._job.on(hand.job.number, known), State.FREE
            elif self._has_turn(hand) and not self._is_measured(hand.machine):
                self._ask(hand, State.MEASURING)

    def _is_measured(self, machine: str) -> bool:
        """Whether somebody does so now."""
        return any(each.machine == machine and each.state is State.MEASURING for each in self.hands.values())

    def _ask(self, hand: Hand, what: State) -> None:
        """For its proof or its landmark. One that cannot be reached is met again if it is still there."""
        hand.state = what
        try:
            self.link.ask(prove if what is State.PROVING else measure, JOB.dump_json(hand.job), hand.address, what)
        except Unreachable:
            hand.state = State.REFUSED

    def _refuse(self, hand: Hand, why: str) -> None:
        """Say it; where nobody else is left, that ends the run."""
        hand.state = State.REFUSED
        say(f"the worker {hand.address} is not used: {why}")
        if all(each.state is State.REFUSED for each in self.hands.values()):
            raise JudgeError(f"no worker of {self.link.name} can be used; what was graded is kept")
