"""The key of an installation's stamps: a file beside the database, never in it. Imports the ledger's errors.

The chain of closings (`ledger.work.stamps.chain`) is begun with it and lies in the same folder.
"""

import base64
import hmac
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from ledger.errors import StampError

FILE, CHAIN = "key", "closings"
KEY_BYTES = 32
STAMP_BYTES = 16
"""Half of the digest: 128 bits are what NIST SP 800-107, 5.3.4, asks of a stamp that nobody can try out."""


@dataclass(frozen=True, slots=True)
class Key:
    """Signs; `name` tells keys apart and nothing of them. Items up to the id `after_item` are older than the key."""

    secret: bytes = field(repr=False)
    after_item: int
    name: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.sign("name", b"")[:8])

    def sign(self, use: str, message: bytes) -> str:
        """22 characters that only this key makes of `message`, others for each `use` of it."""
        digest = hmac.digest(self.secret, use.encode() + b"\0" + message, "sha256")
        return base64.urlsafe_b64encode(digest[:STAMP_BYTES]).rstrip(b"=").decode()


def read(folder: Path) -> Key:
    """The key in `folder`. Raises StampError with what to do where none is there or it is none."""
    path = folder / FILE
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return Key(bytes.fromhex(kept["key"]), int(kept["after_item"]))
    except FileNotFoundError as error:
        raise StampError(
            f"{path} is not there, the key that results are stamped with: corpusmill db upgrade makes one for a new "
            "installation; on another machine copy that of the first, to this place or where stamps_dir says"
        ) from error
    except OSError as error:
        raise StampError(f"{path}, the key of the stamps, cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise StampError(f"{path} is no key of stamps; put back the one of your backup") from error


def make(folder: Path, *, after_item: int) -> None:
    """Have a key and an empty chain in `folder`, for its user alone; nothing happens where a key is. Raises OSError."""
    if (folder / FILE).exists():
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = Key(secrets.token_bytes(KEY_BYTES), after_item)
    written = folder / f"{FILE}.{fresh.name}"
    with _private(written, os.O_EXCL) as file:
        file.write(json.dumps({"key": fresh.secret.hex(), "after_item": after_item}).encode())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(written, folder / FILE)
    except FileExistsError:  # another process was first
        return
    finally:
        written.unlink()
    chain = folder / CHAIN
    if chain.exists():  # of a key that was lost: nobody can go on with it
        chain.rename(folder / f"{CHAIN}.before-{fresh.name}")
    _private(chain, 0).close()


def _private(path: Path, flags: int) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | flags, 0o600), "wb")
