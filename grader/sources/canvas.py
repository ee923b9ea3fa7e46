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


def _match(top: str) -> re.Match[str] | None:
    """A name in the download; macOS may have put accents behind their letters."""
    return _NAME.fullmatch(unicodedata.normalize("NFC", top))


def _hand_ins(tree: Tree) -> Sequence[HandIn]:
    matches = {name: match for name in tree.tops() if (match := _match(name)) is not None}
    found: dict[str, tuple[Entry, dict[str, str]]] = {}
    attachments: set[str] = set()
    problems: dict[str, str] = {}
    for top, match in matches.items():
        key, name = match["uid"] or match["anon"], match["name"] or match["anon"] or match["uid"]
        who = Entry(key, name, top, Place(""), is_late=match["late"] is not None)
        before, files = found.setdefault(key, (who, {}))
        if before.name != name or match["attachment"] in attachments:
            return ()  # numbers that are no ids: years, parts of names
        if match["attachment"]:
            attachments.add(match["attachment"])
        own = match["file"] or f"{match['kind']}.html"
        if own in files:
            problems[key] = f"{files[own]} and {top} are the same file of {name}: keep one assignment's download"
        elif before.is_late != who.is_late:
            problems[key] = f"{before.source} and {top} cannot both be of one assignment, since one is late: keep one's"
        files |= unpacked(tree, top, own)
    return [HandIn(*one, problems.get(key, "")) for key, one in found.items()]


def _others(tree: Tree) -> Sequence[str]:
    return [top for top in tree.tops() if _match(top) is None and not is_instructors(top)]


PLATFORM = Platform("Canvas", _hand_ins, "`doejane_1234_56789_a2.zip`", fewest=2, others=_others)
