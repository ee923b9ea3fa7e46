"""The forms of one submission's report: a file for each, which exports `FORM` and is imported when it is asked for."""

import pkgutil
from functools import cache


@cache
def form_names() -> tuple[str, ...]:
    """What `--format` takes, in the order of the alphabet. Nothing is imported."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))
