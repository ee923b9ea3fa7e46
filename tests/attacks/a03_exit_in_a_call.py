# 3 leaves in a call | forward crashed: exit status 0
in_forward(lambda: os._exit(0))
