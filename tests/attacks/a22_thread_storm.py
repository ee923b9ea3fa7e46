# 22 starts threads without end
import threading

def start():
    for _ in range(100):
        threading.Thread(target=threading.Event().wait, daemon=True).start()

attempt("start a thread", start)
in_forward(lambda: attempt("start a thread", start))
