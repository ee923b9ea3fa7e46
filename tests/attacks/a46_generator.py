# 46 has a generator for a function | forward failed: generator
def conv_forward_naive(*arguments):
    yield None, None
