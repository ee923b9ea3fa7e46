# 25 overflows the stack | forward crashed|timeout|memory:
def deeper():
    sys.setrecursionlimit(10**9)
    value = []
    for _ in range(10**6):
        value = [value]
    repr(value)

in_forward(deeper)
