"""`python -m tests.faults.entry.hog FILE`: takes SQLite's write lock again and again. Standard library only."""

import contextlib
import sqlite3
import sys
import time

HOLD_SECONDS = 0.2
REST_SECONDS = 0.002

if __name__ == "__main__":
    connection = sqlite3.connect(sys.argv[1], timeout=5, isolation_level=None)
    while True:
        with contextlib.suppress(sqlite3.OperationalError):
            connection.execute("BEGIN IMMEDIATE")
            time.sleep(HOLD_SECONDS)
            connection.execute("ROLLBACK")
        time.sleep(REST_SECONDS)
