"""A convolution with stride 1, of whose output every stride-th row and column is kept.

Expected:
    forward: passed 40
    dLdA: passed 25
    dLdW: passed 20
    dLdb: passed 8
    contract: passed 7
"""

import numpy as np


class Conv2d_stride1:
    def __init__(self, in_channels, out_channels, kernel_size, weight_init_fn=None, bias_init_fn=None):
        shape = (out_channels, in_channels, kernel_size, kernel_size)
        self.kernel_size = kernel_size
        self.W = np.random.normal(0, 1, shape) if weight_init_fn is None else weight_init_fn(*shape)
        self.b = np.zeros(out_channels) if bias_init_fn is None else bias_init_fn(out_channels)

    def forward(self, A):
        self.A = A
        k = self.kernel_size
        rows, columns = A.shape[2] - k + 1, A.shape[3] - k + 1
        Z = np.zeros((len(A), len(self.W), rows, columns))
        for h in range(rows):
            for w in range(columns):
                Z[:, :, h, w] = np.tensordot(A[:, :, h : h + k, w : w + k], self.W, ((1, 2, 3), (1, 2, 3))) + self.b
        return Z

    def backward(self, dLdZ):
        k = self.kernel_size
        dLdA = np.zeros(self.A.shape)
        self.dLdW = np.zeros(self.W.shape)
        self.dLdb = dLdZ.sum(axis=(0, 2, 3))
        for h in range(dLdZ.shape[2]):
            for w in range(dLdZ.shape[3]):
                window = self.A[:, :, h : h + k, w : w + k]
                self.dLdW += np.tensordot(dLdZ[:, :, h, w], window, (0, 0))
                dLdA[:, :, h : h + k, w : w + k] += np.tensordot(dLdZ[:, :, h, w], self.W, (1, 0))
        return dLdA


class Downsample2d:
    def __init__(self, downsampling_factor):
        self.downsampling_factor = downsampling_factor

    def forward(self, A):
        self.shape = A.shape
        return A[:, :, :: self.downsampling_factor, :: self.downsampling_factor]

    def backward(self, dLdZ):
        dLdA = np.zeros(self.shape)
        dLdA[:, :, :: self.downsampling_factor, :: self.downsampling_factor] = dLdZ
        return dLdA


class Conv2d:
    def __init__(self, in_channels, out_channels, kernel_size, stride, weight_init_fn=None, bias_init_fn=None):
        self.stride = stride
        self.conv2d_stride1 = Conv2d_stride1(in_channels, out_channels, kernel_size, weight_init_fn, bias_init_fn)
        self.downsample2d = Downsample2d(stride)

    def forward(self, A):
        return self.downsample2d.forward(self.conv2d_stride1.forward(A))

    def backward(self, dLdZ):
        return self.conv2d_stride1.backward(self.downsample2d.backward(dLdZ))
