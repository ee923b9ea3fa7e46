"""The landmarks of a pooling: what each is called, and what kind of change leads there."""

from pathlib import Path

from reference.spec import Implementation, Landmark

_WAYS = (
    ("three_loops", "one loop less", "Let one operation of NumPy do what your innermost loop does."),
    ("windows", "all windows at once", "Leave no loop in Python: one operation over a view of all windows."),
    (
        "places",
        "place by place",
        "Loop over the few places in a window, not over the many windows: one operation does a place of them all.",
    ),
)


def landmarks(folder: Path, name: str) -> tuple[Landmark, ...]:
    """Those of an operator of this name in its folder."""
    return tuple(Landmark(title, change, Implementation.of_landmark(folder, name, way)) for way, title, change in _WAYS)
