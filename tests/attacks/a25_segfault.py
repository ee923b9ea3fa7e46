# 25 reads from address 0 | forward crashed: SIGSEGV
import ctypes

in_forward(lambda: ctypes.string_at(0))
