# 46 defines it twice, and the last counts | forward missing: conv_forward_naive returns None
def conv_forward_naive(*arguments):
    return None, None
