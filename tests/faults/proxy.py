"""A TCP proxy whose lines go bad on order: one line for each process and server. Imports the standard library only.

It runs on an asyncio loop in a thread of its own; the methods of `Line` may be called from any thread.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from enum import Enum
from typing import Protocol

READ_BYTES = 1 << 16
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with no time to linger: closing sends RST instead of FIN."""
REPLY_SECONDS = 0.5


class Mode(Enum):
    """What a line does with its traffic."""

    PASS = "pass"
    BLACKHOLE = "blackhole"
    """Nothing arrives, on new connections either; it arrives late when the line is healed."""
    REFUSE = "refuse"
    """Connections are reset, and new ones as soon as they are made."""


class CutError(Exception):
    """A filter wants the connection cut, after `first` went out; with `then_reply` the server still gets to act."""

    def __init__(self, first: bytes, *, then_reply: bool) -> None:
        super().__init__("cut")
        self.first = first
        self.then_reply = then_reply


class Filter(Protocol):
    """Sees, and may change, what one connection sends to the server."""

    def __call__(self, data: bytes) -> bytes: ...


class Line:
    """The way of one process to one server: `port` is where the process connects to."""

    def __init__(self, loop: asyncio.AbstractEventLoop, target: int, make_filter: Callable[[], Filter]) -> None:
        self.port = 0
        self.delay_seconds = 0.0
        self.cut_after: int | None = None
        self._loop = loop
        self._target = target
        self._make_filter = make_filter
        self._mode = Mode.PASS
        self._gate = asyncio.Event()
        self._gate.set()
        self._links: set[_Link] = set()
        self._server: asyncio.Server | None = None

    def set(self, mode: Mode, *, delay_seconds: float = 0.0) -> None:
        """Treat all traffic so from now on; a line that passes may do so with a delay each way."""
        self.delay_seconds = delay_seconds
        self._loop.call_soon_threadsafe(self._set, mode)

    def reset(self) -> None:
        """Reset every open connection, once."""
        self._loop.call_soon_threadsafe(self._each, _Link.reset)

    def freeze(self) -> None:
        """Leave every open connection half-open: nothing passes any more and nobody is told; new ones work."""
        self._loop.call_soon_threadsafe(self._each, _Link.freeze)

    def heal(self) -> None:
        """Pass everything again; what was frozen is reset, as a peer that comes back does."""
        self.cut_after = None
        self.set(Mode.PASS)
        self._loop.call_soon_threadsafe(self._each, _Link.thaw)

    async def listen(self) -> None:
        """Open the port."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """End the line."""
        self._gate.set()
        self._each(_Link.reset)
        if self._server is not None:
            self._server.close()

    def _set(self, mode: Mode) -> None:
        if mode is Mode.BLACKHOLE:
            self._gate.clear()
        else:
            self._gate.set()
        if mode is Mode.REFUSE:
            self._each(_Link.reset)
        self._mode = mode

    def _each(self, act: Callable[["_Link"], None]) -> None:
        for link in list(self._links):
            act(link)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._gate.wait()
        if self._mode is Mode.REFUSE:
            _abort(writer)
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            _abort(writer)
            return
        link = _Link(self, writer, far_writer)
        self._links.add(link)
        try:
            await link.run(reader, far_reader, self._make_filter())
        finally:
            self._links.discard(link)

    async def passing(self, size: int) -> int:
        """Wait as the mode says, then how many of the next `size` bytes may pass before the line is cut."""
        await self._gate.wait()
        if self.delay_seconds:
            await asyncio.sleep(self.delay_seconds)
        if self.cut_after is None:
            return size
        allowed = min(size, self.cut_after)
        self.cut_after -= allowed
        return allowed


class _Link:
    """One connection through a line."""

    def __init__(self, line: Line, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self._line = line
        self._near = near
        self._far = far
        self._flow = asyncio.Event()
        self._flow.set()
        self._replied = asyncio.Event()

    async def run(self, near: asyncio.StreamReader, far: asyncio.StreamReader, seen: Filter) -> None:
        """Carry both directions until one ends."""
        ways = [
            asyncio.create_task(self._carry(near, self._far, seen)),
            asyncio.create_task(self._carry(far, self._near, None)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self.reset()

    def reset(self) -> None:
        _abort(self._near)
        _abort(self._far)

    def freeze(self) -> None:
        self._flow.clear()

    def thaw(self) -> None:
        if not self._flow.is_set():
            self.reset()
            self._flow.set()

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, seen: Filter | None) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(READ_BYTES):
                self._replied.set()
                await self._flow.wait()
                try:
                    data = seen(data) if seen else data
                except CutError as cut:
                    await self._cut(sink, cut)
                    return
                allowed = await self._line.passing(len(data))
                await self._flow.wait()
                sink.write(data[:allowed])
                await sink.drain()
                if allowed < len(data):
                    return

    async def _cut(self, sink: asyncio.StreamWriter, cut: CutError) -> None:
        """The client is cut off; what the server got, it may still act on."""
        _abort(self._near)
        self._replied.clear()
        sink.write(cut.first)
        with contextlib.suppress(OSError, asyncio.TimeoutError):
            await sink.drain()
            if cut.then_reply:
                await asyncio.wait_for(self._replied.wait(), REPLY_SECONDS)


def _abort(writer: asyncio.StreamWriter) -> None:
    raw = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()


class Proxy:
    """The thread that carries all lines."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._lines: list[Line] = []
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()

    def line(self, target: int, make_filter: Callable[[], Filter] = lambda: bytes) -> Line:
        """A new line to the server on loopback's port `target`."""
        line = Line(self._loop, target, make_filter)
        asyncio.run_coroutine_threadsafe(line.listen(), self._loop).result(10)
        self._lines.append(line)
        return line

    def stop(self) -> None:
        """Close every line and end the thread."""
        for line in self._lines:
            asyncio.run_coroutine_threadsafe(line.close(), self._loop).result(10)
        asyncio.run_coroutine_threadsafe(_settle(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


async def _settle() -> None:
    """Let the connections that were reset come to their end."""
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
