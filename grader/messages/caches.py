"""Backward on the student's own cache and on ours."""

import re

from grader.messages.lines import ORDER
from grader.messages.words import Explained
from grader.records import StudentError, Verdict

_OF_ANOTHER = "If your cache holds something else, {}. Fix the forward pass first."
_NO_CACHE = {Verdict.POLICY: "was not run", Verdict.MISSING: "is not there"}
_OF_SHAPES = r"broadcast|out of bounds|not aligned|reshape array|negative|integer scalar arrays"
"""Of errors that come of what an array holds, or how large it is: then another array may have none."""


def with_our_cache(
    explained: Explained, error: StudentError | None, forward: str, ours: str, ended: Verdict, *, is_unread: bool
) -> Explained:
    """Backward crashed on the canonical cache, and forward, which `ended` so, would have kept another or was not run.

    `is_unread` where forward is in a part of the file that does not parse.

    A tuple of another length or order is then most likely that cache, and no mistake of the student's. Where that may
    be so of arrays of other shapes, it is said before what else to look for.
    """
    message, hint = explained
    if error is not None and error.type == "NotImplementedError":
        return explained
    why = "could not be read" if is_unread else _NO_CACHE.get(ended, "did not return a cache")
    cache = f"{forward} {why}, so this call was given the cache {ours}."
    is_of_length = error is not None and error.type == "ValueError" and "to unpack" in error.text
    if hint is None or is_of_length or hint.endswith(ORDER):
        return message, f"{cache} {_OF_ANOTHER.format('that explains this error')}"
    quotes_the_line = "`" in hint
    is_of_contents = error is not None and re.search(_OF_SHAPES, error.text) and not quotes_the_line
    if is_of_contents or (error is not None and "'dict'" in error.text):
        return message, f"{cache} {_OF_ANOTHER.format('that can be why')} If the error stays: {hint}"
    return message, f"{hint} {cache}"


def forward_crashed(backward: str) -> str:
    """A hint: the forward pass that an object needs before backward has crashed.

    >>> forward_crashed("Conv2d.backward")
    'It is the forward pass that crashes there, so Conv2d.backward could not be tried. Put forward right first.'
    """
    return f"It is the forward pass that crashes there, so {backward} could not be tried. Put forward right first."


def on_our_cache(forward: str, ours: str, cases: int, wrong: int, *, same: bool) -> str:
    """Backward was judged on the canonical cache in `cases` of the `wrong` ones, since there was no other.

    `same` where it is known that the student's own would have held the same.

    >>> on_our_cache("f", "(x, w)", 2, 3, same=True)
    'In 2 of these cases f returned no cache, so backward was given (x, w), which is what it would have kept.'
    """
    count = ("this case" if wrong == 1 else "all of these cases") if cases == wrong else f"{cases} of these cases"
    given = f"In {count} {forward} returned no cache, so backward was given {ours}"
    why = "that can be why" if cases == wrong else "that can be why there, and only there"
    return f"{given}, which is what it would have kept." if same else f"{given}. {_OF_ANOTHER.format(why)}"


def lost_on_our_cache(forward: str, ours: str, cases: int) -> str:
    """Calls of backward that crashed on the canonical cache, since there was no other.

    >>> lost_on_our_cache("f", "(x, w)", 2)
    'In 2 of these cases f returned no cache, so backward was given (x, w), and crashed: put forward right first.'
    """
    return (
        f"In {cases} of these cases {forward} returned no cache, so backward was given {ours}, and crashed: "
        "put forward right first."
    )


def on_both_caches(forward: str, ours: str, *, in_all: bool) -> str:
    """Backward is wrong on the student's own cache and on the canonical one.

    `in_all` where that is so in all cases that are wrong: then what is shown comes of the canonical one.
    """
    if not in_all:
        return f"In some cases it is wrong on the cache that {forward} returned and on {ours}, tried in its place."
    return (
        f"It is wrong on the cache that {forward} returned. On {ours}, which was tried in its place, it "
        "is wrong, too; what is shown here comes from that."
    )


def sends_to_forward(said: str) -> bool:
    """Whether one of these sentences ends with the advice to put forward right first: once is enough.

    >>> sends_to_forward(lost_on_our_cache("f", "(x, w)", 2))
    True
    >>> sends_to_forward(on_both_caches("f", "(x, w)", in_all=True))
    False
    """
    return said.endswith("first.")


def after_a_wrong_forward(forward: str) -> str:
    """Backward is wrong nowhere but where forward is, from which it has its cache."""
    return f"{forward} is wrong in all of these cases, too, and backward uses its cache: put forward right first."


def taken_for_padded(kept: str, taken: str, at: str) -> str:
    """Backward takes for padded what forward puts into the cache; `at` has the lines of both.

    >>> taken_for_padded("x", "x_pad", "lines 7, 9")
    'Backward takes for `x_pad` what forward puts into the cache as `x` (lines 7, 9): is it padded?'
    """
    return f"Backward takes for `{taken}` what forward puts into the cache as `{kept}` ({at}): is it padded?"


def calls_a_wrong_forward(forward: str, at: str) -> str:
    """Backward calls the forward pass, which is wrong itself.

    >>> calls_a_wrong_forward("f", "line 7")
    'In line 7 f is called, which is wrong itself: put forward right first.'
    """
    return f"In {at} {forward} is called, which is wrong itself: put forward right first."


def in_another_order(name: str, at: str) -> str:
    """Backward takes the cache apart in another order than forward makes it in; `at` has the lines of both.

    >>> in_another_order("gamma", "lines 7, 9")
    'The cache is made and taken apart in different orders: `gamma` is not in the same place (lines 7, 9).'
    """
    return f"The cache is made and taken apart in different orders: `{name}` is not in the same place ({at})."


def right_on_canonical_only(
    name: str, forward: str, ours: str, cases: int, *, own_counts: bool, crash: str | None = None
) -> str:
    """Backward is right in some cases, but not on what forward cached; `own_counts` where that is what is marked.

    `crash` is what is said of a call that ended there.
    """
    count = f"{cases} case{'' if cases == 1 else 's'}"
    marked = "but it is marked on your own cache" if own_counts else "and is marked on it"
    return (
        f"In {count} {name} is right on the cache {ours}, {marked}. On the cache that {forward} returned it is wrong "
        f"there, although {forward} is right: look at what it puts into the cache."
    ) + (f" For example, {crash}." if crash else "")
