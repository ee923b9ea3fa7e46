"""Those who handed in nothing at first, against the roster of a later run."""

from grader.classroom.folder import ResultsFolder
from grader.classroom.roots import some
from grader.classroom.roster import Roster
from grader.classroom.settled import settled


def settle(folder: ResultsFolder, roster: Roster) -> list[str]:
    """Leave one row to whoever was missing and has handed in since, under another id or in a group.

    Returns:
        What an instructor has to decide: who has left, and who has several rows.
    """
    store = folder.store
    everybody = {attempt.id: attempt.who for attempt in store.latest(store.ids())}
    now, decided = settled(roster, everybody, store.missing()), store.ids_decided()
    own = {id: who for id, who in now.replaced.items() if who.members and id in decided}
    for id, who in now.replaced.items():
        if id not in own:  # a mark given to one of a group is not the group's
            store.hand_decisions_on(id, who.id)
            folder.forget([id])
    told, out = [], f"`grade forget {folder.path} ID` takes out"
    if now.unknown:
        names = [who.id if who.id == who.name else f"{who.id} ({who.name})" for who in now.unknown]
        told.append(f"handed in nothing, and not in {roster.file}: {some(names)}; {out} who has left the course")
    several = {**now.several, **{id: [who.id, id] for id, who in own.items()}}
    if several:
        names = [f"{label} ({' and '.join(ids)})" for label, ids in several.items()]
        told.append(f"in more than one row: {some(names)}; {out} the one that does not count")
    return told
