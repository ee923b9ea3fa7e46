# 25 waits for itself | forward timeout: stopped after
import threading

lock = threading.Lock()
lock.acquire()
in_forward(lock.acquire)
