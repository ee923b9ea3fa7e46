# 30 reads secrets, a neighbour's work and the environment, and sends them out in an exception | forward crashed: ValueError
def read(path):
    try:
        return open(path).read()
    except OSError as error:
        return type(error).__name__

def steal():
    for path in ("@SECRET@", "@NEIGHBOUR@", "/etc/passwd", "/proc/self/environ"):
        attempt(f"read {path}", lambda path=path: open(path).read(1))
    raise ValueError([read("@SECRET@"), read("@NEIGHBOUR@"), dict(os.environ)])

in_forward(steal)
