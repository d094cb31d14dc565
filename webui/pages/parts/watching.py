"""Pages that many people watch are rendered once a second for all of them. Imports Flask and cachetools."""

import threading
from typing import cast

from cachetools import TTLCache
from flask import Flask, Response, g, request

from webui.pages.parts.theme import COOKIE

RENDERED_EVERY_SECONDS = 1.0
PAGES_KEPT = 64

POLL = "HX-Request"
"""By this header a script asks for a page again; nobody's own change is behind it, as behind a form or a link."""


def register(app: Flask) -> None:
    """Answer polls from what was rendered within the last second, and with 304 where the page is as it was."""
    rendered: TTLCache[tuple[str, str], bytes] = TTLCache(PAGES_KEPT, RENDERED_EVERY_SECONDS)
    lock = threading.Lock()

    @app.before_request
    def known() -> Response | None:
        if not _is_poll():
            return None
        with lock:
            page = rendered.get(_page())
        g.rendered_before = page is not None
        return None if page is None else app.make_response(page)

    @app.after_request
    def keep(response: Response) -> Response:
        if not _is_poll() or response.status_code != 200 or response.mimetype != "text/html":
            return response
        if not g.get("rendered_before"):
            with lock:
                rendered[_page()] = response.get_data()
        response.add_etag()
        response.headers["Cache-Control"] = "no-cache"
        return cast("Response", response.make_conditional(request))


def _is_poll() -> bool:
    return request.method == "GET" and POLL in request.headers


def _page() -> tuple[str, str]:
    """All that a page depends on beside the ledger: its address, with the name of this server, and its theme."""
    return request.url, request.cookies.get(COOKIE, "")
