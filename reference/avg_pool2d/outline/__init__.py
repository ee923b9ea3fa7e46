"""What the text of an average pooling says without being run: what it keeps for backward, and where mistakes show."""

from typing import Any

from reference.outlines import outlined
from reference.pooling.outline import places

_FORWARD_PARAMETERS = 2
"""x and pool_param."""


def outline(text: str, first_line: int) -> dict[str, Any]:
    """As `reference.outlines.outlined`."""
    return outlined(text, first_line, _FORWARD_PARAMETERS, places)
