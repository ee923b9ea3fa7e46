# 25 waits for itself | forward timeout: did not finish
import threading

lock = threading.Lock()
lock.acquire()
in_forward(lock.acquire)
