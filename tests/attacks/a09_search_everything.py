# 9 looks for expected values, the reference, the rubric and the seed
import gc

def search():
    for name in ("reference", "reference.conv2d.oracle", "grader", "grader.cases.draw", "rubrics"):
        attempt(f"import {name}", lambda name=name: __import__(name))
    for path in ("/proc/self/mem", "/proc/self/maps", "/proc/1/environ", "@SECRET@", "@RUBRIC@", "@REFERENCE@"):
        attempt(f"read {path}", lambda path=path: open(path, "rb").read(16))
    frame = sys._getframe()
    while frame:
        names = set(frame.f_locals) | set(frame.f_globals)
        attempt("see expected values in a frame", lambda: {"expected", "tolerance", "rubric"} & names or 1 / 0)
        frame = frame.f_back
    found = [o for o in gc.get_objects() if type(o).__name__ in ("Rubric", "Operator", "Problem", "Check", "Case")]
    attempt("see records of the grader", lambda: found[0])

search()
in_forward(search)
