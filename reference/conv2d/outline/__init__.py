"""What the text of a convolution says without being run: what it keeps for backward, and where known mistakes show.

`places` gives the lines of each kind of place, such as a slice that begins at a loop variable without the
stride; a bug of the bank names the kind that it is about. A kind is only what a mistake looks like: that there is a
mistake at all is known from the results alone. Where the text does not show it, there are no lines.
"""

import ast
from collections.abc import Iterable
from typing import Any

from reference.outlines import outlined
from reference.resets import not_set_back

from . import any_layout
from .indices import of_another_axis, sizes_of_another_axis
from .kinds import FORWARD_PARAMETERS, KINDS
from .names import Names
from .placed import misplaced


def outline(text: str, first_line: int) -> dict[str, Any]:
    """As `reference.outlines.outlined`."""
    return outlined(text, first_line, FORWARD_PARAMETERS, _places)


def _places(function: ast.FunctionDef) -> dict[str, Iterable[int]]:
    names = Names(function)
    if any_layout.is_worked_with(names):
        return {**any_layout.places(function)}
    return {
        **{kind: find(names) for kind, find in KINDS.items()},
        **of_another_axis(names),
        **sizes_of_another_axis(names),
        **not_set_back(function),
        **misplaced(names),
    }
