"""What the exit status of a command says. Imports the standard library only."""

from enum import IntEnum


class Exit(IntEnum):
    """One meaning each; docs/quickstart.md and `corpusmill --help` have the table."""

    DONE = 0
    WRONG = 1
    USAGE = 2
    REFUSED = 3
    FAILURES = 4
    UNREACHABLE = 5
    UNKNOWN = 6
    INTERRUPTED = 130


MEANINGS = {
    Exit.DONE: "it is done; of submit --wait: every document completed",
    Exit.WRONG: "a check found something to mend, its output could not be written, or a fault of Corpusmill's own",
    Exit.USAGE: "the command line, a setting or the policy cannot be understood; nothing was asked",
    Exit.REFUSED: "the server, the ledger or this machine says no; nothing was changed",
    Exit.FAILURES: "finished, but not every document completed, or something is not as it should be",
    Exit.UNREACHABLE: "no server answers; a job that was accepted goes on",
    Exit.UNKNOWN: "a request was sent and its answer lost; repeat it with the key that is named, it counts once",
    Exit.INTERRUPTED: "interrupted by Ctrl+C or SIGTERM; a job that was accepted goes on",
}
