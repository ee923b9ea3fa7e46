"""A name that nothing has: of a function that is asked for, or of a variable."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import lru_cache

import numpy as np

from grader.records import StudentError

MISSING_NAME = re.compile(r"name '(\w+)' is not defined")
_DEFINED = re.compile(r"^(?:async )?def (\w{1,60})\b", re.MULTILINE)
"""A longer name would fill the page, and nobody means it."""
_WAYS = ("forward", "backward")
MOST_LINES, _MOST_LETTERS, _MOST_NAMES = 500, 300, 300
"""Lines of a function above the one that crashed, letters of a line, and names among which one is looked for. Nobody
writes more, and this process shall not wait for whoever does."""
_SAYS_NO_MORE = re.compile(r"(olution|ing|layer|op|\d?d|2(?!d))*")
"""What the name of a layer may go on with. Nothing can be read in two ways, or the time doubles with each "2d"."""
IN_QUOTES = re.compile(r'("""|\'\'\').*?\1', re.DOTALL)
"""What stands in the three quotes of a docstring."""


def called_otherwise(name: str, code: str) -> str | None:
    r"""That a function may be there under another name: the only one of the same layer and direction.

    >>> called_otherwise("conv_backward_naive", "def conv_forward_naive(x): ...\ndef conv_backward(dout, cache): ...")
    '`conv_backward` is there: if that is it, give it the name `conv_backward_naive`.'
    >>> called_otherwise("conv_backward_naive", "def conv_forward_naive(x): ...\ndef relu_backward(dout, cache): ...")
    >>> called_otherwise("conv_backward_naive", f"def conv_backward{'_' * 60}(dout, cache): ...")
    >>> called_otherwise("spatial_groupnorm_backward", "def spatial_batchnorm_backward(dout, cache): ...")
    >>> called_otherwise("conv_forward", "def conv_foward(A_prev, W, b, hparameters): ...")
    '`conv_foward` is there: if that is it, give it the name `conv_forward`.'
    """
    way = next((way for way in _WAYS if way in name), None)
    there = [other for other in _DEFINED.findall(code) if other != name]
    others = [other for other in there if [w for w in _WAYS if w in other] == [way]]
    layers = {other: _layer(other) for other in (name, *others)}
    alike = [other for other in others if _is_same_layer(layers[other], layers[name])]
    alike = alike or [other for other in dict.fromkeys(there) if _is_misspelt(other, name)]
    return f"`{alike[0]}` is there: if that is it, give it the name `{name}`." if len(alike) == 1 else None


def _is_misspelt(one: str, other: str) -> bool:
    """Whether a letter or two are left out, doubled or exchanged, and nothing else.

    >>> _is_misspelt("conv_forwrad_naive", "conv_forward_naive"), _is_misspelt("avg_pool_forward", "max_pool_forward")
    (True, False)
    >>> _is_misspelt("conv1_forward_naive", "conv_forward_naive")
    False
    """
    letters = [Counter(name.lower().replace("_", "")) for name in (one, other)]
    differing = (letters[0] - letters[1]).total() + (letters[1] - letters[0]).total()
    is_close = differing <= 2 and SequenceMatcher(None, one, other).ratio() > 0.9
    return is_close and not re.search(r"\d", one + other)


def _layer(name: str) -> str:
    """What stands before the direction.

    >>> _layer("Max_Pool_forward_naive")
    'maxpool'
    """
    return re.split("|".join(_WAYS), name.lower())[0].replace("_", "")


def _is_same_layer(one: str, other: str) -> bool:
    """Whether two names are those of one layer, with or without a word that says no more.

    >>> _is_same_layer("conv2d", "conv"), _is_same_layer("conv", "convolution"), _is_same_layer("convrelu", "conv")
    (True, True, False)
    >>> _is_same_layer("conv", "conv" + "2d" * 50), _is_same_layer("conv", "conv" + "2d" * 50 + "x")
    (True, False)
    """
    shorter, longer = sorted((one, other), key=len)
    rest = longer.removeprefix(shorter) if longer.startswith(shorter) else "no"
    return len(shorter) > 2 and _SAYS_NO_MORE.fullmatch(rest) is not None


@lru_cache(maxsize=2)
def lines_of(code: str) -> list[str]:
    """The beginnings of the lines; one text is asked about for each call that crashed."""
    return [line[:_MOST_LETTERS] for line in code.split("\n")]


def alike(name: str, code: Sequence[str], taken: Sequence[str]) -> str | None:
    """The only name in these lines of which another may be a slip: case, underscores, a letter too few or too many.

    `taken` are names that are used beside it, so that they are not meant.

    >>> alike("dW", ["dw = np.zeros_like(w)", "dx[n] += w[f]"], ["dx"]), alike("dx", ["dw = 1"], [])
    ('dw', None)
    >>> alike("dA_prev", ["A_prev = cache[0]"], []), alike("dxpad", ["'''Returns dx_pad.'''", "dx = 1"], [])
    (None, None)
    >>> alike("x_pad", ["pad = 1", "x_padded = x", "xpads = 1", "xpad = 1"], [])
    'xpad'
    """
    lines = IN_QUOTES.sub(" ", "\n".join(line[:_MOST_LETTERS] for line in code[-MOST_LINES:])).split("\n")
    found = re.finditer(r"[A-Za-z_]\w{0,59}", " ".join(line.partition("#")[0] for line in lines))
    there = list(dict.fromkeys(match[0] for match in found))[:_MOST_NAMES]
    near = [other for other in there if other not in (name, *taken) and _is_slip(*sorted((name, other), key=len))]
    return near[0] if len(near) == 1 else None


def _is_slip(shorter: str, longer: str) -> bool:
    if shorter.lower().replace("_", "") == longer.lower().replace("_", ""):
        return True
    shortened = {longer[:i] + longer[i + 1 :] for i in range(len(longer))}
    is_gradient = longer == f"d{shorter}"
    return len(shorter) > 3 and len(longer) == len(shorter) + 1 and shorter in shortened and not is_gradient


@lru_cache(maxsize=2)
def divides(code: str) -> bool:
    r"""Whether `/` divides anything, comments and docstrings apart.

    >>> divides("# H / s\ny = H // s"), divides("y = H / s")
    (False, True)
    """
    lines = IN_QUOTES.sub(" ", "\n".join(lines_of(code))).split("\n")
    return any(re.search("(?<!/)/(?!/)", line.partition("#")[0]) for line in lines)


def line_of_def(error: StudentError, code: str) -> int | None:
    r"""The line of the nearest `def` above the line that crashed.

    >>> line_of_def(StudentError("NameError", "", line=3), "def f(x):\n  y = 1\n  return z"), line_of_def(
    ...     StudentError("NameError", "", line=1), "x = 1"
    ... )
    (1, None)
    """
    lines = lines_of(code)
    if error.line is None or not 0 < error.line <= len(lines):
        return None
    nearest = range(error.line - 1, max(0, error.line - 1 - MOST_LINES), -1)
    return next((at for at in nearest if lines[at - 1].lstrip().startswith("def ")), None)


def function_of(error: StudentError, code: str) -> str | None:
    """The function of the file in which it crashed, as far as its `def` line says."""
    first = line_of_def(error, code)
    found = _DEFINED.match(lines_of(code)[first - 1].lstrip()) if first is not None else None
    return found and found[1]


def near_name(error: StudentError, code: str) -> str | None:
    r"""That a name is missing beside the only one of which it may be a slip: a function, or what is set above it.

    >>> code = "def mask_of(x): ...\ndef f(x):\n    n_c = 1\n    return masks_of(x) + n_C"
    >>> near_name(StudentError("NameError", "name 'masks_of' is not defined", line=4), code)
    'Nothing is called `masks_of`: is `mask_of` meant?'
    >>> near_name(StudentError("NameError", "name 'n_C' is not defined", line=4), code)
    'Nothing is called `n_C`: is `n_c` meant?'
    """
    missing = MISSING_NAME.search(error.text) if error.type == "NameError" else None
    first, lines = line_of_def(error, code), lines_of(code)
    if missing is None or first is None or error.line is None:
        return None
    is_called = re.search(rf"\b{missing[1]}\s*\(", lines[error.line - 1])
    there = _DEFINED.findall(code) if is_called else lines[first - 1 : error.line - 1]
    near = alike(missing[1], there, [])
    return near and f"Nothing is called `{missing[1]}`: is `{near}` meant?"


def unread_name(error: StudentError | None, unparsed: Mapping[str, str]) -> str | None:
    """That a name is missing since what defines it does not parse; `unparsed` has the reason by the name.

    >>> error = StudentError("NameError", "name 'batchnorm_backward' is not defined")
    >>> unread_name(error, {"batchnorm_backward": "a.py:9: SyntaxError: invalid syntax"})
    '`batchnorm_backward` is in the file, but could not be read: a.py:9: SyntaxError: invalid syntax.'
    """
    missing = MISSING_NAME.search(error.text) if error is not None and error.type == "NameError" else None
    if missing is None or missing[1] not in unparsed:
        return None
    why = unparsed[missing[1]]
    return f"`{missing[1]}` is in the file, but could not be read: {why}{'' if why.endswith('?') else '.'}"


def unknown_name(error: StudentError, arguments: Sequence[str], name: str = "", code: str = "") -> str | None:
    r"""What a variable may be that nothing sets, or a function.

    Args:
        error: what was raised.
        arguments: of the function that was called.
        name: of that function.
        code: the text of the file.

    >>> helper = "def im2col(x):\n    return w\ndef f(x, w):\n    return im2col(x) + pad2d(x)"
    >>> unknown_name(StudentError("NameError", "name 'pad2d' is not defined", line=4), ["x", "w"], "f", helper)
    'This file has no function `pad2d`: is it misspelt, or in a file that was not handed in?'
    >>> print(unknown_name(StudentError("NameError", "name 'pad' is not defined", line=1), ["x"], "f", "pad(x)"))
    This file has no function `pad`. NumPy's is `np.pad`.
    >>> unknown_name(StudentError("NameError", "name 'w' is not defined", line=2), ["x", "w"], "f", helper)
    'Nothing in `im2col` sets `w`: is it misspelt, or has it to be one of the arguments of `im2col`?'
    >>> code = "def f(x):\n    p = 1\ndef g(x):\n    return x[p]"
    >>> unknown_name(StudentError("NameError", "name 'p' is not defined", line=4), ["x"], "g", code)
    '`p` is set in `f`, and no function sees the names of another: set it here, too.'
    >>> unknown_name(StudentError("NameError", "name 'bias' is not defined"), ["x", "b"])
    'Nothing sets `bias`: is it misspelt, or one of the arguments (`x`, `b`) under another name?'
    """
    missing = MISSING_NAME.search(error.text) if error.type == "NameError" else None
    if missing is None:
        return None
    if missing[1] in ("np", "numpy"):
        return f"Put `import numpy{' as np' if missing[1] == 'np' else ''}` at the top of the file."
    line = "".join(lines_of(code)[error.line - 1 : error.line]) if error.line else ""
    if re.search(rf"\b{missing[1]}\s*\(", line):
        numpys = f". NumPy's is `np.{missing[1]}`." if callable(getattr(np, missing[1], None)) else None
        return f"This file has no function `{missing[1]}`" + (
            numpys or ": is it misspelt, or in a file that was not handed in?"
        )
    inside = function_of(error, code)
    if inside and inside != name.rpartition(".")[2]:
        return (
            f"Nothing in `{inside}` sets `{missing[1]}`: is it misspelt, or has it to be one of the arguments of "
            f"`{inside}`?"
        )
    elsewhere = _set_in(missing[1], error, code)
    if elsewhere in (None, inside, name.rpartition(".")[2]):
        given = ", ".join(f"`{name}`" for name in arguments)
        return f"Nothing sets `{missing[1]}`: is it misspelt, or one of the arguments ({given}) under another name?"
    return f"`{missing[1]}` is set in `{elsewhere}`, and no function sees the names of another: set it here, too."


def _set_in(name: str, error: StudentError, code: str) -> str | None:
    """The first function of the file that sets this name; None where none does."""
    line = next((number for number, line in enumerate(lines_of(code), 1) if sets(name, line)), None)
    return None if line is None else function_of(replace(error, line=line), code)


def sets(name: str, line: str) -> bool:
    """Whether a line seems to set a variable.

    >>> lines = "y, z = 1", "for z in x:", "f(z=1)", "y = z", "z == 1", "z += 1", "import a as z"
    >>> [sets("z", line) for line in lines]
    [True, True, False, False, False, False, True]
    """
    code = line.partition("#")[0]
    target, equals, rest = code.partition("=")
    is_set = (
        equals and not rest.startswith("=") and target[-1:] not in "!<>+-*/@%&|^:" and "(" not in target.lstrip(" (")
    )
    if is_set and name in re.findall(r"\w+", target):
        return True
    words = re.findall(r"\w+|:=", code)
    binds = {"for", "as", "import", ":="} & {*words}
    return bool(binds) and name in words
