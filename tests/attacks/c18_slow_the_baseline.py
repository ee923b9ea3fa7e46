# 18 slows the baseline down
import os
import threading

def burn():
    while True:
        pass

for action in (lambda: os.sched_setaffinity(0, [0]), lambda: os.nice(-10), lambda: os.nice(19),
               lambda: threading.Thread(target=burn, daemon=True).start(), lambda: os.fork() or burn(),
               lambda: os.setpriority(os.PRIO_USER, 0, -10)):
    try:
        action()
        print("BROKE slow others down")
    except (OSError, RuntimeError) as error:
        print("held slow others down", type(error).__name__)
