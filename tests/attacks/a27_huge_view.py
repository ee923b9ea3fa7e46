# 27 returns a view of 10**12 elements | forward failed: shape
returning(lambda out: np.lib.stride_tricks.as_strided(out, (10**6, 10**6), (0, 0)))
