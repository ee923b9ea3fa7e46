"""What was not waited for any longer, not made, or not managed by the grader itself."""

from collections.abc import Iterable, Sequence

from grader.messages.words import Explained
from grader.records import Origin

HANGS = "Is there a loop that never ends, or far more work than the result needs?"
"""The hint where time was used up, and nothing is known."""
OUR_FAULT = "the grader failed, which is not the submission's fault; nothing was marked"
"""What a student is told of a judge error."""


def hurried(name: str, limit: str, stuck: str | None = None) -> Explained:
    """A call that hung after another one had: it was not given the whole limit again."""
    less = f"it had less time here, since an earlier call did not finish within {limit}"
    return f"{name} did not finish ({less})", stuck or HANGS


def never_ends(loops: Iterable[tuple[int, Sequence[str]]], origin: Origin) -> str | None:
    """Which loops cannot end once they have begun: their lines, and the names of their tests; None where none is known.

    >>> never_ends([(7, ["i", "H"])], Origin("a.py"))
    'Once it has begun, the `while` at a.py:7 cannot end, but by an error: nothing in it sets `i` or `H`.'
    """
    told = [f"at {origin.at(line)} cannot end, but by an error: {_no_way_out(names)}" for line, names in loops]
    return " ".join(f"Once it has begun, the `while` {loop}." for loop in told) or None


def _no_way_out(names: Sequence[str]) -> str:
    return f"nothing in it sets {' or '.join(f'`{name}`' for name in names)}" if names else "nothing in it leaves it"


def untried(name: str, why: str, stuck: str | None = None) -> Explained:
    """A case that was not run, for lack of time."""
    return f"{name} was not tried: {why}", stuck or HANGS


def search_was_ended(after_s: float) -> str:
    """The submission takes so long on small cases that the search for the smallest was not finished."""
    return f"The search for the smallest failing case was stopped after {after_s:g} s; there may be a smaller one."


def not_explained(error: str) -> str:
    """Explaining the results failed, which is ours."""
    return f"The grader could not explain these results, because of a defect of its own ({error}). The mark stands."
