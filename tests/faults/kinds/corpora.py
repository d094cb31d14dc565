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
    words = f"{stage.chance.getrandbits(64):x}"
    tick_at = soon(SOON_SECONDS)

    def bring() -> None:
        if installation.bad_are_due():  # a job that is made of them must not find them changed meanwhile
            return
        spoil(installation.corpora, words)
        for schedule_id, hopeless in installation.bring_bad(tick_at).items():
            facts = {"schedule_id": schedule_id, "tick_at": tick_at.isoformat(), "refused": hopeless}
            stage.history.append("tick_expected", **facts)
        note("names, links, gone")

    stage.aside(bring)
