# 5 returns an array that says it equals everything
class Liar(np.ndarray):
    def __eq__(self, other): return True
    def __array_ufunc__(self, *a, **k): return True
    def __array__(self, *a, **k): raise SystemExit
    def __reduce__(self): return (os.system, ("touch @ROOT@/forged",))
    shape = property(lambda self: 42)

returning(lambda out: out.view(Liar))
