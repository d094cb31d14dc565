"""Clients that post jobs until each is answered for good, and write down every 202. Imports documents and history."""

import contextlib
import http.client
import json
import queue
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.faults.documents import POISON_SHARE, MadeJob, make_job
from tests.faults.history import History

THREADS = 3
TIMEOUT_SECONDS = 8.0
PAUSE_SECONDS = (0.2, 1.2)
"""Between two jobs of one producer."""
BURST_DOCUMENTS = 50
LOST_REPLY_SHARE = 0.05
AGAIN_SHARE = 0.05
CANCEL_SHARE = 0.05
LONGEST_WAIT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a web server said."""

    status: int
    body: dict[str, object]
    retry_after_seconds: float


class Producers:
    """Threads that produce between `start` and `stop`. `declared` tells whether an outage excuses a 503 or 507."""

    def __init__(
        self,
        ports: Sequence[int],
        history: History,
        chance: random.Random,
        declared: Callable[[], bool],
        poison_share: float = POISON_SHARE,
    ) -> None:
        self.acknowledged = 0
        self.documents = 0
        self.unanswered = 0
        self.strange: Counter[int] = Counter()
        self.burst_until = 0.0
        self.leaks = 0
        self._ports = list(ports)
        self._history = history
        self._chance = chance
        self._declared = declared
        self._poison_share = poison_share
        self._lock = threading.Lock()
        self._given: queue.SimpleQueue[MadeJob] = queue.SimpleQueue()
        self._ending = threading.Event()
        self._give_up_at = float("inf")
        self._threads = [
            threading.Thread(target=self._produce, args=(random.Random(chance.getrandbits(64)),), daemon=True)
            for _ in range(THREADS)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def end(self, patience_seconds: float) -> None:
        """Make up no more jobs and see those under way answered; what is not by then counts as `unanswered`."""
        self._give_up_at = time.monotonic() + patience_seconds
        self._ending.set()

    @property
    def ended(self) -> bool:
        """Whether every thread has come to its end."""
        return not any(thread.is_alive() for thread in self._threads)

    def give(self, job: MadeJob) -> None:
        """Have this job posted as well."""
        self._given.put(job)

    def send_half(self, port: int, job: MadeJob) -> socket.socket:
        """Send the head and half of the body of a job, and return the connection. Raises OSError."""
        connection = socket.create_connection(("127.0.0.1", port), timeout=1)
        head = "".join(f"{name}: {value}\r\n" for name, value in _headers(job).items())
        connection.sendall(f"POST /api/v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}\r\n".encode())
        connection.sendall(job.body[: len(job.body) // 2])
        return connection

    def send_rest(self, connection: socket.socket, job: MadeJob, answered: Callable[[int | None], None]) -> None:
        """Send the other half in a thread, and tell the status of the answer, or None when none came.

        A job that was not accepted so is posted as any other.
        """

        def send() -> None:
            status = None
            connection.settimeout(TIMEOUT_SECONDS)
            with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException, ValueError):
                connection.sendall(job.body[len(job.body) // 2 :])
                response = http.client.HTTPResponse(connection)
                response.begin()
                status, body = response.status, json.loads(response.read())
                if status == 202:
                    self._note(job, str(body["id"]))
            if status != 202:
                self.give(job)
            answered(status)

        threading.Thread(target=send, daemon=True).start()

    def _produce(self, chance: random.Random) -> None:
        while not self._ending.is_set() or not self._given.empty():
            bursting = time.monotonic() < self.burst_until
            job = self._next(chance, bursting)
            if self._settle(job, chance, bursting) and chance.random() < AGAIN_SHARE:
                self._settle(job, chance, bursting)
            if not bursting:
                self._ending.wait(chance.uniform(*PAUSE_SECONDS))

    def _next(self, chance: random.Random, bursting: bool) -> MadeJob:
        try:
            return self._given.get_nowait()
        except queue.Empty:
            if bursting:
                return make_job(chance, count=BURST_DOCUMENTS, poison_share=0)
            with self._lock:
                leak, self.leaks = self.leaks > 0, max(0, self.leaks - 1)
            return make_job(chance, leak=leak, poison_share=self._poison_share)

    def _settle(self, job: MadeJob, chance: random.Random, bursting: bool) -> bool:
        """Post until it is accepted; in a burst, or at the end, one that is put off is dropped. True when accepted.

        Where the model that it was to have was retired meanwhile, the same request gets another.
        """
        while time.monotonic() < self._give_up_at:
            answer = self._post(job, chance)
            if answer is None:
                time.sleep(0.2)
            elif answer.status == 202:
                self._accepted(job, str(answer.body["id"]), chance)
                return True
            elif answer.status >= 500:
                self._history.append("server_error", status=answer.status, declared=self._declared())
                time.sleep(0.3)
            else:
                self._history.append("refused", status=answer.status, key=job.key)
                if answer.status == 409:
                    continue
                if answer.status != 429:
                    self.strange[answer.status] += 1
                if bursting or answer.status != 429 or self._ending.is_set():
                    return False
                time.sleep(min(answer.retry_after_seconds, LONGEST_WAIT_SECONDS))
        with self._lock:
            self.unanswered += 1
        return False

    def _accepted(self, job: MadeJob, job_id: str, chance: random.Random) -> None:
        self._note(job, job_id)
        if chance.random() < CANCEL_SHARE:
            time.sleep(chance.uniform(0, 1))
            self._cancel(job_id, chance)

    def _note(self, job: MadeJob, job_id: str) -> None:
        facts = [document.fact for document in job.documents]
        self._history.append("acknowledged", job_id=job_id, key=job.key, documents=facts)
        with self._lock:
            self.acknowledged += 1
            self.documents += len(facts)

    def _cancel(self, job_id: str, chance: random.Random) -> None:
        while time.monotonic() < self._give_up_at:
            answer = self._ask(chance.choice(self._ports), "POST", f"/api/v1/jobs/{job_id}/cancel", b"", {})
            if answer is not None and answer.status == 200:
                self._history.append("cancelled", job_id=job_id)
                return
            if answer is not None:
                self._history.append("server_error", status=answer.status, declared=self._declared())
            time.sleep(0.2)

    def _post(self, job: MadeJob, chance: random.Random) -> Answer | None:
        port = chance.choice(self._ports)
        lose_reply = chance.random() < LOST_REPLY_SHARE
        return self._ask(port, "POST", "/api/v1/jobs", job.body, _headers(job), lose_reply=lose_reply)

    def _ask(
        self, port: int, method: str, path: str, body: bytes, headers: dict[str, str], *, lose_reply: bool = False
    ) -> Answer | None:
        """The answer to one request; None when none came, or when it is to be lost."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, path, body, headers)
            if lose_reply:
                return None
            response = connection.getresponse()
            raw = response.read()
            wait_seconds = float(response.headers.get("Retry-After") or 1)
            return Answer(response.status, json.loads(raw), wait_seconds)
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()


def _headers(job: MadeJob) -> dict[str, str]:
    return {
        "Content-Type": job.content_type,
        "Content-Length": str(len(job.body)),
        "Idempotency-Key": job.key,
    }
