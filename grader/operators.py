"""Finds operators: every module of `reference` that exports `OPERATOR` is one."""

import importlib
import pkgutil
from functools import cache

import reference
from reference.spec import Operator


@cache
def find_operator(name: str) -> Operator | None:
    """The operator that a rubric's `operator` names, or None."""
    if name not in {module.name for module in pkgutil.iter_modules(reference.__path__)}:
        return None
    found = getattr(importlib.import_module(f"reference.{name}"), "OPERATOR", None)
    return found if isinstance(found, Operator) else None


def operator_names() -> list[str]:
    """The names of all of them."""
    return [module.name for module in pkgutil.iter_modules(reference.__path__) if find_operator(module.name)]
