"""Runs inside: takes the functions that a rubric forbids from a submission, by whatever way it comes to them.

The text has been looked at before anything runs (`grader.source_code.policy`), and what that shows is told with its
line. Here is what no text shows: a name that is put together, a list of functions, an object that leads to a module. In
every module of NumPy, and among the built-in functions, another function stands in the place of each that is forbidden.
It raises where it is called by anything but NumPy's or Python's own code, which goes on as before.

What nobody could replace without changing how others work stays as it is: classes, ufuncs, modules, and built-in
functions that look at who calls them. Of these the text alone tells.
"""

import builtins
import os
import sys
import types
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

_BUILT_IN = frozenset({"compile", "eval", "exec", "open", "input", "breakpoint", "getattr", "setattr", "delattr"})
"""Of the built-in functions those that are replaced."""
_OF_A_FRAME = frozenset({"eval", "exec"})
"""Those that take the names of whoever calls them where they are given none."""
_APPLIERS = frozenset(
    {
        "apply_along_axis", "apply_over_axes", "fromfunction", "piecewise", "_vectorize_call",
        "_vectorize_call_with_signature", "_get_ufunc_and_otypes",
    }
)  # fmt: skip
"""Functions of NumPy that call what they are given."""
_NUMPY, _OWN = (f"{Path(file).parent}{os.sep}" for file in (np.__file__, __file__))
_INSTALLED, _STANDARD = f"{Path(_NUMPY).parent}{os.sep}", f"{Path(os.__file__).parent}{os.sep}"
_TESTING = f"{_NUMPY}testing{os.sep}"
_FROZEN = "<frozen "


def forbid(names: Iterable[str]) -> None:
    """Replace these functions, by their full names, such as `numpy.einsum` and `eval`; others stay as they are."""
    originals = {name: found for name in names if (found := _function(name)) is not None}
    instead = {id(found): _refusing(name, found) for name, found in originals.items()}
    for module in list(sys.modules.values()) if instead else ():
        if isinstance(module, types.ModuleType) and module.__name__.partition(".")[0] in ("numpy", "builtins"):
            for key, value in list(vars(module).items()):
                if id(value) in instead:
                    vars(module)[key] = instead[id(value)]
    listed: set[Any] = getattr(sys.modules.get("numpy._core.overrides"), "ARRAY_FUNCTIONS", set())
    listed.difference_update(originals.values())  # all that NumPy lets others replace


def _function(name: str) -> Callable[..., Any] | None:
    first, *parts = name.split(".")
    if not parts:
        return getattr(builtins, first, None) if first in _BUILT_IN else None
    found: Any = sys.modules.get(first) if first == "numpy" else None
    for part in parts:
        found = getattr(found, part, None)
    is_function = isinstance(found, types.FunctionType | types.BuiltinFunctionType)
    return found if is_function or type(found).__name__ == "_ArrayFunctionDispatcher" else None


def _refusing(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    is_others = _is_pythons if "." not in name else _is_numpys

    def forbidden(*args: Any, **kwargs: Any) -> Any:
        caller = sys._getframe(1)
        if not is_others(caller.f_code.co_filename, caller.f_code.co_name):
            raise RuntimeError(f"this assignment forbids {name}")
        if name in _OF_A_FRAME and len(args) == 1:
            return original(*args, caller.f_globals, caller.f_locals)
        return original(*args, **kwargs)

    forbidden.__name__ = forbidden.__qualname__ = name.rpartition(".")[2]
    forbidden.__doc__ = original.__doc__
    return forbidden


def _is_pythons(file: str, function: str) -> bool:
    """Whether code is neither the submission's nor made by it."""
    return file.startswith((_STANDARD, _INSTALLED, _OWN, _FROZEN))


def _is_numpys(file: str, function: str) -> bool:
    """Whether code is NumPy's, or another package's, or ours, and calls nothing that it is handed."""
    is_handed = function in _APPLIERS or file.startswith(_TESTING)
    return file.startswith((_INSTALLED, _OWN)) and not is_handed
