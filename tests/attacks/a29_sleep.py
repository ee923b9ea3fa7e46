# 29 sleeps | forward timeout: did not finish
import time

in_forward(lambda: time.sleep(1000))
