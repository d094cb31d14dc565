"""What makes a corpus bad: done to directories that schedules process, beside good ones. Standard library only."""

import os
import shutil
from pathlib import Path

NAMES, LINKS, GONE, BESIDE = "bad-names", "bad-links", "bad-gone", "good-beside-bad"
CORPORA = (NAMES, LINKS, GONE, BESIDE)


def spoil(folder: Path, words: str) -> None:
    """Under `folder`: a name that is not UTF-8 in one corpus, loops of links in another, the third taken away.

    Each that is left has a document that it did not have, so that a job can come of it.
    """
    for name in (NAMES, LINKS, BESIDE):
        (folder / name / "fresh.txt").write_text(f"{words} of {name}", encoding="utf-8")
    (folder / NAMES / os.fsdecode(b"caf\xe9.txt")).write_text(f"{words} under a name in Latin-1", encoding="utf-8")
    for link, target in ((folder / LINKS / "loop", "."), (folder / LINKS / "self.txt", "self.txt")):
        if not link.is_symlink():
            link.symlink_to(target)
    shutil.rmtree(folder / GONE, ignore_errors=True)
