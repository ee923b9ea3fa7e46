# 29 sleeps | forward timeout: stopped after
import time

in_forward(lambda: time.sleep(1000))
