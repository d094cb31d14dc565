"""The sha256 of every file of a model directory, and whether they still hold. Imports digests and files."""

import hashlib
import json
import re
from pathlib import Path

from pipelines.errors import ModelError
from pipelines.models.checkpoint.digests import sha256_of
from pipelines.models.checkpoint.files import plain_files

KINDS = {
    "config": re.compile(r"(generation_)?config\.json|given_labels\.json"),
    "tokenizer": re.compile(
        r"tokenizer.*|.*vocab.*|merges\.txt|(special|added)_tokens(_map)?\.json|.*\.(spm|bpe|model)|.*\.tiktoken"
    ),
    "adapter": re.compile(r"adapter.*"),
}


def hash_files(directory: Path) -> dict[str, str]:
    """sha256 by path relative to `directory` (posix form, sorted), of every file in it.

    A link to a file is followed when it stays within `directory`. Raises ModelError as `plain_files`.
    """
    return {name: sha256_of(path) for name, path in plain_files(directory).items()}


def manifest_digest(manifest: dict[str, str]) -> str:
    """sha256 of the canonical JSON of a manifest; its first 40 characters name a revision that no hub has named."""
    canonical = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def kinds(manifest: dict[str, str]) -> dict[str, str]:
    """One digest for each kind of files that decide what a model answers, and one for "all" files.

    A kind of which the model has no file is left out.
    """
    found = {
        kind: {name: sha256 for name, sha256 in manifest.items() if pattern.fullmatch(name.rpartition("/")[2])}
        for kind, pattern in KINDS.items()
    }
    return {kind: manifest_digest(files) for kind, files in found.items() if files} | {"all": manifest_digest(manifest)}


def verify(directory: Path, manifest: dict[str, str]) -> None:
    """Raise ModelError("manifest_mismatch") naming the first file that is missing, added or changed."""
    found = hash_files(directory)
    for name in sorted(manifest.keys() | found.keys()):
        if name not in found:
            raise ModelError("manifest_mismatch", f'"{name}" is missing from the model directory.')
        if name not in manifest:
            raise ModelError("manifest_mismatch", f'"{name}" was added to the model directory after admission.')
        if manifest[name] != found[name]:
            raise ModelError("manifest_mismatch", f'"{name}" has changed since the model was admitted.')
