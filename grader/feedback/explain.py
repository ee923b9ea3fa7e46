"""Wrong results -> why: the known mistake, the form of the error, the smallest case that shows it, and a picture."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain

from grader import messages
from grader.cases.problems import Problem
from grader.feedback.brought import brought_by
from grader.feedback.known import KnownResults
from grader.feedback.mistakes import find_bugs
from grader.feedback.shown import (
    as_before,
    crashes_first,
    example_of,
    of_calls_before,
    picture,
    shown,
    where_most_crash,
)
from grader.feedback.shrink import BRAKE_S, Brake, Shrinker
from grader.feedback.shrink import Found as Small
from grader.feedback.symptoms import facts
from grader.feedback.telling import as_students_see, is_of_memory, texts_read, values_of
from grader.feedback.told import (
    crashes_of,
    crashes_on_ours,
    lines_beside,
    lines_of_others,
    loops,
    lost_beside,
    mistake_of,
    of_other_reasons,
    where_calls_crash,
    with_the_first,
    with_what_is_lost,
)
from grader.judging.judged import Wrong
from grader.records import FUNCTIONS, Function, Origin, Verdict
from grader.records.feedback import Explanation, Outline
from grader.rubric.assignment import Assignment
from grader.sandbox.base import BaseSession
from reference.outlines import calls


def explain(
    session: BaseSession,
    assignment: Assignment,
    problems: Sequence[Problem],
    wrong: Sequence[Wrong],
    outlines: Mapping[str, Outline],
    bank: KnownResults,
    origin: Origin,
    broken: Mapping[Function, str],
    rescued: int,
) -> tuple[tuple[Explanation, ...], tuple[str, ...]]:
    """Explain every output that is wrong in some case; the submission is called for small cases.

    What is found depends on how much was tried, never on how fast the machine is.

    Args:
        session: the submission's; what it prints from now on is of no interest.
        assignment: names, tolerance, operator.
        problems: all of them.
        wrong: from `verify`, as they are with zeros where nothing was set.
        outlines: what the text of each function says.
        bank: of these problems.
        origin: where the lines of the text are.
        broken: by function, the promise that it breaks, where that may be why its results are wrong.
        rescued: in how many problems backward is right on the canonical cache alone.

    Returns:
        One for each wrong output, and what is to be said of the search itself.
    """
    rubric, operator, names, brake = assignment.rubric, assignment.operator, assignment.names, Brake()
    outputs = [name for function in FUNCTIONS for name in operator.signature.outputs(function)]
    as_judged = {name: cases for name in outputs if (cases := [w for w in wrong if w.check.output == name])}
    forward_is_right = not as_judged.keys() & {*operator.signature.forward_outputs}
    right = {name: _right(operator.signature.function(name), problems, as_judged.get(name, [])) for name in outputs}
    texts = texts_read(names, outlines, broken)
    keeps_inputs = texts["forward"].keeps_inputs
    of_others = lines_of_others(operator.signature, names, texts["backward"])
    find = partial(
        find_bugs, right=right, tolerance=rubric.tolerance, bank=bank, texts=texts, keeps_inputs=keeps_inputs,
        beside=of_others,
    )  # fmt: skip
    by_output, bugs = (
        as_students_see(as_judged, find, works=len(_right("backward", problems, wrong)) > rescued)
        if forward_is_right
        else (as_judged, find(as_judged))
    )
    of_forward = frozenset(chain(*texts["forward"].places.values()))  # with those of functions that both call
    shared, backward = of_forward if forward_is_right else frozenset(), operator.signature.backward_outputs
    explained: list[Explanation] = []
    is_dead, brought, leaving, cases_of = False, set[str](), set[str](), dict[str, tuple[Wrong, Small]]()
    for output, cases in by_output.items():
        text = texts[operator.signature.function(output)]
        found = bugs.get(output)
        if found is not None and (
            (output not in backward and any(bug.function == "backward" for bug in found.bugs))  # both call what crashes
            or lost_beside(found, output, cases, bugs, of_others)
        ):
            found = None
        found, of_its_cache = (
            (found, False) if keeps_inputs else brought_by(found, output, by_output, bugs, operator, text)
        )
        beside = lines_beside(output, cases, of_others)
        found = found if found is None or found.is_borne_out(text, beside) else None
        is_told = crashes_first(cases, operator, right_nowhere=not right[output])
        of_cache = (
            *_of_the_cache(
                as_judged[output], cases, assignment, is_hinted=is_told and found is None, keeps_inputs=keeps_inputs
            ),
            *(_of_calls(text, names["forward"], origin) if output in backward and not forward_is_right else ()),
        )
        same = as_before(found, output, assignment.rubric.tolerance)
        shrinker = Shrinker(session, operator, rubric.tolerance, rubric.cases.ragged, same, brake, is_dead)
        alike = (one for one in cases_of if (one in backward) is (output in backward))
        of_crashes = next((cases_of[one] for one in alike if _same_crashes(by_output, one, output)), None)
        beside |= shared if output in backward else frozenset()
        mistake = None if found is None else mistake_of(found, text, origin, beside)
        marked = () if mistake is None else mistake.lines
        is_unset, at = is_of_memory(output, cases, text), marked or (() if right[output] else where_most_crash(cases))
        case = of_crashes or shown(shrinker, cases, found, at, sees_memory=is_unset)
        cases_of |= {output: case} if case is not None else {}
        example = None if case is None else example_of(shrinker, *case, names, output)
        is_dead = shrinker.is_dead
        alone = () if example is not None or is_unset or is_dead else tuple(of_calls_before(shrinker, cases, text))
        unnamed = (
            ()
            if marked
            else facts(
                operator,
                output,
                cases,
                right[output],
                text.without(beside),
                origin,
                texts["forward"],
                names,
                is_named=found is not None,
            )
        )
        if found is None and (breach := broken.get(operator.signature.function(output))):
            unnamed = (messages.may_be_why(breach), *unnamed)
        crashes = crashes_of(cases, operator, keeps_inputs=keeps_inputs)
        others = of_other_reasons(crashes, found, cases, marked, text, keeps_inputs=keeps_inputs)
        leaving |= {output} if found and values_of(cases) and (found.leaves_crashes or others) else set()
        unnamed = (
            *unnamed,
            *where_calls_crash(
                crashes,
                others,
                origin,
                is_told=is_told,
                is_named=found is not None,
                are_others=not keeps_inputs and crashes_on_ours(cases),
            ),
        )
        if of_its_cache:
            brought.add(output)
            unnamed = (
                unnamed
                if found or any(map(messages.sends_to_forward, of_cache))
                else (messages.after_a_wrong_forward(names["forward"]), *unnamed)
            )
        explained.append(
            Explanation(
                output,
                (*alone, *of_cache, *unnamed),
                mistake,
                example,
                picture(cases),
                crashes,
                loops(cases, text),
            )
        )
    explained = with_what_is_lost(explained, by_output, leaving)
    referring = with_the_first(explained, operator.signature, names, bank.bank, origin, brought, texts["backward"])
    return referring, (messages.search_was_ended(BRAKE_S),) if brake.was_pulled else ()


def _right(function: Function, problems: Sequence[Problem], wrong: Sequence[Wrong]) -> list[Problem]:
    """The problems in which an output of this function is right."""
    failing = {w.problem.case.index for w in wrong}
    return [p for p in problems if p.case.index not in failing and function in p.case.functions]


def _of_the_cache(
    wrong: Sequence[Wrong],
    told: Sequence[Wrong],
    assignment: Assignment,
    *,
    is_hinted: bool,
    keeps_inputs: bool,
) -> Iterator[str]:
    """That backward was not judged on the student's own cache, where wrong results come of that.

    `told` are shown; `is_hinted` where a crash is the example, whose hint says so.
    """
    forward, ours = assignment.names["forward"], assignment.operator.signature.cache
    on_ours = [w for w in wrong if w.cache == "canonical"]
    values = [w for w in on_ours if w.check.verdict is Verdict.FAILED]
    on_both = sum(w.on_own is not None for w in values)
    if not keeps_inputs and on_both:
        yield messages.on_both_caches(forward, ours, in_all=on_both == len(wrong) and told is wrong)
    if on_both < len(values):
        replaced = sum(w.on_own is None for w in on_ours)
        yield messages.on_our_cache(forward, ours, replaced, len(wrong), same=keeps_inputs)
    lost = sum(w.lacks_own and w.check.verdict is Verdict.CRASHED for w in on_ours)
    if on_both == len(values) and lost and not is_hinted:
        yield messages.lost_on_our_cache(forward, ours, lost)


def _of_calls(text: Outline, forward: str, origin: Origin) -> Iterator[str]:
    """That a function calls the forward pass, which is wrong."""
    if lines := calls(text.places, forward):
        yield messages.calls_a_wrong_forward(forward, origin.among(lines))


def _same_crashes(by_output: Mapping[str, Sequence[Wrong]], one: str, other: str) -> bool:
    """Whether two outputs are wrong in the same calls, all of which crashed: then one case shows both."""
    calls = [[(w.problem.case.index, w.check.verdict, w.error) for w in by_output[name]] for name in (one, other)]
    return calls[0] == calls[1] and all(verdict is Verdict.CRASHED for _, verdict, _ in calls[0])
