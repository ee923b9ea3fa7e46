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
    r"_(?P<variant>\d+)_(?P<number>\d+)_(?P<submission>\d+)_(?P<file>.+)",
    re.DOTALL,
)
_FOR_MANUAL_GRADING = tuple(
    re.compile(
        r"(?P<uid>[^/@]+@[^/@_]+)(?P<group>(?!))?_(?P<uin>[^/_]+)"
        rf"_(?P<question>.+?(?:_\d+.*?){{{numbers}}})_(?P<submission>\d+)_(?P<file>.+)",
        re.DOTALL,
    )
    for numbers in range(3)
)
"""By how many numbers the question's id has between `_`, which would be taken for submissions."""
_FORMS = (_NAME, *_FOR_MANUAL_GRADING)
"""What follows the platform's own numbers is a student's, whatever it looks like; so the first that fit are meant."""


def _matches(tree: Tree) -> list[re.Match[str]]:
    """The names, in the first of the forms that most of them have, if its numbers are ids."""
    found = [[one for name in tree.names() if (one := form.fullmatch(name))] for form in _FORMS]
    most = max(map(len, found))
    return next((matches for matches in found if len(matches) == most and _are_ids(matches)), [])


def _are_ids(matches: Sequence[re.Match[str]]) -> bool:
    """Whether no submission is of two people, and nobody has two numbers."""
    owner, number = dict[str, str](), dict[str, str | None]()
    return all(
        owner.setdefault(one["submission"], _who(one)) == _who(one)
        and number.setdefault(_who(one), (uin := one.groupdict().get("uin"))) == uin
        for one in matches
    )


def _who(match: re.Match[str]) -> str:
    who: str = match["uid"] or match["group"]
    return who


def _hand_ins(tree: Tree) -> Sequence[HandIn]:
    of_whom: dict[str, list[re.Match[str]]] = {}
    for match in _matches(tree):
        of_whom.setdefault(_who(match), []).append(match)
    return [_hand_in(who, own) for who, own in sorted(of_whom.items())]


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
    of = {match[0]: f"{match['question'].replace('/', '-')}-" if several else "" for match in kept}
    return {f"{of[match[0]]}{match['file']}": match[0] for match in kept}


def _others(tree: Tree) -> Sequence[str]:
    """The files; a folder where none in it is called so."""
    matching = {match[0] for match in _matches(tree)}
    fitting = {name.partition("/")[0] for name in matching}
    odd = (name for name in tree.names() if name not in matching and not is_instructors(name))
    return sorted({name if (top := name.partition("/")[0]) in fitting else top for name in odd})


PLATFORM = Platform("PrairieLearn", _hand_ins, "`jane@x.edu_1_conv_1_2_345_layers.py`", others=_others)
