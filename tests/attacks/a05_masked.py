# 5 masks every value
returning(lambda out: np.ma.masked_all(out.shape))
