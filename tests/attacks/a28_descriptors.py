# 28 opens thousands of descriptors
attempt("open 5000 descriptors", lambda: [os.dup(0) for _ in range(5000)])
