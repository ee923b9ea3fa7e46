# 3 raises SystemExit in a call | forward crashed: sys.exit
in_forward(lambda: sys.exit(0))
