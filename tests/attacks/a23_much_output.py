# 23 prints 200 MB | forward output_limit: printed more than
def shout():
    for _ in range(200):
        sys.stdout.write("x" * 10**6)
        sys.stderr.write("x" * 10**6)

in_forward(shout)
