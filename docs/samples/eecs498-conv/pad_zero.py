"""The padding is cut off with a slice that is empty at pad 0.

Expected:
    forward: passed 40
    dx: partial 21.43
    dw: passed 20
    db: passed 8
    contract: passed 7
"""

import torch


class Conv:
    @staticmethod
    def forward(x, w, b, conv_param):
        pad, stride = conv_param["pad"], conv_param["stride"]
        padded = torch.nn.functional.pad(x, (pad, pad, pad, pad))
        HH, WW = w.shape[2:]
        H_out, W_out = 1 + (padded.shape[2] - HH) // stride, 1 + (padded.shape[3] - WW) // stride
        out = torch.zeros((x.shape[0], w.shape[0], H_out, W_out), dtype=x.dtype)
        for i in range(H_out):
            for j in range(W_out):
                window = padded[:, None, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
                out[:, :, i, j] = (window * w).sum(dim=(2, 3, 4)) + b
        return out, (x, w, b, conv_param)

    @staticmethod
    def backward(dout, cache):
        x, w, b, conv_param = cache
        pad, stride = conv_param["pad"], conv_param["stride"]
        padded = torch.nn.functional.pad(x, (pad, pad, pad, pad))
        HH, WW = w.shape[2:]
        d_padded, dw = torch.zeros_like(padded), torch.zeros_like(w)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                at = (slice(None), slice(None), slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW))
                up = dout[:, :, i, j]
                dw += torch.einsum("nf,ncij->fcij", up, padded[at])
                d_padded[at] += torch.einsum("nf,fcij->ncij", up, w)
        return d_padded[:, :, pad:-pad, pad:-pad], dw, dout.sum(dim=(0, 2, 3))
