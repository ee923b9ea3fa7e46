# 31 opens sockets of every kind
import socket

def connect(family, kind, address):
    with socket.socket(family, kind) as sock:
        sock.settimeout(1)
        sock.connect(address)
        sock.send(b"stolen")

attempt("connect by TCP", lambda: connect(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", @PORT@)))
attempt("connect to an abstract socket", lambda: connect(socket.AF_UNIX, socket.SOCK_STREAM, "\0@ABSTRACT@"))
attempt("connect to a unix socket", lambda: connect(socket.AF_UNIX, socket.SOCK_STREAM, "@SOCKET@"))
attempt("listen", lambda: socket.create_server(("127.0.0.1", 0)))
try:
    socket.getaddrinfo("example.org", 80)
    print("BROKE resolve a name")
except Exception as error:  # however it is refused
    print("held resolve a name", type(error).__name__)
