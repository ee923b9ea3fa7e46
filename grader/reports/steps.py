"""The smallest failing case on the page, to be stepped through."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from grader.records.feedback import Example
from grader.reports.heat_maps import Table, negligible, plain_tables, shape_of
from reference.einsum import Rules, explain
from reference.signature import Signature
from reference.spec import Einsum, Terms, axes_of


@dataclass(frozen=True, slots=True)
class Step:
    """An Example, ready to be stepped through."""

    example: Example
    sizes: str
    data: dict[str, Any]
    """What the page's script reads."""
    inputs: tuple[Table, ...]
    expected: tuple[Table, ...]
    got: tuple[Table, ...]
    comparable: bool
    """Whether an array of the right shape came back."""
    returned: bool
    """Whether any array came back: else there is nothing to step through."""
    is_walked: bool
    """Whether there is a script that steps through it."""
    drawing: "Drawing | None"
    """How what is expected comes about, where it is an einsum."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """An einsum on an example's sizes, ready to be drawn: a column for each letter, a row for each array."""

    einsum: Einsum
    rules: Rules
    columns: tuple[tuple[str, str, bool], ...]
    """Of each letter, what it counts, and whether it is summed over."""
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    """Of each operand, and last of the result, its name and its sizes."""


def step_through(example: Example, terms: Terms, operator: str, *, is_walked: bool) -> Step:
    """An example of a report, with what the page's script reads of it.

    Args:
        example: the case.
        terms: of its operator.
        operator: the key of that one's script on the page.
        is_walked: whether there is one.
    """
    comparable = example.got is not None and tuple(example.expected_shape) == example.got_shape
    return Step(
        example,
        _sizes(example, terms.signature),
        {
            "operator": operator,
            "function": example.function,
            "output": example.output,
            **terms.signature.given(example.sizes),
            **{name: example.inputs[name] for name in terms.signature.inputs},
            terms.signature.upstream: example.inputs.get(terms.signature.upstream),
            "expected": example.expected,
            "got": example.got if comparable else None,
            "negligible": negligible(example.expected, example.got) if comparable else 0.0,
            "worst": example.worst_index,
        },
        tuple(table for name, numbers in example.inputs.items() for table in plain_tables(name, numbers)),
        plain_tables(f"expected {example.output}", example.expected),
        plain_tables(f"your {example.output}", example.got) if example.got is not None else (),
        comparable,
        example.got_shape is not None,
        is_walked,
        _drawing(terms.einsums[example.output], example, terms) if example.output in terms.einsums else None,
    )


def _drawing(einsum: Einsum, example: Example, terms: Terms) -> Drawing:
    upstream = terms.signature.upstream
    out_shape = example.expected_shape if example.function == "forward" else shape_of(example.inputs[upstream])
    out_axes = axes_of(terms.signature, terms.axes, upstream)
    lengths = {**example.sizes, **dict(zip(out_axes, out_shape, strict=True))}
    sizes = {letter: lengths[axis] for letter, axis in einsum.letters.items()}
    operands = einsum.subscripts.partition("->")[0].split(",")
    rules = explain(einsum.subscripts, [tuple(sizes[letter] for letter in letters) for letters in operands])
    arrays = zip((*einsum.operands, einsum.result), (*rules.operands, rules.result), strict=True)
    return Drawing(
        einsum,
        rules,
        tuple((letter, terms.words[einsum.letters[letter]], letter in rules.summed) for letter in rules.sizes),
        tuple(
            (name, tuple(str(sizes[letter]) if letter in its else "" for letter in rules.sizes)) for name, its in arrays
        ),
    )


def _sizes(example: Example, signature: Signature) -> str:
    """The shapes of an example's inputs and its parameters, its dtype, and what is special about its numbers."""
    shapes = [f"{name} {shape_of(numbers)}" for name, numbers in example.inputs.items()]
    given = (f"{name} {value}" for name, value in signature.given(example.sizes).items())
    return ", ".join([*shapes, *given, example.dtype, *example.kinds])


def script_of(terms: Terms) -> Markup | None:
    """The operator's own script; None where it has none, or where it was has been moved since."""
    file = None if terms.walkthrough is None else Path(terms.walkthrough)
    return Markup(file.read_text("utf-8")) if file is not None and file.is_file() else None
