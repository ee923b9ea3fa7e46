"""What a function's text shows beside wrong results: names and arrays that are not what they are taken for."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from grader import messages
from grader.cases.problems import Problem
from grader.judging.judged import Wrong
from grader.records import Function
from grader.records.feedback import Outline
from grader.records.sources import Origin
from reference.fixed import fixed
from reference.handed import exchanged, taken_for
from reference.indexed import misnamed, numbers, of_another
from reference.outside import from_outside
from reference.placed import pixels
from reference.resets import counting_on
from reference.shadows import behind, twice
from reference.spec import Operator
from reference.totals import added_again, kept
from reference.unpacked import moved, taken_for_padded

_SAID: Mapping[str, Callable[[str], str]] = {
    "keys swapped": messages.keys_swapped,
    "compared across": messages.compared_across,
    "stride added": messages.stride_added,
    "end let in": messages.end_let_in,
    "ended before it": messages.ended_before_it,
    "formula of a place": messages.formula_of_a_place,
    "cut elsewhere": messages.cut_elsewhere,
    "axes mixed": messages.axes_mixed,
    "around a centre": messages.around_a_centre,
    "width of height": messages.width_of_height,
    "pad once": messages.pad_once,
    "steps within": messages.steps_within,
    "counted alike": messages.counted_alike,
    "steps by kernel": messages.steps_by_kernel,
    "steps by pad": messages.steps_by_pad,
    "ends by stride": messages.ends_by_stride,
    "loops by stride": messages.loops_by_stride,
    "summed alone": messages.summed_alone,
    "stored anew": messages.stored_anew,
    "made in turns": messages.made_in_turns,
    "return in loop": messages.returns_in_loop,
}
"""By the kind of place, what is said of its lines."""
_OF_AXES = ("cut elsewhere", "compared across", "axes mixed", "width of height")
"""Those of them that tell of a height where a width belongs, or the reverse."""
_MOST_INDICES = 2
"""So many names are told that are indices of another axis."""
_ENOUGH = 3
"""Calls that are right show what they have in common; fewer have much by chance."""
_MOST_USES = 2
"""So many lines are told in which a counter is used behind its loop."""


def of_text(
    operator: Operator,
    output: str,
    wrong: Sequence[Wrong],
    right: Sequence[Problem],
    text: Outline,
    forward: Outline,
    names: Mapping[Function, str],
    origin: Origin,
) -> Iterator[str]:
    """What can be said of an output that is wrong, by the text; as `symptoms.facts`."""
    if right or _returned(wrong):
        yield from _of_another_cell(text, operator, output, wrong, origin, names)
    yield from _of_order(forward, text, origin)
    if not any(problem.case.sizes.get("pad", 0) for problem in right):
        yield from _of_padding(forward, text, origin)
    yield from _of_numbers(operator, wrong, right, text, origin)
    yield from _of_counters(text, origin)
    yield from of_order_in_calls(text, origin)
    for kind, say in _SAID.items():
        if lines := text.places.get(kind, ()):
            yield say(origin.among(lines))
    if forward.keeps_inputs or output in operator.signature.forward_outputs:
        others = [other for other in operator.signature.outputs(operator.signature.function(output)) if other != output]
        yield from _of_axes(text, origin, others)
    yield from _of_rows_for_columns(right, text, origin)
    in_order = not text.places.get("keys swapped")
    for of_pixel, is_met, at in islice(pixels(text.places), _MOST_INDICES if in_order else 0):
        yield messages.place_of_a_pixel(*of_pixel, origin.among(at), is_met=is_met)
    yield from _of_what_it_begins_with(output, operator, text, origin)
    yield from _of_convolving(operator, output, wrong, right, text, origin)


def of_order_in_calls(text: Outline, origin: Origin) -> Iterator[str]:
    """That names are handed to a function, or taken from it, in another order than it has them, or as another's.

    Not where rows and columns are turned: then that order may be meant.
    """
    crossed = () if text.places.get("turned") else exchanged(text.places)
    for of_call, is_given, at in islice(crossed, _MOST_INDICES):
        yield messages.exchanged_in_a_call(*of_call, at=origin.among(at), is_given=is_given)
    for of_call, at in islice(taken_for(text.places), _MOST_INDICES):
        yield messages.taken_for(*of_call, at=origin.among(at))


def _of_numbers(
    operator: Operator, wrong: Sequence[Wrong], right: Sequence[Problem], text: Outline, origin: Origin
) -> Iterator[str]:
    """That a number stands for a size, where no call is right but with that size, and others are not."""
    for number, is_end, lines in fixed(text.places):

        def fits(problem: Problem, size: str, number: int = number, is_end: bool = is_end) -> bool:
            there = problem.case.sizes[size]
            return there <= number if is_end else there == number

        sizes = [
            size
            for size in (right[0].case.sizes if len(right) >= _ENOUGH else ())
            if size not in operator.signature.parameters and all(fits(problem, size) for problem in right)
            if not all(fits(one.problem, size) for one in wrong)
        ]
        if sizes:
            yield messages.fixed_size(number, sizes, origin.among(lines), is_end=is_end)


def _of_axes(text: Outline, origin: Origin, others: Sequence[str]) -> Iterator[str]:
    """That a size or an index is of another axis than it is taken for; not of what `others` are stored in."""
    for of_size, at in islice(misnamed(text.places), _MOST_INDICES):
        yield messages.size_of_another(*of_size, origin.among(at))
    for of_index, at in islice(of_another(text.places), _MOST_INDICES):
        yield messages.index_of_another(*of_index, origin.among(at))
    counted = ((found, at) for found, at in numbers(text.places) if found[0] and not _is_of_another(found[3], others))
    for of_number, at in islice(counted, _MOST_INDICES):
        yield messages.number_for_index(*of_number, origin.among(at))


def _of_rows_for_columns(right: Sequence[Problem], text: Outline, origin: Origin) -> Iterator[str]:
    """That one axis is taken for the other, in lines of which nothing like it is said; no call shows that it is not.

    Nor where rows and columns are turned.
    """
    pairs = (("H", "W"), ("HH", "WW"))
    windows = ((one.case.sizes, one.upstream.shape[2:]) for one in right)
    telling = (sizes for sizes, out in windows if min(out, default=0) > 1 and len({*out}) > 1)
    tell_apart = [all(sizes.get(one) != sizes.get(other) for one, other in pairs) for sizes in telling]
    told = {line for kind in _OF_AXES for line in text.places.get(kind, ())}
    told |= {line for found in (misnamed, of_another) for _, at in found(text.places) for line in at}
    told |= {line for _, _, at in exchanged(text.places) for line in at}
    is_turned = bool(text.places.get("turned"))
    if (lines := sorted({*text.places.get("rows for columns", ())} - told)) and not is_turned and not any(tell_apart):
        yield messages.rows_for_columns(origin.among(lines))


def _is_of_another(array: str, others: Sequence[str]) -> bool:
    """Whether an array is that of another gradient, by its name: `dw`, `dw_n`."""
    return any(re.match(rf"{other}(?![a-z])", array) is not None for other in others)


def _returned(wrong: Sequence[Wrong]) -> bool:
    """Whether a call came to its end; else nobody knows which lines were run."""
    return any(w.returned is not None for w in wrong)


def _of_another_cell(
    text: Outline,
    operator: Operator,
    output: str,
    wrong: Sequence[Wrong],
    origin: Origin,
    names: Mapping[Function, str],
) -> Iterator[str]:
    """That something of what the task is about is not what the function is given; not where nothing has that name."""
    signature = operator.signature
    function = names.get(signature.function(output), "this function")
    asked = (*signature.inputs, signature.upstream, signature.parameter_name, *signature.parameters)
    lacking = {w.error.text for w in wrong if w.error is not None and w.error.type == "NameError"}
    for name, line in from_outside(text.places, dict.fromkeys(asked) if not lacking else ()):
        is_set_there = name not in signature.parameters  # whose numbers stand in the dict
        yield messages.from_outside(name, origin.among([line]), function, is_set_there=is_set_there)


def _of_order(forward: Outline, text: Outline, origin: Origin) -> Iterator[str]:
    """That the parts of the cache are taken for each other."""
    found = moved(forward.places, text.places)
    if found is not None:
        name, *lines = found
        yield messages.in_another_order(name, origin.among(lines))


def _of_padding(forward: Outline, text: Outline, origin: Origin) -> Iterator[str]:
    """That a part of the cache is taken for a padded one."""
    found = taken_for_padded(forward.places, text.places)
    if found is not None:
        kept, taken, *lines = found
        yield messages.taken_for_padded(kept, taken, origin.among(lines))


def _of_counters(text: Outline, origin: Origin) -> Iterator[str]:
    """That a name or a total of a loop is not what it is taken for."""
    for name, lines in twice(text.places):
        yield messages.counted_twice(name, *(origin.among([line]) for line in lines))
    found = [(uses[:_MOST_USES], name, loop) for name, loop, uses in behind(text.places)]
    for uses in dict.fromkeys(uses for uses, _, _ in found):
        loops = {name: loop for these, name, loop in found if these == uses}
        yield messages.used_behind([*loops], origin.among(sorted({*loops.values()})), origin.among(uses))
    for name, lines in counting_on(text.places):
        yield messages.counts_on(name, *(origin.among([line]) for line in lines))
    for name, lines in kept(text.places):
        yield messages.kept_total(name, *(origin.among([line]) for line in lines))
    for name, line in added_again(text.places):
        yield messages.total_added_again(name, origin.among([line]))


def _of_what_it_begins_with(output: str, operator: Operator, text: Outline, origin: Origin) -> Iterator[str]:
    """That a gradient is added to an input, or to a copy of one; where that is no copy, others are made of it, too."""
    for name in operator.signature.inputs if output in operator.signature.backward_outputs else ():
        if lines := text.places.get(f"begins with {name}", ()):
            yield messages.begins_as(name, origin.among(lines), may_be_padded=name == operator.signature.inputs[0])


def _of_convolving(
    operator: Operator,
    output: str,
    wrong: Sequence[Wrong],
    right: Sequence[Problem],
    text: Outline,
    origin: Origin,
) -> Iterator[str]:
    """That the upstream gradient is convolved as it is, where no case is right in which windows step over pixels."""
    lines = text.places.get(f"upstream convolved for {output}", ())
    several = [problem for problem in right if max(problem.upstream.shape[2:], default=1) > 1] if lines else []
    is_right = any(_steps(problem) for problem in several)
    if several and not is_right and any(_steps(w.problem) for w in wrong):
        yield messages.not_spread(operator.signature.upstream, origin.among(lines))


def _steps(problem: Problem) -> bool:
    return problem.case.sizes.get("stride", 1) > 1
