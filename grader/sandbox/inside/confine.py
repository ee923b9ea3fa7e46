"""Layers of confinement that a child puts on itself before it reads a byte of the submission.

Each layer is on its own: one that this machine lacks is reported as off, with the reason, never faked.

- `namespaces`: user (unless it is root), pid, mount, network, IPC and host name of its own; everything mounted
  read-only but a small scratch of its own. Linux, where the kernel lets this user have them.
- `rlimits`: memory, CPU time, size of files, descriptors, processes, core dumps.
- `landlock`: reads only what Python and NumPy need, writes only its scratch, no TCP, no signals or abstract sockets
  out of its domain. Linux 5.13, the better the newer; https://docs.kernel.org/userspace-api/landlock.html.
- `seccomp`: only the system calls that computing needs; the filter is compiled by the trusted side (`seccomp.py`).

Whoever is root becomes nobody on the way, whatever layers there are.
Standard library only: this module is loaded by the untrusted side. x86-64 and aarch64.
"""

import contextlib
import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

LAYERS = ("namespaces", "rlimits", "landlock", "seccomp")
"""In the order in which they are put on."""
Limits = dict[str, int]
NOBODY = 65534
PID_IN_FILTER = 0x5EC0DE01
"""Stands in a compiled filter for the pid of the child, which is known only here."""
_SCRATCH = "size=16m,nr_inodes=1024,mode=700"
_FILE_BYTES = 16 * 1024 * 1024
_DESCRIPTORS = 64
_INSTRUCTION_BYTES = 8
_PR_SET_PDEATHSIG, _PR_SET_KEEPCAPS, _PR_SET_SECCOMP = 1, 8, 22
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 36, 38
_CLONE_NEWNS, _CLONE_NEWUTS, _CLONE_NEWIPC, _CLONE_NEWUSER = 0x20000, 0x4000000, 0x8000000, 0x10000000
_CLONE_NEWPID, _CLONE_NEWNET = 0x20000000, 0x40000000
_CAPABILITIES_TO_READ = (1 << 2, 1 << 1)
"""CAP_DAC_READ_SEARCH, or in a container that does not have it CAP_DAC_OVERRIDE."""
_CAPABILITY_VERSION_3 = 0x20080522
_SYS_MOUNT_SETATTR, _SYS_LANDLOCK_CREATE, _SYS_LANDLOCK_ADD, _SYS_LANDLOCK_RESTRICT = 442, 444, 445, 446
"""The same on every architecture."""
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REC, _MS_PRIVATE = 2, 4, 8, 0x4000, 0x40000
_MOUNT_ATTR_READ_ONLY = 1
_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_FS_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""All rights to files that an ABI knows, by the first ABI that does."""
_TRUNCATE, _TRUNCATE_SINCE = 1 << 14, 3
_SCRATCH_RIGHTS = sum(1 << bit for bit in (1, 2, 3, 4, 5, 7, 8))
"""Write, read, list, remove and make files and folders; no links, devices, sockets or pipes."""
_SYS_CLONE = {"x86_64": 56, "aarch64": 220}
_libc = ctypes.CDLL(None, use_errno=True)
_holding_the_lock = ctypes.PyDLL(None, use_errno=True)
"""For a call after which there are two processes: the interpreter's lock is not given away around it."""


class Unavailable(Exception):
    """A layer cannot be put on here; the text says why."""


def _check(result: int, what: str) -> int:
    if result < 0:
        raise Unavailable(f"{what}: {os.strerror(ctypes.get_errno())}")
    return result


def _prctl(option: int, value: int) -> None:
    _check(_libc.prctl(option, value, 0, 0, 0), f"prctl({option})")


def die_with_parent() -> None:
    """Ask the kernel to end this process when the one that forked it ends (Linux; elsewhere nothing).

    The one that forked it may have ended before: see to that afterwards.
    """
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends (Linux; elsewhere nothing)."""
    if sys.platform == "linux":
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def fork_into_namespaces() -> tuple[int, bool]:
    """As `os.fork`, but the child is the first process in namespaces of its own; and whether one is of users.

    The system call itself, since only `clone` makes a namespace of pids and a process in it at once; unsharing takes
    a second fork, which with NumPy loaded costs more than all the rest. There is one thread, so what the C library
    would do around a fork (about the locks of other threads) has nothing to do.

    Raises:
        Unavailable: where the kernel, or whoever confines us, does not allow it.
    """
    number = _SYS_CLONE.get(platform.machine())
    if sys.platform != "linux" or number is None:
        raise Unavailable("only Linux on x86-64 and aarch64 has them")
    wanted = _CLONE_NEWNS | _CLONE_NEWPID | _CLONE_NEWNET | _CLONE_NEWIPC | _CLONE_NEWUTS | signal.SIGCHLD
    of_users = os.geteuid() != 0
    ctypes.pythonapi.PyOS_BeforeFork()
    pid = int(_holding_the_lock.syscall(number, wanted | (_CLONE_NEWUSER if of_users else 0), 0, 0, 0, 0))
    error = ctypes.get_errno()
    if pid == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
        return 0, of_users
    ctypes.pythonapi.PyOS_AfterFork_Parent()
    if pid < 0:
        raise Unavailable(f"clone: {os.strerror(error)}")
    return pid, of_users


def settle_in_namespaces(scratch: str | None, user: tuple[int, int] | None) -> None:
    """Make what is mounted read-only, but for a new and empty file system of bounded size at `scratch`.

    Args:
        scratch: an empty folder, or None for no such file system.
        user: uid and gid outside, where this process is in a new namespace of users.

    Raises:
        Unavailable: where the kernel, or whoever confines us, does not allow it.
    """
    options = f"{_SCRATCH},uid={NOBODY},gid={NOBODY}"
    if user is not None:
        options = _SCRATCH
        try:
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{user[0]} {user[0]} 1")
            Path("/proc/self/gid_map").write_text(f"{user[1]} {user[1]} 1")
        except OSError as error:
            raise Unavailable(f"user namespace: {error}") from error
    _check(_libc.mount(None, b"/", None, _MS_REC | _MS_PRIVATE, None), "mount private")
    read_only = struct.pack("QQQQ", _MOUNT_ATTR_READ_ONLY, 0, 0, 0)
    result = _libc.syscall(_SYS_MOUNT_SETATTR, _AT_FDCWD, b"/", _AT_RECURSIVE, read_only, len(read_only))
    _check(result, "mount read-only")
    if scratch is None:
        return
    flags = _MS_NOSUID | _MS_NODEV | _MS_NOEXEC
    _check(_libc.mount(b"scratch", os.fsencode(scratch), b"tmpfs", flags, options.encode()), "mount scratch")


def abort_for_good() -> None:
    """Let SIGABRT end the first process of a namespace, which the kernel protects from its own signals.

    It ends with the signal's number as its exit status; without this, `abort` would end it by SIGSEGV.
    """
    _libc.signal(signal.SIGABRT, _libc._exit)


def limit_resources(limits: Limits) -> Limits:
    """Memory, CPU time, file size, descriptors, processes and core dumps.

    Args:
        limits: `memory_bytes` (beyond what is mapped now) and `cpu_s`; `file_bytes` where it is not the usual size.

    Returns:
        Those two as far as this machine allows less, such as after `ulimit -v`.

    Raises:
        Unavailable: where memory cannot be limited; everything else is.
    """
    wanted = {
        resource.RLIMIT_CPU: limits["cpu_s"],
        resource.RLIMIT_FSIZE: limits.get("file_bytes", _FILE_BYTES),
        resource.RLIMIT_NOFILE: _DESCRIPTORS,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_CORE: 0,
    }
    in_use = _mapped_bytes()
    wanted |= {kind: mapped + limits["memory_bytes"] for kind, mapped in in_use.items()}
    less: Limits = {}
    for kind, value in wanted.items():
        _, hard = resource.getrlimit(kind)
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (allowed, allowed))
        if allowed < value and kind == resource.RLIMIT_CPU:
            less["cpu_s"] = allowed
        elif allowed < value and kind in in_use:
            less["memory_bytes"] = min(allowed - in_use[kind], less.get("memory_bytes", allowed))
    if not in_use:
        raise Unavailable("this system does not tell what memory is mapped, so it is not limited")
    return less


def be_killed_first() -> None:
    """Where memory runs out, the kernel is to end this process, and not the grader (Linux; elsewhere nothing)."""
    with contextlib.suppress(OSError):
        fd = os.open("/proc/self/oom_score_adj", os.O_WRONLY)  # pathlib would touch, and so copy, 60 pages more
        os.write(fd, b"1000")
        os.close(fd)


def _mapped_bytes() -> dict[int, int]:
    """What counts against the limits of memory now: address space, and data; empty where the system does not tell."""
    with contextlib.suppress(OSError, ValueError):
        pages = list(map(int, Path("/proc/self/statm").read_text().split()))
        page = os.sysconf("SC_PAGE_SIZE")
        return {resource.RLIMIT_AS: pages[0] * page, resource.RLIMIT_DATA: pages[5] * page}
    return {}


def give_up_privileges(*, keep_reading: bool) -> None:
    """Never gain any again; root becomes nobody; no capability is left.

    Args:
        keep_reading: whether what was root may still read files whatever their mode: for a Python that lies where
            nobody else could import from it. Then it is for Landlock alone to say what is read.
    """
    if sys.platform != "linux":
        return
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    was_root = os.geteuid() == 0
    if was_root:
        _prctl(_PR_SET_KEEPCAPS, 1)
        with contextlib.suppress(PermissionError):  # in a container that does not let its root change
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
    header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
    for kept in (*_CAPABILITIES_TO_READ, 0) if was_root and keep_reading else (0,):
        if _libc.capset(header, struct.pack("IIIIII", kept, kept, 0, 0, 0, 0)) == 0:
            return
    _check(-1, "capset")


def everybody_may_read(path: str) -> bool:
    """Whether any user could open a file by its path."""
    folders = all(folder.stat().st_mode & 0o001 for folder in Path(path).resolve().parents)
    return folders and bool(Path(path).stat().st_mode & 0o004)


def landlock_abi() -> int:
    """The version of Landlock that the kernel has; 0 for none."""
    if sys.platform != "linux":
        return 0
    return max(0, int(_libc.syscall(_SYS_LANDLOCK_CREATE, None, 0, 1)))


def landlock_rules(readable: Iterable[str], listable: Iterable[str]) -> int:
    """A descriptor of rules for `restrict`: what may be read and listed; nothing may be written.

    Args:
        readable: files, and folders with everything below them.
        listable: folders whose names may be listed, but nothing read.

    Raises:
        Unavailable: where the kernel has no Landlock.
    """
    abi = landlock_abi()
    if not abi:
        raise Unavailable("the kernel has no Landlock, or it is switched off")
    rights = _FS_RIGHTS[max(first for first in _FS_RIGHTS if first <= abi)]
    network = 3 if abi >= 4 else 0
    scoped = 3 if abi >= 6 else 0
    attributes = struct.pack("QQQ", rights, network, scoped)[: 8 if abi < 4 else 16 if abi < 6 else 24]
    rules = _check(_libc.syscall(_SYS_LANDLOCK_CREATE, attributes, len(attributes), 0), "landlock_create_ruleset")
    for path in readable:
        _allow(rules, path, _READ_FILE | (_READ_DIR if os.path.isdir(path) else 0))  # noqa: PTH112  # 200 times, and pathlib is slow
    for path in listable:
        _allow(rules, path, _READ_DIR)
    _allow(rules, os.devnull, _READ_FILE | _WRITE_FILE)
    return rules


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # what is not there needs no rule
        return
    attributes = struct.pack("=Qi", rights, fd)
    result = _libc.syscall(_SYS_LANDLOCK_ADD, rules, 1, attributes, 0)
    os.close(fd)
    _check(result, f"landlock_add_rule {path}")


def restrict(rules: int, scratch: str | None) -> None:
    """Put the rules on this process; from then on they hold for good.

    Args:
        rules: from `landlock_rules`.
        scratch: a folder of this process's own in which files may be made, or None for nowhere.
    """
    if scratch is not None:
        _allow(rules, scratch, _SCRATCH_RIGHTS | (_TRUNCATE if landlock_abi() >= _TRUNCATE_SINCE else 0))
    _check(_libc.syscall(_SYS_LANDLOCK_RESTRICT, rules, 0), "landlock_restrict_self")
    os.close(rules)


def filter_calls(program: bytes) -> None:
    """Put on a compiled seccomp filter (an array of `struct sock_filter`), for this process's own pid."""
    if not program:
        raise Unavailable("there is no filter")
    own = program.replace(struct.pack("I", PID_IN_FILTER), struct.pack("I", os.getpid()))
    code = ctypes.create_string_buffer(own, len(own))
    header = struct.pack("HxxxxxxP", len(own) // _INSTRUCTION_BYTES, ctypes.addressof(code))
    _check(_libc.prctl(_PR_SET_SECCOMP, 2, header, 0, 0), "seccomp")
