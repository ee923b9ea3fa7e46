"""What the rubric does not allow."""

from collections.abc import Sequence

from grader.records import Origin

INSTEAD = "Write that part yourself, with what is allowed."
"""The hint."""


def forbidden_import(name: str, origin: Origin, line: int, module: str, allowed: Sequence[str]) -> str:
    """The code that is graded imports what the rubric does not allow."""
    return f"{origin.at(line)}: {name} uses {module}; the graded functions may use only {', '.join(allowed)}"


def forbidden_use(name: str, origin: Origin, line: int, what: str) -> str:
    """The code that is graded uses what the rubric forbids."""
    return f"{origin.at(line)}: {name} uses {what}, which this assignment forbids"
