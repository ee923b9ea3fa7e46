"""What is said of hand-ins that a roster does not tell the people of."""

from collections.abc import Iterable


def not_in_roster(what: str, file: str) -> str:
    """A hand-in that is nobody's of a roster.

    >>> not_in_roster("hw/kim.py: kim", "r.csv").partition(",")[0]
    'hw/kim.py: kim is not in r.csv: correct the name of the hand-in'
    """
    return (
        f"{what} is not in {file}: correct the name of the hand-in, add a row there or, for a group, a column `group` "
        "with its name; if it is no hand-in, move it elsewhere, or name the others with --map"
    )


def in_several_rows(what: str, file: str, lines: Iterable[int | None], such_as: str = "") -> str:
    """A hand-in of which only a name is known that several people have; perhaps how it would be called rightly.

    >>> in_several_rows("hw/a: Ann Lee", "r.csv", [2, 5]).partition(",")[0]
    'hw/a: Ann Lee is in several rows of r.csv (lines 2'
    """
    example = f", such as `{such_as}`" if such_as else ""
    return (
        f"{what} is in several rows of {file} (lines {', '.join(map(str, lines))}): write an id of one there in place "
        f"of the name that the hand-in has{example}; or move it elsewhere and grade it after the others, with --map "
        "and --add"
    )
