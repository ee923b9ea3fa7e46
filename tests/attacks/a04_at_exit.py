# 4 answers from atexit and __del__
import atexit

class Late:
    def __del__(self):
        os.write(3, b"late")

atexit.register(lambda: os.write(3, b"late"))
late = [Late()]
