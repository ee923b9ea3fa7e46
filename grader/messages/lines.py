"""What the line in which code crashed shows beyond the error."""

import re
from collections.abc import Sequence

from grader.messages.errors import OWN_ASSERT
from grader.messages.missing import MISSING_NAME, alike, function_of, lines_of
from grader.messages.words import first_line
from grader.records import StudentError

_NEVER_HOLDS = re.compile(r"\s*assert\s*\(?\s*(False|0)\b")
_OF_A_SHAPE = re.compile(r"\s*assert\s*\(?\s*([A-Za-z_]\w*)\.shape\s*==(?!.*\b(?:and|or)\b)")
_NONE = re.compile(r"=\s*None\s*(#|$)|\brange\(None\b")
_NAMES_RETURNED = re.compile(r"return\s*\(?(\w+(?:\s*,\s*\w+)*)\)?")
_AT_A_WORD = re.compile(r"""\b([A-Za-z_]\w*)\[\s*(?:"[^"]*"|'[^']*')\s*\]""")
_NO_DICT = re.compile(r"only integers, slices|(tuple|list) indices must be integers or slices, not str")
ORDER = "Is the `def` line, or the cache that it comes from, in another order?"
"""What is asked where something is taken for the dict of the parameters."""
_SIZES = re.compile(r"\s*\(?\s*(?:_\s*,\s*)*[A-Z]\w*(?:\s*,\s*\w+)+\s*\)?\s*=\s*([A-Za-z_]\w{0,60})\s*(?:#|$)")
"""Several names, the first but for `_` with a capital letter as those of sizes, that are set to the parts of one."""
_OF_ONE_NUMBER = re.compile(
    r"setting an array element with a sequence|only (length-1|size-1|0-dimensional) arrays|ndim > 0 to a scalar"
)
_OF_ONE_AXIS = re.compile(r"could not broadcast input array from shape \(\d+,\) into shape")
_WHOLE_BIAS = re.compile(r"[-+] *((?:self\.)?b(?:ias|eta)?)\b(?! *[\[.(])")
"""All of the bias, at the end of a sum."""
_OF_NUMPY = re.compile(r"[(,]\s*(axis|axes|keepdims|dtype|mode)\(")
"""Names of arguments of NumPy's functions, as they are called where a `=` is missing."""
_BEGUN_AS_BIAS = re.compile(r"^\s*([A-Za-z_]\w{0,60}) *= *((?:self\.)?b(?:ias)?)[ \t]*(?:#|$)", re.MULTILINE)
_ONE_AXIS = re.compile(r"\bsum\([^=\n]*\b(axis *= *-?\d)\b")
_EMPTY_CUT = re.compile(r"\b([A-Za-z_]\w*)\s*:\s*(?:\(\s*-\s*\1\s*\)|-\s*\1\b)")
_MOST_LETTERS = 300
"""Of a line that crashed: this process shall not wait for whoever writes more."""


def of_its_line(error: StudentError, code: str) -> str | None:
    r"""What to do about an error, by the line in which it was raised.

    >>> error = StudentError("ValueError", "bad: operands could not be broadcast", 3)
    >>> of_its_line(error, "try: f(x)\nexcept ValueError as e:\n    raise ValueError(f'bad: {e}')")
    'This line raises the error itself: what led there?'
    >>> of_its_line(StudentError("ValueError", "no", 1), "x = y  # raise it")
    """
    line = line_of(error, code) or ""
    if re.match(r"\s*raise\s+\w", line) is not None and error.type != "NotImplementedError":
        return "This line raises the error itself: what led there?"
    if "cannot reshape" in error.text and "vdot(" in line:
        return "`np.vdot` multiplies two arrays of as many numbers, one by one: compare their shapes."
    found = _of_the_line(error, code) or _of_a_cache(error, code) or _of_sizes(error, code) or _of_a_word(error, code)
    return found or _of_an_argument(error, code)


def _of_the_line(error: StudentError, code: str) -> str | None:
    """What the line that crashed shows beyond the error.

    It may be a cut from both ends that is empty at pad 0, an `assert`, or code that is not written yet.
    """
    line = line_of(error, code)
    if line is None:
        return None
    cut = _EMPTY_CUT.search(line)
    if error.type == "ValueError" and cut is not None and re.search(r"broadcast.*[(,]0[,)]", error.text):
        return f"One of the two arrays is empty: `{cut[0]}` takes nothing when `{cut[1]}` is 0."
    if _OF_ONE_NUMBER.search(error.text) or _OF_ONE_AXIS.search(error.text):
        return _of_one_number(error, line, code)
    if error.type == "AssertionError":
        return _of_an_assert(line)
    if ("NoneType" in error.text or "dtype('O')" in error.text) and _NONE.search(line):
        return "A `None` of the starter code still stands there: what belongs in its place?"
    return _of_what_is_returned(error, code)


def _of_one_number(error: StudentError, line: str, code: str) -> str | None:
    """What is put where one number belongs, as far as the line, or the one that sets a name in it, shows that.

    >>> error = StudentError("ValueError", "setting an array element with a sequence.", 1)
    >>> print(_of_one_number(error, "out[n, f] = s + [f]", ""))
    A list such as `[f]` is an array, too: was `b[f]` meant?
    >>> print(_of_one_number(error, "out[n, f] = total", "total = b"))
    `total` begins as all of `b`, which has a number for each filter: was `b[...]` meant?
    >>> error = StudentError("TypeError", "only length-1 arrays can be converted to Python scalars", 1)
    >>> print(_of_one_number(error, "out[n, f] = np.sum(window * w[f], axis=0)", ""))
    `axis=0` sums over one axis only: what is left is an array, where one number belongs.
    """
    if (whole := _WHOLE_BIAS.search(line)) is not None and not _is_set_otherwise(whole[1], code):
        return f"`{whole[1]}` has a number for each filter, and one number belongs here: was `{whole[1]}[...]` meant?"
    if (listed := re.search(r"[-+] *(\[\w+\])\s*(#|$)", line)) is not None:
        return f"A list such as `{listed[1]}` is an array, too: was `b{listed[1]}` meant?"
    begun = [found for found in _BEGUN_AS_BIAS.finditer(code) if re.search(rf"\b{found[1]}\b", line.partition("=")[2])]
    if begun:
        name, bias = begun[-1].groups()
        return f"`{name}` begins as all of `{bias}`, which has a number for each filter: was `{bias}[...]` meant?"
    summed = _ONE_AXIS.search(line) if _OF_ONE_NUMBER.search(error.text) else None
    if summed is not None:
        return f"`{summed[1]}` sums over one axis only: what is left is an array, where one number belongs."
    if _OF_ONE_NUMBER.search(error.text) and re.search(r"\bdot\(|@|matmul\(", line):
        return (
            "An array was put where one number belongs. The product of a (1, n) and an (n, 1) array is one of shape "
            "(1, 1), whose number `.item()` takes. Which axis has not been summed or indexed yet, if it is another?"
        )
    return None


def _is_set_otherwise(name: str, code: str) -> bool:
    """Whether a name that speaks of the bias is also what a loop counts with, or set to something else.

    >>> _is_set_otherwise("bias", "for f, (bias, kernel) in enumerate(zip(w, b)):"), _is_set_otherwise("b", "b = b")
    (True, False)
    """
    word = re.escape(name)
    counted = re.search(rf"^\s*for\b[^:\n]*(?<![\w.]){word}\b[^:\n]* in ", code, re.MULTILINE)
    values = re.findall(rf"^\s*{word} *= *(.*)$", code, re.MULTILINE)
    return counted is not None or any(not re.fullmatch(r"(self\.)?b(ias|eta)?\s*(#.*)?", value) for value in values)


def _of_a_cache(error: StudentError, code: str) -> str | None:
    r"""That a cache is taken apart into more or fewer names than the only line of forward that makes it puts there.

    >>> error = StudentError("ValueError", "not enough values to unpack (expected 3, got 2)", 4)
    >>> code = "def f_forward(x, w):\n  cache = (x, w)\ndef f_backward(d, cache):\n  x, w, s = cache"
    >>> print(_of_a_cache(error, code))
    Line 2 puts 2 parts into the cache, `x, w`, and here it is taken apart into 3 names: `x, w, s`.
    """
    line = line_of(error, code) if "values to unpack" in error.text else None
    taken = _TAKEN_APART.match(line) if line is not None else None
    if taken is None:
        return None
    forward, lines = f"def {(function_of(error, code) or '').replace('backward', 'forward')}(", lines_of(code)
    begins = [at for at, text in enumerate(lines) if text.startswith("def ")]
    first = next((at for at in begins if lines[at].startswith(forward)), len(lines))
    last = next((at for at in begins if at > first), len(lines))
    made = [(at + 1, one[1]) for at in range(first, last) if (one := _MADE_CACHE.match(lines[at]))]
    if len(made) != 1:
        return None
    at, kept = made[0]
    if kept.count(",") == taken[1].count(","):
        return None
    parts, names = kept.count(",") + 1, taken[1].count(",") + 1
    return (
        f"Line {at} puts {parts} parts into the cache, `{kept}`, and here it is taken apart into {names} names: "
        f"`{taken[1]}`."
    )


_NAMES = r"(\w{1,60}(?:\s*,\s*\w{1,60}){1,20})"
_TAKEN_APART = re.compile(rf"\s*\(?{_NAMES}\s*\)?\s*=\s*cache\s*(?:#|$)")
_MADE_CACHE = re.compile(rf"\s*cache\s*=\s*\(?{_NAMES}\s*\)?\s*(?:#|$)")


def _of_sizes(error: StudentError, code: str) -> str | None:
    """That an array is taken apart where its shape is meant; None where the name says that it is a shape.

    >>> error = StudentError("ValueError", "not enough values to unpack (expected 4, got 1)", 1)
    >>> print(_of_sizes(error, "_, _, H_out, W_out = dout"))
    The sizes of `dout` are `dout.shape`; without it, the array itself is taken apart.
    >>> _of_sizes(error, "N, C, H, W = x_shape")
    """
    line = line_of(error, code) if "values to unpack" in error.text else None
    taken = _SIZES.match(line) if line is not None else None
    if taken is None or re.search("shape|size|dim", taken[1].lower()):
        return None
    return f"The sizes of `{taken[1]}` are `{taken[1]}.shape`; without it, the array itself is taken apart."


def _of_an_argument(error: StudentError, code: str) -> str | None:
    """That an argument is called, where a `=` is missing.

    >>> error = StudentError("NameError", "name 'axis' is not defined", 1)
    >>> _of_an_argument(error, "np.sum(a, axis(1, 2))"), _of_an_argument(error, "axis(1, 2)")
    ('`axis(...)` calls a function of that name. Is `axis=(...)` meant?', None)
    """
    missing = MISSING_NAME.search(error.text) if error.type == "NameError" else None
    line = line_of(error, code) if missing is not None else None
    named = _OF_NUMPY.search(line) if line is not None else None
    if missing is None or named is None or named[1] != missing[1]:
        return None
    return f"`{named[1]}(...)` calls a function of that name. Is `{named[1]}=(...)` meant?"


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


def line_of(error: StudentError, code: str) -> str | None:
    r"""The line that crashed, None where it is longer than anybody writes.

    >>> error = StudentError("AssertionError", "", 1)
    >>> line_of(error, "  x\ny"), line_of(error, "x" * 301)
    ('  x', None)
    """
    lines = code.split("\n")
    line = lines[error.line - 1] if error.line is not None and error.line <= len(lines) else None
    return line if line is not None and len(line) <= _MOST_LETTERS else None


def _of_a_word(error: StudentError, code: str) -> str | None:
    """That a word is used as an index of something that is no dict; None where the index may be a float.

    >>> print(_of_a_word(StudentError("TypeError", "list indices must be integers or slices, not str", 1), "d['a']"))
    `d` is a list there, and has no keys. Is the `def` line, or the cache that it comes from, in another order?
    """
    found, line = _NO_DICT.search(error.text), line_of(error, code)
    names = {*_AT_A_WORD.findall(line or "")}
    if found is None or line is None or len(names) != 1 or re.search(r"(?<!/)/(?!/)", line):
        return None
    kind = f"a {found[1]}" if found[1] else "an array"
    return f"`{names.pop()}` is {kind} there, and has no keys. {ORDER}"


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
