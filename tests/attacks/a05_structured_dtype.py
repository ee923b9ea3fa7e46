# 5 returns a structured array | forward failed: dtype
returning(lambda out: np.zeros(out.shape, [("a", float), ("b", int)]))
