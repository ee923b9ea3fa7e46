"""By which names the server may be asked for.

A page of somebody else can make a browser ask a server of this machine under a name of its own, by giving that name the
address 127.0.0.1 (DNS rebinding). Then the browser lets it read the answer. An address in numbers cannot be given away,
so only names are checked.
"""

import ipaddress
import re
from collections.abc import Collection

_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")


def is_ours(host: str, names: Collection[str]) -> bool:
    """Whether a `Host` header names this server; the port may be that of a tunnel.

    >>> [is_ours(host, {"board.example"}) for host in ("localhost:8000", "127.0.0.1", "[::1]:1", "board.example")]
    [True, True, True, True]
    >>> [is_ours(host, {"board.example"}) for host in ("evil.example", "localhost.evil.example", "127.0.0.1@evil", "")]
    [False, False, False, False]
    """
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = found["name"].lower()
    return name == "localhost" or name in names or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
