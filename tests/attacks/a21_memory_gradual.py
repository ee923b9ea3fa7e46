# 21 takes memory bit by bit | forward memory: MiB
kept = []

def take():
    while True:
        kept.append(np.zeros(2**20, np.uint8))

in_forward(take)
