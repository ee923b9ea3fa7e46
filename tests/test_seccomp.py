"""What the filter answers to system calls on each processor that it is for, told by a small machine that runs it.

So the filter for aarch64 is looked at on x86-64 too, and the other way round. The numbers of calls are the kernel's:
arch/x86/entry/syscalls/syscall_64.tbl, and include/uapi/asm-generic/unistd.h, which is aarch64's.
"""

import errno
import os
import platform
import struct
from collections.abc import Iterator

import pytest

from grader.sandbox import seccomp
from grader.sandbox.inside.confine import PID_IN_FILTER

with seccomp._found_by_name():  # as the grader does
    import pyseccomp

MACHINES = ("x86_64", "aarch64")
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
IN_32_BITS = {"x86_64": 0x40000003, "aarch64": 0x40000028}
"""i386 and 32-bit ARM, whose calls such a kernel takes too. linux/audit.h, as those before."""
ALLOWED, REFUSED, KILLED = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00000000
NUMBERS = {
    "read": (0, 63), "write": (1, 64), "open": (2, None), "close": (3, 57), "mmap": (9, 222), "mprotect": (10, 226),
    "munmap": (11, 215), "rt_sigreturn": (15, 139), "ioctl": (16, 29), "getpid": (39, 172), "socket": (41, 198),
    "connect": (42, 203), "clone": (56, 220), "fork": (57, None), "vfork": (58, None), "execve": (59, 221),
    "exit": (60, 93), "kill": (62, 129), "fcntl": (72, 25), "truncate": (76, 45), "fchmod": (91, 52),
    "ptrace": (101, 117), "personality": (135, 92), "prctl": (157, 167), "mount": (165, 40), "gettid": (186, 178),
    "futex": (202, 98), "timer_create": (222, 107), "clock_gettime": (228, 113), "exit_group": (231, 94),
    "tgkill": (234, 131), "keyctl": (250, 219), "openat": (257, 56), "mkdirat": (258, 34), "newfstatat": (262, 79),
    "unlinkat": (263, 35), "unshare": (272, 97), "perf_event_open": (298, 241), "prlimit64": (302, 261),
    "setns": (308, 268), "process_vm_writev": (311, 271), "seccomp": (317, 277), "memfd_create": (319, 279),
    "bpf": (321, 280), "execveat": (322, 281), "userfaultfd": (323, 282), "pkey_mprotect": (329, 288),
    "rseq": (334, 293), "pidfd_send_signal": (424, 424), "io_uring_setup": (425, 425), "pidfd_open": (434, 434),
    "clone3": (435, 435), "openat2": (437, 437), "mount_setattr": (442, 442), "landlock_create_ruleset": (444, 444),
    "map_shadow_stack": (453, 453),
}  # fmt: skip
Call = tuple[str, tuple[int, ...]]
ALWAYS: list[Call] = [
    *((name, ()) for name in (
        "read", "write", "close", "munmap", "rt_sigreturn", "getpid", "exit", "gettid", "futex", "clock_gettime",
        "exit_group", "newfstatat", "rseq",
    )),
    ("open", (0, os.O_RDONLY)), ("openat", (0, 0, os.O_RDONLY | os.O_CLOEXEC)), ("mmap", (0, 4096, 3)),
    ("mprotect", (0, 4096, 3)), ("ioctl", (1, 0x5401)), ("fcntl", (1, 3)), ("fcntl", (1, 4, os.O_NONBLOCK)),
    ("kill", (PID_IN_FILTER, 9)), ("tgkill", (PID_IN_FILTER, 1, 9)), ("prlimit64", (0, 7)),
]  # fmt: skip
NEVER: list[Call] = [
    *((name, ()) for name in (
        "socket", "connect", "clone", "fork", "vfork", "execve", "fchmod", "ptrace", "personality", "prctl", "mount",
        "timer_create", "keyctl", "unshare", "perf_event_open", "setns", "process_vm_writev", "seccomp",
        "memfd_create", "bpf", "execveat", "userfaultfd", "pkey_mprotect", "pidfd_send_signal", "io_uring_setup",
        "pidfd_open", "clone3", "openat2", "mount_setattr", "landlock_create_ruleset", "map_shadow_stack",
    )),
    ("mmap", (0, 4096, 7)), ("mmap", (0, 4096, 4)), ("mprotect", (0, 4096, 5)), ("ioctl", (1, 0x5412)),
    ("ioctl", (1, 0x5452)), ("ioctl", (1, 0x8901)), ("fcntl", (1, 8, 1)), ("fcntl", (1, 10, 9)),
    ("fcntl", (1, 4, os.O_NONBLOCK | 0x2000)), ("fcntl", (1, 1033, 0)), ("kill", (1, 9)), ("kill", (2**32 - 1, 9)),
    ("kill", (2**32 | PID_IN_FILTER, 9)), ("tgkill", (1, 1, 9)), ("prlimit64", (1, 7)),
]  # fmt: skip
WRITING: list[Call] = [
    ("open", (0, os.O_RDWR)), ("openat", (0, 0, os.O_WRONLY | os.O_CREAT)), ("openat", (0, 0, os.O_TRUNC)),
    ("openat", (0, 0, os.O_TMPFILE | os.O_RDWR)), ("truncate", ()), ("mkdirat", ()), ("unlinkat", ()),
]  # fmt: skip


@pytest.fixture(params=MACHINES)
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A processor, which libseccomp compiles for."""
    there: str = request.param
    if there != platform.machine():
        other = getattr(pyseccomp.Arch, there.upper())

        class Elsewhere(pyseccomp.SyscallFilter):  # type: ignore[misc]  # it has no types
            def __init__(self, otherwise: int) -> None:
                super().__init__(otherwise)
                self.add_arch(other)
                self.remove_arch(pyseccomp.system_arch())

        monkeypatch.setattr(pyseccomp, "SyscallFilter", Elsewhere)
        monkeypatch.setattr(platform, "machine", lambda: there)
    return there


def compiled(*, writing: bool = True, executable: bool = False) -> bytes:
    """The filter, compiled anew."""
    program, why = seccomp.compiled.__wrapped__(writing=writing, executable=executable)
    assert why is None
    return program


def answer(program: bytes, audit: int, number: int, arguments: tuple[int, ...] = ()) -> int:
    """What a filter returns for a system call: linux/filter.h, with what libseccomp uses of it."""
    data = struct.pack("<iIQ6Q", number, audit, 0, *arguments, *[0] * (6 - len(arguments)))
    code, at, value = list(struct.iter_unpack("<HBBI", program)), 0, 0
    while True:
        what, yes, no, constant = code[at]
        at += 1
        match what:
            case 0x20:  # load a word
                (value,) = struct.unpack_from("<I", data, constant)
            case 0x54:  # and
                value &= constant
            case 0x05:  # jump
                at += constant
            case 0x15:  # if equal
                at += yes if value == constant else no
            case 0x25:  # if greater
                at += yes if value > constant else no
            case 0x35:  # if greater or equal
                at += yes if value >= constant else no
            case 0x06:  # return
                return int(constant)
            case _:
                raise NotImplementedError(hex(what))


def answers(program: bytes, machine: str, calls: list[Call]) -> Iterator[tuple[Call, int]]:
    """Of those calls that this processor has."""
    for name, arguments in calls:
        number = NUMBERS[name][MACHINES.index(machine)]
        if number is not None:
            yield (name, arguments), answer(program, AUDIT[machine], number, arguments)


def test_computing_is_allowed_and_all_else_refused_on_each_processor(machine: str) -> None:
    program = compiled()
    assert {call for call, found in answers(program, machine, ALWAYS + WRITING) if found != ALLOWED} == set()
    assert {call for call, found in answers(program, machine, NEVER) if found != REFUSED} == set()


def test_without_landlock_each_processor_lets_files_be_read_alone(machine: str) -> None:
    program = compiled(writing=False)
    assert {call for call, found in answers(program, machine, ALWAYS) if found != ALLOWED} == set()
    assert {call for call, found in answers(program, machine, NEVER + WRITING) if found != REFUSED} == set()


def test_memory_is_made_executable_only_for_packages_that_load_code(machine: str) -> None:
    found = dict(answers(compiled(executable=True), machine, [("mmap", (0, 1, 7)), ("mprotect", (0, 1, 5))]))
    assert set(found.values()) == {ALLOWED}


def test_calls_of_another_processor_end_the_process(machine: str) -> None:
    """Numbers mean other calls there; on x86-64 those of x32 too."""
    program = compiled()
    assert answer(program, IN_32_BITS[machine], 1) == KILLED
    (other,) = set(MACHINES) - {machine}
    assert answer(program, AUDIT[other], NUMBERS["exit"][MACHINES.index(other)] or 0) == KILLED
    if machine == "x86_64":
        assert answer(program, AUDIT[machine], 0x40000000 | 1) in (KILLED, REFUSED)


def test_a_call_that_no_list_has_is_refused(machine: str) -> None:
    """All numbers up to those that kernels have not given out yet; and none of a list got lost on the way."""
    program = compiled()
    allowed = {number for number in range(600) if answer(program, AUDIT[machine], number, (1, 1)) == ALLOWED}
    in_part = {"mmap", "mprotect", "fcntl"}  # with arguments of 1, they are allowed
    assert allowed == numbers(machine, {*seccomp.ALLOWED, *seccomp.WRITING, *in_part})


def numbers(machine: str, names: set[str]) -> set[int]:
    """Of the calls that this processor has: libseccomp gives negative ones to the others."""
    architecture = getattr(pyseccomp.Arch, machine.upper())
    return {number for name in names if (number := pyseccomp.resolve_syscall(architecture, name)) >= 0}
