"""What is told on stderr while something else is done. Whoever read it may have gone; that stops nothing."""

import os
import re
import sys
from contextlib import suppress

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def escape(text: str) -> str:
    r"""Control characters other than newline and tab as visible escapes.

    >>> escape("\x1b[31mred")
    '\\x1b[31mred'
    """
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text)


def without_controls(text: str) -> str:
    """What would control a terminal, or turn the direction of a text, as visible escapes; all else as it is."""
    return _CONTROLS.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def say(text: str) -> None:
    """A line for a person, in which names and paths of anybody's do nothing to the terminal and begin no other line."""
    with suppress(OSError):
        print(_fitted(f"grade: {escape(text)}".replace("\n", "\n  ")), file=sys.stderr, flush=True)


def _fitted(text: str) -> str:
    """On a terminal broken between words, where the terminal would break inside them; elsewhere as it is."""
    if sys.stderr is None or not sys.stderr.isatty():
        return text
    import textwrap  # noqa: PLC0415  # programs do without

    try:
        width = os.get_terminal_size(sys.stderr.fileno()).columns or 80  # 0 where nobody has set it
    except OSError:
        return text
    wrapped = textwrap.TextWrapper(width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    return "\n".join(wrapped.fill(line) for line in text.split("\n"))
