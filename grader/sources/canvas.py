"""Canvas: "Download Submissions" of an assignment, a flat zip with the newest attempt of each.

`<name>[_LATE]_<user id>_<attachment id>_<file>`; typed and linked work is `<name>[_LATE]_<user id>_text.html` or
`_link.html`; in anonymous assignments `[LATE_]anon_<5 letters>_<attachment id>_<file>`. `name` is the sortable name, or
the group's: letters and digits alone, in lower case. A group has one entry, with the id of one of its members.
`-1` before the ending tells files of one name apart; it is no number of an attempt. Where one person has the same name
twice, or files that are late and files that are not, two downloads are mixed.
Source: `lib/content_zipper.rb` of instructure/canvas-lms.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log

from grader.records import Entry, Place
from grader.sources.names import is_instructors
from grader.sources.platforms import HandIn, Platform, unpacked
from grader.sources.tree import Tree

_IN_WORDS = r"[^\x00-/:-@\[-^`{-\x7f]"
"""Letters, digits, `_`, and whatever is not ASCII: the signs of vowels and tones are no letters to Python."""
_NAME = re.compile(
    rf"(?:(?P<name>(?!LATE_){_IN_WORDS}+?)_)?"
    r"(?P<late>LATE_)?(?:anon_(?P<anon>\w{5})|(?P<uid>\d+))_"
    r"(?:(?P<attachment>\d+)_(?P<file>.+)|(?P<kind>text|link)\.html)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Called:
    """What a name says."""

    name: str
    is_late: bool
    id: str
    attachment: str
    """Empty where there is none."""
    file: str
    is_anonymous: bool = False

    def otherwise(self) -> "_Called | None":
        """The same if the person's name, which may be of their choice, ends with a number, and the file's begins so."""
        number, _, file = self.file.partition("_")
        if self.is_anonymous or not self.attachment or not number.isdecimal() or not file:
            return None
        return replace(self, name=f"{self.name}_{self.id}", id=self.attachment, attachment=number, file=file)


def _match(top: str) -> _Called | None:
    """What a name in the download says first; macOS may have put accents behind their letters."""
    match = _NAME.fullmatch(unicodedata.normalize("NFC", top))
    if match is None:
        return None
    id = match["uid"] or match["anon"]
    file = match["file"] or f"{match['kind']}.html"
    is_late, attachment = match["late"] is not None, match["attachment"] or ""
    return _Called(match["name"] or id, is_late, id, attachment, file, match["anon"] is not None)


def _matches(tree: Tree) -> dict[str, _Called]:
    """What each name says. Of two ways to read it, it is that in which the attachment's number is most like others."""
    first = {top: called for top in tree.tops() if (called := _match(top)) is not None}
    others = {top: called.otherwise() for top, called in first.items()}
    sure = [log(int(one.attachment) + 1) for top, one in first.items() if one.attachment and others[top] is None]

    def how_far(called: _Called) -> float:
        return min((abs(log(int(called.attachment) + 1) - each) for each in sure), default=0.0)

    return {
        top: other if (other := others[top]) is not None and how_far(other) < how_far(called) else called
        for top, called in first.items()
    }


def _hand_ins(tree: Tree) -> Sequence[HandIn]:
    found: dict[str, tuple[Entry, dict[str, str]]] = {}
    attachments: set[str] = set()
    problems: dict[str, str] = {}
    for top, called in _matches(tree).items():
        who = Entry(called.id, called.name, top, Place(""), is_late=called.is_late)
        before, files = found.setdefault(called.id, (who, {}))
        if before.name != called.name or called.attachment in attachments:
            return ()  # numbers that are no ids: years, parts of names
        if called.attachment:
            attachments.add(called.attachment)
        own, key = called.file, called.id
        if own in files:
            problems[key] = f"{files[own]} and {top} are the same file of {who.name}: keep one assignment's download"
        elif before.is_late != who.is_late:
            problems[key] = f"{before.source} and {top} cannot both be of one assignment, since one is late: keep one's"
        files |= unpacked(tree, top, own)
    return [HandIn(*one, problems.get(key, "")) for key, one in found.items()]


def _others(tree: Tree) -> Sequence[str]:
    return [top for top in tree.tops() if _match(top) is None and not is_instructors(top)]


PLATFORM = Platform("Canvas", _hand_ins, "`doejane_1234_56789_a2.zip`", fewest=2, others=_others)
