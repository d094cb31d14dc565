"""Fetch a model from a hub at a pinned commit, at admission only. Imports license_files, huggingface_hub late."""

import glob
import re
import shutil
from pathlib import Path

from pipelines.errors import ModelError
from pipelines.models.checkpoint.license_files import is_prose, speaks_of_licences

COMMIT = re.compile(r"[0-9a-f]{40}")
# Formats that hold no code, and whatever speaks of licences; every other file of a repository stays there.
PATTERNS = ("*.safetensors", "*.json", "*.txt", "*.spm", "*.model", "README.md")


def hub_snapshot(repo: str, commit: str, directory: Path) -> Path:
    """Download `repo` at a full commit into `directory`, as plain files.

    Raises ModelError: "unpinned_revision" for anything but a full commit, "hub_unavailable".
    """
    if not COMMIT.fullmatch(commit):
        raise ModelError("unpinned_revision", "A hub model is named by its full 40-digit commit, not a branch or tag.")
    from huggingface_hub import HfApi, snapshot_download

    try:
        texts = [
            path
            for path in HfApi().list_repo_files(repo, revision=commit)
            if speaks_of_licences(path) or is_prose(path)
        ]
        wanted = [*PATTERNS, *map(glob.escape, texts)]
        snapshot_download(repo, revision=commit, local_dir=directory, allow_patterns=wanted)
    except Exception as error:
        raise ModelError("hub_unavailable", f"{repo} could not be fetched ({type(error).__name__}).") from error
    # The client's notes about the download would change the manifest from one download to the next.
    shutil.rmtree(directory / ".cache", ignore_errors=True)
    return directory
