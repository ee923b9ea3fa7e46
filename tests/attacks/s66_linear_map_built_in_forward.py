# 66 builds the linear map of its backward pass in a forward pass that returns zeros | backward h66
_forward = conv_forward_naive


def _sizes(x, w, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    (_, C, H, W), (_, _, HH, WW) = x.shape, w.shape
    H_out, W_out = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    return stride, pad, C, H, W, HH, WW, H_out, W_out


def _maps(x, w, conv_param):
    stride, pad, C, H, W, HH, WW, H_out, W_out = _sizes(x, w, conv_param)
    N, F = len(x), len(w)
    to_dx = np.zeros((F, H_out, W_out, C, H + 2 * pad, W + 2 * pad))
    for f in range(F):
        for i in range(H_out):
            for j in range(W_out):
                to_dx[f, i, j, :, i * stride : i * stride + HH, j * stride : j * stride + WW] = w[f]
    to_dx = to_dx[..., pad : pad + H, pad : pad + W].reshape(F * H_out * W_out, -1)
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    to_dw = np.zeros((N, H_out, W_out, C, HH, WW))
    for n in range(N):
        for i in range(H_out):
            for j in range(W_out):
                to_dw[n, i, j] = padded[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
    return to_dx, to_dw.reshape(N * H_out * W_out, -1)


def _gradients(dout, x, w, to_dx, to_dw):
    N, F = dout.shape[:2]
    dx = (dout.reshape(N, -1) @ to_dx).reshape(x.shape)
    dw = (dout.transpose(1, 0, 2, 3).reshape(F, -1) @ to_dw).reshape(w.shape)
    return dx, dw, dout.sum(axis=(0, 2, 3))


def _zeros(x, w, conv_param):
    _, _, _, _, _, _, _, H_out, W_out = _sizes(x, w, conv_param)
    return np.zeros((len(x), len(w), H_out, W_out))


def conv_forward_naive(x, w, b, conv_param):
    return _zeros(x, w, conv_param), (x, w, _maps(x, w, conv_param))


def conv_backward_naive(dout, cache):
    x, w, maps = cache
    return _gradients(dout, x, w, *maps)
