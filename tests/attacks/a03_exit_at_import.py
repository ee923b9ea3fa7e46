# 3 leaves at import; what follows the functions is then left out
sys.exit(0)
