# 46 defines it twice, and the last counts | forward missing: the function returns None
def conv_forward_naive(*arguments):
    return None, None
