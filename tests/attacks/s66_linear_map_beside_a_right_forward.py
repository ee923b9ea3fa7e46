# 66 builds the linear map beside a right forward pass, once it knows that a backward pass follows | backward h66
_seen = []


def conv_forward_naive(x, w, b, conv_param):
    return _forward(x, w, b, conv_param)[0], (x, w, _maps(x, w, conv_param) if _seen else None, conv_param)


def conv_backward_naive(dout, cache):
    x, w, maps, conv_param = cache
    _seen.append(dout.shape)
    return _gradients(dout, x, w, *(maps or _maps(x, w, conv_param)))
