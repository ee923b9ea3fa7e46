"""What the text of a pooling says whose arrays have their axes in any order, and which may be of several modes.

What a line calls (`np.max`, `np.mean`) says nothing there, since the other mode may be meant.
"""

import ast
from collections.abc import Iterable
from typing import Any

from reference.outlines import outlined
from reference.pooling.outline import places

_FORWARD_PARAMETERS = 2
"""x and pool_param."""
_OF_A_MODE = ("mean", "maximum", "minimum", "argmax", "sum", "maximum and mean", "from zero", "returns upstream")


def outline(text: str, first_line: int) -> dict[str, Any]:
    """As `reference.outlines.outlined`."""
    return outlined(text, first_line, _FORWARD_PARAMETERS, _places)


def _places(function: ast.FunctionDef) -> dict[str, Iterable[int]]:
    return {kind: lines for kind, lines in places(function).items() if kind not in _OF_A_MODE}
