"""What all reports share."""

WIDTH = 80
"""Columns of a terminal."""


def escape(text: str) -> str:
    r"""Control characters other than newline and tab as visible escapes.

    >>> escape("\x1b[31mred")
    '\\x1b[31mred'
    """
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text)


def ratio(value: float) -> str:
    """A speed ratio for people.

    >>> ratio(0.8749), ratio(0.00123)
    ('0.87', '0.0012')
    """
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def spreadsheet_cell(value: object) -> object:
    """A cell of a CSV file: text that a spreadsheet would take for a formula is disarmed, None is empty.

    >>> spreadsheet_cell("=1+2")
    "'=1+2"
    """
    if not isinstance(value, str):
        return "" if value is None else value
    text = escape(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text
