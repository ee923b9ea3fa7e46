"""Who wrote alike: fingerprints that two share and few others have. A hint for a person, never a part of a mark.

A fingerprint counts as much as it is rare: log(1 + n / d) where d of n texts have it, and nothing where more than half
have it or the starter has it. Two texts are as alike as the rare fingerprints that they share count, times the share of
the smaller one's that this is, in their whole text or in one of the graded functions, whichever says more: so neither
two short functions that everybody writes come first, nor is half a copy hidden beside half a text of one's own.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from grader.records import Likeness, Match, Pair, Print, Shape, Who
from grader.records.similarity import LIKELY

_LEAST = 0.5
"""Less evidence is shown as 0, and says nothing."""
_FEWEST_IN_COMMON = 2
_COLUMNS = 2048
Matrix = NDArray[np.float64]
Member = TypeVar("Member")


@dataclass(frozen=True, slots=True)
class Text:
    """One text that is compared."""

    who: Who
    shape: Shape
    is_of_class: bool = True

    def prints(self, function: str | None) -> Iterable[Print]:
        """Where fingerprints stand, in a function or in all."""
        every = self.shape.prints
        return chain.from_iterable(every.values()) if function is None else every.get(function, ())

    def hashes(self, function: str | None) -> frozenset[int]:
        """Fingerprints of a function, or of all."""
        return frozenset(one.hash for one in self.prints(function))


def likeness(
    title: str, texts: Sequence[Text], starter: Shape | None, unread: Sequence[tuple[str, str]], most: int
) -> Likeness:
    """The pairs of which at least one is of the class, and the groups that likely pairs make up.

    Args:
        title: of the class.
        texts: of the class, and of folders that it is compared with.
        starter: what everybody was given.
        unread: whose submission could not be looked at, and why.
        most: how many pairs are wanted.
    """
    given = Text(Who("", "", ""), starter).hashes(None) if starter is not None else frozenset()
    weights = _weights([text.hashes(None) for text in texts], given)
    alike = [one for one in _alike(texts, weights) if one.evidence >= _LEAST]
    pairs = [_pair(texts, one, weights) for one in alike[:most]]
    likely = (one for one in alike if round(one.evidence, 2) >= LIKELY)  # shown or not: a few can make many pairs
    groups = _groups((texts[one.i].who, texts[one.j].who) for one in likely)
    of_class = sum(text.is_of_class for text in texts)
    return Likeness(title, of_class, len(texts) - of_class, tuple(unread), tuple(pairs), groups)


def _weights(every: Sequence[Collection[int]], given: Collection[int]) -> dict[int, float]:
    """What each fingerprint counts, in fingerprints that only one has."""
    counts = Counter(one for hashes in every for one in hashes)
    n = len(every)
    common = max(_FEWEST_IN_COMMON, n / 2)
    return {
        one: math.log1p(n / count) / math.log1p(n)
        for one, count in counts.items()
        if count <= common and one not in given
    }


@dataclass(frozen=True, slots=True)
class _Alike:
    """Two texts by their places, and where they are most alike."""

    i: int
    j: int
    function: str | None
    share: float
    evidence: float


def _alike(texts: Sequence[Text], weights: Mapping[int, float]) -> list[_Alike]:
    """Each two texts that share something, the likest first."""
    functions = sorted({name for text in texts for name in text.shape.prints})
    best: dict[tuple[int, int], _Alike] = {}
    for function in (None, *functions):
        shared = _shared([text.hashes(function) for text in texts], weights)
        own = np.diagonal(shared)
        smaller = np.minimum(own[:, None], own)
        share = np.divide(shared, smaller, out=np.zeros_like(shared), where=smaller > 0)
        evidence = shared * share
        for i, j in np.argwhere(np.triu(evidence, 1) > 0).tolist():
            one = _Alike(i, j, function, float(share[i, j]), float(evidence[i, j]))
            before = best.get((i, j))
            if (texts[i].is_of_class or texts[j].is_of_class) and (before is None or before.evidence < one.evidence):
                best[i, j] = one
    return sorted(best.values(), key=lambda one: (-one.evidence, one.i, one.j))


def _shared(every: Sequence[Collection[int]], weights: Mapping[int, float]) -> Matrix:
    """What the fingerprints count that each two have, shape (n, n)."""
    columns = {one: k for k, one in enumerate(sorted(weights))}
    roots = np.sqrt([weights[one] for one in columns])
    places = [np.array(sorted(columns[one] for one in hashes if one in columns), dtype=int) for hashes in every]
    shared = np.zeros((len(every), len(every)))
    for start in range(0, len(columns), _COLUMNS):
        block = np.zeros((len(every), min(_COLUMNS, len(columns) - start)))
        for row, mine in zip(block, places, strict=True):
            here = mine[(mine >= start) & (mine < start + _COLUMNS)]
            row[here - start] = roots[here]
        shared += block @ block.T
    return shared


def _pair(texts: Sequence[Text], one: _Alike, weights: Mapping[int, float]) -> Pair:
    left, right = texts[one.i], texts[one.j]
    both = left.hashes(one.function) & right.hashes(one.function) & weights.keys()
    pieces = _pieces([[each for each in text.prints(None) if each.hash in both] for text in (left, right)])
    return Pair(
        left.who,
        right.who,
        one.function,
        *_functions(left, right, weights),
        round(min(one.share, 1), 4),
        round(one.evidence, 2),
        tuple(pieces),
        left.shape,
        right.shape,
        (left.is_of_class, right.is_of_class),
    )


def _functions(left: Text, right: Text, weights: Mapping[int, float]) -> tuple[tuple[str, ...], int]:
    """In which functions two are alike, and how many there are."""
    every = list(dict.fromkeys((*left.shape.prints, *right.shape.prints)))
    both = {name: (left.hashes(name), right.hashes(name)) for name in every}
    alike = (name for name, (one, other) in both.items() if one & other & weights.keys() or one == other != frozenset())
    return tuple(alike), len(every)


def _pieces(shared: Sequence[Sequence[Print]]) -> list[Match]:
    """What is shared, in pieces that share no line with each other on either side.

    Anybody can write a line a thousand times, so nothing here looks at each two of anything.

    Args:
        shared: of the left text and of the right one, all prints of the fingerprints that they share.
    """
    lines_of: defaultdict[int, set[tuple[int, int]]] = defaultdict(set)
    for side, prints in enumerate(shared):
        for one in prints:
            lines_of[one.hash].update((side, line) for line in one.lines)
    pieces = map(sorted, _joined(lines_of.values()))
    matches = [Match(*(tuple(line for at, line in piece if at == side) for side in (0, 1))) for piece in pieces]
    return sorted(matches, key=lambda one: one.left)


def _groups(pairs: Iterable[tuple[Who, Who]]) -> tuple[tuple[Who, ...], ...]:
    """Those who are joined by pairs, the largest group first. Two of the same name are two."""
    groups = [tuple(sorted(group, key=_by_name)) for group in _joined(pairs)]
    return tuple(sorted(groups, key=lambda group: (-len(group), [*map(_by_name, group)])))


def _joined(groups: Iterable[Collection[Member]]) -> list[set[Member]]:
    """Groups, those that share a member as one. Small ones go into the largest, so each member moves a few times."""
    group_of: dict[Member, set[Member]] = {}
    for group in groups:
        found = {id(there): there for one in group if (there := group_of.get(one)) is not None}
        largest = max(found.values(), key=len, default=set[Member]())
        for members in (group, *(there for there in found.values() if there is not largest)):
            largest.update(members)
            group_of.update(dict.fromkeys(members, largest))
    return [*{id(group): group for group in group_of.values()}.values()]


def _by_name(who: Who) -> tuple[str, str]:
    return who.name, who.source
