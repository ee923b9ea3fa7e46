"""Where marks go: a file for each kind of gradebook, discovered. A module that exports `EXPORT` is one."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from grader.exports.base import Export


@cache
def exports() -> Mapping[str, Export]:
    """All of them by name."""
    modules = (importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    found = [module.EXPORT for module in modules if isinstance(getattr(module, "EXPORT", None), Export)]
    return {export.name: export for export in sorted(found, key=lambda export: export.name)}
