"""Who may ask: known hosts only, and no unsafe request from another site. Imports Flask, settings and addresses.

A page on another site can make a browser send forms to a server on loopback, or give its own name that server's
address (DNS rebinding). The first is told by Sec-Fetch-Site or Origin, the second by Host. Clients that are no
browsers send neither header.
"""

import ipaddress
from urllib.parse import urlsplit

from flask import Flask, Response, request

from corpusmill.settings import Settings
from ledger.names import plain
from webui.intake.requests.addresses import host_of
from webui.problems import Problem

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
PROBES = frozenset({"/healthz", "/readyz"})
"""What looks after a container asks by its address; a page with a name of its own for us still learns nothing."""

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def register(app: Flask, settings: Settings) -> None:
    """Check every request and put the security headers on every answer."""
    allowed = LOCAL_HOSTS | {name.lower() for name in (settings.host, *settings.trusted_hosts)}

    @app.before_request
    def check() -> None:
        name = _name(request.host)
        probe = request.path in PROBES and request.method in SAFE_METHODS and _is_address(name)
        if not probe and name not in allowed and f"[{name}]" not in allowed:
            shown = plain(name) or "a name that is none"
            raise Problem(
                421, "unknown_host", f"This server does not answer for {shown}; see the setting trusted_hosts."
            )
        if request.method not in SAFE_METHODS and _foreign():
            raise Problem(403, "cross_site", "This request comes from a page of another site.")

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        return response


def _foreign() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is not None and (host_of(origin) or "").lower() != request.host.lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
