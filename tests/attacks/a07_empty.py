# 7 returns nothing in an array | forward failed: shape \(0,\)
returning(lambda out: np.zeros(0))
