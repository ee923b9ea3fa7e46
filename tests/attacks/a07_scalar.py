# 7 returns a 0-d array | forward failed: shape \(\)
returning(lambda out: np.zeros(()))
