"""A call that did not return: it hung, crashed, went beyond a limit, or was not made."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from grader.messages.attributes import near_attribute
from grader.messages.errors import NO_ATTRIBUTE, OF_DIVISION, OF_NO_INTEGER, OF_PYTHON_2, OF_XRANGE, known_hint
from grader.messages.hanging import HANGS
from grader.messages.lines import line_of, of_its_line
from grader.messages.missing import (
    MISSING_NAME,
    called_otherwise,
    divides,
    function_of,
    line_of_def,
    lines_of,
    near_name,
    unknown_name,
)
from grader.messages.nothing import none_of
from grader.messages.starters import unwritten
from grader.messages.unset import unset_variable
from grader.messages.values import SHAPE, values_there
from grader.messages.words import Explained, error_text, first_line
from grader.records import CallOutcome, Origin, StudentError, Verdict
from grader.records.words import End

if TYPE_CHECKING:
    from grader.sandbox.answers import SkippedStatement
    from reference.signature import Signature

_NO_TESTS = re.compile(r"^No module named '\w*test\w*'")
"""A course's tests were not handed in. `from public_tests import *` brings nothing that a solution uses."""
_ASKS_FOR_SHAPES = re.compile(
    r" Print (the|their) shapes( of its arrays)? just before it, for the shapes of the [a-z ]+\."
)
_USES_XRANGE = re.compile(r"^[^#\n]*\bxrange\(", re.MULTILINE)
_MAKES_XRANGE = re.compile(r"\bxrange *=|\b(?:import|as) xrange\b")
_DIVIDES_BY_STRIDE = re.compile(r"^(?![^#\n]*\bint\()[^#\n=]*=[^#\n/]*[^#\n/]/ *\w*(?:stride|\b[sS]\b)", re.MULTILINE)
"""As sizes were computed with Python 2."""
_MAKES_FLOAT = re.compile(r"^(?![^#\n]*\bint\()[^#\n=]*=[^#\n]*\bfloat\([^#\n]*(?:stride|pad|\b[sSpP]\b)", re.MULTILINE)
"""The same, so that `//` would not help."""


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
        or _of_a_key(error, signature, code)
        or _of_the_dict(error, signature, code, name)
        or _of_a_cached(error, outcome, signature, name, code)
    )
    hint = _with_values(hint, error)
    of_names = of_names or unset_variable(error, code, origin) or near_name(error, code)
    of_names = of_names or (near_attribute(error, code) if hint in (None, NO_ATTRIBUTE) else None) or hint
    of_names = of_names or unwritten(error, code)
    of_names = of_names or unknown_name(error, signature.arguments(outcome.function), name, code)
    by_line = of_its_line(error, code) or none_of(error, code, origin)
    by_line = _with_values(by_line, error) if error.type == "AssertionError" else by_line
    return message, by_line or _with_python_2(of_names, code)


def _with_values(hint: str | None, error: StudentError) -> str | None:
    """A hint with what the names had in the line that crashed, so that nobody has to print that."""
    values = values_there(error)
    if values is None or (hint is None and SHAPE not in values):
        return hint
    if hint is None:
        return values
    are_told = SHAPE in values and any(isinstance(value, tuple) for _, value in error.values)
    return f"{_ASKS_FOR_SHAPES.sub('', hint) if are_told else hint} {values}"


def _with_python_2(hint: str | None, code: str) -> str | None:
    """A hint about Python 2, with what else of it stands in the file, and would only be met once this is mended."""
    if hint is not None and hint.startswith(OF_DIVISION):
        return hint.replace(OF_DIVISION, _of_division(code))
    if hint == OF_XRANGE and _DIVIDES_BY_STRIDE.search(code):
        return f"{hint} And `/` always gives a float there; sizes need `//`."
    return hint


def _of_division(code: str) -> str:
    """What makes floats of sizes in a file: `/`, if there is any."""
    if code and not divides(code):
        return OF_NO_INTEGER
    if _MAKES_FLOAT.search(code):
        return (
            f"{OF_DIVISION} What comes of `float(...)` is one, too, and `//` of that: sizes are whole numbers "
            "throughout."
        )
    if _USES_XRANGE.search(code) and not _MAKES_XRANGE.search(code):
        return f"{OF_DIVISION} `xrange`, which the file uses, too, is `range` there."
    return OF_DIVISION


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


def _of_a_key(error: StudentError, signature: "Signature", code: str) -> str | None:
    """Which keys the parameter dict has, where another was looked for; or that it is another dict that has it not."""
    found = re.match(r"'(.*)'|-?\d+$", error.text)
    if error.type != "KeyError" or found is None:
        return None
    key = found[1]
    if key in signature.held or None in signature.choices.get(key, ()):
        return f"`{signature.parameter_name}` need not have the key `{key}`: `.get` takes a value to go on with."
    if key in signature.parameters:
        return None
    line = line_of(error, code) or ""
    owners = (
        {*re.findall(rf"\b(\w{{1,60}})\[\s*(?:'{re.escape(key)}'|\"{re.escape(key)}\")\s*\]", line)} if key else set()
    )
    if len(owners) > 1:
        return None
    if owners and not any(owner == signature.parameter_name or "param" in owner.lower() for owner in owners):
        return f"`{owners.pop()}` has no key `{key}` there: compare with the line that makes it, letter by letter."
    return f"`{signature.parameter_name}` has {_keys(signature)}."


def _of_the_dict(error: StudentError, signature: "Signature", code: str, name: str) -> str | None:
    """That the parameters are handed over in a dict, where a dict was taken for a number or an object, or apart."""
    apart = rf"^\s*\(?\w+(?:\s*,\s*\w+)+\)?\s*=\s*{signature.parameter_name}\s*(?:#|$)"
    if error.type in ("TypeError", "ValueError") and re.search(r"\bstr\b", error.text) and signature.parameter_name:
        first = line_of_def(error, code) if function_of(error, code) == name.rpartition(".")[2] else None
        above = lines_of(code)[first : error.line] if first is not None else []
        line = next((n for n, text in enumerate(above, (first or 0) + 1) if re.match(apart, text)), None)
        if line is not None:
            taken = f"Line {line} takes `{signature.parameter_name}` apart"
            return f"{taken}, which gives its keys and not what they stand for."
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
            reason = error_text(statement.error)
            if "relative import" in reason:
                reason = "the file is graded alone, or with what the assignment allows by `from .MODULE import NAME`"
            instead = known_hint(StudentError(statement.error.type, statement.error.text, statement.line), origin)
            told = f"`{match[1]}` {maybe} {origin.at(statement.line)}, which failed: {reason}."
            return f"{told} {instead}" if instead else told
    return None
