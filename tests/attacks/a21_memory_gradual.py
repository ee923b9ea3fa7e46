# 21 takes memory bit by bit | forward memory: MiB
kept = []

def take():
    while True:
        kept.append(bytearray(2**20))

in_forward(take)
