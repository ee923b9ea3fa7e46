# 7 returns a shape that would broadcast | forward failed: shape \(1, 1, 1, 1\)
returning(lambda out: np.zeros((1, 1, 1, 1)))
