"""`python -m tests.faults.entry.container COMMAND…`: the command as process 1 of a container of its own.

Only the numbers of processes are the container's; files, network and all else are shared, as on a volume that two
containers have. Linux, with the right to it. Standard library only.
"""

import ctypes
import os
import signal
import sys

CLONE_NEWPID = 0x20000000
PR_SET_PDEATHSIG = 1
NOT_ALLOWED = 77

if __name__ == "__main__":
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWPID) != 0:
        print("no namespace of processes may be made here", file=sys.stderr)
        sys.exit(NOT_ALLOWED)
    inside = os.fork()
    if not inside:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.execv(sys.argv[1], sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: os.kill(inside, signal.SIGTERM))
    _, status = os.waitpid(inside, 0)
    sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)
