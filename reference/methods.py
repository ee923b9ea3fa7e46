"""What the text of a layer's methods says. Where arrays stand in it nobody knows, for they are attributes."""

import ast
from collections.abc import Iterable, Mapping
from typing import Any

from reference.outlines import NO_RETURN, outlined


def outline(text: str, first_line: int) -> dict[str, Any]:
    """As `reference.outlines.outlined`, of which only what holds of methods is told."""
    places = outlined(text, first_line, None, _no_places)["places"]
    return {"keeps_inputs": False, "places": {kind: lines for kind, lines in places.items() if kind == NO_RETURN}}


def _no_places(function: ast.FunctionDef) -> Mapping[str, Iterable[int]]:
    return {}
