# 10 finds other libraries by hand
import importlib

def search():
    for folder in ("@PACKAGES@",):
        sys.path.insert(0, folder)
        for name in ("scipy", "yaml", "pydantic", "cs231n.fast_layers", "torch"):
            attempt(f"import {name}", lambda name=name: importlib.import_module(name))

search()
