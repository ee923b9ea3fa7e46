# 21 wants a terabyte at once | forward memory: MiB
in_forward(lambda: np.ones(2**37))
