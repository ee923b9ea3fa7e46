"""What an autograder of a platform is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from grader.autograders import kinds
from grader.records import Entry


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What a platform hands to an autograder."""

    entry: Entry
    due: str | None = None
    """ISO 8601 with its offset from UTC, where the platform says when it is due."""


@dataclass(frozen=True, slots=True)
class Autograder:
    """A module of `kinds` exports it as `AUTOGRADER`; its name is that of the platform and of the form it reads."""

    scripts: Mapping[str, str]
    """Its executable files beside the grader, by name."""
    dockerfile: str
    """Makes an image of a context whose folder `source` holds all the other files."""
    handed_in: Callable[[Path], HandedIn]
    """Given the folder in which the platform has its files. Raises what reading them raises where they are not as the
    platform says."""
    failed: Mapping[str, object]
    """The results where the grader fails and there is no report: without a score."""
    needs_image: bool = False
    """Whether the platform takes nothing but an image."""


def find_autograder(name: str) -> Autograder:
    """The one of this name; only its module is imported."""
    found: Autograder = import_module(f"{kinds.__name__}.{name}").AUTOGRADER
    return found
