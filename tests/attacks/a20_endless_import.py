# 20 loops at import; what follows the functions is then left out
while True:
    pass
