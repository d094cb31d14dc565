"""Whether a web server may listen where it shall, known before anything is started. Imports output only."""

import errno
import socket

from corpusmill.output import Refusal

UNUSABLE = {
    errno.EADDRINUSE: "port {port} of {host} is taken; stop what listens there, or choose another --port",
    errno.EACCES: "this user may not listen on port {port}; choose a --port above 1023",
    errno.EADDRNOTAVAIL: "{host} is no address of this machine; choose another --host",
}


def require_free(host: str, port: int) -> None:
    """Raise Refusal where no server can listen on any address of `host`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise Refusal(f"{host} is no address of this machine; choose another --host") from error
    tried = [_try(family, kind, protocol, address) for family, kind, protocol, _, address in found]
    errors = [number for number in tried if number]
    if errors and (len(errors) == len(found) or errno.EADDRINUSE in errors):
        worst = errno.EADDRINUSE if errno.EADDRINUSE in errors else errors[0]
        said = UNUSABLE.get(worst, "{host} port {port} cannot be listened on (" + errno.errorcode.get(worst, "") + ")")
        raise Refusal(said.format(host=host, port=port))


def _try(family: int, kind: int, protocol: int, address: object) -> int:
    """0, or the error number of listening there."""
    try:
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind(address)  # type: ignore[arg-type] # as getaddrinfo gave it
    except OSError as error:
        return error.errno or errno.EADDRNOTAVAIL
    return 0
