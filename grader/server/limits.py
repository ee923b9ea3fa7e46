"""How much one address, and all together, may ask of the server."""

import ipaddress
from dataclasses import dataclass, field
from enum import Enum

_SAVED_S = 2.0
"""Credit is saved up for so long."""
_MOST_REMEMBERED = 4096
_LOOSE = 2
"""So many times the limit of connections are answered, with 429; what comes beyond that is cut off."""


class Admission(Enum):
    """What becomes of a new connection."""

    SERVED = "served"
    TOO_MANY = "too many"
    """It is told so."""
    DROPPED = "dropped"
    """Not even that."""


@dataclass(slots=True)
class _Client:
    connections: int
    credit: float
    at: float


@dataclass(slots=True)
class Limits:
    """Who is connected, and what they may still ask.

    Each address may ask as often within two seconds as it may have connections: a lecture hall behind one address
    comes with hundreds of readers. A request for what is not there counts ten times.
    """

    most: int
    """Connections at a time."""
    most_each: int
    """The same of one address."""
    _clients: dict[str, _Client] = field(default_factory=dict)
    _connections: int = 0

    def enter(self, address: str, now: float) -> Admission:
        """Count a connection that was made; `leave` counts it off, whatever the answer was.

        Args:
            address: as the socket has it.
            now: seconds on a steady clock.
        """
        client = self._client(address, now)
        client.connections += 1
        self._connections += 1
        used = max(client.connections / self.most_each, self._connections / self.most)
        return Admission.SERVED if used <= 1 else Admission.TOO_MANY if used <= _LOOSE else Admission.DROPPED

    def leave(self, address: str) -> None:
        """Count off a connection that was lost."""
        self._clients[network_of(address)].connections -= 1
        self._connections -= 1

    def may_ask(self, address: str, now: float) -> bool:
        """Whether an address has credit left, of which a request takes 1. Who is turned away pays nothing for it."""
        client = self._client(address, now)
        client.credit = min(self.most_each, client.credit + (now - client.at) * self.most_each / _SAVED_S)
        client.at = now
        if client.credit < 1:
            return False
        client.credit -= 1
        return True

    def charge(self, address: str, cost: int) -> None:
        """Take so much more of the credit of an address that has asked; it has some again after two seconds at most."""
        client = self._clients.get(network_of(address))
        if client is not None:
            client.credit = max(-self.most_each, client.credit - cost)

    def _client(self, address: str, now: float) -> _Client:
        network = network_of(address)
        if network not in self._clients:
            if len(self._clients) >= _MOST_REMEMBERED:
                self._forget(now)
            self._clients[network] = _Client(0, self.most_each, now)
        return self._clients[network]

    def _forget(self, now: float) -> None:
        """Those who have left, and would have all their credit by now."""
        old = now - 2 * _SAVED_S
        gone = [network for network, client in self._clients.items() if not client.connections and client.at < old]
        for network in gone:
            del self._clients[network]


def network_of(address: str) -> str:
    """What counts as one address: of IPv6 a /64, which one household has to itself.

    >>> network_of("192.0.2.7"), network_of("::ffff:192.0.2.7"), network_of("2001:db8::1")
    ('192.0.2.7', '192.0.2.7', '2001:db8::')
    """
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Address(int(parsed) >> 64 << 64))
