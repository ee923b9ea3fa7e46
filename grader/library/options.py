"""What a program chooses for a run, as the command line would."""

from dataclasses import dataclass, field
from typing import Literal

from grader.command_line.isolation import IsolationOptions

Isolation = Literal["strict", "auto", "none"]


@dataclass(frozen=True, kw_only=True)
class LibraryOptions(IsolationOptions):
    """`--isolation` and `--no-timing`."""

    no_timing: bool
    without: list[str] = field(default_factory=list)
