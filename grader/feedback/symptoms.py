"""What can be said in plain words of results that are wrong, beside on which inputs (`judging.kinds`)."""

from collections.abc import Iterator, Mapping, Sequence

from grader import messages
from grader.cases.draw import complication
from grader.cases.numbers import NON_CONTIGUOUS
from grader.cases.problems import Problem
from grader.feedback.amounts import Axes, how
from grader.feedback.unfilled import told_of_memory
from grader.feedback.written import of_order_in_calls, of_text
from grader.judging.judged import Wrong
from grader.records import Function, Verdict
from grader.records.feedback import Outline
from grader.records.sources import Origin
from grader.sandbox.inside.unset import UNSET
from reference.outlines import INTEGERS, never_set
from reference.spec import Operator

_MOST_LINES = 2
"""If more lines than these make arrays of integers, none is told."""


def facts(
    operator: Operator,
    output: str,
    wrong: Sequence[Wrong],
    right: Sequence[Problem],
    text: Outline | None = None,
    origin: Origin | None = None,
    forward: Outline | None = None,
    names: Mapping[Function, str] | None = None,
    *,
    is_named: bool = False,
) -> tuple[str, ...]:
    """What can be said in plain words of an output that is wrong: in which way, by how much.

    `text` is what its function's text says, `forward` what that of the forward function does, `origin` tells lines of
    them as a person finds them, `names` what they are called. Where the mistake is named, and no line with it, just in
    which calls names change places, which may be it.
    """
    text, forward, origin = text or Outline(), forward or Outline(), origin or Origin("")
    if is_named:
        return tuple(of_order_in_calls(text, origin))
    unset = origin.among(never_set(text.places, output))
    of_memory = (messages.never_set(unset, UNSET),) if unset else tuple(told_of_memory(output, wrong, text, origin))
    return (
        *of_memory,
        *of_text(operator, output, wrong, right, text, forward, names or {}, origin),
        *_of_another(output, wrong, operator.signature.outputs(operator.signature.function(output))),
        *_of_dtype(output, wrong, origin.among(_of_integers(text))),
        *(_of_padding(operator, wrong, right) if forward.keeps_inputs or not any(w.lacks_own for w in wrong) else ()),
        *(
            (messages.order_in_memory(output),)
            if _is_of_memory(wrong, right)
            else (() if of_memory else how(Axes(operator, output, text, origin), wrong, is_always=not right))
        ),
    )


def _of_another(output: str, wrong: Sequence[Wrong], outputs: Sequence[str]) -> Iterator[str]:
    """That what is returned in its place has another output's shape wherever it has not its own."""
    shapes = [(w.returned.shape, w.problem.expected) for w in wrong if w.returned is not None and w.returned.shape]
    others = {(got, tuple((name, expected[name].shape) for name in outputs)) for got, expected in shapes}
    strange = [(got, of) for got, wanted in others if got != (of := dict(wanted))[output]]
    for other in outputs if len(strange) > 1 else ():
        if all(got == of[other] for got, of in strange):
            yield messages.in_its_place(output, other, outputs)


def _is_of_memory(wrong: Sequence[Wrong], right: Sequence[Problem]) -> bool:
    """Whether exactly the inputs that do not lie in memory row by row give wrong results."""
    return (
        len(right) > len(wrong) > 0
        and all(NON_CONTIGUOUS in w.problem.case.kinds for w in wrong)
        and not any(NON_CONTIGUOUS in problem.case.kinds for problem in right)
    )


_OF_SIZES = ("ValueError", "IndexError", "AxisError", "AssertionError", "Exception")
"""What is raised where arrays have other sizes than the code takes them to have, also by itself."""


def _of_padding(operator: Operator, wrong: Sequence[Wrong], right: Sequence[Problem]) -> Iterator[str]:
    """That it is right where there is no padding, or with 1, and nowhere else.

    Not of code that lacks a name or a function.
    """
    if all(w.error is not None and w.error.type not in _OF_SIZES for w in wrong):
        return
    of_right, of_wrong = (
        {one.case.sizes.get("pad", 0) for one in problems} for problems in (right, [w.problem for w in wrong])
    )
    if of_right == {0} and 0 not in of_wrong:
        image, output = operator.signature.inputs[0], wrong[0].check.output
        differ = [w.returned.shape != w.problem.expected[output].shape for w in wrong if w.returned is not None]
        is_cut = operator.axes_of(output) == operator.axes_of(image) and any(differ) and all(differ)
        yield messages.cut_by_another_pad(output, image) if is_cut else messages.only_without_padding(image)
    if of_right == {1} and 1 not in of_wrong:
        yield messages.only_with_a_pad_of_one()


def _of_integers(text: Outline) -> Sequence[int]:
    """The lines where an array gets the dtype of integers, unless they are many."""
    lines = next((found for kind in INTEGERS if (found := text.places.get(kind, ()))), ())
    return lines if len(lines) <= _MOST_LINES else ()


def _of_dtype(output: str, wrong: Sequence[Wrong], at: str) -> Iterator[str]:
    """That an array of integers came back wherever it is wrong, with where its dtype comes from."""
    arrays = [w.returned.array if w.returned is not None else None for w in wrong]
    dtypes = {None if array is None else array.dtype for array in arrays}
    if len(dtypes) == 1 and (dtype := dtypes.pop()) is not None and dtype.kind in "iu":
        yield messages.whole_numbers(output, str(dtype), at)


def as_told(operator: Operator, wrong: Sequence[Wrong]) -> list[Wrong]:
    """In the order in which a report chooses the case to tell of, so that a smaller one can fail as that does.

    Crashes come after wrong values, which tell more.
    """
    return sorted(wrong, key=lambda w: (w.check.verdict is not Verdict.FAILED, complication(operator, w.problem.case)))
