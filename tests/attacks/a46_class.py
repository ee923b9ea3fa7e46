# 46 has a class for a function | forward failed: the function returned a conv_forward_naive
class conv_forward_naive:
    def __new__(cls, *arguments):
        return super().__new__(cls)
