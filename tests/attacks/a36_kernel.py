# 36 asks the kernel for dangerous things
import ctypes
import fcntl
import platform

libc = ctypes.CDLL(None, use_errno=True)
x86 = platform.machine() == "x86_64"

def call(number, *arguments):
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")

attempt("make a user namespace", lambda: call(272 if x86 else 97, 0x10000000))
attempt("mount", lambda: call(165 if x86 else 40, b"none", b"/tmp", b"tmpfs", 0, None))
attempt("load bpf", lambda: call(321 if x86 else 280, 0, bytes(128), 128))
attempt("set up io_uring", lambda: call(425, 8, bytes(256)))
attempt("use the keyring", lambda: call(250 if x86 else 219, 0, -3, 1))
attempt("use userfaultfd", lambda: call(323 if x86 else 282, 0))
attempt("open a perf event", lambda: call(298 if x86 else 241, bytes(128), 0, -1, -1, 0))
attempt("type into the terminal", lambda: fcntl.ioctl(0, 0x5412, b"x"))
