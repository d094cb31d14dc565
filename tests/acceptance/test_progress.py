"""A long document is seen to go forward while the real worker translates it."""

import json
from itertools import product
from typing import Any

from corpusmill.stack.service import wait_until

WHO = ("The baker", "A young doctor", "My neighbour", "The old captain", "Our teacher", "A tired gardener")
DOES = ("remembers", "describes", "paints", "photographs", "forgets", "looks for", "dreams of", "writes about")
WHAT = (
    "the quiet harbour",
    "a broken window",
    "the green valley",
    "an empty theatre",
    "the first snow",
    "a long letter",
)
WHEN = ("every morning", "on the way home", "after dinner", "in late summer", "when it rains", "before the meeting")
LONG = "\n\n".join(" ".join(words) + "." for words in product(WHO, DOES, WHAT, WHEN))


def test_a_long_document_shows_its_segments_and_the_time_left_before_it_ends(fresh_stack):
    stack = fresh_stack(heartbeat_seconds=0.5)
    stack.start()
    job = stack.submit("translation", [{"custom_id": "book", "text": LONG}])
    seen: list[dict[str, Any]] = []
    shown: dict[str, Any] = {}

    def follow() -> bool:
        """Notes each state that differs from the one before; true when the document has been seen to grow twice."""
        with stack.client() as client:
            now = client.get(f"/jobs/{job['id']}")
        if now["progress"]["segments_total"] and (not seen or now["progress"] != seen[-1]["progress"]):
            seen.append(now)
        inside = {state["progress"]["segments_done"] for state in seen if state["status"] == "running"} - {0}
        return len(inside) > 1 or now["finished_at"] is not None

    wait_until(follow, "the document to go forward", limit_seconds=240)
    with stack.client() as client:
        shown |= client.get(f"/jobs/{job['id']}/documents/0")
    listed = json.loads(stack.ran("status", job["id"], "--json"))
    ended = stack.wait(job)
    stack.stop()

    done = [state["progress"]["segments_done"] for state in seen]
    total = [state["progress"]["segments_total"] for state in seen]
    assert len(set(done) - {0}) > 1
    assert done == sorted(done)
    assert total == sorted(total)
    assert total[0] == len(LONG.split("\n\n"))
    assert all(state["counts"]["running"] == 1 for state in seen)
    assert any(state["eta_seconds"] is not None for state in seen)
    if shown["status"] == "running":
        assert 0 < shown["progress"]["segments_done"] <= shown["progress"]["segments_total"]
    assert set(listed["progress"]) == {"documents_done", "segments_done", "segments_total"}
    assert ended["status"] == "completed"
    assert ended["progress"] == {"documents_done": 1, "segments_done": 0, "segments_total": 0}
