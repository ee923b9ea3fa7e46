# 7 returns infinity | forward failed: NaN or infinite
returning(lambda out: np.full(out.shape, np.inf))
