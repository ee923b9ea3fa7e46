"""What the text of a submission's functions says of them, once somebody wants to know."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

from grader.records.feedback import Outline

Found = Mapping[str, Outline]


class Outlines(Mapping[str, Outline]):
    """By function, its outline. Nobody is asked for them where all is right: finding them takes longer than reading.

    Args:
        ask: finds them.
    """

    def __init__(self, ask: Callable[[], Found]) -> None:
        self._ask = ask

    @cached_property
    def _found(self) -> Found:
        return self._ask()

    def __getitem__(self, name: str) -> Outline:
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)
