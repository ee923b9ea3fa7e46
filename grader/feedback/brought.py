"""Whether a gradient is wrong because forward is: backward works with the cache that forward made."""

from collections.abc import Mapping, Sequence

from grader.feedback.found import Found
from grader.judging.judged import Wrong
from grader.records import Verdict
from grader.records.feedback import Outline
from reference.signature import Signature
from reference.spec import Operator


def brought_by(
    found: Found | None,
    output: str,
    by_output: Mapping[str, Sequence[Wrong]],
    bugs: Mapping[str, Found],
    operator: Operator,
    text: Outline,
) -> tuple[Found | None, bool]:
    """What was found for an output, if it is to be told, and whether a wrong forward may be all that is wrong with it.

    Crashes on arrays that a wrong forward made say nothing, but in a line that shows what was found. Nor do other
    results where nobody knows what is wrong with forward: its cache may hold the same. It does not where nothing but
    forward's result is wrong, and it may where no line of backward shows what was found.
    """
    signature = operator.signature
    shown = set[int]() if found is None else {line for bug in found.bugs for line in text.places.get(bug.place, ())}
    if comes_of_forward(output, by_output, signature):
        known = [bug for name in signature.forward_outputs if name in bugs for bug in bugs[name].bugs]
        if known and all(bug.of_result for bug in known):
            return found, False
        return (found if known else None), True
    if found is not None and found.is_of_crashes and _after_forward(output, by_output, signature):
        return (found, False) if all(w.error and w.error.line in shown for w in by_output[output]) else (None, True)
    if found is not None:
        return found, not shown and _after_forward(output, by_output, signature)
    return found, _does_not_fit(output, by_output, signature)


def comes_of_forward(output: str, by_output: Mapping[str, Sequence[Wrong]], signature: Signature) -> bool:
    """Whether backward is wrong only where what forward returns is: the mistake may lie in the cache that it made.

    It does not where the shape is wrong, unless forward's is, too, nor where there is no array: other numbers in a
    cache give other numbers. Nor does it where a gradient is right that comes of the same numbers. Where forward made
    no cache, a crash on ours says nothing.
    """
    of_cache = signature.of_cache or signature.backward_outputs
    spoiled = {w.problem.case.index for w in by_output.get(of_cache[0], ())}
    if output not in of_cache or not spoiled.issuperset(w.problem.case.index for w in by_output[output]):
        return False
    returned = [name for name in signature.forward_outputs if name not in signature.left]
    of_forward = [w for name in returned for w in by_output.get(name, ())]
    lost = [_crashed_on_ours(w) for w in by_output[output]]
    return not all(lost) and all(
        any((is_lost or _may_bring(one, w)) and one.problem.case.index == w.problem.case.index for one in of_forward)
        for w, is_lost in zip(by_output[output], lost, strict=True)
    )


def _after_forward(output: str, by_output: Mapping[str, Sequence[Wrong]], signature: Signature) -> bool:
    """Whether a gradient is lost in no case but those in which forward is wrong."""
    wrong = {w.problem.case.index for name in signature.forward_outputs for w in by_output.get(name, ())}
    return output in signature.backward_outputs and wrong.issuperset(w.problem.case.index for w in by_output[output])


def _does_not_fit(output: str, by_output: Mapping[str, Sequence[Wrong]], signature: Signature) -> bool:
    """Whether backward crashes by shapes alone, on caches of calls of forward whose results have wrong shapes, too."""
    wrong = [w for name in signature.forward_outputs for w in by_output.get(name, ())]
    misshapen = {w.problem.case.index for w in wrong if w.is_misshapen}
    own = [w for w in by_output[output] if not _crashed_on_ours(w)]
    return (
        output in signature.backward_outputs
        and bool(own)
        and all(w.error is not None and w.error.type == "ValueError" and w.problem.case.index in misshapen for w in own)
    )


def _crashed_on_ours(wrong: Wrong) -> bool:
    return wrong.cache == "canonical" and wrong.check.verdict is Verdict.CRASHED


def _may_bring(of_forward: Wrong, wrong: Wrong) -> bool:
    """Whether wrong numbers in the cache of this call of forward may be why its gradient is wrong."""
    if wrong.cache != "own" or wrong.check.verdict is not Verdict.FAILED:
        return False
    is_array = wrong.returned is not None and wrong.returned.array is not None
    is_as_odd = of_forward.is_misshapen or not wrong.is_misshapen
    return is_array and is_as_odd
