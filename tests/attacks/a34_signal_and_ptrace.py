# 34 signals the parent and others, and writes to their memory
import ctypes
import signal

libc = ctypes.CDLL(None, use_errno=True)
for pid in (@PID@, os.getppid() or @PID@):
    attempt(f"signal a process", lambda: os.kill(pid, signal.SIGTERM))
    attempt(f"write to the memory of a process", lambda: open(f"/proc/{pid}/mem", "r+b"))
    attempt(f"trace a process", lambda: libc.ptrace(16, pid, 0, 0) == 0 or 1 / 0)
attempt("signal everything", lambda: os.kill(-1, 0))
attempt("change a limit of a process", lambda: __import__("resource").prlimit(@PID@, 7, (1, 1)))
