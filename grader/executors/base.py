"""What an executor is."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from grader.pipeline import Options
from grader.records import Entry, Findings
from grader.rubric import Rubric

Stop = Callable[[], bool]
"""Whether no more work is to be begun; what runs is finished."""


class Executor(Protocol):
    """Examines submissions, in any order."""

    def run(
        self, rubric: Rubric, options: Options, entries: Iterable[Entry], stop: Stop
    ) -> Iterator[tuple[Entry, Findings]]:
        """Each entry with its findings, as they come.

        Raises:
            JudgeError: where a worker is lost; what has come before is good.
        """
        ...
