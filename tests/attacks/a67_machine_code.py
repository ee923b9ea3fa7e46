# 67 runs machine code that it brought along
import ctypes
import mmap
import platform

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_SEVEN = {
    "x86_64": b"\xb8\x07\x00\x00\x00\xc3",  # mov eax, 7; ret
    "aarch64": b"\xe0\x00\x80\x52\xc0\x03\x5f\xd6",  # mov w0, #7; ret
}[platform.machine()]
_READ, _WRITE, _EXEC = 1, 2, 4
_PRIVATE = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS


def _run(address):
    if ctypes.CFUNCTYPE(ctypes.c_int)(address)() != 7:
        raise OSError("it did not run")


def _address(result):
    if result == 2**64 - 1:
        raise OSError(ctypes.get_errno(), "mmap")
    return result


def _mapped():
    area = mmap.mmap(-1, 4096, _PRIVATE, _READ | _WRITE | _EXEC)
    area.write(_SEVEN)
    _run(ctypes.addressof(ctypes.c_char.from_buffer(area)))


def _written():
    address = _address(_libc.mmap(None, ctypes.c_size_t(4096), _READ | _WRITE, _PRIVATE, -1, 0))
    ctypes.memmove(address, _SEVEN, len(_SEVEN))
    return address


def _protect(address, protection):
    if _libc.mprotect(ctypes.c_void_p(address), ctypes.c_size_t(4096), protection):
        raise OSError(ctypes.get_errno(), "mprotect")


def _made_executable():
    address = _written()
    _protect(address, _READ | _EXEC)
    _run(address)


def _by_key():
    address = _written()
    if _libc.pkey_mprotect(ctypes.c_void_p(address), ctypes.c_size_t(4096), _READ | _EXEC, -1):
        raise OSError(ctypes.get_errno(), "pkey_mprotect")
    _run(address)


def _from_a_file():
    with open("seven", "w+b") as file:
        file.write(_SEVEN.ljust(4096))
        file.flush()
        area = mmap.mmap(file.fileno(), 4096, mmap.MAP_SHARED, _READ | _WRITE | _EXEC)
    _run(ctypes.addressof(ctypes.c_char.from_buffer(area)))


def _by_personality():
    if _libc.personality(0x0400000) < 0:  # READ_IMPLIES_EXEC
        raise OSError(ctypes.get_errno(), "personality")
    _run(_written())


attempt("map executable memory", _mapped)
attempt("make memory executable", _made_executable)
attempt("make memory executable with a key", _by_key)
attempt("map an executable file", _from_a_file)
attempt("make everything executable", _by_personality)
