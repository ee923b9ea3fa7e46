"""What a person decided about a mark."""

from grader.messages.words import clock


def overridden(what: str, points: float, computed: float | None, by: str, at: str, reason: str) -> str:
    """A person gave points in place of those that were computed; `what` is an item's title, or the mark."""
    instead = "nothing was computed" if computed is None else f"computed: {computed:g}"
    return f"{what}: {points:g} points by decision of {by}, {at[:10]} ({instead}). Reason: {reason}"


def marked(what: str, points: float, by: str, at: str, reason: str) -> str:
    """A person gave the points of an item that only a person marks."""
    return f"{what}: {points:g} points, marked by {by}, {at[:10]}{f': {reason}' if reason else ''}"


def extended(until: str, by: str, at: str, reason: str) -> str:
    """A person gave a due time of its own; `until` is ISO 8601, or nothing.

    >>> extended("2027-02-03T23:59:00-08:00", "ann", "2027-02-01T10:00:00Z", "ill")
    'Due 2027-02-03 23:59 (UTC-08:00) by decision of ann, 2027-02-01. Reason: ill'
    """
    return f"Due {clock(until) if until else 'when it is for all'} by decision of {by}, {at[:10]}. Reason: {reason}"


def decided_out_of(what: str, points: float, before: float, now: float) -> str:
    """The rubric has changed since a person decided."""
    return f"a person gave {points:g} of {before:g} for {what}, which has {now:g} points now"


def decided_below(what: str, points: float, computed: float) -> str:
    """A person's decision takes points away."""
    return f"a person gave {points:g} for {what}, less than the {computed:g} computed"


def override_without_item(item: str, reason: str) -> str:
    """A person gave points for an item that the rubric has no more."""
    return f"A decision on the item {item} does not count, since the rubric has no such item now. It was: {reason}"
