"""What an executor is, and which there are: every module of `executors` is one, and exports EXECUTOR."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Protocol

from grader.classroom import executors
from grader.classroom.landmarks import Landmarks
from grader.closing import Closing
from grader.pipeline import Options
from grader.records import Findings, Task
from grader.rubric.model import WholeRubric
from grader.sandbox.spawn import Zygote

Stop = Callable[[], bool]
"""Whether no more work is to be begun; what runs is finished."""
Watch = Callable[[Sequence[str]], None]
"""Is told the names of what runs now, whenever that changes."""


@dataclass(frozen=True, slots=True)
class Work:
    """What an executor is asked to do, but for the submissions."""

    rubric: WholeRubric
    options: Options
    """Without a landmark, which is of a machine."""
    landmarks: Landmarks
    jobs: int
    """Submissions at a time, where the executor starts the processes for them itself."""
    scheduler: str | None
    """The address of a cluster, where the command line gives one."""
    watch: Watch
    zygote: Callable[[], Zygote] | None = None
    """Gives the sandbox process of the one that asks, which may be used by it alone."""


class Executor(AbstractContextManager["Executor"], Protocol):
    """Examines submissions, in any order; holds what it needs for that from entering to leaving."""

    def run(self, tasks: Iterable[Task], stop: Stop) -> Iterator[tuple[Task, Findings]]:
        """Each task with its findings, as they come. Tasks are taken one by one as there is room for them.

        Where what runs a task is lost, that is a judge error of the task's own, and the others go on.
        """
        ...


@dataclass(slots=True)
class Lasting(Closing):
    """One executor for all runs of a watch, so that a cluster is connected to once, and its workers prove once.

    What an error ends is closed, and the next run gets a new one.
    """

    make: Callable[[Work], AbstractContextManager[Executor]]
    jobs: int
    """As in `Work`, of every run."""
    _open: ExitStack = field(default_factory=ExitStack)
    _kept: Executor | None = None

    @contextmanager
    def __call__(self, work: Work) -> Iterator[Executor]:
        """It, for one run."""
        if self._kept is None:
            self._kept = self._open.enter_context(self.make(replace(work, jobs=self.jobs)))
        try:
            yield self._kept
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Leave the cluster, if there is one."""
        self._kept = None
        self._open.close()


def find_executor(name: str) -> Callable[[Work], Executor]:
    """What makes the executor of this name, which is a module's.

    Raises:
        UsageError: where it needs a package that is not installed.
    """
    found: Callable[[Work], Executor] = import_module(f"{executors.__name__}.{name}").EXECUTOR
    return found
