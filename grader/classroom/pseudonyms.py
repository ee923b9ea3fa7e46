"""Names that hide who is who from everyone but the holder of a key."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from grader.errors import UsageError, system_says

_KEY_BYTES = 32
_ADJECTIVES = (
    "amber", "ample", "azure", "brave", "brisk", "calm", "clear", "coral", "crisp", "deft", "eager", "early",
    "fleet", "fresh", "gentle", "glad", "golden", "grand", "green", "happy", "hardy", "jade", "keen", "kind",
    "light", "lively", "lucid", "mellow", "merry", "misty", "noble", "olive", "plain", "polar", "prime", "proud",
    "quick", "quiet", "rapid", "ready", "royal", "rusty", "sandy", "sharp", "silver", "sleek", "smooth", "snowy",
    "solar", "solid", "sound", "spry", "stout", "sunny", "swift", "tidal", "tidy", "vivid", "warm", "wavy",
    "wild", "windy", "wise", "witty",
)  # fmt: skip
_ANIMALS = (
    "badger", "beaver", "bison", "bobcat", "camel", "condor", "coyote", "crane", "dingo", "dove", "eagle",
    "egret", "falcon", "ferret", "finch", "fox", "gecko", "gibbon", "goose", "hare", "hawk", "heron", "ibis",
    "iguana", "jackal", "jay", "kestrel", "kiwi", "koala", "lemur", "lion", "llama", "lynx", "magpie", "marten",
    "mole", "moose", "newt", "ocelot", "okapi", "orca", "osprey", "otter", "owl", "panda", "pelican", "plover",
    "puffin", "puma", "quail", "rabbit", "raven", "robin", "salmon", "seal", "stork", "swan", "tapir", "tern",
    "tiger", "toucan", "trout", "walrus", "wombat",
)  # fmt: skip


def pseudonym(secret: bytes, id: str) -> str:
    """A name that stays the same for the same key and id, and that without the key cannot be traced back.

    HMAC-SHA256 (RFC 2104) of the id: 12 bits choose two words, 24 more tell apart those who share them.

    >>> pseudonym(b"key", "alice")
    'swift-tiger-55e929'
    """
    digest = hmac.new(secret, id.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
    adjective, animal = _ADJECTIVES[digest[0] % 64], _ANIMALS[digest[1] % 64]
    return f"{adjective}-{animal}-{digest[2:5].hex()}"


def default_key() -> Path:
    """Where the key of this user lies: with it pseudonyms stay the same from assignment to assignment.

    Raises:
        UsageError: where this user has no home.
    """
    try:
        base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    except RuntimeError as error:
        raise UsageError("you have no home folder for the key of pseudonyms: name a file for it with --key") from error
    return Path(base, "convgrade", "pseudonym.key")


def load_key(path: Path, of: str = "pseudonyms") -> tuple[bytes, bool]:
    """The key in a file, made if it is not there, and whether it was made. Only its owner can read a new one.

    Args:
        path: of the file.
        of: what it is for, as an error says.

    Raises:
        UsageError: where it can be neither read nor made, or is no key.
    """
    try:
        if path.exists():
            key, is_new = bytes.fromhex(path.read_text()), False
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            key, is_new = secrets.token_bytes(_KEY_BYTES), True
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(key.hex() + "\n")
    except OSError as error:
        raise UsageError(f"{path}: the key for {of} cannot be read or made: {system_says(error)}") from error
    except ValueError as error:
        raise UsageError(f"{path}: is not a key for {of}; move it away, and a new one is made") from error
    if len(key) != _KEY_BYTES:
        raise UsageError(f"{path}: is not a key for {of}; move it away, and a new one is made")
    return key, is_new
