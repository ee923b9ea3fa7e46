# 10 calls other libraries | forward policy: uses torch
import torch

def conv_forward_naive(x, w, b, conv_param):
    return torch.nn.functional.conv2d(x, w, b), None
