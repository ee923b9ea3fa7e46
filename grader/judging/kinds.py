"""Which kinds of input a submission is right for."""

from collections.abc import Sequence
from itertools import combinations

from grader.cases.draw import COMBINED, NOTEBOOK, number_traits, traits_of
from grader.cases.numbers import LARGE, NEGATIVE, NON_CONTIGUOUS
from grader.records import Case, Check, Traits, Verdict
from grader.records.feedback import Example
from reference.sizes import Space
from reference.spec import Operator

_HOW = {
    Verdict.CRASHED: "crashes",
    Verdict.TIMEOUT: "runs out of time",
    Verdict.MEMORY: "needs too much memory",
    Verdict.OUTPUT_LIMIT: "prints too much",
}
"""How all cases end that are not right, where that is the same for all."""
_IN_A_SENTENCE = {
    NOTEBOOK: "the notebook's own cases",
    COMBINED: "several kinds at once",
    "integer bias": "an integer bias",
    NON_CONTIGUOUS: "a non-contiguous input",
    NEGATIVE: "inputs that are all negative",
}
"""What is no trait of sizes, after "for" or "with"."""


def trait_table(checks: Sequence[Check]) -> Traits:
    """For each trait how many of the cases that judge it passed."""
    table: Traits = {}
    for check in checks:
        for trait in check.case.judges:
            row = table.setdefault(trait, {"passed": 0, "total": 0})
            row["total"] += 1
            row["passed"] += check.verdict is Verdict.PASSED
    return table


def where(
    tried: Sequence[Check], failed: Sequence[Check], operator: Operator, unrun: int = 0, example: Example | None = None
) -> str:
    """Which kinds of input fail, or, where most do, which do not.

    Args:
        tried: the cases that were run.
        failed: those of them that are not right.
        operator: whose kinds they are.
        unrun: how many cases were not run.
        example: a smaller case that fails, which is none of those.
    """
    how = _HOW.get(failed[0].verdict, "wrong") if len({check.verdict for check in failed}) == 1 else "wrong"
    crashes = 0 if how != "wrong" else sum(check.verdict is Verdict.CRASHED for check in failed)
    if len(failed) == len(tried):
        some = f" ({crashes} of {len(tried)} with a crash)" if crashes else ""
        return f"{how} in {_all_of(len(tried), unrun)}{some}"
    some = f", {crashes} of them with a crash" if crashes else ""
    wrong: list[Case | Example] = [check.case for check in failed]
    wrong += [example] if example else []
    return f"{_which(tried, wrong, operator, how)} ({len(failed)} of {len(tried)} cases fail{some})"


def _all_of(tried: int, unrun: int) -> str:
    if not unrun:
        return "every case"
    return f"each of the {tried} cases that were run" if tried > 1 else "the only case that was run"


def _which(tried: Sequence[Check], wrong: Sequence[Case | Example], operator: Operator, how: str) -> str:
    """What is said to be right has to be so in every case that is known, and to be all that is right."""
    traits, space = trait_table(tried), operator.space
    failing = [name for name, row in traits.items() if row["passed"] < row["total"]]
    right = [name for name in traits if name not in failing]
    only = _only_value(failing, tried, wrong, space)
    if only is not None:
        return f"right only where {only}"
    just = _just_one(tried, wrong, operator) or _just_value(tried, wrong, operator)
    if len(right) < len(failing):
        in_some = set().union(*(traits_of(operator, case) for case in wrong))
        passed = [check.case for check in tried if check.verdict is Verdict.PASSED]
        seen = [name for name in right if name != LARGE]  # beside which a small mistake is too small to be seen
        is_all = all({*case.judges, *traits_of(operator, case)} & {*seen} for case in passed)
        if seen and is_all and in_some.isdisjoint(seen):
            return f"right only for {_joined(seen, space, last=' or ')}"
        if just:
            return f"{how} in every case with {_called(just, space)}, and in no other"
        return f"{how} for most kinds of input" if right else f"{how} for every kind of input"
    plain = [name for name in failing if name != COMBINED]
    together = _just_two(tried, wrong, operator) if {*plain} <= {NOTEBOOK} else ()
    together = [just] if just and plain != [just] else together
    if together:
        both = " together" if len(together) > 1 else ""
        return f"{how} in every case with {_joined(together, space, last=' and ')}{both}, and in no other"
    named = _without_notebook(plain, tried, operator)
    told = {name: _as_far_as(name, row["passed"], row["total"], space) for name, row in traits.items()}
    kinds = _joined([told.get(name, name) for name in _by_value(named, tried, space)], space)
    kinds = kinds or "several kinds of input combined"
    return f"{how} for {kinds}{_beside(named, tried, operator) if named else ''}"


def _without_notebook(plain: Sequence[str], tried: Sequence[Check], operator: Operator) -> Sequence[str]:
    """Without the notebook's own cases, where some are right and the others are of another kind that is named."""
    others = [name for name in plain if name != NOTEBOOK]
    own = [check for check in tried if NOTEBOOK in check.case.judges]
    wrong = [check.case for check in own if check.verdict is not Verdict.PASSED]
    is_told = all(any(_is_said_of(case, name, operator) for name in others) for case in wrong)
    return others if is_told and len(wrong) < len(own) else plain


def _as_far_as(kind: str, passed: int, total: int, space: Space) -> str:
    """A kind that fails, or that some of it do: of the notebook's own cases, or where most are right."""
    if kind == NOTEBOOK and passed:
        return f"some of {_called(kind, space)}"
    return f"some cases with {_called(kind, space)}" if 2 * passed > total else kind


def _beside(named: Sequence[str], tried: Sequence[Check], operator: Operator) -> str:
    """Whether cases fail that are of a kind that is named and of others, and how many that are of none of them."""
    failed = [check.case for check in tried if check.verdict is not Verdict.PASSED]
    others = [case for case in failed if not any(_is_said_of(case, name, operator) for name in named)]
    is_combined = any(COMBINED in case.judges and case not in others for case in failed)
    more = f", and in {len(others)} other case{'' if len(others) == 1 else 's'}" if others else ""
    return f"{', alone and combined' if is_combined else ''}{more}"


def _is_said_of(case: Case, kind: str, operator: Operator) -> bool:
    trait = operator.space.traits.get(kind)
    is_so = trait is not None and trait.is_said_of(case.sizes)
    return is_so or kind in (*case.judges, *traits_of(operator, case))


def _just_one(tried: Sequence[Check], wrong: Sequence[Case | Example], operator: Operator) -> str | None:
    """The trait that all cases have that are not right, and no other case."""
    of_right = {t for c in tried if c.verdict is Verdict.PASSED for t in traits_of(operator, c.case)}
    of_wrong = set(traits_of(operator, wrong[0])).intersection(*(traits_of(operator, case) for case in wrong))
    return next((t for t in (*operator.space.traits, *number_traits(operator)) if t in of_wrong - of_right), None)


def _just_two(tried: Sequence[Check], wrong: Sequence[Case | Example], operator: Operator) -> Sequence[str]:
    """The two traits that all cases have that are not right, and no other case has both; none where several do so."""
    right = [{*traits_of(operator, check.case)} for check in tried if check.verdict is Verdict.PASSED]
    of_wrong = set(traits_of(operator, wrong[0])).intersection(*(traits_of(operator, case) for case in wrong))
    known = [trait for trait in (*operator.space.traits, *number_traits(operator)) if trait in of_wrong]
    pairs = [pair for pair in combinations(known, 2) if not any(traits.issuperset(pair) for traits in right)]
    return pairs[0] if len(pairs) == 1 else ()


def _just_value(tried: Sequence[Check], wrong: Sequence[Case | Example], operator: Operator) -> str | None:
    """The value of a parameter in all cases that are not right, and in no other; in one case alone it is chance."""
    signature = operator.signature
    for name in (*signature.scalars, *signature.parameters) if len(wrong) > 1 else ():
        values = {case.sizes.get(name) for case in wrong}
        right = {check.case.sizes.get(name) for check in tried if check.verdict is Verdict.PASSED}
        if len(values) == 1 and values.isdisjoint(right):
            return f"{name}={values.pop()}"
    return None


def _joined(kinds: Sequence[str], space: Space, last: str = ", ") -> str:
    """Their names in a sentence, with commas, and `last` before the last of several."""
    *others, end = [_called(kind, space) for kind in kinds] or [""]
    return last.join(filter(None, [", ".join(others), end]))


def _called(kind: str, space: Space) -> str:
    """A kind of input in a sentence, after "for" or "with"."""
    trait = space.traits.get(kind)
    return (trait.after_for if trait else "") or _IN_A_SENTENCE.get(kind, kind)


def _only_value(
    failing: Sequence[str], tried: Sequence[Check], wrong: Sequence[Case | Example], space: Space
) -> str | None:
    """The only value of a size with which anything is right, where nothing but its traits fail."""
    for size, traits in space.by_value.items():
        values = {check.case.sizes[size] for check in tried if check.verdict is Verdict.PASSED}
        values -= {case.sizes[size] for case in wrong} if len(values) == 1 else set()
        if len(values) == 1 and {*traits} <= {*failing} <= {*traits, COMBINED}:
            return f"{size} is {values.pop()}"
    return None


def _by_value(failing: Sequence[str], tried: Sequence[Check], space: Space) -> list[str]:
    """The kinds that fail; where all traits of a size do, which values, since not every one need be wrong.

    And where one does that has other values in cases that are right: `pad>0` is not said where pad 1 is.
    """
    kinds = list(failing)
    wrong = [check.case for check in tried if check.verdict is not Verdict.PASSED]
    right = [check.case for check in tried if check.verdict is Verdict.PASSED]
    for size, traits in space.by_value.items():
        values = sorted({case.sizes[size] for case in wrong if {*traits} & {*failing} & {*case.judges}})
        mine = [space.traits[name] for name in traits if name in failing]
        of_right = {case.sizes[size] for case in right if any(trait.is_said_of(case.sizes) for trait in mine)}
        if {*traits} <= {*failing} or (of_right and of_right.isdisjoint(values)):
            kinds = [f"{size}={value}" for value in values] + [name for name in kinds if name not in traits]
    return kinds
