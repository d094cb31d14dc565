"""Fetch a model from a hub at a pinned commit, at admission only. Imports errors; huggingface_hub when it is called."""

import re
import shutil
from pathlib import Path

from pipelines.errors import ModelError

COMMIT = re.compile(r"[0-9a-f]{40}")
# Formats that hold no code; every other file of a repository stays there.
TEXTS = ("README.md", "LICEN[CS]E*", "NOTICE*", "COPYING*", "USE_POLICY*")
PATTERNS = ("*.safetensors", "*.json", "*.txt", "*.spm", "*.model", *TEXTS)


def hub_snapshot(repo: str, commit: str, directory: Path) -> Path:
    """Download `repo` at a full commit into `directory`, as plain files.

    Raises ModelError: "unpinned_revision" for anything but a full commit, "hub_unavailable".
    """
    if not COMMIT.fullmatch(commit):
        raise ModelError("unpinned_revision", "A hub model is named by its full 40-digit commit, not a branch or tag.")
    from huggingface_hub import snapshot_download

    try:
        snapshot_download(repo, revision=commit, local_dir=directory, allow_patterns=list(PATTERNS))
    except Exception as error:
        raise ModelError("hub_unavailable", f"{repo} could not be fetched ({type(error).__name__}).") from error
    # The client's notes about the download would change the manifest from one download to the next.
    shutil.rmtree(directory / ".cache", ignore_errors=True)
    return directory
