"""The seccomp filter of the sandbox, compiled by libseccomp on the trusted side.

Whatever is not in the list fails with EPERM: no sockets, no programs, processes or threads, no ptrace and kin, no
namespaces, mounts, bpf, io_uring, keyctl, userfaultfd or perf, no changes of mode, owner, times or attributes, and
whatever a later kernel brings.
"""

import ctypes.util
import errno
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

from grader.sandbox.inside.confine import PID_IN_FILTER
from grader.scratch import nameless_file

ALLOWED = (
    # memory
    "brk", "madvise", "mmap", "mprotect", "mremap", "munmap", "msync", "mincore", "membarrier",
    # files: what may be opened is for Landlock and the mounts to say
    "access", "chdir", "close", "close_range", "creat", "dup", "dup2", "dup3", "faccessat", "faccessat2", "fadvise64",
    "fallocate", "fchdir", "fcntl", "fdatasync", "flock", "fstat", "fstatfs", "fsync", "ftruncate", "getcwd",
    "getdents64", "lseek", "lstat", "mkdir", "mkdirat", "newfstatat", "open", "openat", "pread64", "preadv", "pwrite64",
    "pwritev", "read", "readlink", "readlinkat", "readv", "rename", "renameat", "renameat2", "rmdir", "stat", "statfs",
    "statx", "truncate", "umask", "unlink", "unlinkat", "write", "writev",
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
_OWN_PID = ("kill", "tgkill")
"""Only with the process's own pid."""
_ON_ITSELF = ("prlimit64",)
"""Only with 0, which is the process itself."""
_IOCTLS = (0x5401, 0x5413, 0x5421, 0x5450, 0x5451, 0x541B)
"""TCGETS, TIOCGWINSZ, FIONBIO, FIONCLEX, FIOCLEX, FIONREAD: the same on x86-64 and aarch64. No TIOCSTI."""


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
def compiled() -> tuple[bytes, str | None]:
    """The filter as `struct sock_filter[]`, and why there is none (then it is empty)."""
    try:
        with _found_by_name():  # pyseccomp looks for its libraries when it is imported
            import pyseccomp  # noqa: PLC0415
    except (ImportError, OSError, RuntimeError) as error:
        return b"", f"libseccomp is missing ({error})"
    if platform.machine() not in ("x86_64", "aarch64"):
        return b"", "the filter is for x86-64 and aarch64 only"
    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    wanted = [
        *((name, ()) for name in ALLOWED),
        *((name, (pyseccomp.Arg(0, pyseccomp.EQ, PID_IN_FILTER),)) for name in _OWN_PID),
        *((name, (pyseccomp.Arg(0, pyseccomp.EQ, 0),)) for name in _ON_ITSELF),
        *(("ioctl", (pyseccomp.Arg(1, pyseccomp.MASKED_EQ, 0xFFFFFFFF, request),)) for request in _IOCTLS),
    ]
    for name, arguments in wanted:
        with suppress(OSError, ValueError):  # a call that this architecture or this libseccomp does not have
            rules.add_rule(pyseccomp.ALLOW, name, *arguments)
    with nameless_file() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read(), None
