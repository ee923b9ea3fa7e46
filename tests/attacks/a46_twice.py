# 46 defines it twice, and the last counts | forward missing: None was returned
def conv_forward_naive(*arguments):
    return None, None
