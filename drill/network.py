"""The network between FabQueue and one OctoPrint: a TCP proxy that can be cut in every way a network can."""

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from contextlib import suppress
from enum import StrEnum
from typing import Any, TypeVar

CHUNK = 65536
T = TypeVar("T")


class Weather(StrEnum):
    """What happens to bytes on their way."""

    CLEAR = "clear"
    DROP = "drop"  # nothing arrives, and never will
    HOLD = "hold"  # nothing arrives until it is clear again, then everything does, whoever has gone away meanwhile
    DELAY = "delay"  # everything arrives late
    LOSE_ANSWERS = "lose_answers"  # what is asked arrives, what is answered does not
    REFUSE = "refuse"  # no connection is taken, those that stand are reset


class Proxy:
    """Listens on a port of its own and leads to `target` on the loopback interface."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._weather = Weather.CLEAR
        self.delay_seconds = 0.0
        self._loop = asyncio.new_event_loop()
        self._changed = asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()
        # in a thread of its own from the first: a browser's test has a loop of its own in ours
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._server = self._now(self._listen())
        self.port: int = self._server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def weather(self) -> Weather:
        return self._weather

    def turn(self, weather: Weather) -> None:
        """Change the weather, for the connections that stand too."""
        self._loop.call_soon_threadsafe(self._turn, weather)

    def reset(self) -> None:
        """Every connection that stands ends with a reset, whatever is under way on it."""
        self._loop.call_soon_threadsafe(self._reset)

    def close(self) -> None:
        self._now(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _now(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _end(self) -> None:
        self._server.close()
        self._reset()
        serving = asyncio.all_tasks() - {asyncio.current_task()}
        for each in serving:
            each.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", 0)

    def _turn(self, weather: Weather) -> None:
        was, self._weather = self._weather, weather
        if weather is Weather.REFUSE or was in {Weather.DROP, Weather.LOSE_ANSWERS}:
            self._reset()  # bytes are missing: the connection is of no use any more
        before, self._changed = self._changed, asyncio.Event()
        before.set()

    def _reset(self) -> None:
        for each in list(self._open):
            _reset(each)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._weather is Weather.REFUSE:
            _reset(writer)
            return
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:  # OctoPrint is down
            _reset(writer)
            return
        self._open |= {writer, back}
        try:
            await asyncio.gather(self._carry(reader, back, False), self._carry(there, writer, True))
        finally:
            for each in (writer, back):
                self._open.discard(each)
                each.close()

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, answers: bool) -> None:
        with suppress(OSError):
            while chunk := await source.read(CHUNK):
                if await self._passes(answers):
                    target.write(chunk)
                    await target.drain()
            await self._passes(answers)
            target.write_eof()

    async def _passes(self, answers: bool) -> bool:
        """Wait as the weather demands; whether the bytes arrive."""
        while self._weather is Weather.HOLD:
            await self._changed.wait()
        if self._weather is Weather.DELAY:
            await asyncio.sleep(self.delay_seconds)
        return self._weather is not Weather.DROP and not (answers and self._weather is Weather.LOSE_ANSWERS)


def _reset(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        connection = writer.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
