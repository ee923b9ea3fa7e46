"""convgrade: an autograder for CS231n-style convolution assignments.

The library is what `__all__` names, with `grader.errors` and `grader.testing` (docs/library.md). It keeps to semantic
versioning; everything else of the package is private. A name is imported when it is first asked for, so that
`import grader` is at once.

>>> import grader
>>> grader.load_rubric("cs231n-max-pool").name
'CS231n assignment 2, max pooling'
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.api.class_run import grade_class
    from grader.api.report import GradeReport
    from grader.api.rubrics import load_rubric
    from grader.api.single import grade

__version__ = "0.1.0"
SCHEMA = "convgrade/1"
__all__ = ["GradeReport", "grade", "grade_class", "load_rubric"]
_PLACES = {"GradeReport": "report", "grade": "single", "grade_class": "class_run", "load_rubric": "rubrics"}
"""The module of `grader.api` that has each name."""

if not TYPE_CHECKING:  # a type checker would take any name for one of ours

    def __getattr__(name: str) -> object:
        if name not in _PLACES:
            raise AttributeError(f"module 'grader' has no attribute {name!r}; it has {', '.join(__all__)}")
        return getattr(import_module(f"grader.api.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext grader` gives a notebook `%%grade`."""
    import_module("grader.api.notebook").register(shell)
