"""Fault 53: corpora that cannot be read, beside good ones. Imports the table and the stage."""

from tests.faults.corpora import spoil
from tests.faults.installation import soon
from tests.faults.kinds.table import Note, kind
from tests.faults.stage import Stage

SOON_SECONDS = 0.2


@kind(53, "bad corpora beside good ones", weight=0.3)
def spoil_corpora(stage: Stage, note: Note) -> None:
    """A name that is not UTF-8, loops of links and a directory that is gone, due together with a good corpus.

    They stay bad to the end, and I17 has no other schedule wait for them.
    """
    installation = stage.fleet.installation
    spoil(installation.corpora, f"{stage.chance.getrandbits(64):x}")
    tick_at = soon(SOON_SECONDS)

    def bring() -> None:
        brought = installation.bring_bad(tick_at)
        for schedule_id, hopeless in brought.items():
            facts = {"schedule_id": schedule_id, "tick_at": tick_at.isoformat(), "refused": hopeless}
            stage.history.append("tick_expected", **facts)
        if brought:
            note("names, links, gone")

    stage.aside(bring)
