"""A checkpoint directory copied to where models lie, that of a hub's cache too. Imports files and errors."""

import shutil
from pathlib import Path

from pipelines.errors import ModelError
from pipelines.models.checkpoint.files import require_whole, walked


def copy_checkpoint(origin: Path, draft: Path) -> None:
    """Copy `origin` to `draft`. Links stay links, which inspection refuses where they lead out.

    A snapshot of a hub's cache (`models--OWNER--NAME/snapshots/COMMIT`) holds links to files beside it, named for what
    they hold (`models--OWNER--NAME/blobs/…`): those files are copied. Raises ModelError("unsafe_file") for links that
    lead elsewhere and for what no model has (`walked`, `require_whole`), and "unreadable" for what cannot be copied.
    """
    source = origin.resolve()
    blobs = source.parent.parent / "blobs"
    is_snapshot = source.parent.name == "snapshots" and blobs.is_dir()
    try:
        if is_snapshot:
            _check_links(source, blobs)
        for name, path in walked(source):
            if path.is_file():
                require_whole(name, path)
        shutil.copytree(source, draft, symlinks=not is_snapshot)
    except (OSError, shutil.Error) as error:
        raise ModelError("unreadable", f"The directory cannot be copied ({type(error).__name__}).") from error


def _check_links(source: Path, blobs: Path) -> None:
    for name, path in walked(source):
        if path.is_symlink():
            target = path.resolve()
            if not (target.is_relative_to(blobs) or target.is_relative_to(source)):
                raise ModelError("unsafe_file", f'"{name}" is a link that leads out of the cache of its model.')
            if not target.is_file():
                raise ModelError("unsafe_file", f'"{name}" is a link to no file. Fetch the model again.')
