"""The timing of a submission: every speed item of the rubric within a budget, and nothing else timed meanwhile."""

import gc
import inspect
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module

from grader import messages
from grader.locks import one_timing_at_a_time
from grader.race import Race
from grader.records import FUNCTIONS, Check, Function, Submission, Timing, Verdict
from grader.rubric import Rubric, SpeedItem
from grader.sandbox.processes import Zygote
from grader.sandbox.session import Program, Session, SessionLimits, region_bytes_for
from grader.scoring import main_verdict
from reference.spec import Operator


def time_items(
    zygote: Zygote,
    student: Program,
    limits: SessionLimits,
    submission: Submission,
    rubric: Rubric,
    operator: Operator,
    checks: Sequence[Check] | None,
    cpu: int | None,
) -> tuple[Timing, ...]:
    """Time every speed item of the rubric.

    Functions that were right in none of the `checks` are not tried (without checks, all are). Both sides stay on `cpu`.

    Raises:
        JudgeError: where the sandbox or the baseline fails.
    """
    items = [item for item in rubric.items if isinstance(item, SpeedItem)]
    if not items:
        return ()
    region_bytes = max(region_bytes_for(operator.shapes(item.workload.sizes).values()) for item in items)
    programs = ((student, rubric.policy.imports), (baseline_program(operator), ()))
    with one_timing_at_a_time(), _no_garbage_collection(), ExitStack() as stack:
        sides = [
            stack.enter_context(Session(zygote, program, limits, region_bytes, allowed=allowed, cpu=cpu, timed=True))
            for program, allowed in programs
        ]
        timings: list[Timing] = []
        left_s = rubric.limits.timing_s
        for number, item in enumerate(items):
            start, share_s = time.perf_counter(), left_s / (len(items) - number)
            timings.append(
                _never_right(item, rubric, operator, checks)
                or Race(sides[0], sides[1], submission, rubric, operator, item).run(share_s)
            )
            left_s -= min(share_s, time.perf_counter() - start)
        return tuple(timings)


def _never_right(item: SpeedItem, rubric: Rubric, operator: Operator, checks: Sequence[Check] | None) -> Timing | None:
    """The timing of a function that need not be tried, None where it was right in some case."""
    if checks is None:
        return None
    mine = [check for check in checks if check.output in operator.outputs(item.function)]
    wrong = {check.case.index for check in mine if check.verdict is not Verdict.PASSED}
    if any(check.case.index not in wrong for check in mine):
        return None
    verdict = main_verdict([check for check in mine if check.case.index in wrong])
    return Timing(item.id, item.function, verdict, None, messages.never_right(rubric.functions.name(item.function)))


def baseline_program(operator: Operator) -> Program:
    """The operator's fast baseline as a program for a sandbox."""
    code = inspect.getsource(import_module(operator.baseline))
    functions = dict(zip(FUNCTIONS, operator.baseline_functions, strict=True))
    outputs: dict[Function, tuple[str, ...]] = {f: operator.outputs(f) for f in FUNCTIONS}
    return Program("baseline.py", code, functions, operator.inputs, outputs)


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
