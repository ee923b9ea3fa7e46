"""Which submission a person means: by its id, or by what else is known of those who handed it in."""

from pathlib import PurePath

from grader.classroom.attempts import Attempt
from grader.classroom.files import safe_name
from grader.classroom.roster import names_of
from grader.classroom.store import Store
from grader.errors import UsageError, did_you_mean
from grader.records import Who
from grader.sheets import plain

_MOST_SHOWN = 5


def attempt_meant(store: Store, word: str) -> Attempt:
    """The last attempt of a submission.

    Args:
        store: of a results folder.
        word: the id; or the name, the address, the login before its `@`, or the file, where these are one person's.

    Raises:
        UsageError: where it is none's, or could be that of several.
    """
    attempt = store.latest_of(word)
    if attempt is not None:
        return attempt
    attempts = list(store.latest(store.ids()))
    known = [attempt.computed.who for attempt in attempts]
    fitting = [number for number, who in enumerate(known) if plain(word) in _words(who)]
    if len(fitting) == 1:
        return attempts[fitting[0]]
    folder = store.path.parent
    if fitting:
        raise UsageError(f"{folder}: {word} could be {_shown([known[each] for each in fitting])}; name one by its id")
    parts = [who for who in known if plain(word) in plain(who.name).split()]
    meant = f" (did you mean {_shown(parts)}?)" if parts else did_you_mean(word, _written(known))
    where = "" if meant else ": say the id, the name or the address that stands in its grades.csv"
    raise UsageError(f"{folder}: has no submission {word}{meant}{where}")


def _words(who: Who) -> frozenset[str]:
    """What its submission may be called."""
    people = [(who.id, who.name, who.email), *((each.id, each.name, each.email) for each in who.members)]
    own = [word for id, name, email in people for word in (id, *names_of(name), email, (email or "").partition("@")[0])]
    file = PurePath(who.source)
    return frozenset(filter(None, map(plain, [*own, who.source, file.name, file.stem, safe_name(who.id)])))


def _written(known: list[Who]) -> dict[str, str]:
    """By what may have been misspelt, the submission that was meant."""
    return {word: _told(who) for who in known for word in (who.email, who.name, who.id) if word}


def _shown(some: list[Who]) -> str:
    more = f" and {len(some) - _MOST_SHOWN} more" if len(some) > _MOST_SHOWN else ""
    return ", ".join(_told(who) for who in some[:_MOST_SHOWN]) + more


def _told(who: Who) -> str:
    return who.id if who.id == who.name else f"{who.id} ({who.name})"
