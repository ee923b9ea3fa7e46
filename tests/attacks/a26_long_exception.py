# 26 raises a text of 200 MB | forward crashed: ValueError: xxx
def fail():
    raise ValueError("x" * 200_000_000)

in_forward(fail)
