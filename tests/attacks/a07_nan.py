# 7 returns NaN | forward failed: NaN or infinite
returning(lambda out: np.full(out.shape, np.nan))
