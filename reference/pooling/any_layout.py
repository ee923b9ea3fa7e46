"""What the text of a pooling says whose arrays have their axes in any order, and which may be of several modes.

What a line calls (`np.max`, `np.mean`) says nothing there, since the other mode may be meant: only a call in the branch
of another mode is told.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reference.nodes import parts_of
from reference.outlines import outlined
from reference.pooling.outline import places

_FORWARD_PARAMETERS = 2
"""x and pool_param."""
_OF_A_MODE = ("mean", "maximum", "minimum", "argmax", "sum", "maximum and mean", "from zero", "returns upstream")
_BRANCHES = {"maximum": "average", "mean": "max"}
"""By what is called, the mode in whose branch that is a mistake."""
_MODES = {"max": "average", "average": "max"}


def outline(text: str, first_line: int) -> dict[str, Any]:
    """As `reference.outlines.outlined`."""
    return outlined(text, first_line, _FORWARD_PARAMETERS, _places)


def _places(function: ast.FunctionDef) -> dict[str, Iterable[int]]:
    found: Mapping[str, Iterable[int]] = places(function)
    told: dict[str, Iterable[int]] = {kind: lines for kind, lines in found.items() if kind not in _OF_A_MODE}
    of_modes: dict[str, set[int]] = {mode: set() for mode in _MODES}
    for mode, lines in _branches(function):
        of_modes[mode] |= lines
    return told | {kind: of_modes[mode].intersection(found[kind]) for kind, mode in _BRANCHES.items()}


def _branches(function: ast.FunctionDef) -> Iterator[tuple[str, set[int]]]:
    """The lines of each branch of `if mode == "max"` and of what follows it, with the mode that comes to it."""
    for node in parts_of(function):
        compared = node.test if isinstance(node, ast.If) else None
        if isinstance(compared, ast.Compare) and len(compared.ops) == 1 and isinstance(compared.ops[0], ast.Eq):
            mode = next((v.value for v in (compared.left, *compared.comparators) if isinstance(v, ast.Constant)), None)
            if isinstance(mode, str) and mode in _MODES:
                assert isinstance(node, ast.If)
                yield mode, _lines(node.body)
                yield from (
                    () if [type(part) for part in node.orelse] == [ast.If] else [(_MODES[mode], _lines(node.orelse))]
                )


def _lines(body: Iterable[ast.stmt]) -> set[int]:
    return {line for part in body for line in range(part.lineno, (part.end_lineno or part.lineno) + 1)}
