# 47 puts itself between everything
import warnings

class Hook:
    def find_spec(self, name, path=None, target=None):
        raise ImportError("no more imports")

sys.meta_path.insert(0, Hook())
sys.path_hooks.clear()
sys.settrace(lambda *a: None)
np.seterr(all="raise")
warnings.simplefilter("error")
np.random.seed(0)
sys.modules["json"] = sys.modules["numpy"] = None
sys.modules[__name__] = None
sys.stdout = None
