# 62 lets the kernel send signals for it
import ctypes
import fcntl
import platform
import signal
import struct

libc = ctypes.CDLL(None, use_errno=True)
FIOASYNC, FIOSETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE = 0x5452, 0x8901, 10, 15, 1024


def owned(set_owner, set_asynchronous):
    """Have a process be told of what happens to a pipe, by a signal of our choice."""
    reading, writing = os.pipe()
    set_owner(reading)
    fcntl.fcntl(reading, F_SETSIG, signal.SIGKILL)
    set_asynchronous(reading)
    os.write(writing, b"x")


def by_flag(fd):
    fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_ASYNC)


def by_ioctl(fd):
    fcntl.ioctl(fd, FIOASYNC, struct.pack("i", 1))


def make_timer(pid):
    event = struct.pack("qiii", 0, signal.SIGKILL, 4, pid) + bytes(64)  # SIGEV_THREAD_ID
    if libc.syscall(222 if platform.machine() == "x86_64" else 107, 1, event, ctypes.create_string_buffer(8)) < 0:
        raise OSError(ctypes.get_errno(), "refused")


def take_lease(pid):
    with open("leased", "w") as file:
        fcntl.fcntl(file, F_SETLEASE, fcntl.F_WRLCK)
        fcntl.fcntl(file, fcntl.F_SETOWN, pid)
        fcntl.fcntl(file, F_SETSIG, signal.SIGKILL)
        os.open("leased", os.O_RDONLY | os.O_NONBLOCK)


for pid in (@PID@, os.getppid() or @PID@):
    attempt("send a signal by a pipe", lambda: owned(lambda fd: fcntl.fcntl(fd, fcntl.F_SETOWN, pid), by_flag))
    owner = struct.pack("ii", 1, pid)
    attempt("send a signal by a pipe", lambda: owned(lambda fd: fcntl.fcntl(fd, F_SETOWN_EX, owner), by_ioctl))
    attempt("send a signal by a pipe", lambda: owned(lambda fd: fcntl.ioctl(fd, FIOSETOWN, struct.pack("i", pid)), by_ioctl))
    attempt("send a signal by a timer", lambda: make_timer(pid))
    attempt("send a signal by a lease", lambda: take_lease(pid))
