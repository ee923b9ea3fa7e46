# 1 overwrites the results, the database and the report: at import, in a call and at exit
import atexit
import glob

def overwrite():
    for name in glob.glob("@ROOT@/**", recursive=True) + ["@OUT@/grades.csv", "@OUT@/results.sqlite", "@OUT@/forged"]:
        attempt(f"write {name}", lambda name=name: open(name, "a").write("forged"))
        attempt(f"remove {name}", lambda name=name: os.remove(name))

overwrite()
atexit.register(overwrite)
in_forward(overwrite)
