# 26 raises a text of 20 MB | forward crashed: ValueError: xxx
texts = []

def fail():
    if not texts:
        texts.append("x" * 20_000_000)
    raise ValueError(texts[0])

in_forward(fail)
