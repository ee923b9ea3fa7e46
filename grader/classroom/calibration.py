"""The landmarks' race at the start of a day: what a board compares with is as new as the day's times."""

from collections.abc import Callable
from datetime import datetime

from grader.classroom.conditions import Run
from grader.classroom.entrants import conditions_of
from grader.classroom.executor import Stop
from grader.classroom.retime import time_leaders
from grader.classroom.store import Store
from grader.pipeline import VERSIONS, Options
from grader.records import Retime
from grader.rubric.homework import Homework
from grader.rubric.model import SpeedItem
from grader.timing.machine import this_machine

_LAPS = 6
"""Enough for an interval: nobody is ranked by it."""


class _Stopped(Exception):  # no error
    """The watch is to end."""


def has_landmarks(homework: Homework) -> bool:
    """Whether there is something to race."""
    timed = {item.operator for item in homework.rubric.items if isinstance(item, SpeedItem)}
    parts = (part.operator.timed for key, part in homework.parts.items() if key in timed)
    return any(part is not None and part.landmarks for part in parts)


def is_due(store: Store, homework: Homework, now: datetime) -> bool:
    """Whether this machine has had no race of this rubric today; the day is this machine's, not UTC's."""
    last = next(store.retimes(_key(homework)), None)
    if last is None or conditions_of(last.machine, last.versions) != conditions_of(this_machine(), VERSIONS):
        return True
    return datetime.fromisoformat(last.at).astimezone().date() != now.astimezone().date()


def calibrate(
    store: Store, homework: Homework, options: Options, stop: Stop, tell: Callable[[str], None]
) -> Retime | None:
    """Let the landmarks race, and keep that; None where the watch was to end meanwhile.

    Args:
        store: of the results folder.
        homework: whose functions are timed.
        options: say how programs are confined.
        stop: asked before each lap.
        tell: told that it begins.

    Raises:
        JudgeError: where the sandbox or the baseline fails.
    """

    def go_on(_: str) -> None:
        if stop():
            raise _Stopped

    tell("the day's race of the landmarks; what is handed in waits for it, a minute or so")
    try:
        raced = time_leaders(homework, options.layers, {}, (), _LAPS, go_on)
    except _Stopped:
        return None
    store.add_retime(_key(homework), raced)
    return raced


def _key(homework: Homework) -> str:
    return Run(homework.rubric, VERSIONS).key(timing=True)
