"""The platforms: a file for each, which exports `AUTOGRADER` and is imported when it is asked for."""

import pkgutil


def autograder_names() -> tuple[str, ...]:
    """What `grade build` takes, in the order of the alphabet. Nothing is imported."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))
