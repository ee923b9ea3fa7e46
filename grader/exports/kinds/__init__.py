"""The kinds of gradebooks and tables: a file for each, which exports `EXPORT` and is imported when it is asked for."""

import pkgutil


def export_names() -> tuple[str, ...]:
    """What `--to` takes, in the order of the alphabet. Nothing is imported."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))
