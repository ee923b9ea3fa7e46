# 46 has another signature | forward crashed: cannot be called as conv_forward_naive\(x, w, b, conv_param\)
def conv_forward_naive(x, w):
    return None, None
