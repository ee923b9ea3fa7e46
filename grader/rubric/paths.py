"""Every path by which NumPy's objects can be had, so that what a rubric forbids is known by all of them."""

import builtins
import sys
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from types import ModuleType


def all_paths(names: Iterable[str]) -> tuple[str, ...]:
    """Dotted names of NumPy's and built-in objects, with all others that these have in modules of NumPy.

    >>> "numpy._core.einsumfunc.einsum" in all_paths(["numpy.einsum", "eval"])
    True
    """
    return tuple(dict.fromkeys(path for name in names for path in _paths(name)))


@cache
def _paths(name: str) -> tuple[str, ...]:
    found = object_of(name)
    if not callable(found) and not isinstance(found, ModuleType):  # of numbers there are many that are the same
        return (name,)
    others = [f"{where}.{key}" for where, module in _modules() for key, value in vars(module).items() if value is found]
    return (name, *sorted(others))


@cache
def _modules() -> tuple[tuple[str, ModuleType], ...]:
    """NumPy's modules by their names, and by those that they have in each other, such as `numpy.lib.mixins.um`."""
    own = {name: module for name, module in sys.modules.items() if _is_numpy(name)}
    inside = {
        f"{where}.{key}": value
        for where, module in own.items()
        for key, value in vars(module).items()
        if isinstance(value, ModuleType) and _is_numpy(value.__name__)
    }
    return tuple((inside | own).items())


def _is_numpy(module: str) -> bool:
    return module.partition(".")[0] == "numpy"


def object_of(name: str) -> object:
    """What the full name of a built-in object, or of NumPy's, stands for; None where there is no such thing here.

    >>> object_of("eval") is eval, object_of("numpy.einsumm"), object_of("torch.conv2d")
    (True, None, None)
    """
    first, *parts = name.split(".")
    if first != "numpy":
        return None if parts else getattr(builtins, first, None)
    found: object = import_module(first)
    for number, part in enumerate(parts, 1):
        if not hasattr(found, part):
            try:
                import_module(".".join([first, *parts[:number]]))
            except ImportError:
                return None
        found = getattr(found, part, None)
    return found
