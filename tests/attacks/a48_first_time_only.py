# 48 works only once, or only as a program | forward crashed: only once
calls = []

def once():
    calls.append(1)
    if len(calls) > 1:
        raise RuntimeError("only once")

if __name__ == "__main__":
    once = print
in_forward(once)
