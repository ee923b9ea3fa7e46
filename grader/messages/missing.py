"""A name that nothing has: of a function that is asked for, or of a variable."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from grader.records import StudentError

MISSING_NAME = re.compile(r"name '(\w+)' is not defined")
_DEFINED = re.compile(r"^(?:async )?def (\w{1,60})\b", re.MULTILINE)
"""A longer name would fill the page, and nobody means it."""
_WAYS = ("forward", "backward")
_MOST_LINES = 500
"""Lines of a function above the one that crashed: nobody writes more."""
_IS_EMPTY = re.compile(r"(pass|[\w, ]{1,200}=\s*None(\s*,\s*None)*)?")
"""What starters have where something is to be written."""
_IN_QUOTES = re.compile(r'("""|\'\'\').*?\1', re.DOTALL)


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
    """
    shorter, longer = sorted((one, other), key=len)
    rest = longer.removeprefix(shorter) if longer.startswith(shorter) else "no"
    return len(shorter) > 2 and re.fullmatch(r"(olution|ing|layer|op|\d?d|2)*", rest) is not None


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
    lines = _IN_QUOTES.sub(" ", "\n".join(code)).split("\n")
    there = dict.fromkeys(re.findall(r"[A-Za-z_]\w{0,59}", " ".join(line.partition("#")[0] for line in lines)))
    near = [other for other in there if other not in (name, *taken) and _is_slip(*sorted((name, other), key=len))]
    return near[0] if len(near) == 1 else None


def _is_slip(shorter: str, longer: str) -> bool:
    if shorter.lower().replace("_", "") == longer.lower().replace("_", ""):
        return True
    shortened = {longer[:i] + longer[i + 1 :] for i in range(len(longer))}
    is_gradient = longer == f"d{shorter}"
    return len(shorter) > 3 and len(longer) == len(shorter) + 1 and shorter in shortened and not is_gradient


def unread_name(error: StudentError | None, unparsed: Mapping[str, str]) -> str | None:
    """That a name is missing since what defines it does not parse; `unparsed` has the reason by the name.

    >>> error = StudentError("NameError", "name 'batchnorm_backward' is not defined")
    >>> unread_name(error, {"batchnorm_backward": "a.py:9: SyntaxError: invalid syntax"})
    '`batchnorm_backward` is in the file, but could not be read: a.py:9: SyntaxError: invalid syntax'
    """
    missing = MISSING_NAME.search(error.text) if error is not None and error.type == "NameError" else None
    if missing is None or missing[1] not in unparsed:
        return None
    return f"`{missing[1]}` is in the file, but could not be read: {unparsed[missing[1]]}"


def unwritten(error: StudentError, code: str) -> str | None:
    r"""That a function is still to be written: above the line that crashed there is nothing of it but None.

    >>> starter = "def f(x):\n    dx, dw = None, None\n    # TODO\n    pass\n    dx = dx_pad[1:]\n    return dx"
    >>> error = StudentError("NameError", "name 'dx_pad' is not defined", line=5)
    >>> unwritten(error, starter)
    'Nothing sets `dx_pad`, and nothing is written above this line yet.'
    >>> unwritten(error, starter.replace("pass", "y = 1")), unwritten(error, "x = 1")
    (None, None)
    """
    missing = MISSING_NAME.search(error.text) if error.type == "NameError" else None
    lines = code.split("\n")
    if missing is None or error.line is None or not 0 < error.line <= len(lines):
        return None
    nearest = range(error.line - 1, max(0, error.line - 1 - _MOST_LINES), -1)
    first = next((at for at in nearest if lines[at - 1].lstrip().startswith("def ")), None)
    if first is None or not lines[first - 1].partition("#")[0].rstrip().endswith(":"):
        return None
    above = _IN_QUOTES.sub(" ", "\n".join(lines[first : error.line - 1])).split("\n")
    if not all(_IS_EMPTY.fullmatch(line.partition("#")[0].strip()) for line in above):
        return None
    return f"Nothing sets `{missing[1]}`, and nothing is written above this line yet."


def unknown_name(error: StudentError, arguments: Sequence[str]) -> str | None:
    """What a variable may be that nothing sets.

    >>> unknown_name(StudentError("NameError", "name 'bias' is not defined"), ["x", "b"])
    'Nothing sets `bias`: is it misspelt, or one of the arguments (`x`, `b`) under another name?'
    """
    missing = MISSING_NAME.search(error.text) if error.type == "NameError" else None
    if missing is None:
        return None
    if missing[1] in ("np", "numpy"):
        return f"Put `import numpy{' as np' if missing[1] == 'np' else ''}` at the top of the file."
    given = ", ".join(f"`{name}`" for name in arguments)
    return f"Nothing sets `{missing[1]}`: is it misspelt, or one of the arguments ({given}) under another name?"
