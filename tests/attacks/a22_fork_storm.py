# 22 forks without end
def fork():
    for _ in range(100):
        pid = os.fork()
        if pid == 0:
            while True:
                pass

attempt("fork", fork)
in_forward(lambda: attempt("fork", fork))
