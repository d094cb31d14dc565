"""Whether results can be stamped, and nobody else can stamp them. Imports the ledger's key."""

import stat

from corpusmill.diagnosis.finding import Finding
from corpusmill.settings import Settings
from ledger.errors import StampError
from ledger.work.stamps import key

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def stamps(settings: Settings) -> Finding:
    """Whether the key is there, can be read by this user and by no other; it says what to back up."""
    folder = settings.stamps_dir
    try:
        name = key.read(folder).name
        mode = stat.S_IMODE((folder / key.FILE).stat().st_mode)
    except StampError as error:
        return Finding("stamps", False, f"{error.message}; without it no worker starts and nothing is verified")
    if mode & OTHERS:
        detail = f"{folder / key.FILE} can be read or changed by others ({mode:o}), who could stamp results; chmod 600"
        return Finding("stamps", False, detail)
    return Finding("stamps", True, f"key {name}; back up {folder} apart from the database, which never holds it")
