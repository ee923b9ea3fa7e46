# 26 raises a text of 100 MB | forward crashed: ValueError: xxx
texts = []

def fail():
    if not texts:
        texts.append("x" * 100_000_000)
    raise ValueError(texts[0])

in_forward(fail)
