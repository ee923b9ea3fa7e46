"""The landmarks of a normalization: what each is called, and what kind of change leads there."""

from pathlib import Path

from reference.spec import Implementation, Landmark

_LESS = "one loop less", "Let one operation of NumPy do what your innermost loop does."
_FORMULA = "without loops", "Leave no loop in Python: mean and var go over several axes at once."
_LINE = (
    "a factor and a shift",
    "Work out a factor and a shift for each channel first, so that each number is multiplied and added to only once.",
)


def landmarks(folder: Path, name: str, sets: str) -> tuple[Landmark, ...]:
    """Those of an operator.

    Args:
        folder: of the operator.
        name: of it.
        sets: what is normalized together, such as `channel`.
    """
    one_set = f"{sets} by {sets}", f"Handle all numbers of a {sets} in one operation; loop over the {sets}s alone."
    ways = {"rows": _LESS, f"{sets}s": one_set, "formula": _FORMULA, "line": _LINE}
    return tuple(
        Landmark(title, change, Implementation.of_landmark(folder, name, way)) for way, (title, change) in ways.items()
    )
