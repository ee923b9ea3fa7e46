"""What is printed for a person: as wide as the terminal, and coloured where it takes colours."""

import os
import shutil
import sys

from grader.command_line.streams import coloured_output
from grader.reports.prose import WIDTH
from grader.said import without_controls

_NARROWEST, _WIDEST = 60, 100


def width() -> int:
    """Columns of a text on stdout."""
    if not _is_a_terminal():
        return WIDTH
    return max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size().columns))


def show_text(text: str, *, end: str = "\n") -> None:
    """Print a text whose control characters are escaped, with its verdicts in colour if stdout takes them."""
    if not _takes_colours():
        print(text, end=end, flush=True)
        return
    from rich.console import Console
    from rich.text import Text

    coloured = Text(without_controls(text))
    for pattern, style in _styles().items():
        coloured.highlight_regex(pattern, style)
    console = Console(file=coloured_output(), force_terminal=True, color_system="standard", highlight=False)
    console.print(coloured, end=end, soft_wrap=True)
    sys.stdout.flush()


def _styles() -> dict[str, str]:
    """By pattern: a verdict stands in a table's column of its own, or begins a line about one submission."""
    from grader.records import Verdict  # not where only the width is asked for, as by --help

    good, partly = (Verdict.PASSED,), (Verdict.PARTIAL, Verdict.SKIPPED)
    bad = tuple(verdict for verdict in Verdict if verdict not in (*good, *partly))
    columns = {"green": good, "yellow": partly, "red": bad}
    words = {style: "|".join(verdicts) for style, verdicts in columns.items()}
    return {
        **{rf"(?m)(?<=  )(?:{pattern})(?=  |$)": style for style, pattern in words.items()},
        r"(?m)(?<=: )(?:rejected|judge error)(?=, )|^(?:Rejected|Judge error)(?=: )": "red",
    }


def _takes_colours() -> bool:
    """As https://no-color.org and https://force-color.org have it."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (_is_a_terminal() and os.environ.get("TERM") != "dumb")


def _is_a_terminal() -> bool:
    """Whether a person reads it; a closed stdout is None."""
    return sys.stdout is not None and sys.stdout.isatty()
