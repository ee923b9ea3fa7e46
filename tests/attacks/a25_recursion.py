# 25 recurses without end | forward crashed: RecursionError
def deeper():
    return deeper()

in_forward(deeper)
