"""The seccomp filter of the sandbox, compiled by libseccomp on the trusted side.

Whatever is not in the list fails with EPERM: no sockets, no programs, processes or threads, no ptrace and kin, no
namespaces, mounts, bpf, io_uring, keyctl, userfaultfd or perf, no changes of mode, owner, times or attributes, and
whatever a later kernel brings. Nor can memory be made executable, so that only the machine code runs that was loaded
before the submission.
"""

import ctypes.util
import errno
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

from grader.sandbox.inside.confine import PID_IN_FILTER
from grader.scratch import nameless_file

ALLOWED = (
    # memory
    "brk", "madvise", "mremap", "munmap", "msync", "mincore", "membarrier",
    # files: what may be read is for Landlock and the mounts to say
    "access", "chdir", "close", "close_range", "dup", "dup2", "dup3", "faccessat", "faccessat2", "fadvise64", "fchdir",
    "fdatasync", "fstat", "fstatfs", "fsync", "ftruncate", "getcwd", "getdents64", "lseek", "lstat", "newfstatat",
    "pread64", "preadv", "pwrite64", "pwritev", "read", "readlink", "readlinkat", "readv", "stat", "statfs", "statx",
    "umask", "write", "writev",
    # waiting and time
    "clock_getres", "clock_gettime", "clock_nanosleep", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_pwait",
    "epoll_wait", "futex", "getitimer", "gettimeofday", "nanosleep", "pause", "pipe", "pipe2", "poll", "ppoll",
    "pselect6", "sched_yield", "select", "setitimer", "alarm", "time", "times",
    # itself
    "arch_prctl", "capget", "exit", "exit_group", "getcpu", "getegid", "geteuid", "getgid", "getgroups", "getpgid",
    "getpgrp", "getpid", "getppid", "getpriority", "getrandom", "getresgid", "getresuid", "getrlimit", "getrusage",
    "getsid", "gettid", "getuid", "restart_syscall", "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask",
    "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "sched_getaffinity", "set_robust_list", "set_tid_address",
    "sigaltstack", "sysinfo", "uname",
)  # fmt: skip
_MAPPING = ("mmap", "mprotect")
"""Only without PROT_EXEC. What else could make memory executable is in no list: pkey_mprotect, shmat, personality,
remap_file_pages, uselib; and mremap keeps what it moves as it is."""
_PROT_EXEC = 4
WRITING = (
    "creat", "fallocate", "mkdir", "mkdirat", "open", "openat", "rename", "renameat", "renameat2", "rmdir", "truncate",
    "unlink", "unlinkat",
)  # fmt: skip
"""Only where Landlock says which files may be changed. Without it, files are opened to be read, and nothing else."""
_FLAGS_OF_OPEN = {"open": 1, "openat": 2}
"""Which argument they are."""
_OPEN_TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_OWN_PID = ("kill", "tgkill")
"""Only with the process's own pid."""
_ON_ITSELF = ("prlimit64",)
"""Only with 0, which is the process itself."""
_ALL = 0xFFFFFFFF
_FCNTLS = {"F_DUPFD": 0, "F_GETFD": 1, "F_SETFD": 2, "F_GETFL": 3, "F_DUPFD_CLOEXEC": 1030, "F_GETPIPE_SZ": 1032}
"""The commands of `fcntl` that concern this process alone. No owners, signals, leases, notices or locks: with an owner
and a signal set on a pipe, the kernel sends that signal to any process of the same user, whatever `kill` may do."""
_F_SETFL = ((1, _ALL, 4), (2, 0x2000, 0))
"""F_SETFL, as number, mask and value of its arguments: without O_ASYNC, which asks for those signals."""
_IOCTLS = (0x5401, 0x5413, 0x5421, 0x5450, 0x5451, 0x541B)
"""TCGETS, TIOCGWINSZ, FIONBIO, FIONCLEX, FIOCLEX, FIONREAD: the same on x86-64 and aarch64. No TIOCSTI, and no
FIOASYNC, FIOSETOWN or SIOCSPGRP, which are those commands of `fcntl` once more."""


@contextmanager
def _found_by_name() -> Iterator[None]:
    """To find a library, `ctypes` starts a program and reads what that prints; the loader only needs the name."""
    before = ctypes.util.find_library
    ctypes.util.find_library = lambda name: "libseccomp.so.2" if name == "seccomp" else None  # None: what is loaded
    try:
        yield
    finally:
        ctypes.util.find_library = before


@cache
def compiled(*, writing: bool = True, executable: bool = False) -> tuple[bytes, str | None]:
    """The filter as `struct sock_filter[]`, and why there is none (then it is empty).

    Args:
        writing: whether files may be changed, as far as the other layers let them.
        executable: whether memory may be made executable: for packages that load machine code while they are used.
    """
    try:
        with _found_by_name():  # it looks for its libraries when it is imported
            import pyseccomp  # noqa: PLC0415  # a machine may lack its library
    except (ImportError, OSError, RuntimeError) as error:
        return b"", f"libseccomp is missing ({error})"
    if platform.machine() not in ("x86_64", "aarch64"):
        return b"", "the filter is for x86-64 and aarch64 only"
    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    wanted = [
        *((name, ()) for name in (*ALLOWED, *(WRITING if writing else ()))),
        *((name, (pyseccomp.Arg(n, pyseccomp.MASKED_EQ, _OPEN_TO_WRITE, 0),)) for name, n in _FLAGS_OF_OPEN.items()),
        *((name, () if executable else (pyseccomp.Arg(2, pyseccomp.MASKED_EQ, _PROT_EXEC, 0),)) for name in _MAPPING),
        *((name, (pyseccomp.Arg(0, pyseccomp.EQ, PID_IN_FILTER),)) for name in _OWN_PID),
        *((name, (pyseccomp.Arg(0, pyseccomp.EQ, 0),)) for name in _ON_ITSELF),
        *(("ioctl", (pyseccomp.Arg(1, pyseccomp.MASKED_EQ, _ALL, request),)) for request in _IOCTLS),
        *(("fcntl", (pyseccomp.Arg(1, pyseccomp.MASKED_EQ, _ALL, command),)) for command in _FCNTLS.values()),
        ("fcntl", [pyseccomp.Arg(n, pyseccomp.MASKED_EQ, *wanted) for n, *wanted in _F_SETFL]),
    ]
    for name, arguments in wanted:
        with suppress(OSError, ValueError):  # a call that this architecture or this libseccomp does not have
            rules.add_rule(pyseccomp.ALLOW, name, *arguments)
    with nameless_file() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read(), None
