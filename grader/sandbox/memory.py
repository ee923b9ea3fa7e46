"""What the kernel says of memory that ran out: in this container, or on the whole machine."""

from pathlib import Path

_CGROUPS, _OWN = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")


def killed() -> int:
    """How many processes the kernel has ended for want of memory, here or anywhere; 0 where it does not tell."""
    return _number(Path("/proc/vmstat"), "oom_kill")


def limit_bytes() -> int | None:
    """The least memory that a control group allows us (cgroups(7), both versions), None where none limits it."""
    try:
        groups = [line.split(":", 2) for line in _OWN.read_text().splitlines()]
    except OSError:
        return None
    found = []
    for _, controllers, path in groups:
        if controllers and "memory" not in controllers.split(","):
            continue
        root, name = (_CGROUPS / "memory", "memory.limit_in_bytes") if controllers else (_CGROUPS, "memory.max")
        here = root / path.lstrip("/")
        found += [_limit(folder / name) for folder in (here, *here.parents) if folder.is_relative_to(root)]
    return min((limit for limit in found if limit is not None), default=None)


def _limit(file: Path) -> int | None:
    """A limit in bytes; version 1 writes none as a number near 2**63, version 2 as `max`."""
    try:
        text = file.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() and int(text) < 2**60 else None


def _number(file: Path, key: str) -> int:
    """The number behind a key, in a file of keys and numbers."""
    try:
        rows = [line.split() for line in file.read_text().splitlines()]
    except OSError:
        return 0
    return next((int(row[1]) for row in rows if row[0] == key), 0)
