"""Names that a rubric may give to things of Python's and to its own items, and constants."""

import keyword
import sys
from typing import Annotated

from pydantic import AfterValidator, Field

from grader.errors import did_you_mean
from grader.rubric.paths import object_of


def _python_name(name: str) -> str:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ValueError("must be a Python name")
    return name


def _function_name(name: str) -> str:
    if not all(part.isidentifier() and not keyword.iskeyword(part) for part in name.split(".")):
        raise ValueError("must be the name of a Python function")
    return name


def _package_name(name: str) -> str:
    if not all(part.isidentifier() for part in name.split(".")):
        raise ValueError("must be the name of a Python package")
    return name


def _full_name(name: str) -> str:
    if not all(part.isidentifier() for part in name.split(".")):
        raise ValueError("must be a name such as numpy.einsum")
    first, dot, rest = name.partition(".")
    if first == "np" and dot:
        raise ValueError(f"must be a full name: numpy.{rest}")
    if not dot and first not in sys.stdlib_module_names and object_of(first) is None and object_of(f"numpy.{first}"):
        raise ValueError(f"must be a full name: numpy.{first}")
    if first == "numpy" and dot and object_of(name) is None:
        module, _, last = name.rpartition(".")
        meant = did_you_mean(last, {each: f"{module}.{each}" for each in dir(object_of(module))})
        if meant:
            raise ValueError(f"there is no {name} in NumPy{meant}")
    return name


def _attribute_name(name: str) -> str:
    if not all(part.isidentifier() and not keyword.iskeyword(part) for part in name.split(".")):
        raise ValueError("must be the name of an attribute, as W, or of a part's, as inner.W")
    return name


Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$")]
PythonName = Annotated[str, AfterValidator(_python_name)]
FunctionName = Annotated[str, AfterValidator(_function_name)]
"""With a dot, a method: `Conv.forward`. Which there may be is `interface`'s to say."""
AttributeName = Annotated[str, AfterValidator(_attribute_name)]
FullName = Annotated[str, AfterValidator(_full_name)]
"""Of a thing that code uses: `numpy.einsum`, `eval`, `torch.nn.functional`."""
PackageName = Annotated[str, AfterValidator(_package_name)]
Constant = (
    Annotated[int, Field(ge=-(2**53), le=2**53)]
    | Annotated[float, Field(allow_inf_nan=False)]
    | Annotated[str, Field(max_length=100)]
)
