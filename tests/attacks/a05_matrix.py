# 5 returns a matrix | forward failed: shape
returning(lambda out: np.matrix([[0.0]]))
