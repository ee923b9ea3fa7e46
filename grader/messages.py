"""Every sentence that a student reads: a short text that says what happened, and a longer one that helps."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from grader.records import CallOutcome, Function, Origin, StudentError, Verdict

if TYPE_CHECKING:
    from grader.rubric.model import Limits
    from grader.sandbox.answers import SkippedStatement
    from reference.spec import Signature

IN_LOOPS = 20
"""A function this many times slower than the baseline has its time in Python loops."""

DIGITS = 6
"""Significant digits of a number that came out, wherever it is told."""

Explained = tuple[str, str | None]
"""A message, and a hint or None."""

_HINTS: tuple[tuple[str, str, str], ...] = (
    ("TypeError|IndexError",
     r"'float' object cannot be interpreted as an integer|only integers, slices|slice indices must be integers"
     r"|must be an integer|sequence of integers or a single integer"
     r"|Cannot cast array data from dtype\('float64'\) to dtype\('int64'\)",
     "In Python 3 `/` always gives a float; sizes and indices need `//`."),
    ("TypeError", r"for \+: 'range' and", "In Python 3 `range` is not a list; wrap it: `list(range(...))`."),
    ("UFuncTypeError|UFuncOutputCastingError|_UFuncOutputCastingError", r"Cannot cast ufunc 'add' output",
     "Floats are added in place to an array of integers; make it with `np.zeros(shape)`."),
    ("ValueError", r"broadcast.*[(,]0[,)]",
     "One of the two arrays is empty. Print their shapes just before this line, for the shapes of the failing case."),
    ("NameError", r"'xrange'", "`xrange` is Python 2; in Python 3 it is `range`."),
    ("AttributeError", r"module 'numpy' has no attribute '(int|float|bool|object)'",
     "NumPy removed these aliases; write Python's own `int`, `float` or `bool`."),
    ("AttributeError", r"numpy\.lib.* has no attribute 'pad'", "`np.lib.pad` is gone from NumPy; it is `np.pad`."),
    ("(TypeError|ValueError)",
     r"setting an array element with a sequence|only (length-1|size-1|0-dimensional) arrays|"
     r"ndim > 0 to a scalar",
     "An array was put where one number belongs. Which axis has not been summed or indexed yet?"),
    ("ValueError", r"could not be broadcast|could not broadcast|shapes .* not aligned|mismatch in its core",
     "Two arrays whose shapes do not fit met here. Print their shapes just before this line, for the shapes of the "
     "failing case."),
    ("IndexError", r"out of bounds", "An index ran past the end of an axis. Which size bounds the loop, and is it "
     "the size of that axis?"),
    ("ValueError", r"(too many|not enough) values to unpack", "A tuple was unpacked into a wrong number of names: "
     "compare what is returned (or kept in the cache) with what is taken out of it."),
    ("UnboundLocalError", r"", "The variable is only assigned on some paths: what happens when the `if` before it is "
     "false?"),
    ("AssertionError", r"", "Your own `assert` fails here, although this input is valid."),
    ("RecursionError", r"", "The function calls itself without end."),
    ("ImportError", r"failed to map segment", "This module brings machine code, and while grading only that of NumPy, "
     "the usual standard library and what the rubric allows can be loaded."),
    ("ModuleNotFoundError", r"",
     "Only NumPy, the standard library and what the rubric allows can be imported while grading."),
)  # fmt: skip


OUR_FAULT = "the grader failed, which is not the submission's fault; nothing was marked"
"""What a student is told of a judge error."""


def wrong_kind(output: str, kind: str, wanted: str = "") -> Explained:
    """Something that is not an array of numbers was returned; `wanted` is the tuple that the function had to return."""
    if kind == "none":
        return "the function returns None (not implemented yet)", None
    if kind.startswith("not a tuple"):
        return f"the function returned {kind.removeprefix('not a tuple: ')}", f"It has to return `{wanted}`."
    return f"{output} is {kind}, not an array of floats", None


def wrong_in_secret(output: str, kinds: Sequence[str]) -> str:
    """Right where the numbers can be known beforehand, and wrong where they cannot."""
    return (
        f"{output} is right in every public case, and wrong in secret cases of the same sizes with other numbers "
        f"({', '.join(kinds)}): compute it from the inputs, whatever they are"
    )


def wrong_shape(output: str, got: tuple[int, ...], expected: tuple[int, ...]) -> Explained:
    """The shape differs."""
    hint = None
    if 0 in got and len(got) == len(expected):
        hint = "The result is empty along an axis."
    elif len(got) == len(expected) and got == (*expected[:2], *expected[:1:-1]):
        hint = "The last two axes are swapped: which of the two comes first?"
    return f"{output} has shape {got}, expected {expected}", hint


def not_finite(output: str, count: int, index: tuple[int, ...]) -> Explained:
    """NaN or infinity where a number belongs."""
    return (
        f"{output} holds {count} NaN or infinite values, the first at {list(index)}",
        "NaN or infinity comes from memory that was never filled (`np.empty`), a division by zero or an overflow.",
    )


def wrong_value(
    output: str, index: tuple[int, ...], got: float, expected: float, error: float, largest: float
) -> Explained:
    """A number is off by more than the tolerance: by `error` times the largest that is expected, or so much beside 0.

    >>> wrong_value("dx", (0, 1), 3.0, 2.0, 0.25, 4.0)[0]
    'dx[0, 1] is 3, expected 2 (off by 25 % of the largest number expected)'
    >>> wrong_value("dx", (0, 1), 3.0, 2.0, 0.998, 4.0)[0]
    'dx[0, 1] is 3, expected 2 (off by 100 % of the largest number expected)'
    >>> wrong_value("dx", (0, 1), 3.0, 0.0, 3.0, 0.0)[0]
    'dx[0, 1] is 3, expected 0 (all numbers expected are 0)'
    """
    percent = f"{100 * error:.2g}" if error < 0.1 else f"{100 * error:.0f}" if error < 100 else f"{100 * error:.1e}"
    beside = f"off by {percent} % of the largest number expected" if largest else "all numbers expected are 0"
    return f"{output}{list(index)} is {got:.{DIGITS}g}, expected {expected:.{DIGITS}g} ({beside})", None


def single_precision(output: str, error: float, tolerance: float) -> Explained:
    """Right to float32's precision where float64 went in."""
    return (
        f"{output} is right only to single precision: off by {error:.1e} times the largest number expected, allowed "
        f"are {tolerance:.0e}",
        "The inputs are float64, but somewhere the computation goes through float32. Which array is made with a "
        "dtype of its own?",
    )


def call_ended(
    name: str,
    outcome: CallOutcome,
    origin: Origin,
    skipped: "Sequence[SkippedStatement]",
    limit: str,
    signature: "Signature",
    code: str = "",
) -> Explained:
    """A call that did not return.

    `limit` names the limit that a timeout, memory or output verdict is about; `signature` says how it was called, and
    `code` is the submission's text.
    """
    match outcome.verdict:
        case Verdict.TIMEOUT:
            return f"{name} did not finish within {limit}", _HANGS
        case Verdict.MEMORY:
            return (
                f"{name} needed more than {limit} of memory",
                "Is an array made far larger than its result?",
            )
        case Verdict.OUTPUT_LIMIT:
            return (
                f"{name} printed more than {limit} in one call",
                "Remove the `print` calls that were for debugging.",
            )
        case Verdict.MISSING:
            return _no_function(name, origin, skipped)
    assert outcome.error is not None
    error = outcome.error
    message, hint = crash(name, error, origin, skipped, signature.arguments(outcome.function))
    return message, _of_the_line(error, code) or _of_a_key(error, signature) or hint


def hurried(name: str, limit: str) -> Explained:
    """A call that hung after another one had: it was not given the whole limit again."""
    return f"{name} did not finish in time (less than usual, since an earlier call took more than {limit})", _HANGS


_HANGS = "Is there a loop that never ends, or far more work than the result needs?"


def _no_function(name: str, origin: Origin, skipped: "Sequence[SkippedStatement]") -> Explained:
    """The function is not there; its definition may have been tried and failed."""
    for statement in skipped:
        if name in statement.names:
            error = f"{statement.error.type}: {one_line(statement.error.text)}"
            return f"{name} could not be defined: {origin.at(statement.line)}: {error}", _known_hint(statement.error)
    return f"there is no function {name}", None


def crash(
    name: str,
    error: StudentError,
    origin: Origin,
    skipped: "Sequence[SkippedStatement]" = (),
    arguments: Sequence[str] = (),
) -> Explained:
    """An exception, or a signal that ended the process; `arguments` are what a function was called with."""
    if error.type == "TypeError" and error.line is None and "argument" in error.text:
        return f"{name} cannot be called as {name}({', '.join(arguments)}): {one_line(error.text)}", None
    where = f"{origin.at(error.line)}: " if error.line is not None else ""
    message = f"{where}{error_text(error)}"
    if error.type == "SystemExit":
        message = f"{where}sys.exit({one_line(error.text)}) was called"
    elif error.type in ("Exit", "ProtocolError") or error.type.startswith(("SIG", "signal")):
        message = f"{name} crashed: {one_line(error.text)}" if error.text else f"{name} crashed: {error.type}"
    return message, _missing_name(error, origin, skipped) or _known_hint(error)


def _of_a_key(error: StudentError, signature: "Signature") -> str | None:
    """Which keys the parameter dict has, where another was looked for."""
    key = re.match(r"'(.*)'", error.text)
    if error.type != "KeyError" or key is None or key[1] in signature.parameters:
        return None
    return f"`{signature.parameter_name}` has the keys {' and '.join(f'`{name}`' for name in signature.parameters)}."


def _of_the_line(error: StudentError, code: str) -> str | None:
    """What the line that crashed shows beyond the error itself: a cut from both ends that is empty at pad 0."""
    lines = code.split("\n")
    if error.type != "ValueError" or error.line is None or error.line > len(lines):
        return None
    cut = _EMPTY_CUT.search(lines[error.line - 1])
    if cut is None or not re.search(r"broadcast.*[(,]0[,)]", error.text):
        return None
    return f"One of the two arrays is empty: `{cut[0]}` takes nothing when `{cut[1]}` is 0."


_EMPTY_CUT = re.compile(r"\b([A-Za-z_]\w*)\s*:\s*-\s*\1\b")


def load_ended(origin: Origin, verdict: Verdict, error: StudentError | None, limit: str) -> str:
    """Running the file's top level did not end well."""
    match verdict:
        case Verdict.TIMEOUT:
            return f"{origin.filename}: loading the file did not finish within {limit}"
        case Verdict.MEMORY:
            return f"{origin.filename}: loading the file needed more than {limit} of memory"
        case Verdict.OUTPUT_LIMIT:
            return f"{origin.filename}: loading the file printed more than {limit}"
    assert error is not None
    return f"loading failed: {crash(origin.filename, error, origin)[0]}"


def loaded_carefully(origin: Origin, carefully: int) -> str:
    """The top level could not be run to its end, but the functions could be defined."""
    what = "everything" if carefully > 1 else "what follows the two functions"
    reason = "running the whole file failed (does it exit, or loop forever?)"
    return f"{origin.filename}: {reason}, so {what} was left out, except definitions."


def no_functions(
    origin: Origin,
    names: Sequence[str],
    found: Mapping[Function, str],
    skipped: "Sequence[SkippedStatement]",
    there: Sequence[str] = (),
    of_classes: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """Neither function is there.

    Args:
        origin: the file.
        names: of the two functions.
        found: what stands in their place.
        skipped: top-level statements that failed.
        there: names of functions at its top level.
        of_classes: methods by class.
    """
    kinds = [f"{name} is {kind}" for name, kind in zip(names, found.values(), strict=True) if kind != "None"]
    what = "; ".join(kinds) if kinds else f"defines neither {' nor '.join(names)}"
    text = f"{origin.filename}: {what}"
    pair = _alike(names, there)
    if pair:
        text += f"; it has {pair[0]} and {pair[1]} (a rubric takes them by functions: {{forward: {pair[0]}, "
        text += f"backward: {pair[1]}}})"
    elif there:
        text += f"; it has {joined_names(there)}"
    for name, methods in (of_classes or {}).items():
        if _alike(names, methods) or set(methods) & {*names, "forward", "backward"}:
            text += f"; class {name} has {joined_names(methods)}, but functions are looked for at the file's top level"
    if skipped:
        first = skipped[0]
        text += f"; {crash(origin.filename, replace(first.error, line=first.error.line or first.line), origin)[0]}"
    return text


_MOST_NAMES = 5


def joined_names(names: Sequence[str]) -> str:
    """The first few of some names."""
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


def _alike(names: Sequence[str], there: Sequence[str]) -> tuple[str, str] | None:
    """The pair of functions that stands for the two under other names: one word exchanged for another.

    >>> _alike(["conv_forward_naive", "conv_backward_naive"], ["pad", "conv_forward", "conv_backward"])
    ('conv_forward', 'conv_backward')
    """
    alike = names[0].lower().partition("_")[0]
    pairs = [(one, one.replace("forward", "backward")) for one in there if "forward" in one]
    pairs = [pair for pair in pairs if pair[1] in there and pair != tuple(names)]
    return min(pairs, key=lambda pair: (alike not in pair[0].lower(), there.index(pair[0])), default=None)


def forbidden_import(name: str, origin: Origin, line: int, module: str, allowed: Sequence[str]) -> str:
    """The code that is graded imports what the rubric does not allow."""
    return f"{origin.at(line)}: {name} uses {module}; the graded functions may use only {', '.join(allowed)}"


def forbidden_use(name: str, origin: Origin, line: int, what: str) -> str:
    """The code that is graded uses what the rubric forbids."""
    return f"{origin.at(line)}: {name} uses {what}, which this assignment forbids"


def with_our_cache(explained: Explained, forward: str, ours: str, *, forward_was_run: bool) -> Explained:
    """Backward crashed on the canonical cache, and forward would have kept another or was not run."""
    message, hint = explained
    why = "did not return a cache" if forward_was_run else "was not run"
    cache = f"{forward} {why}, so this call was given the cache {ours}."
    if hint is None:
        hint, cache = cache, "If your cache holds something else, that explains this error. Fix the forward pass first."
    return message, f"{hint} {cache}"


def on_our_cache(forward: str, ours: str, cases: int, *, same: bool) -> str:
    """Backward was judged on the canonical cache in some of the cases that are wrong, since there was no other.

    `same` where it is known that the student's own would have held the same.
    """
    also = ", which is what it would have kept" if same else ""
    count = f"{cases} case{'' if cases == 1 else 's'}"
    return f"In {count} {forward} returned no cache, so backward was given {ours}{also}."


def on_both_caches(forward: str, ours: str) -> str:
    """Backward is wrong on the student's own cache, too; what is shown comes of the canonical one."""
    return (
        f"It is wrong on the cache that {forward} returned. On {ours}, which was tried in its place, it "
        "is nearer to right; what is shown here comes from that."
    )


def right_on_canonical_only(name: str, forward: str, ours: str, cases: int, *, own_counts: bool) -> str:
    """Backward is right, but not on what forward cached; `own_counts` where that is what it is marked on."""
    marked = "but it is marked on your own cache" if own_counts else "and is marked on it"
    wrong = f"On the cache that {forward} returned, it is wrong in {cases} cases in which forward is right."
    return f"{name} is right on the cache {ours}, {marked}. {wrong}"


def slow(times: float, enough: float) -> Explained:
    """A right function that did not earn every speed point.

    >>> slow(1234.5, 2)[0]
    'Takes 1230x as long as the fast baseline; full points need 2x or less.'
    """
    message = f"Takes {float(f'{times:.3g}'):g}x as long as the fast baseline; full points need {enough:.3g}x or less."
    if times < IN_LOOPS:
        return message, None
    return message, "Python loops cost far more than the arithmetic in them: which loops can one NumPy call replace?"


def search_was_ended(after_s: float) -> str:
    """The submission takes so long on small cases that the search for the smallest was not finished."""
    return f"The search for the smallest failing case was stopped after {after_s:g} s; there may be a smaller one."


def not_explained(error: str) -> str:
    """Explaining the results failed, which is ours."""
    return f"The grader could not explain these results, because of a defect of its own ({error}). The mark stands."


def in_cases(where: str, message: str, *, always: bool) -> str:
    """What is wrong with an output: in which kinds of cases, and how in the simplest, or in all alike (`always`).

    >>> in_cases("wrong for pad=0 (2 of 9 cases fail)", "dx has shape (1,), expected (2,)", always=False)
    'Wrong for pad=0 (2 of 9 cases fail). For example, dx has shape (1,), expected (2,).'
    """
    beginning = "In every case" if always else f"{where[0].upper()}{where[1:]}. For example"
    return f"{beginning}, {message}."


def skipped_cases(count: int, message: str | None = None) -> str:
    """Cases that were not run; `message` says why where nothing was."""
    if message is not None:
        return f"{count} cases were skipped: {message}"
    return f"The remaining {count} case{' was' if count == 1 else 's were'} skipped, since the time was up."


def not_shown(checks: Sequence[str]) -> str:
    """Promises that no result could show."""
    return f"{', '.join(checks)}: not checked, since this needs at least one right result"


def untried(name: str, why: str) -> str:
    """A case that was not run."""
    return f"{name} was not tried on this case: {why}"


def unparsed(name: str, error: str) -> str:
    """The function is in the file, but in a part that does not parse."""
    return f"{name} could not be read: {error}"


def changes_inputs(name: str, inputs: Sequence[str]) -> str:
    """The call changed what it was given."""
    return f"{name} changes {', '.join(inputs)} in place"


def not_deterministic(name: str) -> str:
    """Two calls, two results."""
    return f"{name} gives another result when it is called again with the same inputs"


def needs_own_cache(name: str, ours: str) -> str:
    """Backward is right on the student's cache and not on the canonical one."""
    return f"{name} needs another cache than {ours}"


def never_right(name: str) -> str:
    """Not timed, since no correctness case was right."""
    return f"not timed: {name} was not right in any case"


def timing_stopped(limit_s: float) -> Explained:
    """Nothing more is timed, since a submission has used up what all of its timing may take."""
    return f"timing was stopped: loading the file and all timed calls together took more than {limit_s:g} s", _HANGS


def limit_text(limits: "Limits", verdict: Verdict) -> str:
    """The limit that a verdict is about, in its own words."""
    if verdict is Verdict.MEMORY:
        return f"{limits.memory_mib} MiB"
    if verdict is Verdict.OUTPUT_LIMIT:
        return f"{limits.output_kib} KiB"
    return f"{limits.call_s:g} s"


def _missing_name(error: StudentError, origin: Origin, skipped: "Sequence[SkippedStatement]") -> str | None:
    """Which top-level statement should have defined the name that is missing."""
    match = re.search(r"name '(\w+)' is not defined", error.text) if error.type == "NameError" else None
    if match is None:
        return None
    for statement in skipped:
        if match[1] in statement.names or "*" in statement.names:
            maybe = "may come from" if "*" in statement.names else "comes from"
            reason = f"{statement.error.type}: {one_line(statement.error.text)}"
            if "relative import" in reason:
                reason = "the file is graded alone, without the files beside it"
            return f"`{match[1]}` {maybe} {origin.at(statement.line)}, which failed: {reason}."
    return None


def _known_hint(error: StudentError) -> str | None:
    for kind, pattern, hint in _HINTS:
        if re.fullmatch(kind, error.type) and re.search(pattern, error.text):
            return hint
    return None


def one_line(text: str) -> str:
    """The first line, which NumPy follows with paragraphs of advice, cut at 300 characters."""
    line = " ".join(text.strip().split("\n")[0].split())
    return line if len(line) <= 300 else line[:297] + "..."


def error_text(error: StudentError) -> str:
    """What was raised, in one line.

    >>> error_text(StudentError("AssertionError", ""))
    'AssertionError'
    """
    return f"{error.type}: {one_line(error.text)}" if error.text else error.type


def joined(sentences: Sequence[str]) -> str:
    """What is said of one mistake, or of two at once."""
    return " And: ".join(sentences)


def wrong_just_where(trait: str) -> str:
    """All cases with this trait are wrong, and no other."""
    return f"It is wrong in every case with {trait}, and right in all others."


def all_zero(output: str) -> str:
    """Nothing was computed."""
    return f"{output} is zero everywhere."


def constant_factor(output: str, factor: str) -> str:
    """The same factor in every number of every case."""
    if factor == "-1":
        return f"{output} is right except for its sign."
    return f"{output} is right up to a constant factor: it is {factor} times what it should be."


def off_by(output: str, what: str, each: str) -> str:
    """The same difference everywhere."""
    return f"{output} is off by exactly {what}, for each {each} its own."


def transposed(output: str) -> str:
    """Rows and columns are swapped."""
    return f"{output} holds the right numbers with rows and columns swapped."


def shifted(output: str, by: tuple[int, int]) -> str:
    """The right numbers at other places."""
    return f"{output} holds the right numbers, shifted by {by} rows and columns."


def right_except(output: str, where: str, name: str) -> str:
    """Wrong in one place of an axis only."""
    return f"{output} is right except in the {where} {name}."


def right_only(output: str, where: str, name: str) -> str:
    """Right in one place of an axis only."""
    return f"{output} is right only in the {where} {name}."
