"""Faults 26 to 30: the database dies, restarts, is cut off in a commit, throws clients out, is busy. Imports the
table and the stage.
"""

import signal
import subprocess
import sys

import psycopg

from tests.faults.kinds.table import Note, kind
from tests.faults.slot import ROOT, TIE
from tests.faults.stage import Stage

POSTGRES = frozenset({"postgres"})
SQLITE = frozenset({"sqlite"})
STORM_SECONDS = (2.0, 4.0)
ARMED_SECONDS = 3.0
CUTS = (1, 6)
VICTIMS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY random() LIMIT %s
"""


@kind(26, "postmaster killed", weight=0.4, databases=POSTGRES)
def kill_postmaster(stage: Stage, note: Note) -> None:
    """SIGKILL: every backend ends, the next start recovers from the write-ahead log."""
    stage.outages.declare(2)
    if stage.fleet.postgres is not None:
        stage.fleet.postgres.slot.send(signal.SIGKILL)
        note("postmaster")


@kind(27, "database restarted", weight=0.4, databases=POSTGRES)
def restart_database(stage: Stage, note: Note) -> None:
    """A fast shutdown under load, as a minor upgrade does."""
    stage.outages.declare(2)
    if stage.fleet.postgres is not None:
        stage.fleet.postgres.restart_fast()
        note("postmaster")


@kind(28, "connection cut during COMMIT", databases=POSTGRES)
def cut_commit(stage: Stage, note: Note) -> None:
    """The proxy looks for COMMIT on the wire. The server gets half of it, or all of it and the client no reply: then
    nobody but the database knows that it happened."""
    cutter = stage.fleet.cutter
    before = cutter.cut
    stage.outages.declare(ARMED_SECONDS)
    for _ in range(stage.chance.randint(*CUTS)):
        cutter.arm(after=stage.chance.random() < 0.7)

    def end() -> None:
        cutter.disarm()
        if cutter.cut > before:
            note(f"{cutter.cut - before} commits")

    stage.later(ARMED_SECONDS, end)


@kind(29, "clients thrown out of the database", databases=POSTGRES)
def terminate_backends(stage: Stage, note: Note) -> None:
    """pg_terminate_backend on a few, in whatever they do."""
    if stage.fleet.postgres is None:
        return
    stage.outages.declare(1)
    try:
        with stage.fleet.postgres.connect() as connection:
            ended = connection.execute(VICTIMS, [stage.chance.randint(1, 6)]).fetchall()
        note(f"{len(ended)} backends")
    except psycopg.Error:
        return


@kind(30, "storm of write locks", weight=0.5, databases=SQLITE)
def lock_storm(stage: Stage, note: Note) -> None:
    """Another process takes BEGIN IMMEDIATE again and again, and holds it for a fifth of a second each time."""
    seconds = stage.chance.uniform(*STORM_SECONDS)
    stage.outages.declare(seconds)
    database = stage.fleet.installation.data_dir / "ledger.db"
    command = [sys.executable, "-c", TIE, sys.executable, "-m", "tests.faults.entry.hog", str(database)]
    hog = subprocess.Popen(command, cwd=ROOT)
    note(f"for {seconds:.1f} s")
    stage.later(seconds, lambda: (hog.kill(), hog.wait()))
