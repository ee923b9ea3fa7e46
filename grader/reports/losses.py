"""Why marks were lost: the items that did, in the order in which a student has to look at them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from grader import messages
from grader.records import GradeReport, ItemResult, ReportVerdict, Traits, Verdict
from grader.records.feedback import Explanation, Mistake

_LONG = 60
"""Letters of a hint that is told once."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Why one item lost marks, or several for the same reason."""

    items: tuple[ItemResult, ...]
    failing: Traits
    """Kinds of input that do not work, where that is the same for all the items."""
    hint: str | None
    """The first item's, if it is not told above."""

    @property
    def explanation(self) -> Explanation | None:
        """The first item's, which stands for all."""
        return self.items[0].explanation

    @property
    def mistake(self) -> Mistake | None:
        """The known mistake, if there is one."""
        return self.explanation.mistake if self.explanation else None

    @property
    def titles(self) -> str:
        """The titles of its items, with commas."""
        return ", ".join(item.title for item in self.items)


def losses(report: GradeReport) -> list[Loss]:
    """The items that lost marks; those of which the same is told, together; what refers to another stands behind it."""
    groups: list[list[ItemResult]] = []
    for item in report.items if report.verdict is ReportVerdict.GRADED else ():
        if item.verdict in (Verdict.PASSED, Verdict.SKIPPED) or not item.message or _is_given_back(item):
            continue
        same = next((group for group in groups if _same_reason(group[0], item)), None)
        if same is None:
            groups.append([item])
        else:
            same.append(item)
    found = [_loss(group) for group in groups]
    for loss in list(found):
        named = next((other for other in found[found.index(loss) :] if _refers(loss, other)), None)
        if named is not None:
            found.remove(loss)
            found.insert(found.index(named) + 1, loss)
    return [replace(loss, hint=_hint(loss, found[:place])) for place, loss in enumerate(found)]


def _hint(loss: Loss, above: Sequence[Loss]) -> str | None:
    """What may help; a long one that was told above, as of the crash that costs other items too, by where that was."""
    same = next((other for other in above if other.items[0].hint == loss.hint), None)
    return loss.hint if same is None or len(loss.hint or "") < _LONG else f"The same as for {same.titles}."


def _refers(loss: Loss, other: Loss) -> bool:
    """Whether the first thing to do about a loss is what is said of the other.

    So it is where the same mistake makes that wrong by its numbers, and this only where calls crash.
    """
    if loss.mistake and other.mistake and loss.mistake.bug == other.mistake.bug:
        return _is_of_a_crash(loss.explanation) and not _is_of_a_crash(other.explanation)
    facts = () if loss.explanation is None else loss.explanation.facts
    return any(item.explanation and messages.lost_with(item.explanation.output) in facts for item in other.items)


def _is_of_a_crash(why: Explanation | None) -> bool:
    return why is not None and why.example is not None and why.example.got is None and why.example.got_shape is None


def with_same_mistakes(found: Sequence[Loss]) -> Iterator[tuple[Loss, Loss | None]]:
    """Each with the one above at which the same mistake is explained, where there is one."""
    explained: dict[tuple[str, str], Loss] = {}
    for loss in found:
        told = (loss.mistake.title, loss.mistake.explanation) if loss.mistake else None
        yield loss, None if told is None else explained.get(told)
        if told is not None:
            explained.setdefault(told, loss)


def _is_given_back(item: ItemResult) -> bool:
    """Whether a person gave all its points, though not everything is right."""
    return item.points is not None and 0 < item.max_points <= item.points


def _loss(items: Sequence[ItemResult]) -> Loss:
    traits = items[0].traits or {}
    if not all(item.traits == traits for item in items):
        traits = {}
    failing = {trait: row for trait, row in traits.items() if row["passed"] < row["total"]}
    return Loss(tuple(items), failing, items[0].hint)


def _same_reason(one: ItemResult, other: ItemResult) -> bool:
    unexplained = not (_explains(one.explanation) or _explains(other.explanation))
    same = unexplained or _told(one.explanation) == _told(other.explanation)
    return same and (one.message, one.hint) == (other.message, other.hint)


def _told(why: Explanation | None) -> tuple[object, ...]:
    """What is told, whatever the output: the same of all that a crash costs."""
    if why is None:
        return ()
    example = why.example and (why.example.sizes, why.example.dtype, why.example.got_shape, why.example.problem)
    return replace(why, output="", example=None), example


def _explains(why: Explanation | None) -> bool:
    return why is not None and bool(why.facts or why.mistake or why.example or why.picture)
