"""What is refused before any call: functions that reach what the rubric forbids, files that cannot be loaded."""

import re
from collections.abc import Sequence

from grader import messages
from grader.records import FUNCTIONS, Findings, Function, Reading, ReportVerdict, Verdict
from grader.rubric.assignment import Assignment
from grader.rubric.homework import Homework
from grader.rubric.packaged import taker
from grader.rubric.paths import all_paths
from grader.sandbox.answers import LoadOutcome


def forbidden_functions(assignment: Assignment, reading: Reading) -> dict[Function, messages.Explained]:
    """The functions that reach what the rubric does not allow, each with what is said of the first such thing."""
    policy, origin, forbidden = assignment.rubric.policy, reading.submission.origin, {}
    for function in FUNCTIONS:
        name = assignment.names[function]
        if (found := reading.violations.get(name)) is not None:
            if not found.is_use:
                is_hidden = name in reading.functions and _imports(name, reading.submission.code, found.line)
                what = found.module, policy.imports, policy.files
                told = messages.forbidden_import(name, origin, found.line, *what, takes_the_place=is_hidden)
            elif found.module in all_paths(policy.forbidden):
                told = messages.forbidden_use(name, origin, found.line, found.module)
            else:
                told = messages.hidden_use(name, origin, found.line, found.module, policy.forbidden)
            forbidden[function] = told
    return forbidden


_MOST_LETTERS = 300
"""What is read of an import: this process shall not wait for whoever writes more in a line."""


def _imports(name: str, code: str, line: int) -> bool:
    """Whether a line of the text gives this name to what it imports."""
    text = "".join(code.split("\n")[line - 1 : line])[:_MOST_LETTERS]
    return re.search(rf"\bimport\b.*\b{re.escape(name)}\b\s*(,|\)|#|$)", text) is not None


def rejection_of(homework: Homework, reading: Reading, loaded: LoadOutcome) -> Findings | None:
    """Why a file that was loaded, or could not be, cannot be graded; None where it can."""
    origin = reading.submission.origin
    if loaded.verdict is not Verdict.PASSED:
        limit = messages.limit_text(homework.rubric.limits, loaded.verdict)
        text = messages.load_ended(origin, loaded.verdict, loaded.error, limit)
        return Findings(ReportVerdict.REJECTED, message=text, reason=loaded.verdict)
    if "function" in loaded.found.values():
        return None
    is_in_a_class = any(not {*homework.names}.isdisjoint(methods) for methods in reading.classes.values())
    other = None if is_in_a_class else taker(reading.parameters, homework)
    if other is None:
        text = nothing_there(homework.names, reading, loaded)
    else:
        has = {name: reading.parameters[name] for name in other.arguments}
        text = messages.for_another_rubric(origin, homework.names, has, other.rubric)
    return Findings(ReportVerdict.REJECTED, message=text, reason=Verdict.MISSING)


def nothing_there(names: Sequence[str], reading: Reading, loaded: LoadOutcome, not_these: Sequence[str] = ()) -> str:
    """That there is none of these functions, and what there is, but for functions that are asked for elsewhere."""
    origin, of_classes = reading.submission.origin, reading.classes
    there = [name for name in reading.functions if name not in not_these]
    return messages.no_functions(origin, names, loaded.found, loaded.skipped, there, of_classes)
