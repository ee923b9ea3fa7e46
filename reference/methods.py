"""What the text of a layer's methods says. Where arrays stand in it nobody knows, for they are attributes."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reference.nodes import parts_of
from reference.outlines import NO_RETURN, outlined
from reference.shadows import TWICE

_CUT_TO_MINUS = "cut to minus"
"""As in the outline of the convolution."""


def outline(text: str, first_line: int) -> dict[str, Any]:
    """As `reference.outlines.outlined`, of which only what holds of methods is told."""
    places = outlined(text, first_line, None, _places)["places"]
    told = (NO_RETURN, _CUT_TO_MINUS)
    of_methods = {kind: lines for kind, lines in places.items() if kind in told or kind.startswith(TWICE)}
    return {"keeps_inputs": False, "places": of_methods}


def _places(function: ast.FunctionDef) -> Mapping[str, Iterable[int]]:
    return {_CUT_TO_MINUS: _cut_to_minus(function)}


def _cut_to_minus(function: ast.FunctionDef) -> Iterator[int]:
    """`dLdA[:, :, self.pad:-self.pad, self.pad:-self.pad]`, where both ends are the same name or attribute."""
    for node in parts_of(function):
        if isinstance(node, ast.Slice) and isinstance(node.lower, ast.Name | ast.Attribute):
            end = node.upper.operand if isinstance(node.upper, ast.UnaryOp) else None
            if isinstance(end, ast.Name | ast.Attribute) and ast.unparse(end) == ast.unparse(node.lower):
                yield node.lower.lineno
