"""Who wrote alike: fingerprints that two share and few others have. A hint for a person, never a part of a mark.

A fingerprint counts as much as it is rare: log(1 + n / d) where d of n texts have it, and nothing where more than half
have it or the starter has it. Two texts are as alike as the rare fingerprints that they share count, times the share of
the smaller one's that this is, in their whole text or in one of the graded functions, whichever says more: so neither
two short functions that everybody writes come first, nor is half a copy hidden beside half a text of one's own.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.records import Likeness, Match, Pair, Shape, Who

LIKELY = 50
"""Evidence from which a pair is rather a copy than not: `benchmarks.similarity` prints what classes have."""
_FEWEST_IN_COMMON = 2
_COLUMNS = 2048
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Text:
    """One text that is compared."""

    who: Who
    shape: Shape
    is_of_class: bool = True

    def hashes(self, function: str | None) -> frozenset[int]:
        """Fingerprints of a function, or of all."""
        parts = self.shape.prints.values() if function is None else [self.shape.prints.get(function, ())]
        return frozenset(one.hash for prints in parts for one in prints)


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
    pairs = [_pair(texts, one, weights) for one in _alike(texts, weights)[:most]]
    groups = _groups(pair for pair in pairs if pair.evidence >= LIKELY)
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
    spans = {(a, b) for hash in both for a in _lines(left, hash) for b in _lines(right, hash)}
    return Pair(
        left.who,
        right.who,
        one.function,
        round(min(one.share, 1), 4),
        round(one.evidence, 2),
        tuple(_pieces(sorted(spans))),
        left.shape,
        right.shape,
        (left.is_of_class, right.is_of_class),
    )


def _lines(text: Text, hash: int) -> Iterator[tuple[int, int]]:
    """Where a fingerprint stands, once each."""
    every = (one for prints in text.shape.prints.values() for one in prints)
    yield from {(one.first_line, one.last_line) for one in every if one.hash == hash}


def _pieces(spans: Sequence[tuple[tuple[int, int], tuple[int, int]]]) -> list[Match]:
    """What is shared, in pieces that share no line with each other on either side."""
    pieces: list[tuple[set[int], set[int]]] = []
    for span in spans:
        left, right = (set(range(first, last + 1)) for first, last in span)
        apart = []
        for piece in pieces:
            if piece[0] & left or piece[1] & right:
                left, right = left | piece[0], right | piece[1]
            else:
                apart.append(piece)
        pieces = [*apart, (left, right)]
    return sorted(
        (Match(tuple(sorted(left)), tuple(sorted(right))) for left, right in pieces), key=lambda one: one.left
    )


def _groups(pairs: Iterator[Pair]) -> tuple[tuple[Who, ...], ...]:
    """Those who are joined by pairs, the largest group first. Two of the same name are two."""
    group_of: dict[Who, set[Who]] = {}
    for pair in pairs:
        both = pair.left, pair.right
        joined = set().union(both, *(group_of.get(who, ()) for who in both))
        group_of |= dict.fromkeys(joined, joined)
    groups = {tuple(sorted(group, key=_by_name)) for group in group_of.values()}
    return tuple(sorted(groups, key=lambda group: (-len(group), [*map(_by_name, group)])))


def _by_name(who: Who) -> tuple[str, str]:
    return who.name, who.source
