"""What a program chooses for a run, as the command line would."""

from dataclasses import dataclass, field
from typing import Literal, get_args

from grader.command_line.isolation import IsolationOptions
from grader.errors import UsageError

Isolation = Literal["strict", "auto", "none"]


@dataclass(frozen=True, kw_only=True)
class LibraryOptions(IsolationOptions):
    """`--isolation` and `--no-timing`."""

    no_timing: bool
    without: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Refuse a word that is none of these: it must not confine less than was meant."""
        if self.isolation not in get_args(Isolation):
            raise UsageError(f"isolation: there is no {self.isolation!r}; choose from {', '.join(get_args(Isolation))}")
