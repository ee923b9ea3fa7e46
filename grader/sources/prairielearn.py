"""PrairieLearn: the files of an assessment's submissions, `..._all_files.zip`, `final_files` or `best_files`.

`<uid or group>_<instance>_<question>_<variant>_<number>_<submission>_<file>`, in a folder that is called like the
assessment. The uid is an address, and a group's name has letters and digits alone. A question's id may hold `_`, and
`/`, which makes folders. The whole server numbers submissions in the order in which they come: of each question's the
newest counts. When that was is not told. `..._files_for_manual_grading.zip` has the last submission of each question
alone, as `<uid>_<uin>_<question>_<submission>_<file>`.
Source: `instructorAssessmentDownloads.sql` and `lib/groups` of PrairieLearn/PrairieLearn.
"""

import re
from collections.abc import Mapping, Sequence

from grader.records import Entry, Place
from grader.sources.names import is_instructors
from grader.sources.platforms import HandIn, Platform, newest
from grader.sources.tree import Tree

_NAME = re.compile(
    r"(?:(?P<uid>[^/@]+@[^/@_]+)|(?P<group>[0-9A-Za-z]+))_(?P<instance>\d+)_(?P<question>.+?)"
    r"_(?P<variant>\d+)_(?P<number>\d+)_(?P<submission>\d+)_(?P<file>[^/]+)"
)
_FOR_MANUAL_GRADING = re.compile(
    r"(?P<uid>[^/@]+@[^/@_]+)(?P<group>(?!))?_(?P<uin>[^/_]+)_(?P<question>.+?)_(?P<submission>\d+)_(?P<file>[^/]+)"
)


def _match(name: str) -> re.Match[str] | None:
    return _NAME.fullmatch(name) or _FOR_MANUAL_GRADING.fullmatch(name)


def _hand_ins(tree: Tree) -> Sequence[HandIn]:
    matches = [match for name in tree.names() if (match := _match(name)) is not None]
    of_whom: dict[str, list[re.Match[str]]] = {}
    owner: dict[str, str] = {}
    for match in matches:
        who = match["uid"] or match["group"]
        of_whom.setdefault(who, []).append(match)
        if owner.setdefault(match["submission"], who) != who or _uin(match) != _uin(of_whom[who][0]):
            return ()  # numbers that are no ids
    return [_hand_in(who, own) for who, own in sorted(of_whom.items())]


def _uin(match: re.Match[str]) -> str | None:
    return match.groupdict().get("uin")


def _hand_in(who: str, own: Sequence[re.Match[str]]) -> HandIn:
    """The newest of each question; what came before only where there is one question."""
    last: dict[str, int] = {}
    for match in own:
        last[match["question"]] = max(int(match["submission"]), last.get(match["question"], 0))
    if len(last) > 1:
        return _of(who, [match for match in own if last[match["question"]] == int(match["submission"])], several=True)
    numbers = {int(match["submission"]) for match in own}
    (one,) = newest(
        [{number: _of(who, [match for match in own if int(match["submission"]) == number]) for number in numbers}]
    )
    return one


def _of(who: str, kept: Sequence[re.Match[str]], *, several: bool = False) -> HandIn:
    """Some of their files, of one question or of several."""
    entry = Entry(who, who, kept[0][0], Place(""), email=kept[0]["uid"], group=kept[0]["group"])
    return HandIn(entry, _called(kept, several=several))


def _called(kept: Sequence[re.Match[str]], *, several: bool) -> Mapping[str, str]:
    """The files under their own names; after the question's where there are several."""
    of = {match[0]: f"{match['question'].rpartition('/')[2]}-" if several else "" for match in kept}
    return {f"{of[match[0]]}{match['file']}": match[0] for match in kept}


def _others(tree: Tree) -> Sequence[str]:
    """The files; a folder where none in it is called so."""
    fitting = {name.partition("/")[0] for name in tree.names() if _match(name) is not None}
    odd = (name for name in tree.names() if _match(name) is None and not is_instructors(name))
    return sorted({name if (top := name.partition("/")[0]) in fitting else top for name in odd})


PLATFORM = Platform("PrairieLearn", _hand_ins, "`jane@x.edu_1_conv_1_2_345_layers.py`", others=_others)
