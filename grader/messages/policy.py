"""What the rubric does not allow."""

import sys
from collections.abc import Sequence

from grader.messages.words import Explained
from grader.records import Origin

_INSTEAD = "Write that part yourself, with what is allowed"
_OWN_FILE = (
    "if `{}` is a file of yours, put what you use of it into this one. Another file is only read if the assignment "
    "allows it, and what is used of it is imported by `from MODULE import NAME`"
)
_PACKAGES = sys.stdlib_module_names | frozenset({
    "IPython", "PIL", "cupy", "cv2", "h5py", "imageio", "ipdb", "jax", "keras", "matplotlib", "mxnet", "numba",
    "numexpr", "numpy", "pandas", "plotly", "pyximport", "scipy", "seaborn", "skimage", "sklearn", "tensorflow",
    "torch", "torchvision", "tqdm",
})  # fmt: skip
"""What nobody takes for a file of a hand-in."""


def forbidden_import(
    name: str,
    origin: Origin,
    line: int,
    module: str,
    allowed: Sequence[str],
    files: Sequence[str] = (),
    *,
    takes_the_place: bool = False,
) -> Explained:
    """The code that is graded imports what the rubric does not allow.

    Args:
        name: of the function.
        origin: where the lines of the text are.
        line: of the import.
        module: what is imported.
        allowed: what may be.
        files: what may be read with it.
        takes_the_place: whether the import gives the name to something else than the function in the file.

    >>> from grader.records import Origin
    >>> forbidden_import("f", Origin("a.py"), 1, "scipy.signal", ["numpy"])[1]
    'Write that part yourself, with what is allowed. Take out what only draws, prints or looks for mistakes, and \
imports that nothing uses.'
    """
    text = f"{origin.at(line)}: {name} uses {module}; the graded functions may use only {', '.join(allowed)}"
    if takes_the_place:
        return text, f"That import takes the place of the `{name}` that stands in this file: delete it."
    if module.partition(".")[0] in _PACKAGES:
        useless = "what only draws, prints or looks for mistakes, and imports that nothing uses"
        return text, f"{_INSTEAD}. Take out {useless}."
    if module.rpartition(".")[2] in files:
        return text, (
            f"Is that file handed in beside this one, and imported as `from {module} import NAME`? Otherwise put what "
            "you use of it into this file."
        )
    return text, f"{_INSTEAD}, or {_OWN_FILE.format(module)}."


def forbidden_use(name: str, origin: Origin, line: int, what: str) -> Explained:
    """The code that is graded uses what the rubric forbids."""
    return f"{origin.at(line)}: {name} uses {what}, which this assignment forbids", f"{_INSTEAD}."


def hidden_use(name: str, origin: Origin, line: int, what: str, forbidden: Sequence[str]) -> Explained:
    """The code that is graded uses something through which it could have what the rubric forbids."""
    text = (
        f"{origin.at(line)}: {name} uses something through {what} that its text does not name; this assignment forbids "
        f"{', '.join(forbidden)}"
    )
    return text, "Write the full name of what you use where you use it, as in `np.zeros(3)`."
