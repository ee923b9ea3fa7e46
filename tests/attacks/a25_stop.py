# 25 stops itself, which the first process of a namespace cannot | forward failed|timeout:
import signal

in_forward(lambda: os.kill(os.getpid(), signal.SIGSTOP))
