# 5 masks every value
returning(lambda out: np.ma.masked_array(np.full(out.shape, 7.0), mask=True))
