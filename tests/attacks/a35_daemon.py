# 35 leaves a daemon behind
def daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while True:
                pass
        os._exit(0)

attempt("start a daemon", daemon)
