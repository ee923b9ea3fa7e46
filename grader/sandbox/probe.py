"""Which layers of isolation a child puts on here, found out by one that does nothing else."""

from grader.records import FUNCTIONS, Isolation
from grader.sandbox import seccomp
from grader.sandbox.base import Program, SessionLimits
from grader.sandbox.session import Session
from grader.sandbox.spawn import Zygote


def isolation_here(wanted: tuple[str, ...]) -> tuple[Isolation, dict[str, str]]:
    """What is in force, and by layer why it is not.

    Raises:
        JudgeError: where no sandbox can be started at all.
    """
    limits = SessionLimits(call_s=30, cpu_s=60, memory_bytes=2**30, output_bytes=2**16)
    program = Program("", dict.fromkeys(FUNCTIONS, "probe"), (), {})
    with Zygote(wanted) as zygote, Session(zygote, program, limits, 2**16) as session:
        session.load()
        isolation, missing = session.isolation, dict(session.missing)
    if "seccomp" in missing:
        missing["seccomp"] = seccomp.compiled()[1] or missing["seccomp"]
    return isolation, missing
