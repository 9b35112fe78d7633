"""What OctoPrint pushes while it talks with its controller: the lines of its terminal, over SockJS by plain HTTP.

A websocket would need one more library; SockJS offers the same messages to whoever asks again and again (`xhr`). A
message is JSON text in a JSON list; `current` holds the new lines as "Send: M5" and "Recv: ok".
"""

import json
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from printers.driver import DriverError
from printers.http import MachineSession, check

_LONGEST_WAIT = 2.0


class Push:
    """One listener. Open it before sending what is to be heard of."""

    def __init__(self, session: MachineSession) -> None:
        self._session = session
        self._address = f"{session.origin}/sockjs/000/{secrets.token_hex(8)}"

    def open(self, seconds: float) -> None:
        """Sign in and hear everything of before. Raises DriverError."""
        until = time.monotonic() + seconds
        self._session.post(f"{self._address}/xhr")
        login = check(self._session.post(f"{self._session.origin}/api/login", json={"passive": True})).json()
        word = json.dumps({"auth": f"{login.get('name')}:{login.get('session')}"})
        check(self._session.post(f"{self._address}/xhr_send", data=json.dumps([word])))
        while time.monotonic() < until:
            if any("history" in each for each in self._messages(until)):
                return

    def acknowledged(self, line: str, seconds: float) -> bool:
        """Whether the controller answers "ok" to this line within the time."""
        until, sent = time.monotonic() + seconds, False
        while time.monotonic() < until:
            for each in self._lines(until):
                if not sent:
                    sent = _payload(each) == line
                elif each.startswith("Recv: ok"):
                    return True
                elif each.startswith(("Recv: error", "Recv: ALARM", "Recv: !!")):
                    return False
        return False

    def says(self, word: str, seconds: float) -> bool:
        """As `hears`, however often OctoPrint tells something else meanwhile."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.hears((word,), until - time.monotonic()):
                return True
        return False

    def hears(self, words: tuple[str, ...], seconds: float) -> bool:
        """Whether the controller says something that begins with one of these within the time."""
        beginnings = tuple(f"Recv: {word}" for word in words)
        return any(each.startswith(beginnings) for each in self._lines(time.monotonic() + seconds))

    def _lines(self, until: float) -> Sequence[str]:
        found = [each.get("current", {}).get("logs") or [] for each in self._messages(until)]
        return [str(line) for lines in found for line in lines]

    def _messages(self, until: float) -> Iterator[Mapping[str, Any]]:
        """What came meanwhile; nothing when nothing came in time."""
        wait = min(_LONGEST_WAIT, max(0.1, until - time.monotonic()))
        try:
            answer = check(self._session.post(f"{self._address}/xhr", timeout=(wait, wait)))
        except DriverError as error:
            if error.code != "machine_silent":
                raise
            return
        frame = answer.text.strip()
        if not frame.startswith("a"):
            return
        for each in json.loads(frame[1:]):
            message = json.loads(each) if isinstance(each, str) else each
            if isinstance(message, dict):
                yield message


def _payload(line: str) -> str | None:
    """The command of a line that was sent, without line number and checksum; None for any other line."""
    if not line.startswith("Send: "):
        return None
    words = line.removeprefix("Send: ").partition("*")[0].split(maxsplit=1)
    if words and words[0][:1] == "N" and words[0][1:].isdigit():
        words = words[1:]
    return " ".join(words)
