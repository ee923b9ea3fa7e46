# 14 would compute in threads
import concurrent.futures

_honest = conv_forward_naive

def conv_forward_naive(x, w, b, conv_param):
    try:
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            return pool.submit(_honest, x, w, b, conv_param).result()
    except RuntimeError:
        return _honest(x, w, b, conv_param)
