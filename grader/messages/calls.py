"""A call that did not return: it hung, crashed, went beyond a limit, or was not made."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from grader.messages.missing import MISSING_NAME, called_otherwise, unknown_name
from grader.messages.words import Explained, error_text, first_line
from grader.records import CallOutcome, Origin, StudentError, Verdict
from grader.records.words import End

if TYPE_CHECKING:
    from grader.sandbox.answers import SkippedStatement
    from reference.signature import Signature

_NEVER_HOLDS = re.compile(r"\s*assert\s*\(?\s*(False|0)\b")
_OWN_ASSERT = "Your own `{}` fails, although the input is valid."
_HINTS: tuple[tuple[str, str, str], ...] = (
    ("TypeError|IndexError",
     r"'float' object cannot be interpreted as an integer|only integers, slices|slice indices must be integers"
     r"|must be an integer|sequence of integers or a single integer"
     r"|Cannot cast array data from dtype\('float64'\) to dtype\('int64'\)|arrays used as indices must be of integer",
     "In Python 3 `/` always gives a float; sizes and indices need `//`."),
    ("TypeError", r"for \+: 'range' and", "In Python 3 `range` is not a list; wrap it: `list(range(...))`."),
    ("UFuncTypeError|UFuncOutputCastingError|_UFuncOutputCastingError", r"Cannot cast ufunc 'add' output",
     "Floats are added in place to an array of integers; make it with `np.zeros(shape)`."),
    ("ValueError", r"broadcast.*[(,]0[,)]",
     "One of the two arrays{at} is empty. Print their shapes just before it, for the shapes of the failing case."),
    ("NotImplementedError", r"", "It is not implemented yet: write the function, and take the `raise` out."),
    ("NameError", r"'(exit|quit)'", "This is for the prompt; a function returns, or raises an error."),
    ("NameError", r"'xrange'", "`xrange` is Python 2; in Python 3 it is `range`."),
    ("AttributeError", r"module 'numpy' has no attribute '(int|float|bool|object)'",
     "NumPy removed these aliases; write Python's own `int`, `float` or `bool`."),
    ("AttributeError", r"numpy\.lib.* has no attribute 'pad'", "`np.lib.pad` is gone from NumPy; it is `np.pad`."),
    ("TypeError", r"unravel_index\(\) got an unexpected keyword argument 'dims'",
     "NumPy calls it `shape` now: `np.unravel_index(place, shape=...)`."),
    ("AttributeError", r"'numpy\.ndarray' object has no attribute 'itemset'",
     "NumPy removed `itemset`; write `array.flat[index] = value`."),
    ("AttributeError", r"'numpy\.ndarray' object has no attribute",
     "NumPy arrays have no attribute of this name. Is it misspelt, or is this array not what you take it to be?"),
    ("TypeError", r"reshape\(\) got an unexpected keyword argument 'newshape'",
     "NumPy calls it `shape` now: `np.reshape(array, shape)`."),
    ("TypeError", r"only integer scalar arrays can be converted to a scalar index",
     "A whole array stands{at} where one integer belongs, as in a slice or a range: which of the names there is that "
     "of an array?"),
    ("ValueError", r"index can't contain negative values",
     "A width of padding{at} is negative. Print the sizes that it is computed from, for the shapes of the failing "
     "case."),
    ("ValueError", r"negative dimensions are not allowed",
     "A size of an array{at} is negative. Print the sizes that it is computed from, for the shapes of the failing "
     "case."),
    ("ValueError", r"cannot reshape array of size",
     "The new shape{at} does not hold as many numbers as the array. Print both just before it: is a size missing, or "
     "written as a number that is right for one example only?"),
    ("ValueError", r"inhomogeneous shape",
     "Arrays of different shapes make no array together, neither with `np.array` nor with `np.vstack`; a list can keep "
     "them."),
    ("(TypeError|ValueError)",
     r"setting an array element with a sequence|only (length-1|size-1|0-dimensional) arrays|"
     r"ndim > 0 to a scalar",
     "An array was put where one number belongs (older versions of NumPy allow that if it holds just one). Which axis "
     "has not been summed or indexed yet? A list such as `[f]` is an array, too: was `b[f]` meant?"),
    ("ValueError", r"(could not|cannot) be broadcast|could not broadcast|shapes .* not aligned|mismatch in its core"
     r"|match the broadcast shape",
     "Two arrays whose shapes do not fit met{at}. Print their shapes just before it, for the shapes of the failing "
     "case."),
    ("IndexError", r"out of bounds", "An index ran past the end of an axis. Is it the index that you mean there? If "
     "so, is what bounds it, in a loop or by a formula, the size of that axis?"),
    ("ValueError", r"(too many|not enough) values to unpack", "A tuple was unpacked into a wrong number of names: "
     "compare what is returned (or kept in the cache) with what is taken out of it."),
    ("UnboundLocalError", r"", "The variable is only assigned on some paths: what happens when the `if` before it is "
     "false?"),
    ("AssertionError|RuntimeError", r"not compiled with CUDA|NVIDIA driver|No CUDA GPUs",
     "There is no GPU while grading: leave out `.cuda()`, `.to('cuda')` and `device='cuda'`. Make new tensors where "
     "the inputs are, as `torch.zeros_like(x)` and `x.new_zeros(shape)` do."),
    ("AssertionError", r"", _OWN_ASSERT.format("assert")),
    ("AttributeError|TypeError", r"'NotImplementedType' object",
     "Something that it uses is not written yet: it is the `NotImplemented` of the starter code."),
    ("TypeError", r"(zeros|ones|empty)\(\) takes .* positional arguments|Cannot interpret '\d+' as a data type",
     "The shape of an array is one argument, a tuple: `np.zeros((N, C))`."),
    ("TypeError", r"'NoneType' object does not support item assignment",
     "What is stored into{at} is None: the array was not made before."),
    ("TypeError", r"'tuple' object does not support item assignment",
     "What is stored into{at} is a tuple. If it is to be an array of that shape, make it with `np.zeros(shape)`."),
    ("TypeError", r"'(int|float)' object is not subscriptable",
     "A number is indexed{at} as if it were an array: which of the names there is that of a number?"),
    ("ValueError", r"zero-size array to reduction operation|attempt to get arg(max|min) of an empty sequence",
     "What is reduced{at} is empty, as a window that begins beyond the end of its array. Which sizes bound the loops?"),
    ("RecursionError", r"", "The function calls itself without end."),
    ("ImportError", r"failed to map segment", "This module brings machine code, and while grading only that of NumPy, "
     "the usual standard library and what the rubric allows can be loaded."),
    ("ModuleNotFoundError", r"",
     "Only NumPy, the standard library and what the rubric allows can be imported while grading."),
)  # fmt: skip
HANGS = "Is there a loop that never ends, or far more work than the result needs?"
"""The hint where time was used up."""
_NONE = re.compile(r"=\s*None\s*(#|$)|\brange\(None\b")
_NAMES_RETURNED = re.compile(r"return\s*\(?(\w+(?:\s*,\s*\w+)*)\)?")
_EMPTY_CUT = re.compile(r"\b([A-Za-z_]\w*)\s*:\s*-\s*\1\b")


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
            return f"{name} did not finish within {limit}", HANGS
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
            return _no_function(name, origin, skipped, code)
    assert outcome.error is not None
    error = outcome.error
    message, hint = crash(name, error, origin, skipped, _call(name, outcome, error, signature))
    of_names = _of_a_key(error, signature) or _of_the_dict(error, signature) or _of_a_cached(error, outcome, signature)
    of_names = of_names or hint or unknown_name(error, signature.arguments(outcome.function))
    return message, _of_the_line(error, code) or of_names


def _call(name: str, outcome: CallOutcome, error: StudentError, signature: "Signature") -> str:
    """The call as Python text: that of the function, or the one by which its object is made."""
    owner = name.rpartition(".")[0]
    if signature.layer is not None and error.text.startswith(f"{owner}.__init__()"):
        return f"{owner}({', '.join(signature.scalars)})"
    return f"{name}({', '.join(signature.arguments(outcome.function))})"


def hurried(name: str, limit: str) -> Explained:
    """A call that hung after another one had: it was not given the whole limit again."""
    return f"{name} did not finish (it had less time here, since an earlier call did not finish within {limit})", HANGS


def _no_function(name: str, origin: Origin, skipped: "Sequence[SkippedStatement]", code: str) -> Explained:
    """The function is not there; its definition may have been tried and failed."""
    for statement in skipped:
        if name in statement.names:
            error, hint = statement.error, _known_hint(statement.error, origin)
            told = f"{error.type}: {first_line(error.text)}"
            return f"{name} could not be defined: {origin.at(statement.line)}: {told}", hint
    return f"there is no function {name}", called_otherwise(name, code)


def crash(
    name: str,
    error: StudentError,
    origin: Origin,
    skipped: "Sequence[SkippedStatement]" = (),
    call: str = "",
) -> Explained:
    """An exception, or a signal that ended the process; `call` is the call as Python text."""
    if call and error.type == "TypeError" and error.line is None and "argument" in error.text:
        return f"{call.partition('(')[0]} cannot be called as {call}: {first_line(error.text)}", None
    where = f"{origin.at(error.line)}: " if error.line is not None else ""
    message = f"{where}{error_text(error)}"
    if error.type == "SystemExit":
        message = f"{where}sys.exit({first_line(error.text)}) was called"
    elif error.type in (End.EXIT, End.BREACH) or error.type.startswith(("SIG", "signal")):
        message = f"{name} crashed: {first_line(error.text)}" if error.text else f"{name} crashed: {error.type}"
    hints = (_missing_name(error, origin, skipped), _known_hint(error, origin))
    return message, " ".join(hint for hint in hints if hint) or None


def _of_a_key(error: StudentError, signature: "Signature") -> str | None:
    """Which keys the parameter dict has, where another was looked for."""
    key = re.match(r"'(.*)'", error.text)
    if error.type != "KeyError" or key is None:
        return None
    if key[1] in signature.held or None in signature.choices.get(key[1], ()):
        return f"`{signature.parameter_name}` need not have the key `{key[1]}`: `.get` takes a value to go on with."
    if key[1] in signature.parameters:
        return None
    return f"`{signature.parameter_name}` has the keys {_keys(signature)}."


def _of_the_dict(error: StudentError, signature: "Signature") -> str | None:
    """That the parameters are handed over in a dict, where a dict was taken for a number or an object."""
    if not signature.parameter_name or error.type not in ("TypeError", "AttributeError") or "'dict'" not in error.text:
        return None
    return (
        f"Is that dict `{signature.parameter_name}`? It comes as one argument, a dict with the keys {_keys(signature)}."
    )


def _keys(signature: "Signature") -> str:
    return " and ".join(f"`{name}`" for name in signature.parameters)


def _of_a_cached(error: StudentError, outcome: CallOutcome, signature: "Signature") -> str | None:
    """Where backward finds one of forward's arguments, which it uses by its name."""
    missing = MISSING_NAME.search(error.text) if error.type == "NameError" else None
    names = (*signature.inputs, signature.parameter_name)
    if outcome.function != "backward" or signature.layer is not None or missing is None or missing[1] not in names:
        return None
    return f"`{missing[1]}` is an argument of the forward pass only: take it out of the cache first."


def _of_the_line(error: StudentError, code: str) -> str | None:
    """What the line that crashed shows beyond the error.

    It may be a cut from both ends that is empty at pad 0, an `assert`, or code that is not written yet.
    """
    lines = code.split("\n")
    if error.line is None or error.line > len(lines):
        return None
    line = lines[error.line - 1]
    cut = _EMPTY_CUT.search(line)
    if error.type == "ValueError" and cut is not None and re.search(r"broadcast.*[(,]0[,)]", error.text):
        return f"One of the two arrays is empty: `{cut[0]}` takes nothing when `{cut[1]}` is 0."
    if error.type == "AssertionError":
        return _of_an_assert(line)
    if "NoneType" in error.text and _NONE.search(line):
        return "A `None` of the starter code still stands there: what belongs in its place?"
    missing = MISSING_NAME.search(error.text) if error.type == "NameError" else None
    if missing is not None and missing[1] in _returned(lines[error.line - 1 :]):
        return f"`{missing[1]}` is to be returned, and no line sets it: is it not written yet, or only as a comment?"
    return None


def _of_an_assert(line: str) -> str | None:
    """What is said of an `assert` that is quoted, or never holds; None where the line has not all of it."""
    if _NEVER_HOLDS.match(line):
        return "This `assert` never holds: is what comes after it still to be written?"
    return _OWN_ASSERT.format(first_line(line)) if _is_whole_assert(line) else None


def _returned(lines: Sequence[str]) -> list[str]:
    """The names that the first `return` of these lines returns, if it returns nothing else.

    >>> _returned(["    assert dx.shape == x.shape", "    return dx, dw, (x, w)"]), _returned(["return (dx, dw)"])
    ([], ['dx', 'dw'])
    """
    line = next((line for line in lines if line.lstrip().startswith("return")), "")
    names = _NAMES_RETURNED.fullmatch(line.strip())
    return [] if names is None else re.findall(r"\w+", names[1])


def _is_whole_assert(line: str) -> bool:
    """Whether it can be quoted: the statement begins and ends here, and nothing in it would end the quotation.

    >>> [_is_whole_assert(line) for line in ("    assert (H - HH) % s == 0", "assert (", "assert_shape(x)")]
    [True, False, False]
    """
    pairs = (("(", ")"), ("[", "]"), ("{", "}"))
    is_closed = all(line.count(left) == line.count(right) for left, right in pairs)
    return is_closed and re.fullmatch(r"\s*assert\b[^`]*[^`\\\s]\s*", line) is not None


def untried(name: str, why: str) -> str:
    """A case that was not run."""
    return f"{name} was not tried on this case: {why}"


def unparsed(name: str, error: str) -> str:
    """The function is in the file, but in a part that does not parse."""
    return f"{name} could not be read: {error}"


def _missing_name(error: StudentError, origin: Origin, skipped: "Sequence[SkippedStatement]") -> str | None:
    """Which top-level statement should have defined the name that is missing."""
    match = MISSING_NAME.search(error.text) if error.type == "NameError" else None
    if match is None:
        return None
    for statement in skipped:
        if match[1] in statement.names or "*" in statement.names:
            maybe = "may come from" if "*" in statement.names else "comes from"
            reason = f"{statement.error.type}: {first_line(statement.error.text)}"
            if "relative import" in reason:
                reason = "the file is graded alone, without the files beside it"
            return f"`{match[1]}` {maybe} {origin.at(statement.line)}, which failed: {reason}."
    return None


def _known_hint(error: StudentError, origin: Origin) -> str | None:
    """What to do about an error, with its line where a hint speaks of it: it may stand beside another example."""
    for kind, pattern, hint in _HINTS:
        if re.fullmatch(kind, error.type) and re.search(pattern, error.text):
            return hint.replace("{at}", "" if error.line is None else f" at {origin.at(error.line)}")
    return None
