"""The sessions of one timing: of a submission, of baselines and of nested loops, each opened when it is needed."""

import math
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial

from grader.errors import JudgeError
from grader.records import FUNCTIONS
from grader.rubric.assignment import Assignment
from grader.sandbox.base import BaseSession, Program, SessionLimits
from grader.sandbox.session import Session
from grader.sandbox.spawn import Zygote
from grader.timing.translated import TranslatedSession
from reference.spec import Implementation, Operator, Timed


class Track:
    """The sessions of one timing. They are closed with the stack."""

    def __init__(
        self,
        stack: ExitStack,
        zygote: Zygote,
        parts: Mapping[str | None, Assignment],
        limits: SessionLimits,
        region_bytes: int,
        cpu: int | None,
    ) -> None:
        self._parts = parts
        self._stack = stack
        self._own: dict[Implementation, Session] = {}
        self._turned: dict[tuple[Implementation, str | None], TranslatedSession] = {}
        self._open = partial(Session, zygote, limits=limits, region_bytes=region_bytes, cpu=cpu, timed=True)

    def open(self, program: Program, allowed: tuple[str, ...] = (), allowance_s: float = math.inf) -> Session:
        """That of a submission, which may import what is allowed, and take so long in all."""
        return self._stack.enter_context(self._open(program, allowed=allowed, allowance_s=allowance_s))

    def baseline(self, key: str | None) -> BaseSession:
        """The fast one for the operator of this key."""
        return self.session_of(key, self._timed(key).baseline)

    def loops(self, key: str | None) -> BaseSession:
        """The nested loops for the operator of this key."""
        return self.session_of(key, self._timed(key).loops)

    def _timed(self, key: str | None) -> Timed:
        operator = self._parts[key].operator
        if operator.timed is None:  # the rubric has been checked for it
            raise JudgeError(f"{operator.name} has no baseline to time submissions against")
        return operator.timed

    def session_of(self, key: str | None, timed: Implementation) -> BaseSession:
        """That of a program of ours, for the operator of this key."""
        operator = self._parts[key].operator
        translation = operator.translation
        if timed not in self._own:
            self._own[timed] = self.open(_own_program(operator if translation is None else translation.operator, timed))
        if translation is None:
            return self._own[timed]
        return self._turned.setdefault((timed, key), TranslatedSession(self._own[timed], translation))


def _own_program(operator: Operator, timed: Implementation) -> Program:
    """A program of the operator's for a sandbox."""
    functions = dict(zip(FUNCTIONS, timed.functions, strict=True))
    signature = operator.signature
    return Program(
        filename=timed.file.name,
        code=timed.file.read_text("utf-8"),
        functions=functions,
        inputs=signature.inputs,
        outputs={function: signature.outputs(function) for function in FUNCTIONS},
        scalars=signature.scalars,
        left=signature.left,
    )
