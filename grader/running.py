"""One submission's way through the stages that run it: load -> policy -> verify -> explain -> secret cases -> time.

What is wrong in secret cases only is asked and explained with public numbers, in a new process that has seen nothing.

Where a rubric has several operators, their functions are called one operator after the other, in the same process: the
session is turned to those of the next. Each stage is done for all operators before the next one begins, so that what
the submission prints, raises or keeps while it sees the secret cases gets nowhere.
"""

import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from grader import messages
from grader.judging.judged import Wrong
from grader.judging.refusal import forbidden_functions, nothing_there, rejection_of
from grader.judging.rounds import Posing, Rounds, go_on
from grader.judging.verify import Verifier
from grader.records import FUNCTIONS, Examined, Findings, Function, Reading, ReportVerdict, Submission, Verdict
from grader.records.feedback import Explanation, Outline
from grader.rubric.assignment import Assignment
from grader.rubric.homework import Homework
from grader.sandbox.answers import LoadOutcome
from grader.sandbox.base import Program, SessionLimits
from grader.sandbox.session import Session
from grader.sandbox.spawn import Zygote, check_that_there_is
from reference.signature import Layer, Signature

if TYPE_CHECKING:
    from grader.feedback.known import KnownResults


class Prepared:
    """What is asked about one operator: the same for all submissions, and made when it is needed.

    Args:
        assignment: the rubric and the operator.
        secret: what the secret cases are drawn from; if empty, from each submission's own text.
        others: names of the functions that other operators are about.
    """

    def __init__(self, assignment: Assignment, secret: tuple[int, ...], others: tuple[str, ...]) -> None:
        self.assignment = assignment
        self.rounds = Rounds(assignment, secret)
        self._others = others

    @cached_property
    def known(self) -> "KnownResults":
        """The results of the known mistakes."""
        from grader.feedback.known import KnownResults  # noqa: PLC0415  # right submissions do without

        return KnownResults(self.assignment.operator.bank())

    def program(self, submission: Submission) -> Program:
        """The submission, with this operator's functions to call."""
        names, signature, origin = self.assignment.names, self.assignment.operator.signature, submission.origin
        policy = self.assignment.rubric.policy
        return Program(
            code=submission.code,
            functions=names,
            inputs=signature.inputs,
            outputs={function: signature.outputs(function) for function in FUNCTIONS},
            as_main=origin.is_notebook,
            others=self._others,
            scalars=signature.scalars,
            left=signature.left,
            calling=_calling(signature, names),
            forbidden=policy.forbidden if policy.on_violation == "zero" else (),
        )


def _calling(signature: Signature, names: Mapping[Function, str]) -> dict[str, Any]:
    """What is special about how a submission's functions are called."""
    special: dict[str, Any] = {
        "no_dict": not signature.parameter_name,
        "keywords": signature.scalars if signature.keywords else (),
        "constants": dict(signature.constants),
        "takes_self": signature.takes_self,
        "old_float": signature.old_float,
        "tensors": signature.tensors,
        "layer": signature.layer and _layer(signature, signature.layer, names),
    }
    return {name: value for name, value in special.items() if value}


def _layer(signature: Signature, layer: Layer, names: Mapping[Function, str]) -> dict[str, Any]:
    gradients = [layer.gradients[name] for name in signature.backward_outputs if name in layer.gradients]
    weights = {attribute: signature.inputs.index(name) for name, attribute in layer.weights.items()}
    return {"functions": names, "arrays": len(signature.inputs), "weights": weights, "gradients": gradients}


def prepared(homework: Homework, secret: tuple[int, ...]) -> dict[str | None, Prepared]:
    """By the key of its operator.

    Raises:
        UsageError: where a package is lacking that its functions are called with.
    """
    for part in homework.parts.values():
        check_that_there_is(part.operator.signature.tensors)
    names = homework.names
    return {
        key: Prepared(part, secret, tuple(name for name in names if name not in part.names.values()))
        for key, part in homework.parts.items()
    }


def limits_of(homework: Homework) -> SessionLimits:
    """What one process of a submission may use."""
    limits = homework.rubric.limits
    return SessionLimits(
        call_s=limits.call_s,
        cpu_s=int(limits.total_s) + 60,
        memory_bytes=limits.memory_mib * 1024 * 1024,
        output_bytes=limits.output_kib * 1024,
    )


@dataclass(slots=True)
class _Part:
    """How far one operator's functions have come."""

    asked: Prepared
    program: Program
    forbidden: Mapping[Function, messages.Explained]
    secret: Posing
    verifier: Verifier | None = None
    wrong: tuple[Wrong, ...] = ()
    examined: Examined = field(default_factory=Examined)


@dataclass(slots=True)
class Examination:
    """One submission, checked and explained."""

    homework: Homework
    asked: Mapping[str | None, Prepared]
    reading: Reading
    outlines: Mapping[str, Outline]
    """What the text of each function says."""
    verification: bool
    """Whether the functions are checked; otherwise they are only looked for."""
    notes: list[str] = field(default_factory=list)
    traceback: str | None = None
    """The traceback of explaining, where that failed."""

    def __post_init__(self) -> None:
        self.notes += self.reading.submission.notes

    def findings(self, zygote: Zygote, cpu: int | None) -> Findings:
        """Everything but how fast the functions are.

        Raises:
            JudgeError: where the sandbox fails.
        """
        parts = {key: self._part(asked) for key, asked in self.asked.items()}
        usual = [posing for part in parts.values() for posing in (part.asked.rounds.public, part.secret)]
        more = [part.asked.rounds.more for part in parts.values()]
        region_bytes = max(posing.region_bytes for posing in (*usual, *more))
        allowed, first = self.homework.rubric.policy.imports, next(iter(parts.values()))
        limits, meanwhile = limits_of(self.homework), partial(go_on, usual if self.verification else ())
        start = partial(Session, zygote, first.program, limits, region_bytes, allowed=allowed, cpu=cpu)
        with start(meanwhile=meanwhile) as session:
            loaded = session.load()
            rejection = rejection_of(self.homework, self.reading, loaded)
            if rejection is None:
                self._verify(session, parts.values(), loaded)
                if session.carefully:
                    origin = self.reading.submission.origin
                    self.notes.append(messages.loaded_carefully(origin, session.carefully, len(self.homework.names)))
            printed, isolation, notes = session.stdout.decode(errors="replace"), session.isolation, tuple(self.notes)
            if rejection is not None:
                return replace(rejection, stdout=printed, isolation=isolation, notes=notes)
            self._explain(session, parts.values())
            in_secret = self._wrong_in_secret(session, parts.values())
        if in_secret:
            with start() as session:
                self._ask_more(session, in_secret)
        found = Findings(
            ReportVerdict.GRADED,
            listings=self.reading.listings,
            stdout=printed,
            isolation=isolation,
            notes=tuple(self.notes),
            traceback=self.traceback,
        )
        if self.homework.has_several:
            return replace(found, parts={str(key): part.examined for key, part in parts.items()})
        examined = first.examined
        return replace(found, verification=examined.verification, explanations=examined.explanations)

    def _part(self, asked: Prepared) -> _Part:
        forbidden = forbidden_functions(asked.assignment, self.reading)
        if forbidden and (self.homework.rubric.policy.on_violation == "flag" or not self.verification):
            self.notes += (text for text, _ in forbidden.values())
            forbidden = {}
        secret = asked.rounds.secret(self.reading.submission.sha256 if self.verification else None)
        program = replace(asked.program(self.reading.submission), fills=True)
        return _Part(asked, program, forbidden, secret)

    def _verify(self, session: Session, parts: Iterable[_Part], loaded: LoadOutcome) -> None:
        for part in parts if self.verification else ():
            names = [*part.program.functions.values()]
            unread = self.reading.submission.unparsed.keys()
            if all(loaded.found[name] != "function" and name not in unread for name in names):
                text = nothing_there(names, self.reading, loaded, not_these=self.homework.names)
                part.examined = Examined(message=text, reason=Verdict.MISSING)
                continue
            session.turn_to(part.program)
            assignment, submission = part.asked.assignment, self.reading.submission
            part.verifier = Verifier(session, submission, assignment, part.forbidden, self.outlines)
            verification, part.wrong = part.verifier.verify(part.asked.rounds.public, part.asked.rounds.more)
            part.examined = Examined(verification)
            self.notes += verification.remarks

    def _explain(self, session: Session, parts: Iterable[_Part]) -> None:
        for part in parts:
            if part.wrong:
                session.turn_to(part.program)
                part.examined = replace(part.examined, explanations=self._explanations(session, part))

    def _explanations(self, session: Session, part: _Part) -> tuple[Explanation, ...]:
        """What can be said of the results that are wrong. Nothing of it is imported where all are right."""
        from grader.feedback.objects import explain_of  # noqa: PLC0415  # right submissions do without

        asked, outlines, submission = part.asked, self.outlines, self.reading.submission
        problems, wrong, verification = asked.rounds.problems, part.wrong, part.examined.verification
        try:
            found, notes = explain_of(
                submission, session, asked.assignment, problems, wrong, outlines, asked.known, verification
            )
        except Exception as error:  # a defect of ours: it costs the explanation, never the mark
            self.notes.append(messages.not_explained(type(error).__name__))
            self.traceback = traceback.format_exc()
            return ()
        self.notes += notes
        return found

    def _wrong_in_secret(self, session: Session, parts: Iterable[_Part]) -> list[_Part]:
        """Put secret problems to all, and say who was right in public ones only."""
        right_before = []
        for part in parts:
            if part.verifier is not None and part.examined.verification is not None:
                session.turn_to(part.program)
                verification = part.verifier.verify_in_secret(part.secret, part.examined.verification)
                part.examined = replace(part.examined, verification=verification)
                if part.verifier.wrong and not part.wrong:
                    right_before.append(part)
        return right_before

    def _ask_more(self, session: Session, parts: Iterable[_Part]) -> None:
        if rejection_of(self.homework, self.reading, session.load()) is not None:
            return
        for part in parts:
            assert part.examined.verification is not None
            session.turn_to(part.program)
            submission = self.reading.submission
            verifier = Verifier(session, submission, part.asked.assignment, part.forbidden, self.outlines)
            verification, part.wrong = verifier.verify_more(part.asked.rounds.more, part.examined.verification)
            part.examined = replace(part.examined, verification=verification)
        self._explain(session, parts)
