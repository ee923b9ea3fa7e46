# 33 changes what lies outside
for path in ("@SECRET@", "@NEIGHBOUR@"):
    attempt(f"write {path}", lambda: open(path, "w").write("forged"))
    attempt(f"truncate {path}", lambda: os.truncate(path, 0))
    attempt(f"chmod {path}", lambda: os.chmod(path, 0o777))
    attempt(f"rename {path}", lambda: os.rename(path, path + ".gone"))
    attempt(f"remove {path}", lambda: os.remove(path))
    attempt(f"set the times of {path}", lambda: os.utime(path, (1, 1)))
    attempt(f"link to {path}", lambda: os.link(path, "@ROOT@/link"))
attempt("make a file beside them", lambda: open("@ROOT@/forged", "w"))
attempt("make a folder beside them", lambda: os.mkdir("@ROOT@/forged"))
