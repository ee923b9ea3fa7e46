# 24 fills the disk, the shared memory and the inodes
def fill(path, mib):
    with open(path, "wb") as file:
        for _ in range(mib):
            file.write(bytes(2**20))

attempt("write 200 MiB", lambda: fill("big", 200))
attempt("write to /dev/shm", lambda: fill("/dev/shm/convgrade-attack", 1))
attempt("write to the temp directory", lambda: fill("@TMP@/convgrade-attack", 1))
attempt("make 100000 files", lambda: [open(f"f{i}", "w").close() for i in range(100000)])
