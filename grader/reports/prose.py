"""Text for a terminal: tables stay as they are, and sentences are wrapped where the text is as wide as it may be."""

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from grader.said import escape

WIDTH = 80
"""Columns of what is not printed on a terminal."""
_UNBROKEN = "\N{NO-BREAK SPACE}"
"""Stands between a number and its % while lines are filled."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences that are still to be wrapped."""

    text: str
    indent: str = ""
    hanging: str = ""
    """What the second line and all that follow are indented by, beyond the first."""


def laid_out(parts: Iterable[str | Paragraph], width: int = WIDTH) -> str:
    r"""Lines and paragraphs, one below the other, with all that they hold escaped; long words (paths) are not torn.

    >>> laid_out(["a table", Paragraph("one two three", indent="  ")], width=10)
    'a table\n  one two\n  three'
    >>> laid_out([Paragraph("It is off by 98 % of it.")], width=15)
    'It is off by\n98 % of it.'
    """
    return escape("\n".join(part if isinstance(part, str) else _wrapped(part, width) for part in parts))


def _wrapped(paragraph: Paragraph, width: int) -> str:
    text = re.sub(r"(?<=\d) (?=%)", _UNBROKEN, paragraph.text)
    return textwrap.fill(
        text, width, initial_indent=paragraph.indent,
        subsequent_indent=paragraph.indent + paragraph.hanging, break_long_words=False, break_on_hyphens=False,
    ).replace(f"{_UNBROKEN}%", " %")  # fmt: skip
