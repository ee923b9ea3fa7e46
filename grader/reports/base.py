"""What all reports share."""

WIDTH = 80
"""Columns of a terminal."""


def escape(text: str) -> str:
    r"""Control characters other than newline and tab as visible escapes.

    >>> escape("\x1b[31mred")
    '\\x1b[31mred'
    """
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text)
