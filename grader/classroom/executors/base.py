"""What an executor is."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from grader.records import Findings, Task

Stop = Callable[[], bool]
"""Whether no more work is to be begun; what runs is finished."""
Watch = Callable[[Sequence[str]], None]
"""Is told the names of what runs now, whenever that changes."""


class Executor(AbstractContextManager["Executor"], Protocol):
    """Examines submissions, in any order; holds what it needs for that from entering to leaving."""

    def run(self, tasks: Iterable[Task], stop: Stop) -> Iterator[tuple[Task, Findings]]:
        """Each task with its findings, as they come. Tasks are taken one by one as there is room for them.

        Where what runs a task is lost, that is a judge error of the task's own, and the others go on.
        """
        ...
