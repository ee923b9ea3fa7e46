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
    """Those of an operator, whose `landmarks.py` has `NAME_forward_...` and `NAME_backward_...` for each."""
    file = folder / "landmarks.py"
    return tuple(
        Landmark(title, change, Implementation(file, (f"{name}_forward_{way}", f"{name}_backward_{way}")))
        for way, title, change in _WAYS
    )
