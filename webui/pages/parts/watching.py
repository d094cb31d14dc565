"""Pages that many people watch are rendered once a second for all of them. Imports Flask, theme and guard."""

import threading
from typing import cast

from cachetools import TTLCache
from flask import Flask, Response, g, request

from webui.guard import SAFE_METHODS
from webui.pages.parts.theme import COOKIE

RENDERED_EVERY_SECONDS = 1.0
PAGES_KEPT = 64

POLL = "HX-Request"
"""By this header a script asks for a page again; nobody's own change is behind it, as behind a form or a link."""


class Rendered:
    """What pages looked like within the last second; nothing of it is from before a change that was made here."""

    def __init__(self) -> None:
        self._pages: TTLCache[tuple[str, str], bytes] = TTLCache(PAGES_KEPT, RENDERED_EVERY_SECONDS)
        self._changes = 0
        self._lock = threading.Lock()

    def find(self, page: tuple[str, str]) -> tuple[bytes | None, int]:
        """The page, where it is known, and how many changes came before this question."""
        with self._lock:
            return self._pages.get(page), self._changes

    def keep(self, page: tuple[str, str], content: bytes, asked_at: int) -> None:
        """Keep a page that was rendered after `asked_at` changes, unless another came meanwhile."""
        with self._lock:
            if asked_at == self._changes:
                self._pages[page] = content

    def forget(self) -> None:
        """After a change."""
        with self._lock:
            self._changes += 1
            self._pages.clear()


def register(app: Flask) -> None:
    """Answer polls from what was rendered within the last second, and every page with 304 where it is as it was."""
    rendered = Rendered()

    @app.before_request
    def known() -> Response | None:
        if not _is_poll():
            return None
        page, g.rendered_after = rendered.find(_page())
        g.is_kept = page is not None
        return None if page is None else app.make_response(page)

    @app.after_request
    def keep(response: Response) -> Response:
        if request.method not in SAFE_METHODS:
            rendered.forget()
        if request.method != "GET" or response.status_code != 200 or response.mimetype != "text/html":
            return response
        if "rendered_after" in g and not g.is_kept:
            rendered.keep(_page(), response.get_data(), g.rendered_after)
        response.add_etag()
        response.headers["Cache-Control"] = "no-cache"
        return cast("Response", response.make_conditional(request))


def _is_poll() -> bool:
    return request.method == "GET" and POLL in request.headers


def _page() -> tuple[str, str]:
    """All that a page depends on beside the ledger: its address, with the name of this server, and its theme."""
    return request.url, request.cookies.get(COOKIE, "")
