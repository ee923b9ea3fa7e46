"""A call that did not return: it hung, crashed, went beyond a limit, or was not made."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from grader.messages.errors import OF_PYTHON_2, OWN_ASSERT, known_hint
from grader.messages.hanging import HANGS
from grader.messages.missing import (
    MISSING_NAME,
    alike,
    called_otherwise,
    function_of,
    near_name,
    unknown_name,
    unset_variable,
    unwritten,
)
from grader.messages.nothing import none_of
from grader.messages.words import Explained, error_text, first_line
from grader.records import CallOutcome, Origin, StudentError, Verdict
from grader.records.words import End

if TYPE_CHECKING:
    from grader.sandbox.answers import SkippedStatement
    from reference.signature import Signature

_NEVER_HOLDS = re.compile(r"\s*assert\s*\(?\s*(False|0)\b")
_OF_A_SHAPE = re.compile(r"\s*assert\s*\(?\s*([A-Za-z_]\w*)\.shape\s*==(?!.*\b(?:and|or)\b)")
_NONE = re.compile(r"=\s*None\s*(#|$)|\brange\(None\b")
_NAMES_RETURNED = re.compile(r"return\s*\(?(\w+(?:\s*,\s*\w+)*)\)?")
_AT_A_WORD = re.compile(r"""\b([A-Za-z_]\w*)\[\s*(?:"[^"]*"|'[^']*')\s*\]""")
_NO_DICT = re.compile(r"only integers, slices|(tuple|list) indices must be integers or slices, not str")
_NO_TESTS = re.compile(r"^No module named '\w*test\w*'")
"""A course's tests were not handed in. `from public_tests import *` brings nothing that a solution uses."""
_SIZES = re.compile(r"\s*\(?\s*[A-Z]\w*(?:\s*,\s*\w+)+\s*\)?\s*=\s*([A-Za-z_]\w{0,60})\s*(?:#|$)")
"""Several names, the first with a capital letter as those of sizes, that are set to the parts of one."""
_EMPTY_CUT = re.compile(r"\b([A-Za-z_]\w*)\s*:\s*-\s*\1\b")
_MOST_LETTERS = 300
"""Of a line that crashed: this process shall not wait for whoever writes more."""


def call_ended(
    name: str,
    outcome: CallOutcome,
    origin: Origin,
    skipped: "Sequence[SkippedStatement]",
    limit: str,
    signature: "Signature",
    code: str = "",
    stuck: str | None = None,
) -> Explained:
    """A call that did not return.

    `limit` names the limit that a timeout, memory or output verdict is about; `signature` says how it was called,
    `code` is the submission's text, and `stuck` is what `never_ends` says of the function.
    """
    match outcome.verdict:
        case Verdict.TIMEOUT:
            return f"{name} did not finish within {limit}", stuck or HANGS
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
    of_names = (
        _of_a_part(error, signature)
        or _of_a_key(error, signature)
        or _of_the_dict(error, signature)
        or _of_a_cached(error, outcome, signature, name, code)
    )
    of_names = of_names or unset_variable(error, code, origin) or near_name(error, code) or hint
    of_names = of_names or unwritten(error, code)
    of_names = of_names or unknown_name(error, signature.arguments(outcome.function), name, code)
    of_line = _of_the_line(error, code) or _of_sizes(error, code) or _of_a_word(error, code)
    return message, of_line or none_of(error, code, origin) or of_names


def _of_a_part(error: StudentError, signature: "Signature") -> str | None:
    """That an object has None where the part of it should be that has the weights; no line of the code did that."""
    missing = re.search(r"'NoneType' object has no attribute '(\w+)'", error.text)
    if missing is None or error.line is not None or signature.layer is None:
        return None
    owners = [name.rpartition(".")[::2] for name in signature.layer.weights.values()]
    part = next((part for part, last in owners if part and last == missing[1]), None)
    return part and f"`self.{part}` is None once the object is made: is that still to be written, in `__init__`?"


def _call(name: str, outcome: CallOutcome, error: StudentError, signature: "Signature") -> str:
    """The call as Python text: that of the function, or the one by which its object is made."""
    owner = name.rpartition(".")[0]
    if signature.layer is not None and error.text.startswith(f"{owner}.__init__()"):
        return f"{owner}({', '.join(signature.scalars)})"
    constants = (f"{key}={value!r}" for key, value in signature.constants.items())
    return f"{name}({', '.join((*signature.arguments(outcome.function), *constants))})"


def _no_function(name: str, origin: Origin, skipped: "Sequence[SkippedStatement]", code: str) -> Explained:
    """The function is not there; its definition may have been tried and failed."""
    for statement in skipped:
        if name in statement.names:
            error, hint = statement.error, known_hint(statement.error, origin)
            told = f"{error.type}: {first_line(error.text)}"
            line = error.line if error.type == "SyntaxError" and error.line is not None else statement.line
            return f"{name} could not be defined: {origin.at(line)}: {told}", hint
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
        told = f"{call.partition('(')[0]} cannot be called as {call}: {first_line(error.text)}"
        return told, "Its `def` line has to take the arguments of this call, in this order, and need no others."
    where = f"{origin.at(error.line)}: " if error.line is not None else ""
    message = f"{where}{error_text(error)}"
    if error.type == "SystemExit":
        message = f"{where}sys.exit({first_line(error.text)}) was called"
    elif error.type in (End.EXIT, End.BREACH) or error.type.startswith(("SIG", "signal")):
        message = f"{name} crashed: {first_line(error.text)}" if error.text else f"{name} crashed: {error.type}"
    hints = (_missing_name(error, origin, skipped), known_hint(error, origin))
    return message, " ".join(hint for hint in hints if hint) or None


def _of_a_key(error: StudentError, signature: "Signature") -> str | None:
    """Which keys the parameter dict has, where another was looked for."""
    found = re.match(r"'(.*)'|-?\d+$", error.text)
    if error.type != "KeyError" or found is None:
        return None
    key = found[1]
    if key in signature.held or None in signature.choices.get(key, ()):
        return f"`{signature.parameter_name}` need not have the key `{key}`: `.get` takes a value to go on with."
    if key in signature.parameters:
        return None
    return f"`{signature.parameter_name}` has {_keys(signature)}."


def _of_the_dict(error: StudentError, signature: "Signature") -> str | None:
    """That the parameters are handed over in a dict, where a dict was taken for a number or an object."""
    is_about_one = error.type in ("TypeError", "AttributeError") and "'dict'" in error.text
    if not signature.parameter_name or not is_about_one or OF_PYTHON_2.search(error.text):
        return None
    return f"Is that dict `{signature.parameter_name}`? It comes as one argument, a dict with {_keys(signature)}."


def _keys(signature: "Signature") -> str:
    names = [f"`{name}`" for name in signature.parameters]
    listed = " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
    return f"the key{'' if len(names) == 1 else 's'} {listed}"


def _of_a_cached(error: StudentError, outcome: CallOutcome, signature: "Signature", name: str, code: str) -> str | None:
    """Where backward itself finds one of forward's arguments, which it uses by its name."""
    if function_of(error, code) not in (None, name.rpartition(".")[2]):
        return None
    missing = MISSING_NAME.search(error.text) if error.type == "NameError" else None
    names = (*signature.inputs, signature.parameter_name)
    if outcome.function != "backward" or signature.layer is not None or missing is None or missing[1] not in names:
        return None
    return f"`{missing[1]}` is an argument of the forward pass only: take it out of the cache first."


def _of_the_line(error: StudentError, code: str) -> str | None:
    """What the line that crashed shows beyond the error.

    It may be a cut from both ends that is empty at pad 0, an `assert`, or code that is not written yet.
    """
    line = _line(error, code)
    if line is None:
        return None
    cut = _EMPTY_CUT.search(line)
    if error.type == "ValueError" and cut is not None and re.search(r"broadcast.*[(,]0[,)]", error.text):
        return f"One of the two arrays is empty: `{cut[0]}` takes nothing when `{cut[1]}` is 0."
    if error.type == "AssertionError":
        return _of_an_assert(line)
    if ("NoneType" in error.text or "dtype('O')" in error.text) and _NONE.search(line):
        return "A `None` of the starter code still stands there: what belongs in its place?"
    return _of_what_is_returned(error, code)


def _of_sizes(error: StudentError, code: str) -> str | None:
    """That an array is taken apart where its shape is meant."""
    line = _line(error, code) if "values to unpack" in error.text else None
    taken = _SIZES.match(line) if line is not None else None
    if taken is None:
        return None
    return f"The sizes of `{taken[1]}` are `{taken[1]}.shape`; without it, the array itself is taken apart."


def _of_what_is_returned(error: StudentError, code: str) -> str | None:
    """That a name is missing which is to be returned, and that no line sets."""
    missing = MISSING_NAME.search(error.text) if error.type == "NameError" else None
    if missing is None or error.line is None:
        return None
    lines = code.split("\n")
    returned = _returned(lines[error.line - 1 :])
    if missing[1] not in returned:
        return None
    first = max((i for i in range(error.line) if lines[i].lstrip().startswith("def ")), default=0)
    meant = alike(missing[1], lines[first : error.line - 1], returned)
    guess = "is it not written yet, or only as a comment?" if meant is None else f"is `{meant}` meant?"
    return f"`{missing[1]}` is to be returned, and no line sets it: {guess}"


def _line(error: StudentError, code: str) -> str | None:
    r"""The line that crashed, None where it is longer than anybody writes.

    >>> _line(StudentError("AssertionError", "", 2), "x\n  y"), _line(StudentError("AssertionError", "", 1), "x" * 301)
    ('  y', None)
    """
    lines = code.split("\n")
    line = lines[error.line - 1] if error.line is not None and error.line <= len(lines) else None
    return line if line is not None and len(line) <= _MOST_LETTERS else None


def _of_a_word(error: StudentError, code: str) -> str | None:
    """That a word is used as an index of something that is no dict; None where the index may be a float.

    >>> print(_of_a_word(StudentError("TypeError", "list indices must be integers or slices, not str", 1), "d['a']"))
    `d` is a list there, and has no keys. Is the `def` line, or the cache that it comes from, in another order?
    """
    found, line = _NO_DICT.search(error.text), _line(error, code)
    names = {*_AT_A_WORD.findall(line or "")}
    if found is None or line is None or len(names) != 1 or re.search(r"(?<!/)/(?!/)", line):
        return None
    kind = f"a {found[1]}" if found[1] else "an array"
    order = "Is the `def` line, or the cache that it comes from, in another order?"
    return f"`{names.pop()}` is {kind} there, and has no keys. {order}"


def _of_an_assert(line: str) -> str | None:
    """What is said of an `assert` that is quoted, or never holds; None where the line has not all of it.

    >>> _of_an_assert("    assert(dx.shape == (N, C, H, W))")
    '`dx` has another shape there than `assert(dx.shape == (N, C, H, W))` asks for. Print both: which of them is wrong?'
    """
    if _NEVER_HOLDS.match(line):
        return "This `assert` never holds: is what comes after it still to be written?"
    if not _is_whole_assert(line):
        return None
    shape = _OF_A_SHAPE.match(line)
    if shape is not None:
        asked = first_line(line)
        return f"`{shape[1]}` has another shape there than `{asked}` asks for. Print both: which of them is wrong?"
    return OWN_ASSERT.format(first_line(line))


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


def unparsed(name: str, error: str) -> str:
    """The function is in the file, but in a part that does not parse."""
    return f"{name} could not be read: {error}"


def _missing_name(error: StudentError, origin: Origin, skipped: "Sequence[SkippedStatement]") -> str | None:
    """Which top-level statement should have defined the name that is missing."""
    match = MISSING_NAME.search(error.text) if error.type == "NameError" else None
    if match is None:
        return None
    for statement in skipped:
        if match[1] in statement.names or ("*" in statement.names and not _NO_TESTS.search(statement.error.text)):
            maybe = "may come from" if "*" in statement.names else "comes from"
            reason = f"{statement.error.type}: {first_line(statement.error.text)}"
            if "relative import" in reason:
                reason = "the file is graded alone, or with what the assignment allows by `from .MODULE import NAME`"
            return f"`{match[1]}` {maybe} {origin.at(statement.line)}, which failed: {reason}."
    return None
