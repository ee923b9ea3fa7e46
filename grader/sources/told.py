"""What a person says of a class, beside where it is."""

from dataclasses import dataclass

PLAIN = "plain"
"""The name of what no platform made: everything at the top is somebody's."""


@dataclass(frozen=True, slots=True)
class Named:
    """One hand-in: a line of a map."""

    line: int
    path: str
    """From the top of the class on, with `/` between the parts."""
    id: str
    name: str
    email: str | None = None
    submitted_at: str | None = None
    """ISO 8601, with its offset from UTC."""


@dataclass(frozen=True, slots=True)
class Told:
    """How a class is to be read."""

    source: str | None = None
    """The name of the module of a platform, with `:ASSIGNMENT` where it has several, or `plain`; None to recognise
    it."""
    file: str = ""
    """Where the map is, for messages."""
    named: tuple[Named, ...] = ()
    """The only hand-ins, where there are any."""


UNTOLD = Told()
