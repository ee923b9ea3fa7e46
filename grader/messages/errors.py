"""What to do about an error of a student's code, by its type and text."""

import re

from grader.records import Origin, StudentError

OWN_ASSERT = "`{}` fails on a valid input: is what it looks at wrong, or does it ask for more than the assignment does?"
"""The hint about an `assert` of the student's."""
OF_DIVISION = "In Python 3 `/` always gives a float; sizes and indices need `//`."
"""What most often has to be changed in code of Python 2."""
OF_NO_INTEGER = (
    "What stands there as a size or an index is no integer. Print it: is it a float, as `np.floor` gives one, a whole "
    "array, or something else?"
)
"""The same where no `/` is to be seen."""
NO_ATTRIBUTE = (
    "NumPy arrays have no attribute of this name. Is it misspelt, or is this array not what you take it to be?"
)
"""What is said where no better name is found."""
OF_XRANGE = "`xrange` is Python 2; in Python 3 it is `range`."
OF_PYTHON_2 = re.compile(r"'dict' object has no attribute '(iteritems|iterkeys|itervalues|has_key)'")
"""What dicts had in Python 2."""
_HINTS: tuple[tuple[str, str, str], ...] = (
    ("TypeError|IndexError",
     r"'float' object cannot be interpreted as an integer|only integers, slices|slice indices must be integers"
     r"|must be an integer|sequence of integers or a single integer"
     r"|Cannot cast array data from dtype\('float64'\) to dtype\('int64'\)|arrays used as indices must be of integer",
     OF_DIVISION),
    ("TypeError", r"for \+: 'range' and", "In Python 3 `range` is not a list; wrap it: `list(range(...))`."),
    ("UFuncTypeError|UFuncOutputCastingError|_UFuncOutputCastingError", r"output from dtype\('O'\)",
     "What is added{at} has something in it that is no number, such as None. Print it: which function returned that?"),
    ("UFuncTypeError|UFuncOutputCastingError|_UFuncOutputCastingError", r"Cannot cast ufunc 'add' output",
     "Floats are added in place to an array of integers; make it with `np.zeros(shape)`."),
    ("ValueError", r"remapped shapes.*\(0,\) +and requested shape \(\d+,2\)",
     "A list that `np.pad` gets{at}, of widths or of values, is empty. `constant_values` is one number, such as 0."),
    ("ValueError", r"remapped shapes.*\(\d+,2\) +and requested shape \(0,2\)",
     "What is padded{at} has no axes: it is a number, or None. Where did its name get that value? A loop that counts "
     "with a name gives it one, too."),
    ("ValueError", r"remapped shapes.*\((?!0,)\d+,\) +and requested shape \(\d+,2\)",
     "What is broadcast{at} does not fit. If it is for `np.pad`: its widths, and what it puts there, are one number "
     "for all sides, a pair for all axes, or a pair for each axis, as in `((0, 0), (0, 0), (pad, pad), (pad, pad))`."),
    ("ValueError", r"remapped shapes.*\(\d+,[12]\) +and requested shape \(\d+,2\)",
     "What is padded{at} has another number of axes than there are pairs of widths: the error names first the pairs, "
     "then the axes."),
    ("ValueError", r"broadcast.*[(,]0[,)]",
     "An array{at} is empty: its shape has a 0. Print the shapes just before it, for the shapes of the failing case."),
    ("NotImplementedError", r"", "It is not implemented yet: write the function, and take the `raise` out."),
    ("NameError", r"'(exit|quit)'", "This is for the prompt; a function returns, or raises an error."),
    ("NameError", r"'xrange'", OF_XRANGE),
    ("NameError", r"'reduce'", "`reduce` is Python 2; in Python 3 it is in `functools`."),
    ("NameError", r"'(unicode|basestring|unichr|long|raw_input)'",
     "This name is Python 2; in Python 3 it is `str`, `chr`, `int` or `input`."),
    ("AttributeError", OF_PYTHON_2.pattern, "This is Python 2; in Python 3 it is `items`, `keys`, `values` or `in`."),
    ("AttributeError", r"module 'numpy' has no attribute '(int|float|bool|object)'",
     "NumPy removed these aliases; write Python's own `int`, `float` or `bool`."),
    ("AttributeError", r"module 'numpy' has no attribute '(product|cumproduct|in1d|trapz|asscalar|rank|msort)'",
     "NumPy removed it; it has `prod`, `cumprod`, `isin`, `trapezoid`, `array.item()`, `array.ndim` and `sort`."),
    ("AttributeError", r"numpy\.lib.* has no attribute 'pad'", "`np.lib.pad` is gone from NumPy; it is `np.pad`."),
    ("TypeError", r"unravel_index\(\) got an unexpected keyword argument 'dims'",
     "NumPy calls it `shape` now: `np.unravel_index(place, shape=...)`."),
    ("AttributeError", r"'numpy\.ndarray' object has no attribute 'itemset'",
     "NumPy removed `itemset`; write `array.flat[index] = value`."),
    ("AttributeError", r"'numpy\.ndarray' object has no attribute",
     NO_ATTRIBUTE),
    ("TypeError", r"reshape\(\) got an unexpected keyword argument 'newshape'",
     "NumPy calls it `shape` now: `np.reshape(array, shape)`."),
    ("TypeError", r"only integer scalar arrays can be converted to a scalar index",
     "A whole array stands{at} where one integer belongs, as in a slice or a range: which of the names there is that "
     "of an array?"),
    ("ValueError", r"index can't contain negative values",
     "A width of padding{at} is negative. Print the sizes that it is computed from, for the shapes of the failing "
     "case."),
    ("TypeError", r"`pad_width` must be of integral type",
     "A width of padding{at} is no integer. Print it: is it a float, or None since the dict has no such key?"),
    ("ValueError", r"negative dimensions are not allowed",
     "A size of an array{at} is negative. Print the sizes that it is computed from, for the shapes of the failing "
     "case."),
    ("ValueError", r"cannot reshape array of size",
     "The new shape{at} does not hold as many numbers as the array. Print both just before it: is a size missing, or "
     "written as a number that is right for one example only?"),
    ("ValueError", r"inhomogeneous shape|all input arrays must have the same shape",
     "Arrays of different shapes make no array together{at}. Print the shapes: which is not as the others? A window "
     "that runs past the edge is cut off there. Or is one a tuple, such as all that a function returns? (If they are "
     "to differ, a list can keep them.)"),
    ("(TypeError|ValueError)",
     r"setting an array element with a sequence|only (length-1|size-1|0-dimensional) arrays|"
     r"ndim > 0 to a scalar",
     "An array was put where one number belongs (older versions of NumPy allow that if it holds just one). Which axis "
     "has not been summed or indexed yet?"),
    ("ValueError", r"broadcast together with shapes \((?:\d+,)*(\d+)(?:,\d+){1,2}\) \(\1,\)",
     "Axes are lined up from the last one, so the one axis of the second array{at} meets the last of the first. Is it "
     "meant for another? Then it needs axes of length 1 behind it; reshape, or None in an index, makes them."),
    ("ValueError", r"(could not|cannot) be broadcast|could not broadcast|shapes .* not aligned|mismatch in its core"
     r"|match the broadcast shape|shape-mismatch for sum|is not broadcastable to correct shape",
     "Two arrays whose shapes do not fit met{at}. Print their shapes just before it, for the shapes of the failing "
     "case."),
    ("ValueError", r"^Size of label",
     "One letter of `np.einsum`{at} stands for axes of different sizes. Print the shapes of its arrays just before it, "
     "for the shapes of the failing case."),
    ("ValueError", r"more dimensions than subscripts given|too many subscripts for operand",
     "A term of `np.einsum`{at} has one letter for each axis of its array. Print the shapes of its arrays just before "
     "it."),
    ("ValueError", r"output subscript .* never appeared",
     "A letter behind the `->` of `np.einsum`{at} stands in no term before it. Which axis of which array is meant?"),
    ("ValueError", r"^(fewer|more) operands provided to einstein sum",
     "`np.einsum`{at} takes one array for each term before `->`: commas are between the terms, too."),
    ("ValueError", r"repeated axis in transpose|axes don't match array",
     "`transpose`{at} takes the number of each axis once, in the new order: 0 to 3 for an array with four axes, 0 to 2 "
     "for one with three. Sizes, such as N, belong into `reshape`."),
    ("AxisError", r"out of bounds for array of dimension",
     "The array{at} has no axis of that number; counting begins at 0. Print its shape just before. Is it a size that "
     "stands where the number of an axis belongs?"),
    ("IndexError", r"^too many indices for array",
     "The index{at} has more parts than the array has axes. Print its shape just before it: an axis is gone once it "
     "was indexed by a number, or summed over."),
    ("IndexError", r"^shape mismatch: indexing arrays .* with shapes( \(\d+,\))+",
     "Arrays of indices{at} are taken together, place by place, so their shapes have to fit. For every row with every "
     "column, one needs a further axis, as `rows[:, None]` has; `np.ix_` makes them so."),
    ("IndexError", r"^shape mismatch: indexing arrays",
     "Arrays of indices{at} are taken together, place by place, so their shapes have to fit: along each axis they are "
     "as long as each other, or have length 1. Which of them has another length than you think?"),
    ("ValueError", r"^window shape cannot be larger than input array shape",
     "A window is larger than the array{at} that it is taken from. Is that the padded image, and are the axes those of "
     "rows and columns?"),
    ("ValueError", r"dimensions except for the concatenation axis must match",
     "Arrays that are joined{at} have different sizes along another axis than that. Print their shapes just before it: "
     "which is not as the others?"),
    ("ValueError", r"need at least one array to",
     "What is joined{at} is empty: has the loop that fills it no turn, or has what it takes its values from been gone "
     "through before?"),
    ("ValueError", r"^mode '\w*' is not supported",
     "`np.pad`{at} knows no mode of this name; zeros are what `mode='constant'` puts around, if nothing else is said."),
    ("IndexError", r"^list (assignment )?index out of range",
     "A list has no element of that number{at}; counting begins at 0. Has it been filled that far?"),
    ("ValueError", r"can only specify one unknown dimension",
     "Only one size of a new shape{at} can be left open by -1."),
    ("IndexError", r"^tuple index out of range",
     "A tuple has no element of that number{at}; counting begins at 0. The sizes of an array with four axes are "
     "`shape[0]` to `shape[3]`."),
    ("IndexError", r"out of bounds for axis \d+ with size 0$",
     "An array{at} is empty: its shape has a 0. Print the shapes just before it, for the shapes of the failing case."),
    ("IndexError", r"index -\d+ is out of bounds",
     "An index is negative there, and further below 0 than the axis is long. Is it meant for that axis? Negative "
     "indices count from the end; a row or column that lies before the first one has to be left out."),
    ("ValueError", r"^object too deep for desired array",
     "What is called{at}, such as `np.convolve` or `np.correlate`, takes arrays with one axis."),
    ("IndexError", r"out of bounds", "An index ran past the end of an axis. Is it meant for that axis? If so, "
     "does the loop or the formula that it comes from end at the size of that axis, and step as far as it should?"),
    ("ZeroDivisionError", r"", "What is divided by is 0{at}. The stride of a case never is; its pad may be, and so may "
     "a difference of sizes: which of them arrives there?"),
    ("ValueError", r"(too many|not enough) values to unpack", "What is taken apart{at} has another number of parts "
     "than there are names for. Print it just before: is it a cache, what a function returned, an array, or the shape "
     "of an array with other axes than you think?"),
    ("UnboundLocalError", r"", "Nothing that was run before this line has set the variable: is it set in a branch "
     "only, in a loop that had no turn or after this line, or deleted again?"),
    ("AssertionError|RuntimeError", r"not compiled with CUDA|NVIDIA driver|No CUDA GPUs",
     "There is no GPU while grading: leave out `.cuda()`, `.to('cuda')` and `device='cuda'`. Make new tensors where "
     "the inputs are, as `torch.zeros_like(x)` and `x.new_zeros(shape)` do."),
    ("AssertionError", r"", OWN_ASSERT.format("assert")),
    ("AttributeError|TypeError", r"'NotImplementedType' object",
     "Something that it uses is not written yet: it is the `NotImplemented` of the starter code."),
    ("TypeError", r"(zeros|ones|empty)\(\) takes .* positional arguments|Cannot interpret '\d+' as a data type",
     "The shape of an array is one argument, a tuple: `np.zeros((N, C))`."),
    ("TypeError", r"cannot unpack non-iterable NoneType object",
     "What is taken apart{at} is None. Is it a cache that forward never made, or the result of a function that returns "
     "nothing?"),
    ("TypeError", r"'NoneType' object does not support item assignment",
     "What is stored into{at} is None: the array was not made before."),
    ("TypeError", r"'tuple' object does not support item assignment",
     "What is stored into{at} is a tuple. If it is to be an array of that shape, make it with `np.zeros(shape)`."),
    ("AttributeError|TypeError", r"NoneType",
     "Something that is used{at} is None. Is it set on every path? Or did a function return it, or `.get` of a key "
     "that is not there?"),
    ("TypeError", r"'(numpy\.ndarray|numpy\.float\d+|tuple|list|dict|int|float)' object is not callable",
     "Round brackets call a function, and what stands before them{at} is something else. An index needs square "
     "brackets, a product `*`. Or was a function's name given to something else?"),
    ("TypeError", r"'(int|float)' object is not subscriptable",
     "A number is indexed{at} as if it were an array: which of the names there is that of a number?"),
    ("ValueError", r"zero-size array to reduction operation|attempt to get arg(max|min) of an empty sequence",
     "What is reduced{at} is empty, as a window that begins beyond the end of its array. Which sizes bound the loops?"),
    ("TypeError", r"\(\) (takes|missing|got an unexpected|got multiple values)\b.* argument",
     "What is called{at} takes other arguments. Compare the call with the `def` line of the function, or with its "
     "documentation."),
    ("EOFError", r"", "Nobody types anything while grading: take out what waits for that, such as `input`."),
    ("RecursionError", r"", "The function calls itself without end, or too often for "
     "Python: once for each number of an array is too often."),
    ("ImportError", r"failed to map segment", "This module brings machine code, and while grading only that of NumPy, "
     "the usual standard library and what the rubric allows can be loaded."),
    ("ModuleNotFoundError", r"",
     "Only NumPy, the standard library and what the rubric allows can be imported while grading."),
)  # fmt: skip


def known_hint(error: StudentError, origin: Origin) -> str | None:
    """What to do about an error, with its line where a hint speaks of it: it may stand beside another example."""
    for kind, pattern, hint in _HINTS:
        if re.fullmatch(kind, error.type) and re.search(pattern, error.text):
            return hint.replace("{at}", "" if error.line is None else f" at {origin.at(error.line)}")
    return None
