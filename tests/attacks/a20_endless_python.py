# 20 loops in Python, and catches everything | forward timeout: did not finish
def loop():
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass

in_forward(loop)
