"""The sessions of one timing: of a submission, of baselines and of nested loops, each opened when it is needed.

Meanwhile nothing else is timed on this machine, and the grader does nothing of its own accord.
"""

import ctypes
import gc
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

from grader.errors import JudgeError
from grader.locks import one_timing_at_a_time
from grader.records import FUNCTIONS
from grader.rubric.assignment import Assignment
from grader.rubric.model import Workload
from grader.rubric.workload import sizes_of
from grader.sandbox.base import BaseSession, Program, SessionLimits
from grader.sandbox.region import region_bytes_for
from grader.sandbox.session import Session
from grader.sandbox.spawn import Zygote
from grader.timing.translated import TranslatedSession
from reference.spec import Implementation, Operator, Timed

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""Parameters of mallopt(3)."""
_LARGEST_THRESHOLD = 32 * 1024 * 1024
"""From here on glibc asks the kernel for each array by itself; it takes no larger figure."""


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
        waited_s: float,
    ) -> None:
        self.waited_s = waited_s
        """How long others' timing was waited for."""
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
        code=timed.file.read_text("utf-8"),
        functions=functions,
        inputs=signature.inputs,
        outputs={function: signature.outputs(function) for function in FUNCTIONS},
        scalars=signature.scalars,
        left=signature.left,
    )


@contextmanager
def track_for(
    zygote: Zygote,
    parts: Mapping[str | None, Assignment],
    timed: Sequence[tuple[Operator, Workload]],
    limits: SessionLimits,
    cpu: int | None,
) -> Iterator[Track]:
    """The machine for ourselves.

    Args:
        zygote: forks the processes.
        parts: by the keys of their operators.
        timed: the workloads, each of an operator.
        limits: of each process.
        cpu: all stay on it.
    """
    shapes = [operator.shapes(sizes_of(workload, operator)).values() for operator, workload in timed]
    region_bytes = max(map(region_bytes_for, shapes))
    alone, ours = one_timing_at_a_time(), _no_garbage_collection()
    with alone as waited_s, ours, _freed_memory_kept(), ExitStack() as stack:
        yield Track(stack, zygote, parts, limits, region_bytes, cpu, waited_s)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Between "go" and "done" the grader does nothing of its own accord."""
    was_on = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def _freed_memory_kept() -> Iterator[None]:
    """What goes in and comes out takes megabytes in every pair of calls, and glibc gives those back to the kernel.

    Faulting them in again page by page took a quarter of the budget: with it there are a third more pairs.
    """
    libc = ctypes.CDLL(None)
    if not (hasattr(libc, "mallopt") and hasattr(libc, "malloc_trim")):  # another C library
        yield
        return
    libc.mallopt(_M_MMAP_THRESHOLD, _LARGEST_THRESHOLD)
    libc.mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)
    try:
        yield
    finally:
        libc.malloc_trim(0)
