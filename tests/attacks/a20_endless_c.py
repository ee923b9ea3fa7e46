# 20 loops in C with every signal ignored | forward timeout: did not finish
import signal

def loop():
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    sum(iter(int, 1))

in_forward(loop)
