"""Which kinds of input a submission is right for."""

from collections.abc import Sequence

from grader.cases.draw import COMBINED, NOTEBOOK
from grader.records import Check, Traits, Verdict
from reference.sizes import Space

_IN_A_SENTENCE = {NOTEBOOK: "the notebook's own cases"}


def trait_table(checks: Sequence[Check]) -> Traits:
    """For each trait how many of the cases that judge it passed."""
    table: Traits = {}
    for check in checks:
        for trait in check.case.judges:
            row = table.setdefault(trait, {"passed": 0, "total": 0})
            row["total"] += 1
            row["passed"] += check.verdict is Verdict.PASSED
    return table


def where(tried: Sequence[Check], failed: int, space: Space) -> str:
    """Which kinds of input fail, or, where most do, which do not."""
    traits = trait_table(tried)
    failing = [name for name, row in traits.items() if row["passed"] < row["total"]]
    right = [name for name in traits if name not in failing]
    if failed == len(tried):
        return "wrong in every case"
    only = _only_value(failing, tried, space)
    if only is not None:
        kinds = f"right only where {only}"
    elif len(right) < len(failing):
        kinds = f"right only for {_joined(right)}" if right else "right for no kind of input"
    else:
        plain = [name for name in failing if name != COMBINED]  # where one of them fails, mixes with it do as well
        kinds = f"wrong for {_joined(_by_value(plain, tried, space)) or 'several kinds of input combined'}"
    return f"{kinds} ({failed} of {len(tried)} cases fail)"


def _joined(kinds: Sequence[str]) -> str:
    return ", ".join(_IN_A_SENTENCE.get(kind, kind) for kind in kinds)


def _only_value(failing: Sequence[str], tried: Sequence[Check], space: Space) -> str | None:
    """The only value of a size with which anything is right, where nothing but its traits fail."""
    for size, traits in space.by_value.items():
        values = {check.case.sizes[size] for check in tried if check.verdict is Verdict.PASSED}
        if len(values) == 1 and {*traits} <= {*failing} <= {*traits, COMBINED}:
            return f"{size} is {values.pop()}"
    return None


def _by_value(failing: Sequence[str], tried: Sequence[Check], space: Space) -> list[str]:
    """The kinds that fail; where all traits of a size do, which values, since not every one need be wrong."""
    kinds = list(failing)
    wrong = [check.case for check in tried if check.verdict is not Verdict.PASSED]
    for size, traits in space.by_value.items():
        if {*traits} <= {*failing}:
            values = sorted({case.sizes[size] for case in wrong if {*traits} & {*case.judges}})
            kinds = [f"{size}={value}" for value in values] + [name for name in kinds if name not in traits]
    return kinds
