"""Loads a submission into a child, with less and less of the file's top level where that does not end well."""

from functools import partial

from grader.records import Verdict
from grader.sandbox.answers import LoadOutcome, SkippedStatement, load_outcome
from grader.sandbox.base import Program
from grader.sandbox.keeper import Keeper

_MOST_CAREFULLY = 2


class Loader:
    """One program in the children of one keeper."""

    def __init__(self, keeper: Keeper, program: Program) -> None:
        self._keeper = keeper
        self._program = program
        self._loaded: LoadOutcome | None = None
        self.took_s = 0.0
        """What loading took the last time."""
        self.carefully = 0
        """How much of the file's top level was left out: 1 what follows the functions, but for definitions, 2
        everything but definitions."""

    @property
    def skipped(self) -> tuple[SkippedStatement, ...]:
        """Top-level statements that raised when the submission was last loaded."""
        return self._loaded.skipped if self._loaded is not None else ()

    def turn_to(self, program: Program) -> None:
        """The same code with other functions to call, which have been looked for already."""
        self._program = program

    def load(self) -> LoadOutcome:
        """Load the submission, unless a living child has it already or it cannot be loaded.

        Where running the file's top level does not end well (a demonstration that loops, an end of the process), it is
        loaded once more without what follows the two functions, but for definitions (imports, functions, classes,
        assignments), and then with nothing but definitions.
        """
        if self._loaded is not None and (self._keeper.child is not None or self._loaded.verdict is not Verdict.PASSED):
            return self._loaded
        before_s = self._keeper.spent_s
        self._loaded = loaded = self._load_once()
        while self._loaded.verdict is not Verdict.PASSED and self.carefully < _MOST_CAREFULLY:
            self.carefully += 1
            self._loaded = self._load_once()
        if "function" not in self._loaded.found.values():
            self._loaded = loaded  # then the reason is that of the whole file
        self.took_s = self._keeper.spent_s - before_s
        return self._loaded

    def _load_once(self) -> LoadOutcome:
        self._keeper.kill()
        self._keeper.start()
        request = {
            "op": "load",
            "code": self._program.code,
            "functions": self._program.functions,
            "names": self._program.names,
            "carefully": self.carefully,
            "as_main": self._program.as_main,
            "calling": dict(self._program.calling),
            "forbidden": self._program.forbidden,
            "fills": self._program.fills,
        }
        reply = self._keeper.ask(request, self._keeper.limits.call_s, partial(load_outcome, names=self._program.names))
        if reply.taken is None:
            return LoadOutcome(reply.verdict, {}, error=self._keeper.bury(reply))
        self._keeper.blame_the_machine(reply.taken.verdict)
        return reply.taken
