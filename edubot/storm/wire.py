"""As much HTTP/1.1 as the storm needs, on asyncio: a POST with its answer, and reading a request."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass


class BrokenError(Exception):
    """The connection broke, or what came is no HTTP."""


@dataclass(slots=True)
class Client:
    """One kept connection to one address on this machine; opened when it is needed, and again after it broke."""

    port: int
    timeout: float = 20.0
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None

    async def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer. Raises BrokenError where none came."""
        status, _ = await self.ask(path, body, headers)
        return status

    async def ask(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Post, and the answer's status and body. Raises BrokenError where none came."""
        try:
            return await asyncio.wait_for(self._post(path, body, headers), self.timeout)
        except (OSError, TimeoutError, BrokenError, asyncio.IncompleteReadError, ValueError) as error:
            self.close()
            raise BrokenError(type(error).__name__) from error

    async def _post(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head, content = await read(self._reader)
        if "connection: close" in head.lower():
            self.close()
        return int(head.split(" ", 2)[1]), content

    def close(self) -> None:
        """Let go of the connection."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


async def read(reader: asyncio.StreamReader) -> tuple[str, bytes]:
    """The head and the body of the next request or answer. Raises IncompleteReadError at the end."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    lengths = [line.split(":")[1] for line in head.split("\r\n") if line.lower().startswith("content-length:")]
    return head, await reader.readexactly(int(lengths[0])) if lengths else b""


def answer(status: int, body: bytes) -> bytes:
    """The bytes of an answer."""
    head = f"HTTP/1.1 {status} Storm\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
